//! Every span as one row of comma-separated text, for spreadsheets. Cells that a spreadsheet would run as formulas
//! are defused.

use super::cell::comma_separated;
use super::{Report, spans};
use crate::words;

const HEAD: &str = "kind,from,to,certainty,volume,vm,disk,node,coordinator,value,rules,bytes_read,bytes_written,\
                    evidence_place,evidence_text\r\n";

/// A header and one row a span.
#[must_use]
pub fn render(report: &Report<'_>) -> String {
    let mut out = String::from(HEAD);
    for row in spans::rows(report) {
        let cited = row.span.evidence.first().and_then(|e| report.case.facts.get(e.fact.0 as usize));
        let origin = cited.map(|placed| placed.fact.origin);
        let number = |number: Option<u64>| number.map(|n| n.to_string()).unwrap_or_default();
        let cells = [
            row.kind.word().to_owned(),
            words::dated(row.span.from).unwrap_or_default(),
            words::dated(row.span.to).unwrap_or_default(),
            row.span.certainty.word().to_owned(),
            row.volume.unwrap_or_default(),
            row.vm.unwrap_or_default(),
            row.disk.unwrap_or_default().to_owned(),
            row.node.unwrap_or_default(),
            row.coordinator.map(ToString::to_string).unwrap_or_default(),
            row.value.unwrap_or_default(),
            row.rules.join(" "),
            number(row.bytes.map(|bytes| bytes.read)),
            number(row.bytes.map(|bytes| bytes.written)),
            origin.map(|o| report.place(o)).unwrap_or_default(),
            origin.and_then(|o| report.quote(o)).unwrap_or_default().to_owned(),
        ];
        let cells: Vec<String> = cells.iter().map(|cell| comma_separated(cell)).collect();
        out.push_str(&cells.join(","));
        out.push_str("\r\n");
    }
    out
}
