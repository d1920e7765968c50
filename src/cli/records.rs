//! `throughline records`: decoded entries of any input, before meaning.

use std::borrow::Cow;
use std::io::Write;
use std::panic::resume_unwind;
use std::sync::mpsc::sync_channel;
use std::thread::Builder;

use throughline::analysis::cannot_be_read;
use throughline::bundle::{Bundle, Input};
use throughline::fact::Place;
use throughline::ledger::{Severity, Tally};
use throughline::source::{Row, UNRECOGNISED, records};

use super::args::InputArgs;
use super::output::{OutputArgs, Sink};
use super::schema::{Decoder, of_this_machine};
use super::session::{reason, use_threads, warn};
use super::voice::remark;
use super::{Done, Failure};

const EXAMPLES: &str = "\
Examples:
  throughline records System.evtx --id 5120
  throughline records bundle.zip --provider Microsoft-Windows-FailoverClustering-CsvFs | jq .fields
  throughline records HV1_cluster.log --format csv -o lines.csv";

/// Print the decoded entries of any input, before they are given a meaning
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    input: InputArgs,
    /// How to write them; csv here means comma-separated
    #[arg(long, value_name = "FORMAT", default_value = "jsonl", value_enum)]
    format: Format,
    /// Only entries of this provider, tag, section or cmdlet; may be given several times
    #[arg(long, value_name = "NAME")]
    provider: Vec<String>,
    /// Only entries with this event id; may be given several times
    #[arg(long, value_name = "N")]
    id: Vec<u32>,
    /// Whose descriptions of events to use for traces
    #[arg(long, value_name = "WHOSE", default_value = "file", value_enum)]
    decoder: Decoder,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Jsonl,
    Csv,
}

