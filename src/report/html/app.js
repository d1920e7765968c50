// What people do: pointer, wheel, keys, filters; and the state in the address, so that a link shows the same view.

function setView(from, to) {
  const all = whole.to - whole.from;
  const least = Math.min(all, 0.5);
  let long = Math.min(Math.max(to - from, least), all * 1.1);
  const slack = all * 0.05;
  from = Math.min(Math.max(from, whole.from - slack), whole.to + slack - long);
  view.from = from;
  view.to = from + long;
  redraw();
  later(showMapSoon);
  if (tableShown) later(refillTable);
  remember();
}
const fit = () => {
  const slack = (whole.to - whole.from) * 0.004;
  setView(whole.from - slack, whole.to + slack);
};
function zoom(factor, around = cursorInView() ?? (view.from + view.to) / 2) {
  setView(around - (around - view.from) * factor, around + (view.to - around) * factor);
}
const pan = (share) => setView(view.from + (view.to - view.from) * share, view.to + (view.to - view.from) * share);
const cursorInView = () => (cursor !== null && cursor >= view.from && cursor <= view.to ? cursor : null);

// One call a frame, however often it is asked for.
const waiting = new Set();
function later(what) {
  if (waiting.has(what)) return;
  waiting.add(what);
  setTimeout(() => {
    waiting.delete(what);
    what();
  }, 60);
}
const showMapSoon = () => showMap();
const refillTable = () => { if (tableShown) fillTable(); };

function setCursor(t) {
  cursor = t;
  redraw();
  later(showMapSoon);
}

// ---- choosing

function choose(at) {
  chosen = at;
  if (at >= 0) {
    const a = Math.max(span.from[at], whole.from), b = Math.min(span.to[at], whole.to);
    if (cursor === null || cursor < a || cursor >= b) cursor = (Math.max(a, view.from) < Math.min(b, view.to)) ? (Math.max(a, view.from) + Math.min(b, view.to)) / 2 : (a + b) / 2;
    tell(at);
  }
  showDetail();
  document.querySelectorAll("[data-finding]").forEach((card) => {
    card.classList.toggle("chosen", at >= 0 && Number(card.dataset.finding) === at - firstFinding);
  });
  document.querySelectorAll("tr.chosen").forEach((row) => row.classList.remove("chosen"));
  document.querySelector(`[data-span="${at}"]`)?.closest("tr").classList.add("chosen");
  redraw();
  later(showMapSoon);
  remember();
}
function tell(at) {
  const [subject, value] = say(at);
  byId("said").textContent = `${KIND_WORDS[KINDS[span.kind[at]]]}. ${subject}: ${value}, ${when(at)}, ${CERTAINTIES[span.certainty[at]]}.`;
}
function zoomTo(at) {
  const a = Math.max(span.from[at], whole.from), b = Math.min(span.to[at], whole.to);
  const slack = Math.max((b - a) * 0.15, 2);
  setView(a - slack, b + slack);
}
// The lane where a span (of a finding: what it is about) is seen; opened as needed.
function laneOf(at) {
  if (span.kind[at] === FINDING) {
    const finding = told.findings[at - firstFinding];
    const volume = sections[0].all.find((lane) => finding.volumes.includes(lane.of));
    if (volume) return volume;
    return sections[1].all.find((lane) => finding.vms.includes(lane.of)) ?? sections[2].all.find((lane) => finding.nodes.includes(lane.of)) ?? null;
  }
  const of = span.kind[at] === NODE ? sections[2] : span.vm[at] >= 0 ? sections[1] : sections[0];
  const id = span.kind[at] === NODE ? span.node[at] : span.vm[at] >= 0 ? span.vm[at] : span.volume[at];
  return of.all.find((lane) => lane.of === id) ?? null;
}
function showStretch(at, [from, to]) {
  showSpan(at, false);
  const a = Math.max(from, whole.from), b = Math.min(to, whole.to);
  const slack = Math.max((b - a) * 0.15, 2);
  if (dated) setView(a - slack, b + slack);
  setCursor((a + b) / 2);
}
function showSpan(at, zoomed) {
  const lane = laneOf(at);
  if (lane) {
    const part = sections.find((s) => s.all.includes(lane));
    closed.delete(part.key);
    if (!shownLanes.includes(lane)) {
      clearAsked();
    }
    if (span.kind[at] !== COORDINATOR && span.kind[at] !== PLACEMENT && lane.children.length <= 16) opened.add(lane.key);
    relane();
    place();
    const top = Math.max(0, lane.y - 40);
    if (lane.y < scroll.scrollTop || lane.y + lane.height > scroll.scrollTop + size.height) scroll.scrollTop = top;
  }
  if (zoomed && dated) zoomTo(at);
  choose(at);
}
function toggle(lane) {
  if (lane.type === "section") {
    if (closed.has(lane.key)) closed.delete(lane.key); else closed.add(lane.key);
  } else if (lane.children.length) {
    if (opened.has(lane.key)) opened.delete(lane.key); else opened.add(lane.key);
  }
  relane();
  place();
  remember();
}
function place() {
  byId("tall").style.height = `${Math.max(tall + 8, size.height)}px`;
  redraw();
}

