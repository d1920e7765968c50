// Drawing: only lanes and times that are on the screen. Every look has a pattern or word besides its colour; spans
// narrower than a pixel are put together, the gravest seen.

let LABEL = 216; // width of the labels, CSS pixels
const AXIS = 30;
const canvas = byId("canvas"), axis = byId("axis"), scroll = byId("scroll"), labels = byId("labels");
const pen = canvas.getContext("2d"), axisPen = axis.getContext("2d");
const view = { from: whole.from, to: whole.to };
let cursor = null; // the time that the map shows
let hover = null, chosen = -1, focused = null;
let size = { width: 0, height: 0, ratio: 1 };
let theme = {};

// Away from the orange and red of redirection.
const HUES = [212, 172, 285, 60, 246, 130, 322, 192, 96, 268, 150, 304];
function nodeColour(node) {
  if (node < 0) return theme.unknown;
  const hue = node < HUES.length ? HUES[node] : (node * 137.508) % 360;
  return theme.dark ? `hsl(${hue} 42% ${node % 24 < 12 ? 34 : 42}%)` : `hsl(${hue} 62% ${node % 24 < 12 ? 80 : 70}%)`;
}

const patterns = new Map();
// A tile of 8 by 8: ground, and strokes on it.
function pattern(name, ground, ink, strokes) {
  const key = `${name} ${ground} ${ink}`;
  if (patterns.has(key)) return patterns.get(key);
  const tile = document.createElement("canvas");
  const scale = size.ratio;
  tile.width = tile.height = 8 * scale;
  const p = tile.getContext("2d");
  p.scale(scale, scale);
  p.fillStyle = ground;
  p.fillRect(0, 0, 8, 8);
  p.strokeStyle = ink;
  strokes(p);
  const out = pen.createPattern(tile, "repeat");
  out.setTransform(new DOMMatrix().scale(1 / scale));
  patterns.set(key, out);
  return out;
}
const lines = (width, ...list) => (p) => {
  p.lineWidth = width;
  p.beginPath();
  for (const [x, y, u, v] of list) { p.moveTo(x, y); p.lineTo(u, v); }
  p.stroke();
};
const slash = [[-2, 6, 6, -2], [-2, 10, 10, -2], [2, 10, 10, 2]];
const back = [[-2, 2, 6, 10], [-2, -2, 10, 10], [2, -2, 10, 6]];
const fills = {
  [UP]: () => theme.up, [OWNER]: () => theme.unknown, [DIRECT]: () => theme.direct,
  [LOCAL]: () => pattern("local", theme.direct, theme.fsInk, lines(1, [0, 6.5, 8, 6.5])),
  [UNKNOWN]: () => pattern("unknown", theme.ground, theme.unknownInk, (p) => { p.fillStyle = theme.unknownInk; p.fillRect(1, 1, 1.5, 1.5); p.fillRect(5, 5, 1.5, 1.5); }),
  [FS]: () => pattern("fs", theme.fs, theme.fsInk, lines(1.5, ...slash)),
  [BLOCK]: () => pattern("block", theme.block, theme.blockInk, lines(1.2, ...slash, ...back)),
  [PAUSED]: () => pattern("paused", theme.paused, theme.pausedInk, lines(2, [2, 0, 2, 8], [6, 0, 6, 8])),
  [DOWN]: () => pattern("down", theme.down, theme.downInk, lines(1, [0, 2, 8, 2], [0, 6, 8, 6])),
};
const SHORT_WORDS = {
  [DIRECT]: "direct", [LOCAL]: "inside the owner", [UNKNOWN]: "unknown", [FS]: "file-system redirected",
  [BLOCK]: "block redirected", [PAUSED]: "paused", [DOWN]: "down", [UP]: "up",
};
const ROUTE_WORDS = { ...SHORT_WORDS, [FS]: "detour through the coordinator (file system)", [BLOCK]: "detour through the coordinator (block)", [PAUSED]: "I/O waits" };

