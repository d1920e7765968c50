// Beside the lanes: findings, what people are told, what could not be told, what was read. Below them: the chosen span.

const tabs = [
  { key: "findings", label: "Findings", count: told.findings.length, fill: fillFindings },
  { key: "told", label: "What you may be told", count: told.advice.length, fill: fillAdvice },
  { key: "gaps", label: "Could not tell", count: told.not_judged.length, fill: fillGaps },
  { key: "inputs", label: "What was read", count: told.inputs.length, fill: fillInputs },
];
// Where nothing was found and nothing is left to explain, what could not be told is the answer.
const firstTab = told.findings.length || unexplained.size || !told.not_judged.length ? "findings" : "gaps";
let tab = firstTab;

function placeTabs() {
  byId("tabs").replaceChildren(...tabs.map((t) => make("button", {
    type: "button", role: "tab", id: `tab-${t.key}`, "aria-controls": "panel", "aria-selected": t.key === tab ? "true" : "false",
    tabindex: t.key === tab ? "0" : "-1", onclick: () => chooseTab(t.key), onkeydown: (e) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
      if (!step) return;
      e.preventDefault();
      const next = tabs[(tabs.indexOf(t) + step + tabs.length) % tabs.length];
      chooseTab(next.key);
      byId(`tab-${next.key}`).focus();
    },
  }, t.label, " ", make("span", { class: "count" }, String(t.count)))));
}
function chooseTab(key) {
  tab = tabs.some((t) => t.key === key) ? key : firstTab;
  placeTabs();
  const panel = byId("panel");
  panel.setAttribute("aria-labelledby", `tab-${tab}`);
  panel.replaceChildren(...tabs.find((t) => t.key === tab).fill());
  panel.scrollTop = 0;
  remember();
}

const badge = (verdict) => make("span", { class: `badge ${verdict}` }, VERDICTS[verdict] ?? verdict);
// A next step: prose, and its commands on lines of their own.
function stepOf(text) {
  const [first, ...commands] = text.split("\n");
  return make("li", {}, first, ...commands.filter((c) => c.trim()).map((c) => command(c)));
}
function command(text) {
  return make("div", { class: "command" }, make("code", {}, text.trim()), copyButton(text.trim()));
}
function copyButton(text) {
  return make("button", { type: "button", class: "copy", "aria-label": "Copy the command", onclick: (e) => {
    const done = () => { e.target.textContent = "copied"; };
    navigator.clipboard?.writeText(text).then(done, () => {});
  } }, "copy");
}

const MANY = 60;
// A list of which the first are shown and the rest on demand.
function some(items, each, most = MANY) {
  const out = items.slice(0, most).map(each);
  if (items.length > most) {
    out.push(make("button", { type: "button", class: "more", onclick: (e) => {
      e.target.replaceWith(...some(items.slice(most), each, most * 4));
    } }, `${items.length - most} more`));
  }
  return out;
}

function findingFits(f) {
  return !fits || fits[f.span];
}
function fillFindings() {
  const left = unexplainedCard();
  if (!told.findings.length) return [...left, make("p", { class: "none" }, "No rule found anything. What could not be judged stands under ‘Could not tell’.")];
  const groups = new Map();
  for (const finding of told.findings.filter(findingFits)) {
    const key = `${finding.verdict} ${finding.rule}`;
    if (groups.has(key)) groups.get(key).push(finding); else groups.set(key, [finding]);
  }
  if (!groups.size) return [...left, make("p", { class: "none" }, "No finding fits what is asked for.")];
  return [...[...groups.values()].flatMap((group) => some(group, findingCard, 12)), ...left];
}
// What no finding explains: whose, and each stretch with a way to it.
function unexplainedCard() {
  const list = [...unexplained].filter(([at]) => !fits || fits[at]).flatMap(([at, stretches]) => stretches.map((stretch) => [at, stretch]));
  if (!list.length) return [];
  const vms = new Set(list.map(([at]) => span.vm[at]));
  return [make("article", { class: "card gap", id: "unexplained" },
    make("strong", {}, `No finding explains ${plural(list.length, "stretch").replace("stretchs", "stretches")} of ${plural(vms.size, "VM")}`),
    make("p", { class: "faint" }, "Detours, and I/O that waited, whose cause is not known. What would settle it stands under ‘Could not tell’."),
    make("ul", {}, ...some(list, ([at, stretch]) => make("li", {},
      make("button", { type: "button", class: "as-link", onclick: () => showStretch(at, stretch) }, say(at).join(": ")), " ", between(...stretch)), 8)))];
}
function findingCard(finding) {
  const at = finding.span;
  const names = (list, label) => (list.length ? `${list.slice(0, 4).map(label).join(", ")}${list.length > 4 ? ` and ${list.length - 4} more` : ""}` : null);
  const who = [names(finding.vms, (v) => told.vms[v].label), names(finding.volumes, (v) => told.volumes[v].label), names(finding.nodes, nodeName)];
  const more = make("details", {}, make("summary", {}, "What to do, and why"),
    make("p", {}, finding.claim), finding.steps.length ? make("ol", {}, ...finding.steps.map(stepOf)) : null,
    make("p", { class: "faint" }, `rule ${finding.rule}`));
  if (told.findings.length === 1) more.open = true;
  return make("article", { class: `card ${finding.verdict}${at === chosen ? " chosen" : ""}`, "data-finding": told.findings.indexOf(finding) },
    make("button", { type: "button", class: "title", onclick: () => showSpan(at, true) }, badge(finding.verdict), " ", finding.title),
    make("p", { class: "faint" }, who.filter(Boolean).join(" · ")),
    make("p", { class: "faint" }, `${when(at)}, ${CERTAINTIES[span.certainty[at]]}`),
    more);
}