// ---- under the pointer

function laneAt(y) {
  const inside = y + scroll.scrollTop;
  return visible().find((lane) => inside >= lane.y && inside < lane.y + lane.height) ?? null;
}
// The span at a place of the canvas: [lane, span], [lane, -1] or nothing.
function hit(x, y) {
  const lane = laneAt(y);
  if (!lane || x < LABEL) return [lane, -1];
  const t = tOf(x), inside = y + scroll.scrollTop - lane.y;
  // A span narrower than the pointer is found from both sides.
  const reach = tOf(x + 3) - t;
  const near = (list) => {
    const exact = spanAt(list, t);
    let best = exact;
    for (let i = firstAfter(list, t - reach); i < list.length && span.from[list[i]] <= t + reach; i++) {
      if (best < 0 || (span.to[list[i]] - span.from[list[i]] < reach && span.look[list[i]] >= span.look[best])) best = list[i];
    }
    return best;
  };
  if ((lane.type === "volume" || lane.type === "vm") && inside > 3 + ROW) {
    let best = -1;
    for (const child of lane.children) {
      for (const list of [child.spans, child.states ?? []]) {
        const at = list.length ? near(list) : -1;
        if (at >= 0 && (best < 0 || span.look[at] > span.look[best] || (isDetour(at) && !isDetour(best)))) best = at;
      }
    }
    return [lane, best];
  }
  if (lane.type === "mode" && inside >= CHILD - 1 && lane.states.length) return [lane, near(lane.states)];
  return [lane, lane.spans.length ? near(lane.spans) : -1];
}

function tipOf(lane, at, x) {
  if (at >= 0) {
    const [subject, value] = say(at);
    const causes = span.causes[at].slice(0, 2).map((f) => make("div", {}, badge(told.findings[f].verdict), " ", told.findings[f].title));
    return [make("strong", {}, `${subject}: ${value}`), make("div", {}, when(at)), make("div", {}, CERTAINTIES[span.certainty[at]]), ...causes];
  }
  if (!lane || x < LABEL) return null;
  const t = tOf(x);
  if (lane.type === "link") {
    const sample = lane.samples.find(([from, to]) => from <= t && t < to);
    return [make("strong", {}, lane.label), make("div", {}, lane.sub), make("div", {}, sample ? `${bytesWords(sample[2])} in ${length(sample[1] - sample[0])}` : "nothing was measured here")];
  }
  if (lane.type === "node") {
    const step = lane.steps.find((s) => Math.abs(xOf(s.at) - x) < 6);
    if (step) return [make("strong", {}, lane.label), make("div", {}, step.text)];
  }
  if (lane.type === "node" || lane.type === "log") {
    const inside = lane.runs.some(([from, to]) => from <= t && t <= to);
    return [make("strong", {}, lane.label), make("div", {}, inside ? "a log covers this time" : "no log that was read covers this time")];
  }
  return null;
}
const tip = byId("tip");
function showTip(x, y, content) {
  tip.hidden = !content;
  if (!content) return;
  tip.replaceChildren(...content);
  const box = byId("lanes").getBoundingClientRect();
  const w = tip.offsetWidth, h = tip.offsetHeight;
  tip.style.left = `${Math.max(4, Math.min(x + 14, box.width - w - 6))}px`;
  tip.style.top = `${y + AXIS + 18 + h > box.height ? Math.max(2, y + AXIS - h - 10) : y + AXIS + 18}px`;
}

