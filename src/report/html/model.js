// What the page was told, made quick to ask: spans in typed columns, times in milliseconds, lookups by subject.

const told = JSON.parse(document.getElementById("data").textContent);
const KINDS = ["node", "coordinator", "state", "io_mode", "placement", "route", "finding"];
const KIND_WORDS = {
  node: "Cluster service", coordinator: "Coordinator", state: "CSVFS state", io_mode: "I/O mode",
  placement: "Placement", route: "Route", finding: "Finding",
};
const [NODE, COORDINATOR, STATE, IO_MODE, PLACEMENT, ROUTE, FINDING] = KINDS.keys();
const CERTAINTIES = ["unknown", "assumed", "derived", "observed"];
const ROLES = ["opens", "closes", "supports", "contradicts"];
const VERDICTS = {
  fault: "FAULT", configuration: "CONFIGURATION", operator: "BY REQUEST", temporary: "TEMPORARY",
  by_design: "BY DESIGN", not_redirection: "NOT REDIRECTION", undetermined: "UNDETERMINED",
};
const ROUTES = {
  held: "waits: the volume is paused or unavailable",
  direct: "straight to the disk",
  owner_local: "redirected, but stays inside the coordinator",
  via_coordinator_fs: "through the coordinator's file system, over the network",
  via_coordinator_block: "through the coordinator, below its file system, over the network",
  unknown: "not known",
};
const PATHS = {
  // The CSVFS counters count block-redirected bytes as direct.
  direct: "direct (or block redirected)",
  file_system_redirected: "file-system redirected",
  block_redirected: "block redirected",
};

// How a span is drawn. Later ones are graver: where many spans share a pixel, the gravest is seen.
const LOOKS = ["none", "up", "owner", "direct", "local", "unknown", "fs", "block", "paused", "down"];
const [NONE, UP, OWNER, DIRECT, LOCAL, UNKNOWN, FS, BLOCK, PAUSED, DOWN] = LOOKS.keys();
const LOOK_WORDS = {
  [UP]: "up", [OWNER]: "owner or place", [DIRECT]: "direct", [LOCAL]: "redirected inside the owner",
  [UNKNOWN]: "unknown", [FS]: "file-system redirected", [BLOCK]: "block redirected",
  [PAUSED]: "paused, I/O waits", [DOWN]: "down or unavailable",
};

const count = told.spans.kind.length;
const order = new Intl.Collator(undefined, { numeric: true }).compare;
function column(from) {
  const out = new Int32Array(from.length);
  for (let i = 0; i < from.length; i++) out[i] = from[i] === null ? -1 : from[i];
  return out;
}
// Milliseconds since the page's base; an open end reaches as far as the axis.
function times(from, open) {
  const out = new Float64Array(from.length);
  for (let i = 0; i < from.length; i++) out[i] = from[i] === null ? open : from[i] / 1e4;
  return out;
}
const span = {
  kind: new Uint8Array(told.spans.kind),
  certainty: new Uint8Array(told.spans.certainty),
  value: column(told.spans.value),
  volume: column(told.spans.volume),
  vm: column(told.spans.vm),
  disk: column(told.spans.disk),
  node: column(told.spans.node),
  coordinator: column(told.spans.coordinator),
  from: times(told.spans.from, -Infinity),
  to: times(told.spans.to, Infinity),
  causes: told.spans.causes,
  evidence: told.spans.evidence,
  look: new Uint8Array(count),
};

const dated = told.from !== null && told.to !== null;
const whole = { from: dated ? told.from / 1e4 : 0, to: dated ? told.to / 1e4 : 1 };
if (whole.to - whole.from < 1) whole.to = whole.from + 1;

// Of a value only its first word decides the look; it is the same for many spans.
const looks = told.strings.map((text) => ({
  mode: { Direct: DIRECT, FileSystemRedirected: FS, BlockRedirected: BLOCK, Unavailable: DOWN }[text.split(" ")[0]] ?? UNKNOWN,
  state: { Active: DIRECT, Paused: PAUSED, Draining: PAUSED, SetDownLevel: PAUSED, Init: DOWN, Dismounted: DOWN }[text] ?? UNKNOWN,
  route: { held: PAUSED, direct: DIRECT, owner_local: LOCAL, via_coordinator_fs: FS, via_coordinator_block: BLOCK }[text] ?? UNKNOWN,
  node: { up: UP, down: DOWN }[text] ?? UNKNOWN,
}));
for (let at = 0; at < count; at++) {
  const value = span.value[at];
  if (value < 0) span.look[at] = UNKNOWN;
  else if (span.kind[at] === NODE) span.look[at] = looks[value].node;
  else if (span.kind[at] === STATE) span.look[at] = looks[value].state;
  else if (span.kind[at] === IO_MODE) span.look[at] = looks[value].mode;
  else if (span.kind[at] === ROUTE) span.look[at] = looks[value].route;
  else span.look[at] = OWNER;
}

const valueOf = (at) => (span.value[at] < 0 ? null : told.strings[span.value[at]]);
const nodeName = (at) => (at < 0 ? "unknown" : told.nodes[at].name);
const isDetour = (at) => span.kind[at] === ROUTE && (span.look[at] === FS || span.look[at] === BLOCK);

// Quotes are many and rarely asked for: they are read at the first question.
let quotes = null;
function quote(at) {
  quotes ??= JSON.parse(document.getElementById("quotes").textContent);
  const [input, word, number, time, text] = quotes[at];
  const path = told.inputs[input]?.path ?? "?";
  const place = [`${path}:${number}`, `${path} record ${number}`, `${path} at byte ${number}`][word];
  return { place, time: time === null ? null : time / 1e4, text };
}