function fillAdvice() {
  if (!told.advice.length) return [make("p", { class: "none" }, "Nothing is redirected, so nothing is advised.")];
  const words = { applies: "applies here", "does not apply": "does not apply here", "cannot tell": "cannot be told" };
  return told.advice.map((advice) => make("article", { class: `card told ${advice.fits.replaceAll(" ", "-")}` },
    make("p", { class: "quoted" }, `“${advice.said}”`),
    make("p", {}, make("strong", {}, `${words[advice.fits] ?? advice.fits}. `), advice.why),
    advice.evidence.length ? foldedQuotes(advice.evidence) : null));
}
function foldedQuotes(list) {
  const out = make("details", {}, make("summary", {}, plural(list.length, "quote")));
  out.addEventListener("toggle", () => out.append(quotesOf(list)), { once: true });
  return out;
}
function fillGaps() {
  if (!told.not_judged.length) return [make("p", { class: "none" }, "Every rule could be judged.")];
  return told.not_judged.map((gap) => make("article", { class: "card gap" },
    make("p", {}, make("strong", {}, gap.rule), `: ${gap.missing}`),
    gap.collect ? make("p", { class: "faint" }, "What would settle it:") : null,
    gap.collect ? command(gap.collect) : null));
}
function fillInputs() {
  const cell = (text) => make("td", {}, String(text));
  const row = (input) => {
    const parts = [plural(input.entries, "entry").replace("entrys", "entries"), plural(input.facts, "fact"),
      input.unknown ? `${input.unknown} unknown` : null, input.malformed ? `${input.malformed} malformed` : null, input.lost ? `${input.lost} lost` : null];
    return make("tr", {}, make("td", {}, make("span", { class: "path" }, input.path), make("div", { class: "faint" }, parts.filter(Boolean).join(", ")),
      ...input.notes.map(([name, severity, n, advice]) => make("div", { class: `note ${severity}` }, `${severity}: ${name} (${n})${advice ? `: ${advice}` : ""}`))),
    cell(input.kind), cell(input.node ?? "?"), cell(bytesWords(input.bytes)));
  };
  const clocks = told.clocks.map((clock) => make("tr", {}, cell(clock.node), cell(clock.offset ?? "unknown"), cell(clock.spread ? `± ${clock.spread}` : "unknown"), cell(clock.basis)));
  const head = (...names) => make("thead", {}, make("tr", {}, ...names.map((n) => make("th", { scope: "col" }, n))));
  const body = make("tbody", {}, ...told.inputs.slice(0, 500).map(row));
  return [
    make("h3", {}, "Clocks"), make("table", { class: "plain" }, head("Node", "Corrected by", "Spread", "Rests on"), make("tbody", {}, ...clocks)),
    make("h3", {}, "Inputs"), make("table", { class: "plain" }, head("Input", "Kind", "Node", "Size"), body),
    told.inputs.length > 500 ? make("p", { class: "faint" }, `and ${told.inputs.length - 500} more; the JSON report has all`) : null,
  ].filter(Boolean);
}