// Left button: drag moves, shift and drag selects a time. Both axes: the lanes scroll too.
let drag = null;
canvas.addEventListener("pointerdown", (e) => {
  if (e.button !== 0) return;
  drag = { x: e.offsetX, y: e.offsetY, from: view.from, to: view.to, top: scroll.scrollTop, moved: false, select: e.shiftKey };
  canvas.setPointerCapture(e.pointerId);
});
canvas.addEventListener("pointermove", (e) => {
  if (drag) {
    const dx = e.offsetX - drag.x;
    if (Math.abs(dx) > 3 || Math.abs(e.offsetY - drag.y) > 3) drag.moved = true;
    if (!drag.moved) return;
    showTip(0, 0, null);
    if (drag.select) {
      drag.to_x = e.offsetX;
      redraw();
      return;
    }
    const t = (dx / plot()) * (drag.to - drag.from);
    setView(drag.from - t, drag.to - t);
    scroll.scrollTop = drag.top - (e.offsetY - drag.y);
    return;
  }
  const [lane, at] = hit(e.offsetX, e.offsetY);
  canvas.style.cursor = at >= 0 ? "pointer" : "default";
  showTip(e.offsetX, e.offsetY, tipOf(lane, at, e.offsetX));
  if (e.offsetX >= LABEL) setCursor(tOf(e.offsetX));
});
canvas.addEventListener("pointerup", (e) => {
  const was = drag;
  drag = null;
  if (!was) return;
  if (was.moved) {
    if (was.select) {
      const [a, b] = [tOf(was.x), tOf(e.offsetX)].sort((p, q) => p - q);
      if (b > a) setView(a, b);
    }
    return;
  }
  const [lane, at] = hit(e.offsetX, e.offsetY);
  focused = at >= 0 ? { lane, at } : null;
  if (e.offsetX >= LABEL) cursor = tOf(e.offsetX);
  choose(at);
});
canvas.addEventListener("pointercancel", () => { drag = null; });
canvas.addEventListener("pointerleave", () => showTip(0, 0, null));
canvas.addEventListener("dblclick", (e) => {
  const [, at] = hit(e.offsetX, e.offsetY);
  if (at >= 0) zoomTo(at); else zoom(0.5, tOf(e.offsetX));
});
// The wheel zooms around the pointer; with shift it moves in time, over the labels it scrolls the lanes.
byId("sticky").addEventListener("wheel", (e) => {
  const x = e.clientX - canvas.getBoundingClientRect().left;
  if (x < LABEL && !e.ctrlKey) return;
  e.preventDefault();
  const unit = e.deltaMode === 1 ? 16 : e.deltaMode === 2 ? 400 : 1;
  if (Math.abs(e.deltaX) > Math.abs(e.deltaY)) return pan((e.deltaX * unit) / plot());
  if (e.shiftKey) return pan((e.deltaY * unit) / plot());
  if (e.altKey) { scroll.scrollTop += e.deltaY * unit; return; }
  zoom(Math.exp(Math.max(-1, Math.min(1, e.deltaY * unit * 0.0022))), tOf(Math.max(LABEL, x)));
}, { passive: false });
scroll.addEventListener("scroll", redraw, { passive: true });

// ---- keys

const KEYS = [
  ["↑ ↓", "lane above, below", ], ["← →", "span before, after"], ["Enter", "evidence of the span; opens a section"],
  ["Space", "open or close the lane"], ["+ −", "zoom in, out"], ["Shift + ← →", "earlier, later"], ["0", "all time"],
  ["z", "zoom to the chosen span"], ["n p", "next, previous finding"], ["/", "search"], ["t", "table or lanes"],
  ["d", "dark or light"], ["Esc", "close, clear"], ["Wheel", "zoom; with Shift move, with Alt scroll the lanes"],
  ["Drag", "move; with Shift choose a stretch of time"],
];
byId("keys").append(make("dl", {}, ...KEYS.flatMap(([key, what]) => [make("dt", {}, key), make("dd", {}, what)])));

