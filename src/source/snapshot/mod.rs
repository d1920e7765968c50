//! State snapshots: what cmdlets and tools printed or exported at the moment of collection.
//!
//! Three syntaxes ([`CLIXML`], [`JSON`], [`TEXT`]) give one small object model; `cmdlet` says what the objects
//! mean, one file each, whatever syntax carried them. A snapshot prints no time unless an object carries its
//! own. It says what was, never why or since when; and where an export was too shallow, too narrow or cut off,
//! that is noted and nothing is made of the rest.

mod clixml;
mod cmdlet;
mod decode;
mod entry;
mod json;
mod note;
mod object;
mod text;
mod time;

#[cfg(test)]
mod testing;

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::io::Read;

use self::cmdlet::{Said, Scope, mpclaim_line, type_of};
use self::decode::Decoded;
use self::entry::{Entries, Entry, Kind};
use self::object::{Body, Node, Object};
use super::{Head, Reading, Row, Source};
use crate::bundle::{Bundle, Input};
use crate::fact::{Fact, Name, Origin, Stamp};
use crate::ledger::{self, NoteKind, Tally};

/// `Export-Clixml`.
pub const CLIXML: Source = Source {
    kind: "clixml",
    sniff: |head| clixml::sniff(&Decoded::new(head.bytes).text),
    read: |bundle, input| read(Syntax::Clixml, bundle, input),
    quote: |bundle, input, origins| quote(Syntax::Clixml, bundle, input, origins),
    records: |bundle, input, sink| records(Syntax::Clixml, bundle, input, sink),
};

/// `ConvertTo-Json`.
pub const JSON: Source = Source {
    kind: "json",
    sniff: |head| json::sniff(&Decoded::new(head.bytes).text),
    read: |bundle, input| read(Syntax::Json, bundle, input),
    quote: |bundle, input, origins| quote(Syntax::Json, bundle, input, origins),
    records: |bundle, input, sink| records(Syntax::Json, bundle, input, sink),
};

/// `Format-List`, `Format-Table`, `fltmc`, `mpclaim`.
pub const TEXT: Source = Source {
    kind: "text",
    sniff: sniff_text,
    read: |bundle, input| read(Syntax::Text, bundle, input),
    quote: |bundle, input, origins| quote(Syntax::Text, bundle, input, origins),
    records: |bundle, input, sink| records(Syntax::Text, bundle, input, sink),
};

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Syntax {
    Clixml,
    Json,
    Text,
}

/// The most that is read of one snapshot.
const LIMIT: u64 = 1 << 29;

/// Any file is text; ours holds at least one block or row that a cmdlet file knows.
fn sniff_text(head: &Head<'_>) -> bool {
    let decoded = Decoded::new(head.bytes);
    if decoded.text.bytes().take(4096).filter(|b| *b == 0).count() > 8 {
        return false;
    }
    let file = file_name(head.path);
    let mut found = false;
    entries(Syntax::Text, &decoded, file, &mut |_, _, _| {}, &mut |entry| {
        found |= match entry.kind {
            Kind::Known(..) => true,
            Kind::Text(text) => mpclaim_line(text).is_some(),
            _ => false,
        };
        !found
    });
    found
}

/// The name of the file itself.
fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\', '!']).next().unwrap_or(path)
}