pub(crate) fn run(args: &Args) -> Result<Done, Failure> {
    args.output.apart_from(&args.input.inputs)?;
    use_threads(&args.input);
    let mut options = args.input.options();
    if args.decoder == Decoder::System {
        options.schemas.extend(of_this_machine(&args.input.inputs)?);
    }
    let bundle = Bundle::open(&args.input.inputs, &options);
    let mut sink = args.output.open()?;
    if args.format == Format::Csv {
        sink.write(b"input,place,offset,time,node,provider,id,level,fields\n")?;
    }
    let mut accounts: Vec<(String, &'static str, Tally)> = Vec::new();
    for input in &bundle.inputs {
        if sink.closed() {
            break;
        }
        let (kind, tally) = one(args, &bundle, input, &mut sink)?;
        accounts.push((input.path.clone(), kind, tally));
    }
    let refused = bundle.refused.iter().map(|(path, tally)| (path.clone(), "unreadable", tally.clone()));
    accounts.extend(refused);
    let read =
        |(_, kind, tally): &&(String, &str, Tally)| *kind != UNRECOGNISED && tally.entries > tally.malformed;
    if accounts.iter().find(read).is_none() && !sink.closed() {
        let lines: Vec<String> =
            accounts.iter().map(|(path, _, tally)| format!("  {path}: {}", reason(tally))).collect();
        return Err(Failure::Nothing(format!("nothing readable. Looked at:\n{}", lines.join("\n"))));
    }
    for (path, kind, tally) in &accounts {
        let line = account(path, kind, tally);
        if args.format == Format::Jsonl {
            sink.write(format!("{line}\n").as_bytes())?;
        }
    }
    let told = accounts.iter().filter(|(_, _, tally)| tally.worst() >= Some(Severity::Notice));
    warn(told.map(|(path, _, tally)| (path.as_str(), tally)));
    let entries: u64 = accounts.iter().map(|(_, _, tally)| tally.entries).sum();
    let skipped =
        accounts.iter().filter(|(_, kind, tally)| *kind == UNRECOGNISED || tally.entries == 0).count();
    if !sink.closed() {
        remark(&format!("{entries} entries in {} inputs; {skipped} gave none", accounts.len()));
    }
    sink.finish()?;
    let unreadable = accounts.iter().any(|(_, kind, tally)| cannot_be_read(kind, tally));
    Ok(if args.input.strict && unreadable { Done::Incomplete } else { Done::Fine })
}

/// Rows that go from the reader to the writer in one go, and how many such may wait.
const BATCH: usize = 256;
const WAITING: usize = 4;

/// Writes the entries of one input. Another thread reads it, where one is to be had.
fn one(
    args: &Args,
    bundle: &Bundle,
    input: &Input,
    sink: &mut Sink,
) -> Result<(&'static str, Tally), Failure> {
    let path = json(&input.path);
    let mut failed = None;
    let mut lines = Vec::new();
    let mut write = |rows: &[Row]| {
        lines.clear();
        for row in rows {
            match args.format {
                Format::Jsonl => jsonl(&path, row, &mut lines),
                Format::Csv => lines.extend_from_slice(comma_separated(&input.path, row).as_bytes()),
            }
            lines.push(b'\n');
        }
        failed = sink.write(&lines).err();
        failed.is_none() && !sink.closed()
    };
    let wanted = |row: &Row| {
        let provider = args.provider.is_empty()
            || args.provider.iter().any(|provider| provider.eq_ignore_ascii_case(&row.provider));
        provider && (args.id.is_empty() || row.id.is_some_and(|id| args.id.contains(&id)))
    };
    let account = std::thread::scope(|scope| {
        let (send, take) = sync_channel::<Vec<Row>>(WAITING);
        let read = move || {
            let mut batch = Vec::new();
            let account = records(bundle, input, &mut |row: Row| {
                if wanted(&row) {
                    batch.push(row);
                }
                batch.len() < BATCH || send.send(std::mem::take(&mut batch)).is_ok()
            });
            // Whoever does not take them has said so before.
            let _ = send.send(batch);
            account
        };
        match Builder::new().spawn_scoped(scope, read) {
            Ok(reader) => {
                for rows in take {
                    if !write(&rows) {
                        break;
                    }
                }
                reader.join().unwrap_or_else(|panic| resume_unwind(panic))
            }
            Err(_) => records(bundle, input, &mut |row: Row| !wanted(&row) || write(&[row])),
        }
    });
    match failed {
        Some(failure) => Err(failure),
        None => Ok(account),
    }
}

/// JSON text of a string.
fn json(text: &str) -> String {
    let mut out = Vec::new();
    quoted(text, &mut out);
    String::from_utf8(out).unwrap_or_default()
}

/// The same, put behind what is there.
fn quoted(text: &str, out: &mut Vec<u8>) {
    // Writing to memory does not fail.
    let _ = serde_json::to_writer(out, text);
}

/// One row; the path as JSON text.
fn jsonl(path: &str, row: &Row, out: &mut Vec<u8>) {
    // Writing to memory does not fail.
    let _ = match row.origin.place {
        Place::Line(number) => write!(out, "{{\"input\":{path},\"at\":{{\"line\":{number}}},\"time\":"),
        Place::Record(number) => write!(out, "{{\"input\":{path},\"at\":{{\"record\":{number}}},\"time\":"),
        Place::Offset => {
            write!(out, "{{\"input\":{path},\"at\":{{\"offset\":{}}},\"time\":", row.origin.offset)
        }
    };
    quoted(&row.time, out);
    out.extend_from_slice(b",\"node\":");
    quoted(&row.node, out);
    out.extend_from_slice(b",\"provider\":");
    quoted(&row.provider, out);
    let _ = match row.id {
        Some(id) => write!(out, ",\"id\":{id},\"level\":"),
        None => write!(out, ",\"id\":null,\"level\":"),
    };
    quoted(&row.level, out);
    out.extend_from_slice(b",\"fields\":{");
    for (at, (_, value)) in row.fields.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        quoted(&key(&row.fields, at), out);
        out.push(b':');
        quoted(value, out);
    }
    out.extend_from_slice(b"}}");
}