function focusLane(step) {
  const i = focused ? shownLanes.indexOf(focused.lane) : -1;
  const next = shownLanes[Math.max(0, Math.min(shownLanes.length - 1, i + step))];
  if (!next) return;
  const t = focused && focused.at >= 0 ? Math.max(span.from[focused.at], view.from) : cursor ?? view.from;
  const at = next.spans.length ? Math.max(spanAt(next.spans, t), -1) : -1;
  focusOn(next, at >= 0 ? at : next.spans[Math.min(next.spans.length - 1, firstAfter(next.spans, t))] ?? -1);
}
function focusSpan(step) {
  if (!focused) return focusLane(1);
  const list = focused.lane.spans;
  const i = list.indexOf(focused.at);
  if (!list.length || i + step < 0 || i + step >= list.length) return;
  focusOn(focused.lane, list[i + step]);
}
function focusOn(lane, at) {
  focused = { lane, at };
  if (lane.y < scroll.scrollTop) scroll.scrollTop = lane.y;
  if (lane.y + lane.height > scroll.scrollTop + size.height) scroll.scrollTop = lane.y + lane.height - size.height + 4;
  if (at >= 0) {
    const a = Math.max(span.from[at], whole.from), b = Math.min(span.to[at], whole.to);
    if (b < view.from || a > view.to) setView(a - (view.to - view.from) / 2, a + (view.to - view.from) / 2);
    cursor = Math.max(a, Math.min(b, Math.max(a, view.from) + 1));
    later(showMapSoon);
    byId("said").textContent = `${lane.label}. ${say(at).join(": ")}, ${when(at)}, ${CERTAINTIES[span.certainty[at]]}.`;
  } else byId("said").textContent = lane.label;
  redraw();
}
function nextFinding(step) {
  const list = told.findings.filter(findingFits);
  if (!list.length) return;
  const i = list.findIndex((f) => f.span === chosen);
  showSpan(list[(i + step + list.length) % list.length].span, true);
}
document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName);
  const onCanvas = e.target === canvas;
  if (e.key === "Escape") {
    if (typing) { e.target.blur(); canvas.focus(); }
    else if (!byId("keys").hidden) showKeys(false);
    else if (chosen >= 0) choose(-1);
    else { clearAsked(); changed(); }
    return;
  }
  if (typing) return;
  const general = {
    "/": () => byId("search").focus(), "+": () => zoom(0.6), "=": () => zoom(0.6), "-": () => zoom(1 / 0.6), "0": fit,
    t: () => showTable(!tableShown), d: () => setDark(!theme.dark), n: () => nextFinding(1), p: () => nextFinding(-1),
    z: () => { if (chosen >= 0) zoomTo(chosen); }, "?": () => showKeys(byId("keys").hidden),
  };
  const local = {
    ArrowDown: () => focusLane(1), ArrowUp: () => focusLane(-1),
    ArrowRight: () => (e.shiftKey ? pan(0.2) : focusSpan(1)), ArrowLeft: () => (e.shiftKey ? pan(-0.2) : focusSpan(-1)),
    Home: () => setView(whole.from, whole.from + view.to - view.from), End: () => setView(whole.to - (view.to - view.from), whole.to),
    PageDown: () => { scroll.scrollTop += size.height; }, PageUp: () => { scroll.scrollTop -= size.height; },
    Enter: () => { if (focused && focused.at >= 0) choose(focused.at); else if (focused) toggle(focused.lane); },
    " ": () => { if (focused) toggle(focused.lane.parent ?? focused.lane); },
  };
  const act = (onCanvas && local[e.key]) || general[e.key];
  if (!act) return;
  e.preventDefault();
  act();
});
function showKeys(on) {
  byId("keys").hidden = !on;
  byId("help").setAttribute("aria-expanded", String(on));
  resize();
}

// ---- what is asked for

const selects = { node: byId("by-node"), volume: byId("by-volume"), vm: byId("by-vm"), cause: byId("by-cause") };
const option = (value, text) => make("option", { value }, text);
function fillSelect(select, items) {
  select.replaceChildren(option("", "any"), ...items.map(([value, text]) => option(String(value), text)));
}
const named = (list, label) => list.map((item, at) => [at, label(item)]).sort((a, b) => order(a[1], b[1]));
fillSelect(selects.node, named(told.nodes, (n) => n.name));
fillSelect(selects.volume, named(told.volumes, (v) => v.label).filter(([at]) => told.volumes[at].shown));
fillSelect(selects.vm, named(told.vms, (v) => v.label).filter(([at]) => told.vms[at].shown));
const causes = [...new Set(told.findings.map((f) => f.rule))].sort();
if (unexplained.size) causes.push(NO_CAUSE);
fillSelect(selects.cause, causes.map((cause) => [cause, cause]));

