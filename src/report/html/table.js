// The lanes as a table: every span that is asked for, in the time on the screen. For screen readers, for copying, and
// for who prefers to read.

let tableShown = false;
const PAGE = 200;
function fillTable(most = PAGE) {
  const box = byId("table");
  const list = [];
  for (let at = 0; at < count; at++) {
    if (fits && !fits[at]) continue;
    if (dated && (span.to[at] <= view.from && span.to[at] > span.from[at] || span.from[at] > view.to)) continue;
    list.push(at);
  }
  list.sort((a, b) => span.from[a] - span.from[b] || a - b);
  const row = (at) => {
    const [subject, value] = say(at);
    const open = make("button", { type: "button", class: "as-link", "data-span": at, onclick: () => choose(at) }, value);
    return make("tr", { class: at === chosen ? "chosen" : null },
      make("td", {}, span.from[at] === -Infinity ? "before the evidence" : instant(span.from[at], 3)),
      make("td", {}, span.to[at] === Infinity ? "not ended" : instant(span.to[at], 3)),
      make("td", {}, KIND_WORDS[KINDS[span.kind[at]]]), make("th", { scope: "row" }, subject), make("td", {}, open),
      make("td", {}, rulesOf(at).join(", ")), make("td", {}, CERTAINTIES[span.certainty[at]]), make("td", {}, String(span.evidence[at].length)));
  };
  const heads = ["From", "To", "What", "Of", "Value", "Cause", "Certainty", "Quotes"];
  box.replaceChildren(
    make("p", { class: "faint", role: "status" }, `${plural(list.length, "span")} ${fits ? "that fit" : ""} ${dated ? `between ${instant(view.from)} and ${instant(view.to)}` : ""}`),
    make("table", { class: "spans" },
      make("caption", { class: "unseen" }, "Spans in order of time"),
      make("thead", {}, make("tr", {}, ...heads.map((h) => make("th", { scope: "col" }, h)))),
      make("tbody", {}, ...list.slice(0, most).map(row))),
    list.length > most ? make("button", { type: "button", class: "more", onclick: () => fillTable(most * 4) }, `${list.length - most} more`) : "");
}
function showTable(on) {
  tableShown = on;
  byId("table").hidden = !on;
  byId("lanes").hidden = on;
  byId("legend").hidden = on;
  byId("view-lanes").setAttribute("aria-pressed", String(!on));
  byId("view-table").setAttribute("aria-pressed", String(on));
  if (on) fillTable(); else resize();
  remember();
}
