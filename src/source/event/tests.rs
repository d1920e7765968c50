//! One test runs every row of every provider on its own sample.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{Event, Field, Meaning, PROVIDERS, Provider, Row, Value, meaning};
use crate::fact::Claim;

/// Claims in one line: the debug text without absent members, `Some` and double quotes.
fn brief(claims: &[Claim]) -> String {
    let one = |claim: &Claim| {
        let mut text = format!("{claim:?}").replace('"', "'").replace("\\\\", "\\");
        while let Some(at) = text.find(": None") {
            let start = text[..at].rfind([' ', '{']).map_or(0, |s| s + 1);
            let rest = text[at + ": None".len()..].trim_start_matches([',', ' ']).to_owned();
            text.truncate(start);
            text.push_str(&rest);
        }
        while let Some(at) = text.find("Some(") {
            let open = at + "Some(".len();
            let mut depth = 1;
            let close = text[open..].find(|c| {
                depth += i32::from(c == '(') - i32::from(c == ')');
                depth == 0
            });
            let close = open + close.expect("balanced debug text");
            text.replace_range(close..=close, "");
            text.replace_range(at..open, "");
        }
        text.replace(", }", " }").replace("VolumeRef { }", "VolumeRef")
    };
    claims.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn event<'a>(provider: &'a Provider, row: &Row, fields: &'a [Field<'a>]) -> Event<'a> {
    Event {
        provider: provider.names[0],
        provider_id: None,
        id: row.id,
        version: row.versions.as_ref().map(|v| *v.start()),
        level: 4,
        channel: "",
        user: None,
        fields,
    }
}

fn fields(row: &Row, named: bool) -> Vec<Field<'static>> {
    let field = |&(name, text): &(&'static str, &'static str)| Field {
        name: if named { name } else { "" },
        value: Value::Text(Cow::Borrowed(text)),
    };
    row.fields.iter().map(field).collect()
}

fn said(meaning: &Meaning) -> String {
    match meaning {
        Meaning::Claims(claims) => brief(claims),
        other => format!("{other:?}"),
    }
}

/// What an event with these text fields comes to.
pub(super) fn check(
    provider: &Provider,
    id: u32,
    version: Option<u8>,
    fields: &[(&str, &str)],
    expect: &str,
) {
    check_by(None, provider, id, version, fields, expect);
}

/// The same of a record that was logged as a user, by SID.
pub(super) fn check_by(
    user: Option<&str>,
    provider: &Provider,
    id: u32,
    version: Option<u8>,
    fields: &[(&str, &str)],
    expect: &str,
) {
    let field = |&(name, text)| Field { name, value: Value::Text(Cow::Borrowed(text)) };
    let fields: Vec<_> = fields.iter().map(field).collect();
    let provider = provider.names[0];
    let event =
        Event { provider, provider_id: None, id, version, level: 4, channel: "", user, fields: &fields };
    assert_eq!(said(&meaning(&event)), expect, "{provider} {id} {fields:?}");
}

fn rows() -> impl Iterator<Item = (&'static Provider, &'static Row)> {
    PROVIDERS.iter().flat_map(|provider| provider.rows().map(move |row| (provider, row)))
}

/// Every row gives its claims from its own sample, with and without names, and no other row takes it.
#[test]
fn every_row_on_its_own_sample() {
    let mut wrong = Vec::new();
    for (provider, row) in rows() {
        for named in [true, false] {
            let fields = fields(row, named);
            let event = event(provider, row, &fields);
            let takers: Vec<_> = provider.rows().filter(|r| r.fits(&event)).map(|r| r.name).collect();
            assert_eq!(takers, [row.name], "{} {}", row.id, row.name);
            let said = said(&meaning(&event));
            if said != row.expect {
                wrong.push(format!("@@{}\t{}\t{}\t{said}", provider.names[0], row.id, row.name));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A row with fields missing, empty or of another type must not panic, whatever it says.
#[test]
fn damaged_samples() {
    for (provider, row) in rows() {
        for kept in 0..=row.fields.len() {
            for value in
                [Value::Null, Value::Text("".into()), Value::Signed(-1), Value::Binary((&[0, 9][..]).into())]
            {
                let mut fields = fields(row, false);
                fields.truncate(kept);
                for at in 0..kept {
                    let whole = std::mem::replace(&mut fields[at].value, value.clone());
                    let _ = meaning(&event(provider, row, &fields));
                    fields[at].value = whole;
                }
            }
        }
    }
}

/// Names are unique in a provider, every row has an expectation, published ids are in order, providers do not
/// overlap.
#[test]
fn tables() {
    let mut providers = BTreeSet::new();
    for provider in PROVIDERS {
        let mut names = BTreeSet::new();
        for row in provider.rows() {
            assert!(names.insert(row.name), "{}", row.name);
            assert!(!row.expect.is_empty(), "{}", row.name);
        }
        for name in provider.names {
            assert!(providers.insert(name.to_ascii_lowercase()), "{name}");
        }
        assert!(provider.guid.is_empty() || crate::fact::Guid::parse(provider.guid).is_some());
        assert!(provider.known.is_sorted());
    }
}

/// One provider under its names, its GUID, and both.
#[test]
fn providers_by_name_and_guid() {
    let id = crate::fact::Guid::parse("6a86ae90-4e9b-4186-b1d1-9ce0e02bcbc1");
    let name = |name: &str, id| super::provider(name, id).map(|p| p.names[0]);
    let csvfs = Some("Microsoft-Windows-FailoverClustering-CsvFs-Diagnostic");
    assert_eq!(name("microsoft-windows-csvfs-diagnostic", None), csvfs);
    assert_eq!(name("Microsoft-Windows-FailoverClustering-CsvFs-Operational", None), csvfs);
    assert_eq!(name("", id), csvfs);
    assert_eq!(name("Disk", id), Some("disk"));
    assert_eq!(name("Microsoft-Windows-DNS-Client", None), None);
}