function changed() {
  refit();
  focused = null;
  scroll.scrollTop = 0;
  place();
  if (tab === "findings") chooseTab(tab);
  if (tableShown) fillTable();
  byId("clear").disabled = !fits;
  if (fits) byId("said").textContent = `${plural(fits.reduce((sum, one) => sum + one, 0), "span")} fit.`;
  remember();
}
function clearAsked() {
  Object.assign(asked, { q: "", node: -1, volume: -1, vm: -1, cause: "" });
  showAsked();
  refit();
}
function showAsked() {
  byId("search").value = asked.q;
  for (const key of ["node", "volume", "vm"]) selects[key].value = asked[key] < 0 ? "" : String(asked[key]);
  selects.cause.value = asked.cause;
}
let typed = 0;
byId("search").addEventListener("input", (e) => {
  clearTimeout(typed);
  typed = setTimeout(() => {
    asked.q = e.target.value.trim();
    changed();
  }, 140);
});
byId("search").addEventListener("keydown", (e) => { if (e.key === "Enter") canvas.focus(); });
for (const key of ["node", "volume", "vm"]) {
  selects[key].addEventListener("change", (e) => {
    asked[key] = e.target.value === "" ? -1 : Number(e.target.value);
    changed();
  });
}
selects.cause.addEventListener("change", (e) => { asked.cause = e.target.value; changed(); });
byId("clear").addEventListener("click", () => { clearAsked(); changed(); });
byId("view-lanes").addEventListener("click", () => showTable(false));
byId("view-table").addEventListener("click", () => showTable(true));
byId("skip").addEventListener("click", (e) => { e.preventDefault(); showTable(true); byId("table").querySelector("button")?.focus(); });
byId("in").addEventListener("click", () => zoom(0.6));
byId("out").addEventListener("click", () => zoom(1 / 0.6));
byId("earlier").addEventListener("click", () => pan(-0.25));
byId("later").addEventListener("click", () => pan(0.25));
byId("fit").addEventListener("click", fit);
byId("print").addEventListener("click", () => window.print());
byId("help").addEventListener("click", () => showKeys(byId("keys").hidden));
byId("theme").addEventListener("click", () => setDark(!theme.dark));

