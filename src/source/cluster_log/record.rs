//! Entries before meaning, for whoever wants to see what the reader saw.

use super::entry::{Spot, Unit};
use super::event_text::{self, PROVIDER};
use super::line::Line;
use super::scan::Scan;
use super::section::Section;
use crate::fact::Stamp;
use crate::source::Row;

/// The row of a unit; none for section headers and blank lines, which hold no entry.
pub(super) fn row(scan: &Scan, spot: Spot, unit: &Unit<'_>) -> Option<Row> {
    let section = match &scan.section {
        Section::None => String::new(),
        Section::Cluster => "Cluster".to_owned(),
        Section::State(name) => name.clone(),
        Section::Log(_) => String::new(),
    };
    let mut row = Row {
        origin: scan.origin(spot),
        time: String::new(),
        stamp: Stamp::Missing,
        node: String::new(),
        provider: section,
        id: None,
        level: String::new(),
        fields: Vec::new(),
    };
    match unit {
        Unit::Section(_) | Unit::Blank | Unit::Passed(_) => return None,
        Unit::Plain(text) => {
            let bound = scan.columns.as_ref().filter(|columns| columns.names() != super::table::cells(text));
            row.fields = match bound.and_then(|columns| columns.bind(text)) {
                Some(bound) => bound.pairs(),
                None => vec![(String::new(), (*text).to_owned())],
            };
        }
        Unit::Entry { text, .. } => {
            let Ok(line) = Line::parse(text) else {
                row.fields = vec![(String::new(), (*text).to_owned())];
                return Some(row);
            };
            row.time = line.time.to_owned();
            row.stamp = line.stamp;
            row.level = line.level.to_owned();
            row.provider = line.tag.to_owned();
            let mut field = |name: &str, value: String| row.fields.push((name.to_owned(), value));
            for (name, value) in [("section", line.prefix), ("tag", line.tag_detail)] {
                if !value.is_empty() {
                    field(name, value.to_owned());
                }
            }
            for (name, id) in [("pid", line.pid), ("tid", line.tid)] {
                if let Some(id) = id {
                    field(name, format!("{id:08x}"));
                }
            }
            field("text", line.text.to_owned());
            if let Some(found) = line.tag.is_empty().then(|| event_text::find(line.text)).flatten() {
                row.provider = PROVIDER.to_owned();
                row.id = Some(found.id);
                let parameters = found.fields.iter().map(|value| value.unwrap_or_default().to_owned());
                row.fields.extend(parameters.map(|value| (String::new(), value)));
            }
        }
    }
    Some(row)
}
