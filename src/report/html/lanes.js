// Lanes: which there are, in which order, which are shown, and what they hold. A lane knows its spans by place; a lane
// with several timelines below it carries the gravest of them at each time as its lower strip.

const ROW = 22, STRIP = 11, GAP = 9, CHILD = 20, SECTION = 30, AREA = 46;

// The gravest look at each time over several timelines.
function gravest(spans) {
  const n = spans.length;
  const edges = new Float64Array(2 * n);
  const sorted = new Uint32Array(2 * n);
  for (let i = 0; i < n; i++) {
    edges[2 * i] = span.from[spans[i]];
    edges[2 * i + 1] = span.to[spans[i]];
    sorted[2 * i] = 2 * i;
    sorted[2 * i + 1] = 2 * i + 1;
  }
  sorted.sort((a, b) => edges[a] - edges[b] || (b & 1) - (a & 1));
  const open = new Int32Array(LOOKS.length);
  const out = { from: [], to: [], look: [] };
  for (let i = 0; i < sorted.length;) {
    const at = edges[sorted[i]];
    for (; i < sorted.length && edges[sorted[i]] === at; i++) {
      open[span.look[spans[sorted[i] >> 1]]] += sorted[i] & 1 ? -1 : 1;
    }
    let look = open.length - 1;
    while (look > 0 && open[look] <= 0) look--;
    const last = out.look.length - 1;
    if (last >= 0 && out.to[last] === null) {
      if (out.look[last] === look) continue;
      out.to[last] = at;
    }
    if (look > 0) {
      out.from.push(at);
      out.to.push(null);
      out.look.push(look);
    }
  }
  const last = out.to.length - 1;
  if (last >= 0 && out.to[last] === null) out.to[last] = Infinity;
  return out;
}