/// The name of a field; its position from 1 where it has none, with a number behind where the name repeats.
fn key(fields: &[(String, String)], at: usize) -> Cow<'_, str> {
    let name = &fields[at].0;
    if name.is_empty() {
        return Cow::Owned((at + 1).to_string());
    }
    match fields[..at].iter().filter(|(other, _)| other == name).count() {
        0 => Cow::Borrowed(name),
        earlier => Cow::Owned(format!("{name} ({})", earlier + 1)),
    }
}

fn comma_separated(path: &str, row: &Row) -> String {
    let place = match row.origin.place {
        Place::Line(number) => format!("line {number}"),
        Place::Record(number) => format!("record {number}"),
        Place::Offset => "offset".to_owned(),
    };
    let fields: Vec<String> = row
        .fields
        .iter()
        .map(|(name, value)| if name.is_empty() { value.clone() } else { format!("{name}={value}") })
        .collect();
    let offset = row.origin.offset.to_string();
    let id = row.id.map(|id| id.to_string()).unwrap_or_default();
    let fields = fields.join("; ");
    let cells =
        [path, &place, &offset, &row.time, &row.node, &row.provider, &id, &row.level, &fields].map(cell);
    cells.join(",")
}

/// A cell as spreadsheets read it and none would run: quoted where needed, and what looks like a formula is led
/// by an apostrophe.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err();
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r', ';']) || formula {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// The account of an input, the last lines of JSONL output.
#[derive(serde::Serialize)]
struct Ledger<'a> {
    ledger: Account<'a>,
}

#[derive(serde::Serialize)]
struct Account<'a> {
    input: &'a str,
    kind: &'a str,
    entries: u64,
    malformed: u64,
    lost: u64,
    notes: Vec<AccountNote<'a>>,
}

#[derive(serde::Serialize)]
struct AccountNote<'a> {
    name: &'a str,
    severity: &'a str,
    count: u64,
    detail: Option<&'a str>,
    advice: &'a str,
}

/// The account of an input as one JSON object.
fn account(path: &str, kind: &str, tally: &Tally) -> String {
    let notes = tally.notes.iter().map(|note| AccountNote {
        name: note.kind.name,
        severity: note.kind.severity.word(),
        count: note.count,
        detail: note.detail.as_deref(),
        advice: note.kind.advice,
    });
    let Tally { entries, malformed, lost, .. } = *tally;
    let ledger = Account { input: path, kind, entries, malformed, lost, notes: notes.collect() };
    // Text and numbers always make JSON.
    serde_json::to_string(&Ledger { ledger }).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use throughline::fact::{InputId, Origin};

    #[test]
    fn cells_are_defused() {
        let check = |text: &str, expect: &str| assert_eq!(cell(text), expect);
        check("plain", "plain");
        check("-5", "-5");
        check("=1+1", "\"'=1+1\"");
        check("@SUM(A1)", "\"'@SUM(A1)\"");
        check("a,\"b\"", "\"a,\"\"b\"\"\"");
    }

    #[test]
    fn fields_keep_their_order_and_names() {
        let origin = Origin { input: InputId(0), offset: 9, place: Place::Record(7) };
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let row = Row {
            origin,
            time: "t".into(),
            node: "n".into(),
            provider: "p".into(),
            id: Some(5120),
            level: String::new(),
            fields: vec![field("b", "1"), field("", "2"), field("b", "\"3\"")],
        };
        let mut out = Vec::new();
        jsonl("\"a/b\"", &row, &mut out);
        assert_eq!(
            String::from_utf8_lossy(&out),
            r#"{"input":"a/b","at":{"record":7},"time":"t","node":"n","provider":"p","id":5120,"level":"","fields":{"b":"1","2":"2","b (2)":"\"3\""}}"#
        );
    }
}
