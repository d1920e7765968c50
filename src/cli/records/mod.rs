//! `throughline records`: decoded entries of any input, before meaning, as one timeline.
//!
//! Every input is a stream, and of a cluster.log every section: each begins anew in time. They are encoded ahead by
//! all threads (`feed`) and merged by time in UTC (`merge`).

mod feed;
mod merge;
mod write;

use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;
use throughline::analysis::{Bases, bases, cannot_be_read};
use throughline::bundle::{Bundle, Input};
use throughline::ledger::{Severity, Tally};
use throughline::source::cluster_log::pieces::Piece;
use throughline::source::cluster_log::rows::{Rows, pieces_of};
use throughline::source::cluster_log::{self, Part};
use throughline::source::{UNRECOGNISED, recognise};

use super::args::{InputArgs, zone};
use super::output::{OutputArgs, Sink};
use super::schema::{Decoder, of_this_machine};
use super::session::{reason, use_threads, warn};
use super::voice::{self, remark};
use super::{Done, Failure};
use feed::{End, Feed, Over, Pull};
use merge::merge;
use write::{Manner, Wanted, Writer};

const EXAMPLES: &str = "\
Examples:
  throughline records System.evtx --id 5120
  throughline records bundle.zip --provider Microsoft-Windows-FailoverClustering-CsvFs | jq .fields
  throughline records HV1_cluster.log HV2_cluster.log HV2/System.evtx | jq -r '[.utc,.input,.provider,.fields.text]|@tsv'
  throughline records HV1_cluster.log --order file --format csv -o lines.csv";

/// Print the decoded entries of any input, before they are given a meaning
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    input: InputArgs,
    /// How to write them; csv here means comma-separated
    #[arg(long, value_name = "FORMAT", default_value = "jsonl", value_enum)]
    format: Format,
    /// In which order: by time, as one timeline of all inputs, or as each file has it
    #[arg(long, value_name = "ORDER", default_value = "time", value_enum)]
    order: Order,
    /// IANA time zone of files that do not tell theirs, for example Europe/Berlin
    #[arg(long, value_name = "ZONE", value_parser = zone, help_heading = "Time")]
    tz: Option<chrono_tz::Tz>,
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

/// In which order entries come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Order {
    /// All inputs as one timeline in UTC; what has no time stands in front, or behind its neighbour
    Time,
    /// One input after the other, each as it stands
    File,
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
        sink.write(write::COLUMNS)?;
    }
    let bases = bases(&bundle, args.tz);
    // A merge holds all streams open.
    let bundle = bundle.side_by_side();
    let mut accounts = entries(args, &bundle, &bases, &mut sink)?;
    let refused = bundle.refused.iter().map(|(path, tally)| Told {
        path,
        kind: "unreadable",
        tally: tally.clone(),
        unsure: 0,
        times: None,
    });
    accounts.extend(refused);
    let read = |told: &&Told<'_>| told.kind != UNRECOGNISED && told.tally.entries > told.tally.malformed;
    if accounts.iter().find(read).is_none() && !sink.closed() {
        let lines: Vec<String> =
            accounts.iter().map(|told| format!("  {}: {}", told.path, reason(&told.tally))).collect();
        return Err(Failure::Nothing(format!("nothing readable. Looked at:\n{}", lines.join("\n"))));
    }
    for told in &accounts {
        let line = account(told);
        if args.format == Format::Jsonl {
            sink.write(format!("{line}\n").as_bytes())?;
        }
    }
    let worth = accounts.iter().filter(|told| told.tally.worst() >= Some(Severity::Notice));
    warn(worth.map(|told| (told.path, &told.tally)));
    if !sink.closed() {
        for told in accounts.iter().filter(|told| told.unsure > 0) {
            let Told { path, unsure, times, .. } = told;
            let basis = times.as_deref().unwrap_or("local time of an unknown zone: give --tz");
            voice::warn(format!("{path}: {unsure} entries have no sure time in UTC ({basis})"));
        }
        let entries: u64 = accounts.iter().map(|told| told.tally.entries).sum();
        let gave = |told: &&Told<'_>| told.kind != UNRECOGNISED && told.tally.entries > 0;
        let none = accounts.len() - accounts.iter().filter(gave).count();
        remark(&format!("{entries} entries in {} inputs; {none} gave none", accounts.len()));
    }
    sink.finish()?;
    let unreadable = accounts.iter().any(|told| cannot_be_read(told.kind, &told.tally));
    Ok(if args.input.strict && unreadable { Done::Incomplete } else { Done::Fine })
}

/// What became of one input.
struct Told<'b> {
    path: &'b str,
    kind: &'static str,
    tally: Tally,
    /// Entries whose time is told, and is not sure in UTC.
    unsure: u64,
    /// How its own times become UTC, where they are not UTC by themselves.
    times: Option<String>,
}

