//! Event tables: one [`Row`] is one id in one layout, with a sample of its fields and the claims that the
//! sample must give. A [`Provider`] is its rows and the ids that are known and say nothing here.
//!
//! Fields are bound by name where the record names them as the row does, else by position: a record of an
//! event log carries its own names, the text of a cluster.log carries none, and both must mean the same.

use std::ops::RangeInclusive;

use super::{Event, Meaning, Value};
use crate::fact::{Claim, DiskRef, Guid, Name, NtStatus, Stamp};

/// No upper bound on the number of fields: newer builds append fields that no message prints.
pub(super) const MANY: usize = usize::MAX;

/// One event id in one layout.
#[derive(Debug)]
pub struct Row {
    /// Event id.
    pub id: u32,
    /// Our short name of it, unique within the provider.
    pub name: &'static str,
    /// How many fields a record of this layout has, at least and at most.
    pub count: RangeInclusive<usize>,
    /// Versions of this layout; `None` where the layout does not depend on it. A carrier that prints no
    /// version fits any.
    pub versions: Option<RangeInclusive<u8>>,
    /// Field names in template order, each with a sample value.
    pub fields: &'static [(&'static str, &'static str)],
    /// What the sample says, as the tests print claims.
    pub expect: &'static str,
    /// The claims of a record; `None` where a field that must be there is not, or cannot be read. Nothing
    /// to say is an empty list.
    pub claims: fn(&Fields<'_>) -> Option<Vec<Claim>>,
}

/// The usual row: at least the fields listed, any version.
pub(super) const fn row(
    id: u32,
    name: &'static str,
    fields: &'static [(&'static str, &'static str)],
    expect: &'static str,
    claims: fn(&Fields<'_>) -> Option<Vec<Claim>>,
) -> Row {
    Row { id, name, count: fields.len()..=MANY, versions: None, fields, expect, claims }
}

impl Row {
    /// Has the event this row's id and layout?
    #[must_use]
    pub fn fits(&self, event: &Event<'_>) -> bool {
        let version = match (&self.versions, event.version) {
            (Some(versions), Some(version)) => versions.contains(&version),
            _ => true,
        };
        self.id == event.id && version && self.count.contains(&event.fields.len())
    }
}

/// One provider's tables.
#[derive(Debug)]
pub struct Provider {
    /// Its name, and other names that the same provider is printed under.
    pub names: &'static [&'static str],
    /// Its GUID in text; empty for a classic event source.
    pub guid: &'static str,
    /// Its rows.
    pub rows: &'static [&'static [Row]],
    /// Ids that are published, ascending: those without a row say nothing here.
    pub known: &'static [u32],
}

impl Provider {
    /// Its rows, in order.
    pub fn rows(&self) -> impl Iterator<Item = &'static Row> {
        self.rows.iter().copied().flatten()
    }

    /// What one of its events says.
    #[must_use]
    pub fn meaning(&self, event: &Event<'_>) -> Meaning {
        if let Some(row) = self.rows().find(|row| row.fits(event)) {
            let fields = Fields { event, row };
            return match (row.claims)(&fields) {
                Some(claims) if claims.is_empty() => Meaning::Silent,
                Some(claims) => Meaning::Claims(claims),
                None => Meaning::Malformed,
            };
        }
        if self.is_silent(event.id) { Meaning::Silent } else { Meaning::Unknown }
    }

    /// Is the id known, and says nothing here in any layout?
    #[must_use]
    pub fn is_silent(&self, id: u32) -> bool {
        self.known.binary_search(&id).is_ok() && self.rows().all(|row| row.id != id)
    }
}

/// An event's fields under a row's names.
pub struct Fields<'a> {
    event: &'a Event<'a>,
    row: &'static Row,
}

impl<'a> Fields<'a> {
    /// An event that fits a row.
    #[must_use]
    pub(super) fn new(event: &'a Event<'a>, row: &'static Row) -> Self {
        Self { event, row }
    }

    /// The event itself.
    #[must_use]
    pub fn event(&self) -> &'a Event<'a> {
        self.event
    }