function readTheme() {
  const css = getComputedStyle(document.documentElement);
  const get = (name) => css.getPropertyValue(`--${name}`).trim();
  theme = { dark: get("dark") === "1" };
  for (const name of ["ground", "text", "faint", "line", "stripe", "unknown", "unknownInk", "up", "direct", "fs", "fsInk", "block", "blockInk", "paused", "pausedInk", "down", "downInk", "accent", "area"]) {
    theme[name] = get(name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`));
  }
  patterns.clear();
}

const plot = () => size.width - LABEL - 12;
const xOf = (t) => LABEL + ((t - view.from) / (view.to - view.from)) * plot();
const tOf = (x) => view.from + ((x - LABEL) / plot()) * (view.to - view.from);

// First place in sorted spans that ends after a time.
function firstAfter(list, t) {
  let low = 0, high = list.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (span.to[list[mid]] <= t) low = mid + 1; else high = mid;
  }
  return low;
}

// Paints runs on a row. `each(i)` gives [from, to, fill key, faded, word] by place; neighbours within one pixel become one.
function fillOf(at) {
  const kind = span.kind[at];
  if (kind === COORDINATOR || kind === PLACEMENT) {
    if (valueOf(at) === null) return fills[UNKNOWN]();
    return nodeColour(span.node[at]);
  }
  return fills[span.look[at]]();
}

function paintSpans(list, y, height, words) {
  const end = view.to;
  let pixel = -1, best = -1;
  const left = LABEL, right = size.width - 12;
  const flush = () => {
    if (best < 0) return;
    pen.globalAlpha = fits && !fits[best] ? 0.22 : 1;
    pen.fillStyle = fillOf(best);
    pen.fillRect(pixel, y, 1.5, height);
    best = -1;
  };
  for (let i = firstAfter(list, view.from); i < list.length && span.from[list[i]] < end; i++) {
    const at = list[i];
    const a = Math.max(left, xOf(span.from[at])), b = Math.min(right, xOf(span.to[at]));
    if (b - a < 1) {
      const p = Math.floor(a);
      if (p !== pixel) { flush(); pixel = p; }
      if (best < 0 || (fits && fits[at] > fits[best]) || span.look[at] > span.look[best]) best = at;
      continue;
    }
    flush();
    const dim = fits && !fits[at];
    pen.globalAlpha = dim ? 0.22 : 1;
    pen.fillStyle = fillOf(at);
    pen.fillRect(a, y, b - a, height);
    pen.globalAlpha = 1;
    edge(at, a, b, y, height);
    if (b - a > 26 && height >= 11) word(words(at), a, b, y, height, dim, span.look[at] !== OWNER && span.look[at] !== UP);
  }
  flush();
  pen.globalAlpha = 1;
}

// What a span rests on, at its lower edge: nothing where a source says so or it follows, dashes where it is carried on.
function edge(at, a, b, y, height) {
  const from = span.from[at];
  if (from > view.from) {
    pen.fillStyle = theme.ground;
    pen.fillRect(a, y, 1, height);
  }
  if (span.certainty[at] === 1 && height > 8) {
    pen.strokeStyle = theme.text;
    pen.lineWidth = 1.5;
    pen.setLineDash([3, 5]);
    pen.beginPath();
    pen.moveTo(a, y + height - 1);
    pen.lineTo(b, y + height - 1);
    pen.stroke();
    pen.setLineDash([]);
  }
}

const widths = new Map();
function widthOf(text) {
  const key = pen.font + text;
  let out = widths.get(key);
  if (out === undefined) {
    out = pen.measureText(text).width;
    if (widths.size > 20000) widths.clear();
    widths.set(key, out);
  }
  return out;
}
function word(text, a, b, y, height, dim, plate) {
  if (!text) return;
  pen.font = height >= 18 ? FONT : SMALL;
  const room = b - a - 8;
  let out = text;
  if (plate) {
    // A word stands on a plate; the pattern that it covers says the same, and must stay to be seen.
    out = [text, text.split(" (")[0]].find((one) => widthOf(one) <= room - PATTERN);
    if (out === undefined) return;
  } else if (widthOf(out) > room) {
    const keep = Math.floor((room / widthOf(out)) * out.length) - 1;
    if (keep < 2) return;
    out = `${out.slice(0, keep)}…`;
  }
  const w = widthOf(out);
  if (plate) {
    pen.globalAlpha = dim ? 0.3 : 0.88;
    pen.fillStyle = theme.ground;
    pen.fillRect(a + 2, y + 1, Math.min(w + 6, b - a - 3), height - 2);
  }
  pen.globalAlpha = dim ? 0.45 : 1;
  pen.fillStyle = theme.text;
  pen.fillText(out, a + 5, y + height / 2 + 0.5);
  pen.globalAlpha = 1;
}
const PATTERN = 22; // how much of a pattern stays beside a word, CSS pixels
const FONT = "12px system-ui, sans-serif", SMALL = "10px system-ui, sans-serif";

function paintStrip(strip, y, height, words, lane) {
  let low = 0, high = strip.to.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (strip.to[mid] <= view.from) low = mid + 1; else high = mid;
  }
  const dim = fits && !laneFits(lane) && !lane.children.some(laneFits);
  let pixel = -1, best = 0;
  const flush = () => {
    if (!best) return;
    pen.fillStyle = fills[best]();
    pen.fillRect(pixel, y, 1.5, height);
    best = 0;
  };
  pen.globalAlpha = dim ? 0.25 : 1;
  for (let i = low; i < strip.to.length && strip.from[i] < view.to; i++) {
    const a = Math.max(LABEL, xOf(strip.from[i])), b = Math.min(size.width - 12, xOf(strip.to[i]));
    const look = strip.look[i];
    if (b - a < 1) {
      const p = Math.floor(a);
      if (p !== pixel) { flush(); pixel = p; }
      best = Math.max(best, look);
      continue;
    }
    flush();
    pen.fillStyle = fills[look]();
    pen.fillRect(a, y, b - a, height);
    if (b - a > 40) word(words[look], a, b, y, height, dim, true);
    pen.globalAlpha = dim ? 0.25 : 1;
  }
  flush();
  pen.globalAlpha = 1;
}

function paintRuns(runs, y, height) {
  pen.fillStyle = theme.direct;
  for (const [from, to] of runs) {
    if (to < view.from || from > view.to) continue;
    const a = Math.max(LABEL, xOf(from)), b = Math.min(size.width - 12, xOf(to));
    pen.fillRect(a, y, Math.max(1, b - a), height);
  }
}

function paintArea(lane, y) {
  const height = AREA - 10, base = y + height;
  let most = 0;
  for (const [from, to, bytes] of lane.samples) {
    if (to > view.from && from < view.to) most = Math.max(most, bytes / Math.max(to - from, 1));
  }
  pen.fillStyle = theme.stripe;
  pen.fillRect(LABEL, y, plot(), height);
  if (!most) return;
  pen.fillStyle = theme.area;
  pen.beginPath();
  for (const [from, to, bytes] of lane.samples) {
    if (to <= view.from || from >= view.to) continue;
    const a = Math.max(LABEL, xOf(from)), b = Math.min(size.width - 12, xOf(to));
    const h = (bytes / Math.max(to - from, 1) / most) * (height - 2);
    pen.rect(a, base - h, Math.max(1, b - a), h);
  }
  pen.fill();
  pen.fillStyle = theme.line;
  pen.fillRect(LABEL, base, plot(), 1);
  word(`${bytesWords(most * 1000)}/s`, LABEL, LABEL + 120, y, 13, false, true);
}

const ownerWord = (at) => (span.value[at] < 0 ? "owner unknown" : nodeName(span.node[at]));
const placeWord = (at) => (span.value[at] < 0 ? "place unknown" : valueOf(at).replace(/^(running )?on /i, ""));
const modeWord = (at) => (span.value[at] < 0 ? "unknown" : valueOf(at).replace("FileSystemRedirected", "file-system redirected").replace("BlockRedirected", "block redirected").replace("Direct", "direct").replace("Unavailable", "unavailable"));
const routeWord = (at) => (isDetour(at)
  ? `detour ${nodeName(span.node[at])} → ${nodeName(span.coordinator[at])}` : ROUTE_WORDS[span.look[at]]);
const nodeWord = (at) => valueOf(at) ?? "unknown";

function paintLane(lane, y) {
  const bar = y + 3;
  switch (lane.type) {
    case "section":
      pen.fillStyle = theme.stripe;
      pen.fillRect(0, y + 2, size.width, lane.height - 4);
      break;
    case "volume":
      paintSpans(lane.spans, bar, ROW, ownerWord);
      paintStrip((lane.strip ??= lane.strips()), bar + ROW, STRIP, SHORT_WORDS, lane);
      break;
    case "vm":
      paintSpans(lane.spans, bar, ROW, placeWord);
      paintStrip((lane.strip ??= lane.strips()), bar + ROW, STRIP, { ...ROUTE_WORDS, [FS]: "detour (file system)", [BLOCK]: "detour (block)" }, lane);
      break;
    case "mode":
      paintSpans(lane.spans, y + 1, CHILD - 3, modeWord);
      paintSpans(lane.states, y + CHILD - 1, 5, () => "");
      break;
    case "disk":
      paintSpans(lane.spans, y + 1, CHILD - 4, routeWord);
      break;
    case "node":
      paintSpans(lane.spans, bar, ROW, nodeWord);
      pen.fillStyle = fills[UNKNOWN]();
      pen.fillRect(LABEL, bar + ROW + 2, Math.max(0, xOf(whole.to) - LABEL), 5);
      paintRuns(lane.runs, bar + ROW + 2, 5);
      for (const step of lane.steps) {
        const x = xOf(step.at);
        if (x < LABEL || x > size.width) continue;
        pen.fillStyle = theme.accent;
        pen.beginPath();
        pen.moveTo(x - 5, bar); pen.lineTo(x + 5, bar); pen.lineTo(x, bar + 9);
        pen.fill();
      }
      break;
    case "log":
      paintRuns(lane.runs, y + 3, 7);
      break;
    case "link":
      paintArea(lane, y + 4);
      break;
  }
}

// Lanes on the screen.
function visible() {
  const top = scroll.scrollTop;
  let low = 0, high = shownLanes.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (shownLanes[mid].y + shownLanes[mid].height <= top) low = mid + 1; else high = mid;
  }
  const out = [];
  for (let i = low; i < shownLanes.length && shownLanes[i].y < top + size.height; i++) out.push(shownLanes[i]);
  return out;
}

function paint() {
  pen.setTransform(size.ratio, 0, 0, size.ratio, 0, 0);
  pen.clearRect(0, 0, size.width, size.height);
  pen.textBaseline = "middle";
  const top = scroll.scrollTop;
  const { step, from } = ticks();
  pen.fillStyle = theme.line;
  for (let t = from; t <= view.to; t += step) {
    const x = Math.round(xOf(t));
    if (x >= LABEL) pen.fillRect(x, 0, 1, size.height);
  }
  const lanes = visible();
  for (const lane of lanes) paintLane(lane, lane.y - top);
  paintChosen(lanes, top);
  if (cursor !== null) {
    const x = xOf(cursor);
    if (x >= LABEL - 1 && x <= size.width) {
      pen.fillStyle = theme.accent;
      pen.fillRect(Math.round(x), 0, 1, size.height);
    }
  }
  paintAxis(step, from);
  placeLabels(lanes, top);
}

function boxOf(lane, at) {
  const kind = span.kind[at];
  const top = { volume: 3, vm: 3, node: 3, mode: 1, disk: 1 }[lane.type] ?? 2;
  const height = { volume: ROW, vm: ROW, node: ROW, mode: CHILD - 3, disk: CHILD - 4 }[lane.type] ?? 10;
  if (lane.type === "mode" && kind === STATE) return [CHILD - 1, 5];
  if (lane.type === "vm" && kind === ROUTE) return [3 + ROW, STRIP];
  if (lane.type === "volume" && kind !== COORDINATOR) return [3 + ROW, STRIP];
  return [top, height];
}
function paintChosen(lanes, top) {
  const outline = (lane, at, width) => {
    const [y, height] = boxOf(lane, at);
    const a = Math.max(LABEL, xOf(span.from[at])), b = Math.min(size.width - 12, xOf(span.to[at]));
    if (b < LABEL || a > size.width) return;
    pen.strokeStyle = theme.accent;
    pen.lineWidth = width;
    pen.strokeRect(a - 1, lane.y - top + y - 1, Math.max(3, b - a + 2), height + 2);
  };
  for (const lane of lanes) {
    if (chosen >= 0 && holds(lane, chosen)) outline(lane, chosen, 2.5);
    if (focused && focused.lane === lane && focused.at !== chosen) outline(lane, focused.at, 2);
  }
}
// Is a span drawn on this lane? A closed lane shows what its children hold.
function holds(lane, at) {
  const kind = span.kind[at];
  const open = opened.has(lane.key);
  switch (lane.type) {
    case "volume": return span.volume[at] === lane.of && (kind === COORDINATOR || (!open && (kind === IO_MODE || kind === STATE)));
    case "mode": return span.volume[at] === lane.of && span.node[at] === lane.node && (kind === IO_MODE || kind === STATE);
    case "vm": return span.vm[at] === lane.of && (kind === PLACEMENT || (!open && kind === ROUTE));
    case "disk": return kind === ROUTE && span.vm[at] === lane.of && told.strings[span.disk[at]] === lane.title;
    case "node": return kind === NODE && span.node[at] === lane.of;
    default: return false;
  }
}

// ---- axis

const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5,
  72e5, 108e5, 216e5, 432e5, 864e5, 1728e5, 6048e5, 12096e5, 26784e5, 78624e5, 31536e6];
function ticks() {
  const wanted = ((view.to - view.from) / plot()) * 124;
  const step = STEPS.find((s) => s >= wanted) ?? STEPS[STEPS.length - 1] * Math.ceil(wanted / STEPS[STEPS.length - 1]);
  const from = Math.ceil((view.from + told.base) / step) * step - told.base;
  return { step, from };
}
function paintAxis(step, from) {
  const p = axisPen;
  p.setTransform(size.ratio, 0, 0, size.ratio, 0, 0);
  p.clearRect(0, 0, size.width, AXIS);
  p.font = FONT;
  p.textBaseline = "middle";
  p.fillStyle = theme.faint;
  if (!dated) {
    p.fillText("the time of collection, which nothing in the bundle dates", LABEL + 4, AXIS / 2);
    return;
  }
  let day = "", reached = -Infinity;
  for (let t = from; t <= view.to; t += step) {
    const x = xOf(t);
    if (x < LABEL || x < reached) continue;
    const text = instant(t, step < 1000 ? 3 : 0);
    const [date, time] = text.slice(0, -1).split(" ");
    const clock = step >= 864e5 ? "" : step >= 6e4 ? time.slice(0, 5) : time;
    p.fillStyle = theme.line;
    p.fillRect(Math.round(x), AXIS - 6, 1, 6);
    p.fillStyle = date === day ? theme.faint : theme.text;
    const shown = date === day ? clock : `${date} ${clock}`.trim();
    if (x + p.measureText(shown).width < size.width) {
      p.fillText(shown, x + 4, AXIS / 2 - 2);
      reached = x + p.measureText(shown).width + 14;
      day = date;
    }
  }
  p.fillStyle = theme.faint;
  p.fillText("UTC", LABEL - 36, AXIS / 2 - 2);
}

// ---- labels: elements, so that they can be read, focused and selected; only those on the screen

const pool = [];
function placeLabels(lanes, top) {
  let used = 0;
  const active = document.activeElement;
  for (const lane of lanes) {
    let label = pool[used];
    if (!label) {
      label = make("button", { type: "button", class: "label" }, make("span", { class: "twist" }), make("span", { class: "name" }), make("span", { class: "sub" }));
      label.addEventListener("click", () => toggle(label.lane));
      pool.push(label);
      labels.append(label);
    }
    used++;
    label.hidden = false;
    label.style.transform = `translateY(${lane.y - top}px)`;
    label.style.height = `${lane.height}px`;
    const open = lane.type === "section" ? !closed.has(lane.key) : opened.has(lane.key);
    const state = `${lane.key} ${open} ${lane.shown ?? ""}`;
    if (label.state === state) continue;
    label.state = state;
    label.lane = lane;
    label.className = `label ${lane.type}`;
    const may = lane.type === "section" || lane.children.length > 0;
    label.tabIndex = may ? 0 : -1;
    if (may) label.setAttribute("aria-expanded", open); else label.removeAttribute("aria-expanded");
    const [twist, name, sub] = label.children;
    twist.textContent = may ? (open ? "▾" : "▸") : "";
    name.textContent = lane.label;
    sub.textContent = lane.type === "section"
      ? (lane.shown === lane.all.length ? `${lane.all.length}` : `${lane.shown} of ${lane.all.length}`)
      : lane.detoured ? `${lane.type === "vm" ? length(lane.detoured) : `${(lane.detoured / 36e5).toFixed(1)} VM-hours`} detoured` : lane.sub ?? "";
    label.title = lane.title ?? `${lane.label}${lane.sub ? ` (${lane.sub})` : ""}`;
  }
  for (let i = used; i < pool.length; i++) {
    if (pool[i] === active) canvas.focus({ preventScroll: true });
    pool[i].hidden = true;
    pool[i].state = "";
  }
}

let asked4frame = false;
function redraw() {
  if (asked4frame) return;
  asked4frame = true;
  requestAnimationFrame(() => {
    asked4frame = false;
    paint();
  });
}
function resize(tallness = null) {
  const box = scroll.getBoundingClientRect();
  const ratio = window.devicePixelRatio || 1;
  size = { width: scroll.clientWidth, height: tallness ?? Math.floor(box.height), ratio };
  if (size.width <= 0) return;
  LABEL = size.width < 620 ? 136 : 216;
  document.documentElement.style.setProperty("--label", `${LABEL - 6}px`);
  for (const [element, height] of [[canvas, size.height], [axis, AXIS]]) {
    element.width = Math.round(size.width * ratio);
    element.height = Math.round(height * ratio);
    element.style.width = `${size.width}px`;
    element.style.height = `${height}px`;
  }
  byId("sticky").style.height = `${size.height}px`;
  patterns.clear();
  redraw();
}
