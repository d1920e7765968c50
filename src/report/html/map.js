// The cluster at the cursor's time: nodes on an ellipse, whose volumes they own, an arrow for each detour.

const SVG = "http://www.w3.org/2000/svg";
function draw(tag, props, ...children) {
  const out = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(props)) out.setAttribute(key, value);
  out.append(...children);
  return out;
}
// The span of a lane at a time.
function spanAt(list, t) {
  const i = firstAfter(list, t);
  return i < list.length && span.from[list[i]] <= t ? list[i] : -1;
}

function clusterAt(t) {
  const nodes = told.nodes.map((node, of) => ({ of, name: node.name, up: null, owns: [], runs: 0 }));
  const detours = new Map();
  const unknown = { owners: 0, places: 0, routes: 0 };
  for (const lane of sections[2].all) {
    const at = spanAt(lane.spans, t);
    if (at >= 0 && span.value[at] >= 0) nodes[lane.of].up = valueOf(at) === "up";
  }
  for (const lane of sections[0].all) {
    const at = spanAt(lane.spans, t);
    if (at >= 0 && span.node[at] >= 0) nodes[span.node[at]].owns.push(lane.label); else unknown.owners++;
  }
  for (const lane of sections[1].all) {
    const at = spanAt(lane.spans, t);
    if (at >= 0 && span.node[at] >= 0 && !/^(off|saved)/i.test(valueOf(at) ?? "")) nodes[span.node[at]].runs++;
    else if (at < 0 || span.value[at] < 0) unknown.places++;
    for (const disk of lane.children) {
      const route = spanAt(disk.spans, t);
      if (route < 0) continue;
      if (span.look[route] === UNKNOWN) unknown.routes++;
      if (!isDetour(route) || span.node[route] < 0 || span.coordinator[route] < 0) continue;
      const key = `${span.node[route]}>${span.coordinator[route]}`;
      const sum = detours.get(key) ?? { from: span.node[route], to: span.coordinator[route], vms: new Set(), volumes: new Set(), bytes: null, block: false };
      detours.set(key, sum);
      sum.vms.add(lane.label);
      sum.volumes.add(span.volume[route]);
      sum.block ||= span.look[route] === BLOCK;
      const bytes = told.spans.bytes[route];
      if (bytes) sum.bytes = (sum.bytes ?? 0) + bytes[0] + bytes[1] + bytes[2];
    }
  }
  return { nodes, detours: [...detours.values()].sort((a, b) => b.vms.size - a.vms.size || a.from - b.from || a.to - b.to), unknown };
}