    /// The value of a field of the row: by name, else by position, but never a field that bears the name of
    /// another of the row's fields.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a Value<'a>> {
        let event = self.event;
        let by_name = event.fields.iter().find(|f| f.name.eq_ignore_ascii_case(name));
        let found = by_name.or_else(|| {
            let position = self.row.fields.iter().position(|(own, _)| *own == name)?;
            let field = event.fields.get(position)?;
            let taken = !field.name.is_empty()
                && self.row.fields.iter().any(|(own, _)| own.eq_ignore_ascii_case(field.name));
            (!taken).then_some(field)
        });
        found.map(|f| &f.value).filter(|v| **v != Value::Null)
    }

    /// As text, without surrounding white space; `None` where the field is absent.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(|v| v.text().trim().to_owned())
    }

    /// As text that is not empty.
    #[must_use]
    pub fn filled(&self, name: &str) -> Option<String> {
        self.text(name).filter(|t| !t.is_empty())
    }

    /// As a name that is not empty.
    #[must_use]
    pub fn name(&self, name: &str) -> Option<Name> {
        self.filled(name).map(|t| Name::new(&t))
    }

    /// As a node's name that is not empty.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<Name> {
        self.filled(name).map(|t| Name::node(&t))
    }

    /// As a number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<i64> {
        self.get(name)?.number()
    }

    /// As all 64 bits of a number: pointers do not fit a signed one.
    #[must_use]
    pub fn bits(&self, name: &str) -> Option<u64> {
        self.get(name)?.bits()
    }

    /// As a boolean: a number, or `true` and `false`.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<bool> {
        let value = self.get(name)?;
        value.number().map(|n| n != 0).or_else(|| match value.text().to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        })
    }

    /// As a time: a FILETIME, or text as `2021-03-04T05:06:07.1234567Z`.
    #[must_use]
    pub fn time(&self, name: &str) -> Option<Stamp> {
        match self.get(name)? {
            Value::FileTime(ticks) => Some(Stamp::filetime(*ticks)),
            Value::Text(text) => iso_time(text.trim()).map(Stamp::utc),
            _ => None,
        }
    }

    /// The first field whose text is a device path, wherever it stands: classic events insert it first, and
    /// some add fields before it.
    #[must_use]
    pub fn device(&self) -> Option<DiskRef> {
        let texts = self.event.fields.iter().filter_map(|f| match &f.value {
            Value::Text(text) => Some(text.trim()),
            _ => None,
        });
        let is_device =
            |text: &&str| text.get(..8).is_some_and(|head| head.eq_ignore_ascii_case(r"\Device\"));
        texts.filter(is_device).map(DiskRef::device).next()
    }

    /// As a GUID.
    #[must_use]
    pub fn guid(&self, name: &str) -> Option<Guid> {
        self.get(name)?.guid()
    }

    /// As a status that the provider prints as text: `STATUS_X(c0000...)`, `(1460)`, `5038`.
    #[must_use]
    pub fn status(&self, name: &str) -> Option<NtStatus> {
        self.filled(name).map(|t| NtStatus::parse(&t))
    }

    /// As a status that the provider stores as a number; every carrier's spelling gives the same text.
    #[must_use]
    pub fn status_code(&self, name: &str) -> Option<NtStatus> {
        // A signed 32-bit status is the same bits.
        let code = self.number(name).and_then(|n| u32::try_from(n & 0xffff_ffff).ok());
        code.map(NtStatus::from_code).or_else(|| self.status(name))
    }
}

/// Nanoseconds since 1970 of `YYYY-MM-DDThh:mm:ss`, with up to nine decimals and an optional `Z`.
pub(in crate::source) fn iso_time(text: &str) -> Option<i64> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let stamp = chrono::NaiveDateTime::parse_from_str(whole, "%Y-%m-%dT%H:%M:%S").ok()?;
    if fraction.len() > 9 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let nanos: i64 = format!("{fraction:0<9}").parse().ok()?;
    stamp.and_utc().timestamp().checked_mul(1_000_000_000)?.checked_add(nanos)
}