function makeLanes() {
  const groups = new Map();
  // Spans of one timeline follow one another: only the first of a run looks its list up.
  let run = [-1, -1, -1, null];
  const put = (kind, a, b, at) => {
    if (run[0] !== kind || run[1] !== a || run[2] !== b) {
      const key = b < -1 ? `${kind}${a}` : `${kind}${a}/${b}`;
      const list = groups.get(key) ?? [];
      groups.set(key, list);
      run = [kind, a, b, list];
    }
    run[3].push(at);
  };
  const detours = { volume: new Map(), vm: new Map() };
  for (let at = 0; at < count; at++) {
    const kind = span.kind[at];
    if (kind === NODE) put("n", span.node[at], -2, at);
    else if (kind === COORDINATOR) put("v", span.volume[at], -2, at);
    else if (kind === IO_MODE) put("m", span.volume[at], span.node[at], at);
    else if (kind === STATE) put("s", span.volume[at], span.node[at], at);
    else if (kind === PLACEMENT) put("p", span.vm[at], -2, at);
    else if (kind === ROUTE) {
      put("r", span.vm[at], span.disk[at], at);
      if (isDetour(at)) {
        const stretch = [Math.max(span.from[at], whole.from), Math.min(span.to[at], whole.to)];
        const note = (map, of) => {
          const vms = map.get(of) ?? new Map();
          map.set(of, vms);
          const runs = vms.get(span.vm[at]);
          if (runs) runs.push(stretch); else vms.set(span.vm[at], [stretch]);
        };
        note(detours.vm, span.vm[at]);
        note(detours.volume, span.volume[at]);
      }
    }
  }
  // The disks of a VM detour together: its time counts once.
  const summed = (map) => new Map([...map].map(([of, vms]) => [of,
    [...vms.values()].reduce((sum, runs) => merged(runs).reduce((s, [a, b]) => s + b - a, sum), 0)]));
  const detoured = { volume: summed(detours.volume), vm: summed(detours.vm) };
  const take = (key) => {
    const list = Int32Array.from(groups.get(key) ?? []);
    for (let i = 1; i < list.length; i++) {
      if (span.from[list[i]] < span.from[list[i - 1]]) return list.sort((a, b) => span.from[a] - span.from[b] || span.to[a] - span.to[b]);
    }
    return list;
  };
  const below = new Map();
  for (const key of groups.keys()) {
    if (!"msr".includes(key[0])) continue;
    const parent = (key[0] === "r" ? "p" : "v") + key.slice(1).split("/")[0];
    const list = below.get(parent);
    if (list) list.push(key); else below.set(parent, [key]);
  }
  const join = (lists) => {
    const out = new Int32Array(lists.reduce((sum, list) => sum + list.length, 0));
    let at = 0;
    for (const list of lists) { out.set(list, at); at += list.length; }
    return out;
  };
  const by = (map) => (a, b) => (map.get(b.of) ?? 0) - (map.get(a.of) ?? 0) || order(a.label, b.label);

  const volumes = told.volumes.flatMap((volume, of) => {
    if (!volume.shown) return [];
    const keys = below.get(`v${of}`) ?? [];
    const nodes = [...new Set(keys.map((key) => Number(key.split("/")[1])))];
    nodes.sort((a, b) => order(nodeName(a), nodeName(b)));
    const lane = {
      key: `v${of}`, type: "volume", of, label: volume.label, spans: take(`v${of}`), height: ROW + STRIP + GAP,
      sub: [volume.file_system, volume.storage].filter(Boolean).join(" on "), detoured: detoured.volume.get(of) ?? 0,
    };
    lane.children = nodes.map((node) => ({
      key: `m${of}/${node}`, type: "mode", of, node, label: `on ${nodeName(node)}`, parent: lane,
      spans: take(`m${of}/${node}`), states: take(`s${of}/${node}`), height: CHILD + 7, children: [],
    }));
    lane.strips = () => gravest(join(lane.children.flatMap((c) => [c.spans, c.states.filter((s) => span.look[s] === PAUSED)])));
    return [lane];
  }).sort(by(detoured.volume));

  const vms = told.vms.flatMap((vm, of) => {
    if (!vm.shown) return [];
    const lane = {
      key: `p${of}`, type: "vm", of, label: vm.label, spans: take(`p${of}`), height: ROW + STRIP + GAP,
      sub: vm.disks.length === 1 ? "1 disk" : `${vm.disks.length} disks`, detoured: detoured.vm.get(of) ?? 0,
    };
    lane.children = (below.get(`p${of}`) ?? []).map((key) => {
      const disk = Number(key.split("/")[1]);
      const path = disk < 0 ? "a disk" : told.strings[disk];
      return {
        key, type: "disk", of, label: path.split(/[\\/]/).pop(), title: path, parent: lane, spans: take(key),
        height: CHILD, children: [],
      };
    });
    lane.strips = () => gravest(join(lane.children.map((c) => c.spans)));
    return [lane];
  }).sort(by(detoured.vm));

  const covered = new Map();
  for (const [node, channel, from, to] of told.covered) {
    const list = covered.get(node) ?? new Map();
    covered.set(node, list);
    const runs = list.get(channel) ?? [];
    list.set(channel, runs);
    runs.push([from / 1e4, to / 1e4]);
  }
  const nodes = told.nodes.flatMap((node, of) => {
    const spans = take(`n${of}`);
    const logs = covered.get(of) ?? new Map();
    if (!spans.length && !logs.size && !node.inputs) return [];
    const steps = told.steps.filter((step) => step[0] === of && step[1] !== null);
    const lane = {
      key: `n${of}`, type: "node", of, label: node.name, sub: node.os ?? (node.build ? `build ${node.build}` : ""),
      spans, height: ROW + STRIP + GAP, steps: steps.map((step) => ({ at: step[1] / 1e4, text: step[2] })),
    };
    lane.children = [...logs].map(([channel, runs]) => ({
      key: `c${of}/${channel}`, type: "log", of, label: channel, parent: lane, spans: new Int32Array(0), height: 14,
      runs: runs.sort((a, b) => a[0] - b[0]), children: [],
    }));
    lane.runs = merged([...logs.values()].flat());
    return [lane];
  });
  const links = told.links.map((link, of) => {
    const volume = link.volume === null ? "a volume" : told.volumes[link.volume].label;
    const to = link.path === "direct" ? volume
      : link.coordinator === null ? `the unknown owner of ${volume}`
        : link.coordinator === link.node ? `itself, the owner of ${volume}` : `${nodeName(link.coordinator)}, the owner of ${volume}`;
    const direct = link.path === "direct" && link.meter === "volume_manager_counter";
    return {
      key: `l${of}`, type: "link", of, label: `${nodeName(link.node)} → ${to}`, height: AREA, children: [],
      sub: `${direct ? "direct" : PATHS[link.path]}${link.lossy ? ", at least" : ""}`, spans: new Int32Array(0),
      samples: link.samples.map(([from, to, read, written, other]) => [from / 1e4, to / 1e4, read + written + other]),
    };
  });
  const section = (name, key, lanes) => ({ key, type: "section", label: name, all: lanes, spans: new Int32Array(0), height: SECTION, children: [] });
  return [
    section("Volumes", "volumes", volumes), section("Virtual machines", "vms", vms),
    section("Nodes", "nodes", nodes), section("Measured traffic", "links", links),
  ];
}