/// What may wait for the merge, in bytes, over all streams; and the most and the least that one block holds of it.
const WAITING: usize = 48 << 20;
const BLOCK: usize = 256 << 10;
const SMALLEST: usize = 8 << 10;

/// With no more streams than that, each keeps its file open.
const KEPT_OPEN: usize = 32;

/// Writes all entries; the accounts of the inputs, in their order.
fn entries<'b>(
    args: &Args,
    bundle: &'b Bundle,
    bases: &'b Bases,
    sink: &mut Sink,
) -> Result<Vec<Told<'b>>, Failure> {
    let by_time = args.order == Order::Time;
    let wanted = Wanted { provider: args.provider.clone(), id: args.id.clone() };
    let manner = Manner { format: args.format, bases, wanted: &wanted, by_time };
    // Of a log its sections, of any other input nothing: it is read in one go.
    let pieces: Vec<Vec<Piece>> =
        bundle.inputs.par_iter().map(|input| log_pieces(bundle, input, by_time)).collect();
    let streams: usize = pieces.iter().map(|pieces| pieces.len().max(1)).sum();
    let size = (WAITING / streams.max(1) / 4).clamp(SMALLEST, BLOCK);
    let mut owners: Vec<&Input> = Vec::with_capacity(streams);
    let mut pulls: Vec<Option<Pull<'_>>> = Vec::with_capacity(streams);
    for (input, pieces) in bundle.inputs.iter().zip(&pieces) {
        for piece in pieces {
            let rows = Rows::new(bundle, input, piece, streams <= KEPT_OPEN);
            pulls.push(Some(Pull { rows, writer: Writer::new(manner, input) }));
            owners.push(input);
        }
        if pieces.is_empty() {
            pulls.push(None);
            owners.push(input);
        }
    }
    let pushed: Vec<usize> =
        pulls.iter().enumerate().filter(|(_, pull)| pull.is_none()).map(|(at, _)| at).collect();
    let feed = Feed::new(pulls, size);
    let mut failed = None;
    std::thread::scope(|scope| {
        let over = Over(&feed);
        feed.help(scope, rayon::current_num_threads().saturating_sub(1));
        for at in pushed {
            if let Some(input) = owners.get(at) {
                feed.push(scope, at, bundle, input, Writer::new(manner, input));
            }
        }
        merge(&feed, streams, &mut |bytes| {
            failed = sink.write(bytes).err();
            failed.is_none() && !sink.closed()
        });
        drop(over);
    });
    if let Some(failure) = failed {
        return Err(failure);
    }
    let mut told: Vec<Told<'b>> = Vec::with_capacity(bundle.inputs.len());
    let mut ends = feed.ends().into_iter();
    for (input, pieces) in bundle.inputs.iter().zip(&pieces) {
        let mut kind = if pieces.is_empty() { UNRECOGNISED } else { cluster_log::SOURCE.kind };
        let mut tally = Tally::new(input.id);
        let (mut parts, mut unsure) = (Vec::new(), 0);
        for end in ends.by_ref().take(pieces.len().max(1)).flatten() {
            match end {
                End::Piece(part, more) => {
                    parts.push(part);
                    unsure += more;
                }
                End::Input(its, account, more) => (kind, tally, unsure) = (its, account, more),
            }
        }
        if !pieces.is_empty() {
            tally = Part::join(input, parts);
        }
        let times = Some(bases.basis(input)).filter(|_| !pieces.is_empty());
        let times = times.map(|basis| if basis.is_empty() { "log in UTC, by its header" } else { basis });
        told.push(Told { path: &input.path, kind, tally, unsure, times: times.map(str::to_owned) });
    }
    Ok(told)
}

/// The pieces of an input that is a cluster.log and can be read; else none.
fn log_pieces(bundle: &Bundle, input: &Input, apart: bool) -> Vec<Piece> {
    let look = || {
        let source = recognise(bundle, input).ok().flatten()?;
        let log = source.kind == cluster_log::SOURCE.kind;
        log.then(|| pieces_of(bundle, input, apart).ok()).flatten()
    };
    // A panic there is met again, and accounted for, by whoever reads the input.
    catch_unwind(AssertUnwindSafe(look)).ok().flatten().unwrap_or_default()
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
    /// How the times of a log become UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<&'a str>,
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
fn account(told: &Told<'_>) -> String {
    let Told { path, kind, ref tally, ref times, .. } = *told;
    let notes = tally.notes.iter().map(|note| AccountNote {
        name: note.kind.name,
        severity: note.kind.severity.word(),
        count: note.count,
        detail: note.detail.as_deref(),
        advice: note.kind.advice,
    });
    let Tally { entries, malformed, lost, .. } = *tally;
    let times = times.as_deref();
    let ledger = Account { input: path, kind, entries, malformed, lost, notes: notes.collect(), times };
    // Text and numbers always make JSON.
    serde_json::to_string(&Ledger { ledger }).unwrap_or_default()
}