/// Hands every entry to `sink` in file order, until it answers `false`; what goes wrong goes to `trouble`.
fn entries(
    syntax: Syntax,
    decoded: &Decoded,
    file: &str,
    trouble: &mut dyn FnMut(&'static NoteKind, usize, Option<String>),
    sink: &mut dyn FnMut(Entry<'_>) -> bool,
) {
    let mut entries = Entries::new(file);
    match syntax {
        Syntax::Clixml => clixml::read(&decoded.text, &mut |node| entries.push(&node, sink), trouble),
        Syntax::Json => json::read(&decoded.text, &mut |node| entries.push(&node, sink), trouble),
        Syntax::Text => {
            let lines = text::lines(&decoded.text);
            // A file that ends inside a line may end inside a name: its last entry is not whole.
            let open = !decoded.text.is_empty() && !decoded.text.ends_with('\n');
            let mut held: Option<Node> = None;
            let mut going = true;
            text::read(&lines, &mut |node| {
                going = held.replace(node).is_none_or(|node| entries.visit(&node, sink));
                going
            });
            if let Some(mut node) = held.filter(|_| going) {
                if open {
                    node.whole = false;
                    trouble(&note::BROKEN, node.at, Some("the last line has no end".into()));
                }
                entries.visit(&node, sink);
            }
            return;
        }
    }
    entries.flush(sink);
}

/// All bytes that can be had, decoded; what is wrong with them is noted.
fn load(bundle: &Bundle, input: &Input, tally: &mut Tally) -> Decoded {
    let mut bytes = Vec::new();
    let outcome = bundle.stream(input).and_then(|stream| stream.take(LIMIT + 1).read_to_end(&mut bytes));
    if let Err(error) = outcome {
        tally.note(&note::UNREADABLE, None, Some(error.to_string()));
    }
    if bytes.len() as u64 > LIMIT {
        bytes.truncate(LIMIT as usize);
        tally.note(&note::LIMIT, None, Some(format!("only the first {LIMIT} bytes were read")));
    }
    let decoded = Decoded::new(&bytes);
    if decoded.damaged > 0 {
        tally.note(&note::BAD_TEXT, None, Some(format!("{} places", decoded.damaged)));
    }
    decoded
}

fn read(syntax: Syntax, bundle: &Bundle, input: &Input) -> Reading {
    let mut reading = Reading::new(input);
    let decoded = load(bundle, input, &mut reading.tally);
    read_decoded(syntax, &decoded, input, &mut reading);
    reading
}

fn read_decoded(syntax: Syntax, decoded: &Decoded, input: &Input, reading: &mut Reading) {
    let mut tally = std::mem::replace(&mut reading.tally, Tally::new(input.id));
    let mut own: Vec<Name> = Vec::new();
    let mut cluster_wide = false;
    judged(syntax, decoded, input, &mut tally, &mut |entry, origin, said| {
        if let Kind::Known(cmdlet, _) = entry.kind {
            cluster_wide |= cmdlet.scope != Scope::Node;
        }
        let claims = said.claims.into_iter();
        reading
            .facts
            .extend(claims.map(|(stamp, claim)| Fact::new(stamp, origin, claim).by(said.own.clone())));
        own.extend(said.own.filter(|name| !own.contains(name)));
        reading.members.extend(said.members);
        reading.objects.listed.extend(said.objects);
        reading.cluster = reading.cluster.take().or(said.cluster);
        reading.cluster_id = reading.cluster_id.or(said.cluster_id);
        true
    });
    reading.tally = tally;
    reading.members.sort();
    reading.members.dedup();
    // A list of the whole cluster speaks of every node; the file is then no node's own.
    if let ([node], false) = (own.as_slice(), cluster_wide) {
        reading.node = Some(node.clone());
    }
}

/// Hands every entry with what it says to `sink`, until it answers `false`, and keeps the account.
fn judged(
    syntax: Syntax,
    decoded: &Decoded,
    input: &Input,
    tally: &mut Tally,
    sink: &mut dyn FnMut(&Entry<'_>, Origin, Said) -> bool,
) {
    let tally = RefCell::new(tally);
    let mut trouble = |kind, at, detail| {
        tally.borrow_mut().note(kind, Some(decoded.origin(input.id, at)), detail);
    };
    entries(syntax, decoded, file_name(&input.path), &mut trouble, &mut |entry| {
        let origin = decoded.origin(input.id, entry.node.at);
        let (verdict, mut said) = judge(&entry);
        let mut tally = tally.borrow_mut();
        tally.count(verdict);
        for (kind, detail) in said.notes.drain(..) {
            tally.note(kind, Some(origin), Some(detail));
        }
        sink(&entry, origin, said)
    });
}

/// The box of an entry, and what it says.
fn judge(entry: &Entry<'_>) -> (ledger::Entry, Said) {
    let mut said = Said::default();
    let verdict = match &entry.kind {
        Kind::Container(_) => ledger::Entry::Silent,
        _ if !entry.node.whole
            && !matches!(entry.kind, Kind::Known(cmdlet, _) if cmdlet.scope == Scope::Container) =>
        {
            ledger::Entry::Malformed
        }
        Kind::Known(cmdlet, object) => {
            if entry.node.whole {
                (cmdlet.says)(object, &mut said);
            }
            for path in cmdlet.decisive {
                if let Some(Body::Cut(text)) = object.get(path).map(|node| &node.body) {
                    said.note(&note::CUT_VALUE, format!("{path}: {text}"));
                }
            }
            if said.claims.is_empty() { ledger::Entry::Silent } else { ledger::Entry::Facts }
        }
        Kind::Ambiguous(object) => {
            said.note(&note::AMBIGUOUS, type_of(object));
            ledger::Entry::Unknown
        }
        Kind::Unknown(object) => {
            said.note(&note::UNKNOWN_TYPE, type_of(object));
            ledger::Entry::Unknown
        }
        Kind::Text(text) => match mpclaim_line(text) {
            Some(line) => {
                said = line;
                if said.claims.is_empty() { ledger::Entry::Silent } else { ledger::Entry::Facts }
            }
            None => {
                let start: String = text.chars().take(60).collect();
                said.note(&note::UNKNOWN_TYPE, format!("text: {start}"));
                ledger::Entry::Unknown
            }
        },
    };
    (verdict, said)
}

fn quote(syntax: Syntax, bundle: &Bundle, input: &Input, origins: &[Origin]) -> Vec<Option<String>> {
    let decoded = load(bundle, input, &mut Tally::new(input.id));
    quote_decoded(syntax, &decoded, input, origins)
}

fn quote_decoded(
    syntax: Syntax,
    decoded: &Decoded,
    input: &Input,
    origins: &[Origin],
) -> Vec<Option<String>> {
    let mut out = vec![None; origins.len()];
    let mut missing = origins.len();
    entries(syntax, decoded, file_name(&input.path), &mut |_, _, _| {}, &mut |entry| {
        let offset = decoded.byte(entry.node.at);
        let first = origins.partition_point(|origin| origin.offset < offset);
        for place in (first..origins.len()).take_while(|&place| origins[place].offset == offset) {
            if out[place].is_none() {
                out[place] = Some(quote_entry(&entry));
                missing -= 1;
            }
        }
        missing > 0
    });
    out
}

fn quote_entry(entry: &Entry<'_>) -> String {
    match &entry.kind {
        Kind::Known(cmdlet, object) => cmdlet.quote(object),
        Kind::Text(text) => text.lines().next().unwrap_or_default().to_owned(),
        Kind::Ambiguous(object) | Kind::Unknown(object) | Kind::Container(object) => match &object.row {
            Some(row) => row.trim().to_owned(),
            None => type_of(object),
        },
    }
}

fn records(syntax: Syntax, bundle: &Bundle, input: &Input, sink: &mut dyn FnMut(Row) -> bool) -> Tally {
    let mut tally = Tally::new(input.id);
    let decoded = load(bundle, input, &mut tally);
    records_decoded(syntax, &decoded, input, &mut tally, sink);
    tally
}

fn records_decoded(
    syntax: Syntax,
    decoded: &Decoded,
    input: &Input,
    tally: &mut Tally,
    sink: &mut dyn FnMut(Row) -> bool,
) {
    judged(syntax, decoded, input, tally, &mut |entry, origin, _| sink(row(entry, origin)));
}

/// How many fields, and levels of them, a row of `records` shows.
const FIELDS: usize = 1000;
const FIELD_LEVELS: u32 = 4;

fn row(entry: &Entry<'_>, origin: Origin) -> Row {
    let mut fields = Vec::new();
    let (provider, node) = match &entry.kind {
        Kind::Known(cmdlet, object) => (cmdlet.name.to_owned(), node_of(object)),
        Kind::Ambiguous(object) | Kind::Unknown(object) | Kind::Container(object) => {
            (type_of(object), node_of(object))
        }
        Kind::Text(_) => ("text".to_owned(), String::new()),
    };
    flatten("", entry.node, FIELD_LEVELS, &mut fields);
    Row {
        origin,
        time: String::new(),
        stamp: Stamp::Collected,
        node,
        provider,
        id: None,
        level: String::new(),
        fields,
    }
}

fn node_of(object: &Object) -> String {
    let name =
        ["Node", "OwnerNode", "CSName", "ComputerName", "PSComputerName"].iter().find_map(|p| object.node(p));
    name.map(|name| name.to_string()).unwrap_or_default()
}

fn flatten(name: &str, node: &Node, levels: u32, out: &mut Vec<(String, String)>) {
    if out.len() >= FIELDS {
        return;
    }
    match &node.body {
        Body::Null => out.push((name.to_owned(), String::new())),
        Body::Text(text) | Body::Cut(text) | Body::Named { text, .. } => {
            out.push((name.to_owned(), text.to_string()))
        }
        Body::List(list) if levels > 0 => {
            for (number, item) in list.items.iter().enumerate() {
                flatten(&format!("{name}[{number}]"), item, levels - 1, out);
            }
        }
        Body::Object(object) if levels > 0 => {
            for (inner, value) in &object.props {
                let path = if name.is_empty() { inner.to_string() } else { format!("{name}.{inner}") };
                flatten(&path, value, levels - 1, out);
            }
        }
        Body::List(list) => out.push((name.to_owned(), format!("({} values)", list.items.len()))),
        Body::Object(object) => {
            out.push((
                name.to_owned(),
                object.text.as_deref().map_or_else(|| type_of(object), str::to_owned),
            ));
        }
    }
}