// Intervals put together where they meet.
function merged(runs) {
  const out = [];
  for (const [from, to] of runs.slice().sort((a, b) => a[0] - b[0])) {
    const last = out[out.length - 1];
    if (last && from <= last[1]) last[1] = Math.max(last[1], to); else out.push([from, to]);
  }
  return out;
}

const sections = makeLanes();
const opened = new Set();
{
  const children = sections[0].all.reduce((sum, lane) => sum + lane.children.length, 0);
  if (children <= 16) sections[0].all.forEach((lane) => opened.add(lane.key));
}

// ---- what is asked for

const asked = { q: "", node: -1, volume: -1, vm: -1, cause: "" };
let fits = null; // of each span: does it fit what is asked for? null: nothing is asked for
let shownLanes = [];
let tall = 0;

function spanFits(at, words) {
  const kind = span.kind[at];
  const finding = kind === FINDING ? told.findings[at - firstFinding] : null;
  if (asked.node >= 0 && !(finding ? finding.nodes.includes(asked.node)
    : span.node[at] === asked.node || span.coordinator[at] === asked.node)) return false;
  if (asked.volume >= 0 && !(finding ? finding.volumes.includes(asked.volume)
    : kind === PLACEMENT ? told.vms[span.vm[at]].disks.some((d) => d[1] === asked.volume)
      : kind === NODE || span.volume[at] === asked.volume)) return false;
  if (asked.vm >= 0 && !(finding ? finding.vms.includes(asked.vm)
    : span.vm[at] >= 0 ? span.vm[at] === asked.vm
      : kind === NODE || told.vms[asked.vm].disks.some((d) => d[1] === span.volume[at]))) return false;
  if (asked.cause === NO_CAUSE ? !unexplained.has(at) : asked.cause && !rulesOf(at).includes(asked.cause) && !causeSpans().has(at)) return false;
  return words.length === 0 || words.every((word) => haystack(at).includes(word));
}

// Modes and states carry no finding; they belong to one by volume, node and time.
let causeCache = ["", new Set()];
function causeSpans() {
  if (causeCache[0] === asked.cause) return causeCache[1];
  const out = new Set();
  const about = told.findings.filter((f) => f.rule === asked.cause);
  for (let at = 0; at < firstFinding; at++) {
    if (span.kind[at] !== IO_MODE && span.kind[at] !== STATE) continue;
    if (about.some((f) => f.volumes.includes(span.volume[at]) && (!f.nodes.length || f.nodes.includes(span.node[at]))
      && span.from[at] < span.to[f.span] && span.to[at] > span.from[f.span])) out.add(at);
  }
  causeCache = [asked.cause, out];
  return out;
}

function refit() {
  const words = asked.q.toLowerCase().split(/\s+/).filter(Boolean);
  const anything = words.length || asked.node >= 0 || asked.volume >= 0 || asked.vm >= 0 || asked.cause;
  fits = anything ? new Uint8Array(count) : null;
  if (fits) for (let at = 0; at < count; at++) fits[at] = spanFits(at, words) ? 1 : 0;
  relane();
}

function laneFits(lane) {
  if (!fits) return true;
  for (const at of lane.spans) if (fits[at]) return true;
  if (lane.states) for (const at of lane.states) if (fits[at]) return true;
  if (lane.type === "link") {
    const link = told.links[lane.of];
    const words = asked.q.toLowerCase().split(/\s+/).filter(Boolean);
    return !asked.cause && asked.vm < 0 && (asked.node < 0 || link.node === asked.node || link.coordinator === asked.node)
      && (asked.volume < 0 || link.volume === asked.volume)
      && words.every((word) => lane.label.toLowerCase().includes(word));
  }
  return false;
}

function relane() {
  shownLanes = [];
  tall = 0;
  const add = (lane, level) => {
    lane.level = level;
    lane.y = tall;
    tall += lane.height;
    shownLanes.push(lane);
  };
  for (const part of sections) {
    const lanes = part.all.filter((lane) => laneFits(lane) || lane.children.some(laneFits));
    if (!part.all.length) continue;
    part.shown = lanes.length;
    add(part, 0);
    if (closed.has(part.key)) continue;
    for (const lane of lanes) {
      add(lane, 1);
      if (opened.has(lane.key)) for (const child of lane.children) if (!fits || child.type === "log" || laneFits(child)) add(child, 2);
    }
  }
}
const closed = new Set();
