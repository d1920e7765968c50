//! Event texts of `[System]` and `[Operational]` lines, back to event id and parameters.
//!
//! The log prints the rendered English text and no id. A row holds the fixed parts of one text, just enough of
//! it to be sure, with the places of its parameters; what the event *means* is asked of [`event::meaning`], so that
//! a line and its EVTX record give equal claims. Texts of another language match no row: they are unknown,
//! and the .evtx of the same node has them with their ids.

mod node;
mod role;
mod volume;

use std::borrow::Cow;

use super::line::Line;
use crate::fact::{Channel, Claim};
use crate::source::event::{self, Event, Field, Meaning, Value};

/// The provider of every text here.
pub(super) const PROVIDER: &str = "Microsoft-Windows-FailoverClustering";

/// The claims of an event out of its parameters, by number from 1.
pub type Own = fn(&[&str]) -> Vec<Claim>;

/// One event text.
pub struct EventText {
    /// Event id.
    pub id: u32,
    /// Fixed parts. `%1` to `%9` are parameters, `…` is any text; without a `…` or a parameter at its end the
    /// text must end there.
    pub pattern: &'static str,
    /// A text that holds this is another event's, which begins alike. Empty where there is none.
    pub but_not: &'static str,
    /// Values of the parameters in a sample, in the order of their numbers.
    pub sample: &'static [&'static str],
    /// The meaning, where one id has several texts with equal parameters, so that id and parameters do not
    /// tell it.
    pub own: Option<Own>,
}

/// Every text that is told. Positions of parameters by the message tables of four Windows versions (2008 R2,
/// 2012, 2012 R2, 2019); two rows of one id are two wordings.
pub const ROWS: &[&[EventText]] = &[volume::ROWS, role::ROWS, node::ROWS];

/// The usual row: id and parameters tell the meaning.
const fn row(id: u32, pattern: &'static str, sample: &'static [&'static str]) -> EventText {
    EventText { id, pattern, but_not: "", sample, own: None }
}

/// A row that only its text tells.
const fn owned(id: u32, pattern: &'static str, sample: &'static [&'static str], own: Own) -> EventText {
    EventText { id, pattern, but_not: "", sample, own: Some(own) }
}

/// A text taken apart: id, and parameters by number, empty where the text does not print one.
#[derive(Clone)]
pub(super) struct Found<'t> {
    row: &'static EventText,
    pub(super) id: u32,
    pub(super) fields: Vec<Option<&'t str>>,
}

/// The first row whose text this is.
pub(super) fn find(text: &str) -> Option<Found<'_>> {
    let text = text.trim_end();
    ROWS.iter().copied().flatten().find_map(|row| Some(Found { row, id: row.id, fields: row.take(text)? }))
}

/// What the event text says.
pub(super) fn meaning(found: &Found<'_>, line: &Line<'_>, channel: &Channel) -> Meaning {
    if let Some(own) = found.row.own {
        let fields: Vec<&str> = found.fields.iter().map(|field| field.unwrap_or_default()).collect();
        return Meaning::Claims(own(&fields));
    }
    let fields: Vec<Field<'_>> = found
        .fields
        .iter()
        .map(|field| Field {
            name: "",
            value: field.map_or(Value::Null, |text| Value::Text(Cow::Borrowed(text))),
        })
        .collect();
    event::meaning(&Event {
        provider: PROVIDER,
        provider_id: None,
        id: found.id,
        version: None,
        // In an event section DBG stands for critical.
        level: match line.level {
            "DBG" => 1,
            "ERR" => 2,
            "WARN" => 3,
            "INFO" => 4,
            _ => 0,
        },
        channel: match channel {
            Channel::System => "System",
            Channel::ClusterOperational => super::section::OPERATIONAL,
            _ => "",
        },
        user: None,
        fields: &fields,
    })
}

/// A hole between two fixed parts.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Hole {
    Parameter(usize),
    Any,
}

impl EventText {
    /// The parameters, if `text` is this event's.
    ///
    /// The last fixed part is searched from the left, the others from the right: names of roles and resources
    /// may hold the words of the text, names of nodes behind them cannot.
    pub(super) fn take<'t>(&self, text: &'t str) -> Option<Vec<Option<&'t str>>> {
        let (first, rest) =
            self.pattern.split_at(self.pattern.find(['%', '…']).unwrap_or(self.pattern.len()));
        let body = text.strip_prefix(first)?;
        if rest.is_empty() {
            return body.is_empty().then(Vec::new);
        }
        if !self.but_not.is_empty() && text.contains(self.but_not) {
            return None;
        }
        let parts = parts(rest);
        let mut ends = Vec::with_capacity(parts.len());
        let mut from = 0;
        for (_, fixed) in &parts {
            let at = body.get(from..)?.find(fixed)? + from;
            from = at + fixed.len();
            ends.push(at);
        }
        let (_, last_fixed) = parts.last()?;
        let mut to = body.strip_suffix(last_fixed)?.len();
        // An open end: the fixed part before the last hole stands where it was first found.
        let mut bound = Vec::with_capacity(parts.len());
        for (index, (hole, fixed)) in parts.iter().enumerate().rev() {
            let at = if index + 1 == parts.len() {
                to
            } else if index + 2 == parts.len() && last_fixed.is_empty() {
                ends[index]
            } else {
                body.get(..to)?.rfind(fixed)?
            };
            bound.push((*hole, at, at + fixed.len()));
            to = at;
        }
        bound.reverse();
        let mut fields = Vec::new();
        let mut begin = 0;
        for (hole, at, after) in bound {
            let value = body.get(begin..at)?;
            if let Hole::Parameter(number) = hole {
                if fields.len() < number {
                    fields.resize(number, None);
                }
                fields[number - 1] = fields[number - 1].or(Some(value.trim()));
            }
            begin = after;
        }
        Some(fields)
    }
}