// ---- time

const pad = (n, to = 2) => String(n).padStart(to, "0");
// `2026-02-01 07:54:34Z`, with as many digits of a second as asked for.
function instant(ms, digits = 0) {
  if (!dated || !Number.isFinite(ms)) return "a time that is not known";
  const date = new Date(told.base + Math.floor(ms));
  let out = `${date.getUTCFullYear()}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())} `
    + `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())}`;
  if (digits) out += `.${pad(date.getUTCMilliseconds(), 3)}`;
  return `${out}Z`;
}
function length(ms) {
  if (ms < 1) return "under 1 ms";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const s = Math.floor(ms / 1000);
  const two = (a, an, b, bn) => (b ? `${a} ${an} ${b} ${bn}` : `${a} ${an}`);
  if (s < 60) return s < 10 ? `${(ms / 1000).toFixed(1)} s` : `${s} s`;
  if (s < 3600) return two(Math.floor(s / 60), "min", s % 60, "s");
  if (s < 86400) return two(Math.floor(s / 3600), "h", Math.floor(s / 60) % 60, "min");
  return two(Math.floor(s / 86400), "d", Math.floor(s / 3600) % 24, "h");
}
const when = (at) => between(span.from[at], span.to[at]);
function between(from, to) {
  if (!dated) return "at the time of collection, which nothing in the bundle dates";
  const first = from <= whole.from, last = to >= whole.to;
  const a = Math.max(from, whole.from), b = Math.min(to, whole.to);
  const fine = b - a < 10000 ? 1 : 0;
  if (first && last) return `through all the evidence, ${instant(a)} to ${instant(b)} (${length(b - a)})`;
  if (first) return `from the start of the evidence to ${instant(b, fine)} (${length(b - a)})`;
  if (last) return `from ${instant(a, fine)} until the evidence ends at ${instant(b)} (${length(b - a)})`;
  return `from ${instant(a, fine)} to ${instant(b, fine)} (${length(b - a)})`;
}
function bytesWords(n) {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let at = 0;
  while (n >= 1000 && at < units.length - 1) { n /= 1000; at++; }
  return `${at && n < 100 ? n.toFixed(1) : Math.round(n)} ${units[at]}`;
}
const plural = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;

// ---- what a span is of, in words

const sayers = [
  (at) => [nodeName(span.node[at]), valueOf(at) ?? "unknown"],
  (at) => [told.volumes[span.volume[at]].label, `owned by ${valueOf(at) ?? "an unknown node"}`],
  (at) => [`${told.volumes[span.volume[at]].label} on ${nodeName(span.node[at])}`, valueOf(at) ?? "state unknown"],
  (at) => [`${told.volumes[span.volume[at]].label} on ${nodeName(span.node[at])}`, valueOf(at) ?? "mode unknown"],
  (at) => [told.vms[span.vm[at]].label, valueOf(at) ?? "place unknown"],
  (at) => [told.vms[span.vm[at]].label, isDetour(at)
    ? `${nodeName(span.node[at])} → ${nodeName(span.coordinator[at])}: ${ROUTES[valueOf(at)]}`
    : ROUTES[valueOf(at)] ?? "route unknown"],
  (at) => ["Finding", told.findings[at - firstFinding]?.title ?? ""],
];
const firstFinding = count - told.findings.length;
const say = (at) => sayers[span.kind[at]](at);

// Text that a search looks in, small letters; made when a search first needs it.
const haystacks = new Array(count);
function haystack(at) {
  return (haystacks[at] ??= [
    KINDS[span.kind[at]], KIND_WORDS[KINDS[span.kind[at]]], ...say(at), valueOf(at), CERTAINTIES[span.certainty[at]],
    span.volume[at] < 0 ? "" : told.volumes[span.volume[at]].names.join(" "),
    span.disk[at] < 0 ? "" : told.strings[span.disk[at]],
    span.kind[at] === ROUTE ? `${span.node[at] < 0 ? "" : nodeName(span.node[at])} ${span.volume[at] < 0 ? "" : told.volumes[span.volume[at]].label}` : "",
    rulesOf(at).join(" "), unexplained.has(at) ? NO_CAUSE : "",
    span.kind[at] === FINDING ? told.findings[at - firstFinding].claim : "",
  ].join(" ").toLowerCase());
}
// Stretches that no finding explains, by the span of their route: [from, to] in milliseconds.
const unexplained = new Map();
for (const [at, from, to] of told.unexplained) {
  const stretch = [from === null ? -Infinity : from / 1e4, to === null ? Infinity : to / 1e4];
  if (unexplained.has(at)) unexplained.get(at).push(stretch); else unexplained.set(at, [stretch]);
}
const NO_CAUSE = "without a known cause";
function rulesOf(at) {
  if (span.kind[at] === FINDING) return [told.findings[at - firstFinding].rule];
  return [...new Set(span.causes[at].map((f) => told.findings[f].rule))];
}

// ---- elements: text only ever becomes text

function make(tag, props = {}, ...children) {
  const out = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (key === "class") out.className = value;
    else if (key.startsWith("on")) out.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) out.setAttribute(key, value === true ? "" : value);
  }
  out.append(...children.flat().filter((c) => c !== null && c !== undefined));
  return out;
}
const byId = (id) => document.getElementById(id);