// More arrows than these hide one another; the sentence below counts all.
const ARROWS = 48;
let mapped = null;
function showMap() {
  const t = cursor ?? (view.from + view.to) / 2;
  byId("map-title").textContent = dated ? `The cluster at ${instant(t)}` : "The cluster at collection";
  const { nodes, detours, unknown } = clusterAt(t);
  const said = mapWords(detours, unknown, nodes);
  byId("map-said").textContent = said;
  const shown = nodes.filter((n) => nodes.length <= 12 || n.up !== null || n.owns.length || n.runs || detours.some((d) => d.from === n.of || d.to === n.of));
  const key = JSON.stringify([shown.map((n) => [n.of, n.up, n.owns.length, n.runs]), detours.map((d) => [d.from, d.to, d.vms.size, d.bytes]), unknown, theme.dark]);
  if (key === mapped) return;
  mapped = key;
  const small = shown.length > 12;
  const [cx, cy, rx, ry] = [210, 140, small ? 190 : 138, small ? 124 : 92];
  const place = new Map(shown.map((node, i) => {
    const angle = shown.length === 2 ? Math.PI * (1 - i) : (2 * Math.PI * i) / Math.max(1, shown.length) - Math.PI / 2;
    return [node.of, [cx + rx * Math.cos(angle), cy + ry * Math.sin(angle)]];
  }));
  // While some VM's place is not known, a count is the least there may be.
  const runs = (node) => (!unknown.places ? plural(node.runs, "VM") : node.runs ? `≥ ${plural(node.runs, "VM")}` : "? VMs");
  const radius = small ? 7 : 27;
  const out = [draw("defs", {}, ...["fs", "block"].map((way) => draw("marker", {
    id: `tip-${way}`, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 13, markerHeight: 13, markerUnits: "userSpaceOnUse", orient: "auto",
  }, draw("path", { d: "M0 0 L8 4 L0 8 z", class: `head ${way}` }))))];
  const most = Math.max(1, ...detours.map((d) => d.vms.size));
  for (const d of detours.slice(0, ARROWS)) {
    const [a, b] = [place.get(d.from), place.get(d.to)];
    if (!a || !b) continue;
    const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
    const far = Math.hypot(dx, dy) || 1;
    const [nx, ny] = [-dy / far, dx / far];
    const bend = Math.min(46, far / 4);
    const mid = [(a[0] + b[0]) / 2 + nx * bend, (a[1] + b[1]) / 2 + ny * bend];
    // The ends lie on the circles' edges, seen from the bend.
    const edge = (p) => {
      const l = Math.hypot(mid[0] - p[0], mid[1] - p[1]) || 1;
      return [p[0] + ((mid[0] - p[0]) / l) * (radius + 4), p[1] + ((mid[1] - p[1]) / l) * (radius + 4)];
    };
    const [s, e] = [edge(a), edge(b)];
    const width = 2 + 4 * (d.vms.size / most);
    out.push(draw("path", {
      d: `M${s[0].toFixed(1)} ${s[1].toFixed(1)} Q${mid[0].toFixed(1)} ${mid[1].toFixed(1)} ${e[0].toFixed(1)} ${e[1].toFixed(1)}`,
      class: `detour${d.block ? " block" : ""}`, "stroke-width": (small ? width / 2 : width).toFixed(1), "marker-end": `url(#tip-${d.block ? "block" : "fs"})`,
    }));
    if (!small) {
      const label = `${plural(d.vms.size, "VM")}${d.bytes === null ? "" : `, ${bytesWords(d.bytes)}`}`;
      // Beside the arrow, clear of it by its own half width where the arrow is steep.
      const clear = 10 + Math.abs(nx) * label.length * 3.2;
      const at = [(s[0] + 2 * mid[0] + e[0]) / 4 + nx * clear, (s[1] + 2 * mid[1] + e[1]) / 4 + ny * clear];
      out.push(draw("text", { x: at[0].toFixed(1), y: (at[1] + 4).toFixed(1), "text-anchor": "middle", class: `flow${d.block ? " block" : ""}` }, label));
    }
  }
  for (const node of shown) {
    const [x, y] = place.get(node.of);
    const circle = draw("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: radius, class: node.up === false ? "machine down" : node.up === null ? "machine unsure" : "machine" });
    circle.style.fill = nodeColour(node.of);
    const texts = [];
    const text = (dy, words, cls) => texts.push(draw("text", { x: x.toFixed(1), y: (y + dy).toFixed(1), "text-anchor": "middle", class: cls }, words));
    if (small) {
      if (shown.length <= 32) text(18, cut(node.name, 9), "minor");
    } else {
      text(-2, cut(node.name, 9), "node-name");
      text(11, node.up === false ? "down" : runs(node), "minor");
      const owns = node.owns.length === 0 ? (unknown.owners ? "owns: not known" : "owns none") : node.owns.length <= 2 ? `owns ${node.owns.map((o) => cut(o, 14)).join(", ")}` : `owns ${node.owns.length} volumes`;
      text(y < cy - 4 ? -radius - 7 : radius + 14, owns, "minor");
    }
    const group = draw("g", {}, circle, ...texts);
    group.append(draw("title", {}, `${node.name}: ${node.up === false ? "down" : node.up ? "up" : "state unknown"}, runs ${runs(node)}, owns ${node.owns.slice(0, 8).join(", ") || (unknown.owners ? "what is not known" : "nothing")}`));
    out.push(group);
  }
  byId("map").replaceChildren(...out);
}
const cut = (text, most) => ([...text].length <= most ? text : `${[...text].slice(0, most - 1).join("")}…`);

function mapWords(detours, unknown, nodes) {
  const parts = detours.slice(0, 4)
    .map((d) => `${plural(d.vms.size, "VM")} on ${nodeName(d.from)} through ${nodeName(d.to)}`);
  if (detours.length > 4) parts.push(`${detours.length - 4} more`);
  const out = [parts.length ? `Detours: ${parts.join("; ")}.` : "No known detour at this time."];
  const down = nodes.filter((n) => n.up === false).map((n) => n.name);
  if (down.length) out.push(`Down: ${down.slice(0, 6).join(", ")}${down.length > 6 ? ` and ${down.length - 6} more` : ""}.`);
  const gaps = [[unknown.owners, "owner"], [unknown.places, "VM's place"], [unknown.routes, "route"]].filter(([n]) => n)
    .map(([n, word]) => `${n} ${word}${n > 1 && word !== "VM's place" ? "s" : ""}`);
  if (gaps.length) out.push(`Not known: ${gaps.join(", ").replace(/(\d+) VM's place/, (_, n) => (n === "1" ? "1 VM's place" : `${n} VMs' places`))}.`);
  return out.join(" ");
}