/// Holes, each with the fixed part behind it.
fn parts(pattern: &'static str) -> Vec<(Hole, &'static str)> {
    let mut out = Vec::new();
    let mut rest = pattern;
    loop {
        let (hole, after) = match rest.strip_prefix('…') {
            Some(after) => (Hole::Any, after),
            None => match rest
                .strip_prefix('%')
                .and_then(|r| Some((r.chars().next()?.to_digit(10)?, r.get(1..)?)))
            {
                Some((number @ 1..=9, after)) => (Hole::Parameter(number as usize), after),
                _ => return out,
            },
        };
        let end = after.find(['%', '…']).unwrap_or(after.len());
        out.push((hole, &after[..end]));
        rest = &after[end..];
    }
}

#[cfg(test)]
mod tests {
    use super::{Channel, EventText, Line, Meaning, ROWS, find, meaning};

    fn sample(row: &EventText) -> String {
        let mut text = row.pattern.replace('…', " and so on ");
        for (at, value) in row.sample.iter().enumerate() {
            text = text.replace(&format!("%{}", at + 1), value);
        }
        text
    }

    /// Every row takes its own sample and gives its parameters back; no other row takes it.
    #[test]
    fn rows_and_samples() {
        let rows: Vec<&EventText> = ROWS.iter().copied().flatten().collect();
        for (at, row) in rows.iter().enumerate() {
            let text = sample(row);
            let found = find(&text).unwrap_or_else(|| panic!("{} takes nothing: {text}", row.id));
            assert_eq!((found.row.pattern, found.id), (row.pattern, row.id), "{text}");
            for (number, value) in row.sample.iter().enumerate() {
                let printed = row.pattern.contains(&format!("%{}", number + 1));
                let got = found.fields.get(number).copied().flatten();
                assert_eq!(got, printed.then_some(*value), "{} %{}", row.id, number + 1);
            }
            for (other_at, other) in rows.iter().enumerate() {
                assert!(
                    other_at == at || other.take(&text).is_none(),
                    "{} also takes {}: {text}",
                    other.id,
                    row.id
                );
            }
        }
    }

    /// The event tables know every id, in the layout that its text prints.
    #[test]
    fn events_of_every_row_are_known() {
        for row in ROWS.iter().copied().flatten() {
            let text = sample(row);
            let found = find(&text).unwrap_or_else(|| panic!("{text}"));
            let entry = format!("INFO  {text}");
            let line = Line::parse(&entry).unwrap_or_else(|e| panic!("{e:?}: {text}"));
            let meaning = meaning(&found, &line, &Channel::System);
            assert!(
                matches!(meaning, Meaning::Claims(_) | Meaning::Silent),
                "{} {meaning:?}: {text}",
                row.id
            );
        }
    }

    #[test]
    fn names_that_hold_the_words_of_a_text() {
        let check = |text: &str, id: u32, fields: &[&str]| {
            let found = find(text).unwrap_or_else(|| panic!("{text}"));
            let got: Vec<_> = found.fields.iter().map(|f| f.unwrap_or_default()).collect();
            assert_eq!((found.id, &got[..]), (id, fields), "{text}");
        };
        check(
            "Clustered role 'a' is moving from cluster node 'x' to b' is moving from cluster node 'n1' to cluster node 'n2'.",
            1641,
            &["a' is moving from cluster node 'x' to b", "n1", "n2"],
        );
        check(
            "The Cluster service successfully brought the clustered role 'it's online' online.",
            1201,
            &["it's online"],
        );
        check(
            "Cluster Shared Volume 'O'Neil' ('Disk ('7')') has entered a paused state because of '(c00000be)'. More.",
            5120,
            &["O'Neil", "Disk ('7')", "(c00000be)"],
        );
        check(
            "Cluster Shared Volume 'V' ('D') has identified one or more active filter drivers on this. \n\nActive filter drivers found:\n a.sys\nb",
            5125,
            &["V", "a.sys\nb", "D"],
        );
        assert!(find("Das Volume ist weg.").is_none());
        assert!(find("").is_none());
    }
}