// ---- the chosen span

// Several facts of one line are one quote.
function places(list) {
  const out = new Map();
  for (const cite of list) {
    const role = ROLES[cite & 3];
    const roles = out.get(cite >> 2);
    if (!roles) out.set(cite >> 2, [role]); else if (!roles.includes(role)) roles.push(role);
  }
  return [...out];
}
// The page shows before the last of it has arrived, and the quotes are the last.
function quotesOf(list) {
  if (document.readyState === "loading") {
    const hold = make("p", { class: "faint" }, "The quotes are being read.");
    document.addEventListener("DOMContentLoaded", () => hold.replaceWith(quotesOf(list)), { once: true });
    return hold;
  }
  return make("ol", { class: "quotes" }, ...some(places(list), ([at, roles]) => {
    const q = quote(at);
    return make("li", { class: roles.join(" ") },
      make("div", { class: "origin" }, make("span", { class: "role" }, roles.join(", ")), " ", make("span", { class: "path" }, q.place),
        q.time === null ? null : ` at ${instant(q.time, 3)}`),
      q.text === null ? make("p", { class: "faint" }, "the text could not be fetched") : make("pre", {}, q.text));
  }, 30));
}

const CERTAINTY_WORDS = {
  observed: "observed: a source says so",
  derived: "derived: it follows from what the sources say, while complete logs would have told of a change",
  assumed: "assumed: carried past the last evidence",
  unknown: "unknown: nothing says it",
};

function showDetail() {
  const box = byId("detail");
  if (chosen < 0) {
    box.replaceChildren(make("h2", {}, "Evidence"), make("p", { class: "faint" }, "Choose a span in the lanes or a finding: its facts appear here, each with the quoted line and where it stands."));
    return;
  }
  const at = chosen;
  const [subject, value] = say(at);
  const facts = [];
  const fact = (name, ...what) => facts.push(make("dt", {}, name), make("dd", {}, ...what));
  fact("When", when(at));
  fact("Sure", CERTAINTY_WORDS[CERTAINTIES[span.certainty[at]]]);
  if (span.kind[at] === ROUTE) {
    fact("From", nodeName(span.node[at]));
    fact("Coordinator", nodeName(span.coordinator[at]));
    if (span.volume[at] >= 0) fact("Volume", told.volumes[span.volume[at]].label);
    if (span.disk[at] >= 0) fact("Disk", make("span", { class: "path" }, told.strings[span.disk[at]]));
    const bytes = told.spans.bytes[at];
    const least = bytes?.[3] ? "at least " : "";
    fact("Bytes", bytes ? `${least}${bytesWords(bytes[0])} read, ${bytesWords(bytes[1])} written${bytes[2] ? `, ${bytesWords(bytes[2])} of unknown direction` : ""}` : "not measured");
  }
  const causes = span.kind[at] === FINDING ? [] : span.causes[at];
  if (causes.length) {
    fact("Because", ...causes.map((f) => make("button", { type: "button", class: "as-link", onclick: () => showSpan(told.findings[f].span, true) }, badge(told.findings[f].verdict), " ", told.findings[f].title)));
  } else if (isDetour(at)) fact("Because", "no rule explains it");
  if (unexplained.has(at)) fact("No cause known", ...unexplained.get(at).slice(0, 20).map((stretch) => make("div", {}, between(...stretch))));
  const finding = span.kind[at] === FINDING ? told.findings[at - firstFinding] : null;
  const evidence = span.evidence[at];
  box.replaceChildren(
    make("div", { class: "detail-head" },
      make("h2", {}, make("span", { class: "kind" }, KIND_WORDS[KINDS[span.kind[at]]]), " ", finding ? finding.title : `${subject}: ${value}`),
      make("button", { type: "button", onclick: () => zoomTo(at) }, "Zoom to it"),
      make("button", { type: "button", "aria-label": "Close", onclick: () => choose(-1) }, "Close")),
    make("div", { class: "detail-body" },
      make("div", {}, finding ? make("p", {}, finding.claim) : null, make("dl", {}, ...facts),
        finding && finding.steps.length ? make("ol", {}, ...finding.steps.map(stepOf)) : null),
      make("div", {}, make("h3", {}, `Evidence (${places(evidence).length})`),
        evidence.length ? quotesOf(evidence) : make("p", { class: "faint" }, "Nothing in the bundle says it."))));
  box.scrollTop = 0;
}