function setDark(dark) {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  themed();
  remember();
}
function themed() {
  readTheme();
  byId("theme").textContent = theme.dark ? "Light" : "Dark";
  mapped = null;
  fillLegend();
  redraw();
  showMap();
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", themed);

// ---- legend, answer, foot

function fillLegend() {
  const swatch = (look) => {
    const out = make("canvas", { width: 26 * size.ratio, height: 12 * size.ratio, "aria-hidden": "true" });
    out.style.width = "26px";
    out.style.height = "12px";
    const p = out.getContext("2d");
    p.scale(size.ratio, size.ratio);
    p.fillStyle = fills[look]();
    p.fillRect(0, 0, 26, 12);
    return out;
  };
  byId("legend").replaceChildren(
    ...[DIRECT, LOCAL, FS, BLOCK, PAUSED, DOWN, UNKNOWN].map((look) => make("span", {}, swatch(look), " ", LOOK_WORDS[look])),
    make("span", { class: "assumed" }, "dashed edge: assumed"), make("span", {}, "plain colours: a node each"));
}
function fillAnswer() {
  const of = [told.cluster ? `Cluster ${told.cluster}` : null, plural(told.nodes.length, "node"), plural(told.volumes.length, "volume"), plural(told.vms.length, "VM"),
    dated ? `${instant(whole.from)} to ${instant(whole.to)}` : null, told.scoped ? "only what was asked for" : null];
  byId("of").textContent = of.filter(Boolean).join(" · ");
  const [label, rest] = told.answer.head.split(/: (.*)/s);
  byId("head").replaceChildren(...(rest && label === label.toUpperCase() ? [make("span", { class: `badge tone ${told.answer.tone}` }, label), " ", rest.replace(/^no /, "No ")] : [told.answer.head]));
  const first = told.findings[0]?.title ?? "";
  byId("why").textContent = first && !told.answer.head.includes(first) ? `${first}${told.findings.length > 1 ? `; and ${plural(told.findings.length - 1, "more finding")}` : ""}` : "";
  byId("all").textContent = told.answer.all;
  byId("answer").className = `answer ${told.answer.tone}`;
  document.title = `${told.answer.head.slice(0, 80)} - throughline`;
  byId("foot").textContent = `throughline ${told.program}. Times are UTC${told.clocks.some((c) => c.offset && c.offset !== "0 s") ? ", clocks put right" : ""}. This file asks nothing of any network.`;
}
function fillPrinted() {
  byId("printed").replaceChildren(...told.findings.slice(0, 200).flatMap((finding) => [
    make("h2", {}, badge(finding.verdict), " ", finding.title), make("p", {}, `${when(finding.span)}, ${CERTAINTIES[span.certainty[finding.span]]}`),
    make("p", {}, finding.claim), finding.steps.length ? make("ol", {}, ...finding.steps.map(stepOf)) : "",
    span.evidence[finding.span].length ? quotesOf(span.evidence[finding.span].slice(0, 6)) : "",
  ]), ...unexplainedCard(), make("h2", {}, "Could not tell"), ...fillGaps());
}
// Paper is light, and shows as many lanes as a page holds.
let onScreen = null;
window.addEventListener("beforeprint", () => {
  onScreen = document.documentElement.dataset.theme ?? "";
  document.documentElement.dataset.theme = "light";
  const lanes = Math.min(tall + 8, 720);
  document.documentElement.style.setProperty("--print-height", `${lanes + 90}px`);
  fillPrinted();
  themed();
  resize(lanes);
  paint();
});
window.addEventListener("afterprint", () => {
  if (onScreen) document.documentElement.dataset.theme = onScreen; else delete document.documentElement.dataset.theme;
  byId("printed").replaceChildren();
  themed();
  resize();
});

// ---- the address

let quiet = true, noted = 0;
function remember() {
  if (quiet) return;
  clearTimeout(noted);
  noted = setTimeout(() => {
    const out = new URLSearchParams();
    if (view.from > whole.from || view.to < whole.to) {
      out.set("from", String(Math.round(view.from * 10) / 10));
      out.set("to", String(Math.round(view.to * 10) / 10));
    }
    if (asked.q) out.set("q", asked.q);
    if (asked.node >= 0) out.set("node", nodeName(asked.node));
    if (asked.volume >= 0) out.set("volume", told.volumes[asked.volume].label);
    if (asked.vm >= 0) out.set("vm", told.vms[asked.vm].label);
    if (asked.cause) out.set("cause", asked.cause);
    if (tab !== firstTab) out.set("tab", tab);
    if (tableShown) out.set("view", "table");
    if (chosen >= 0) out.set("span", String(chosen));
    if (cursor !== null && chosen >= 0) out.set("at", String(Math.round(cursor)));
    if (document.documentElement.dataset.theme) out.set("theme", document.documentElement.dataset.theme);
    const text = out.toString();
    if (text === location.hash.slice(1)) return;
    try { history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search); } catch { /* a browser that refuses for files */ }
  }, 200);
}
function recall() {
  const state = new URLSearchParams(location.hash.slice(1));
  const number = (key) => {
    const value = state.get(key);
    return value !== null && value !== "" && Number.isFinite(Number(value)) ? Number(value) : null;
  };
  if (["dark", "light"].includes(state.get("theme"))) document.documentElement.dataset.theme = state.get("theme");
  const find = (list, label) => (label === null ? -1 : list.findIndex((item) => (item.label ?? item.name) === label));
  Object.assign(asked, {
    q: state.get("q") ?? "", node: find(told.nodes, state.get("node")), volume: find(told.volumes, state.get("volume")),
    vm: find(told.vms, state.get("vm")), cause: causes.includes(state.get("cause")) ? state.get("cause") : "",
  });
  showAsked();
  refit();
  byId("clear").disabled = !fits;
  tab = tabs.some((t) => t.key === state.get("tab")) ? state.get("tab") : firstTab;
  themed();
  place();
  fit();
  const [from, to] = [number("from"), number("to")];
  if (from !== null && to !== null && to > from) setView(from, to);
  const at = number("span");
  chosen = -1;
  if (at !== null && Number.isInteger(at) && at >= 0 && at < count) {
    showSpan(at, false);
    if (number("at") !== null) cursor = number("at");
  } else if (told.findings.length && !fits) {
    // Who opens the page sees the answer with its evidence.
    choose(told.findings[0].span);
  } else showDetail();
  showTable(state.get("view") === "table");
  chooseTab(tab);
}
window.addEventListener("hashchange", recall);
new ResizeObserver(() => { resize(); place(); }).observe(scroll);

fillAnswer();
readTheme();
resize();
recall();
showMap();
quiet = false;
document.documentElement.dataset.ready = "1";
