//! What every fuzz target does with its bytes: read them, and hold what must hold of any input.

use throughline::analysis::{self, analyze};
use throughline::bundle::{Bundle, Limits, Options};
use throughline::compare::Document;
use throughline::report::check::Policy;
use throughline::report::{Format, Reach, Report, Scope, Style};
use throughline::source::etw::schema::GivenSchema;
use throughline::source::{self, SOURCES};

/// Small limits, so that a run finds what is not bounded by them.
fn options() -> Options {
    let limits = Limits { depth: 3, members: 1000, total: 64 << 20, ratio: 200, memory: 16 << 20, temporary: 0 };
    Options { limits, ..Options::default() }
}

/// One reader on one input, whether or not it would be recognised: every entry is accounted for, what is quoted is there
/// as often as asked.
///
/// # Panics
/// Where that does not hold.
pub fn reader(kind: &str, data: &[u8]) {
    let bundle = Bundle::from_memory([("input".to_owned(), data.to_vec())], &options());
    // An archive is opened and not read: other targets do that.
    let Some(input) = bundle.inputs.first().filter(|input| input.path == "input") else { return };
    let source = SOURCES.iter().find(|source| source.kind == kind).expect("a reader of that name");
    let reading = (source.read)(&bundle, input);
    let tally = &reading.tally;
    assert_eq!(tally.entries, tally.facts + tally.silent + tally.unknown + tally.malformed, "every entry in one box");
    let mut origins: Vec<_> = reading.facts.iter().map(|fact| fact.origin).take(64).collect();
    origins.sort_unstable_by_key(|origin| (origin.offset, origin.place));
    origins.dedup();
    assert_eq!((source.quote)(&bundle, input, &origins).len(), origins.len());
    let mut left = 10_000;
    (source.records)(&bundle, input, &mut |_| {
        left -= 1;
        left > 0
    });
}

/// An archive, and whatever it holds.
pub fn archive(data: &[u8]) {
    let bundle = Bundle::from_memory([("input.zip".to_owned(), data.to_vec())], &options());
    for input in bundle.inputs.iter().take(64) {
        let _ = bundle.bytes(input, 1 << 20);
    }
    let _ = source::read_all(&bundle);
}

/// Several inputs, parted by a line of `%%%%`, to every output.
///
/// # Panics
/// Where a panic inside was caught and told: one bad thing costs one thing, but it is a defect.
pub fn whole(data: &[u8]) {
    let mut files = Vec::new();
    let mut rest = data;
    while files.len() < 8 && !rest.is_empty() {
        let end = rest.windows(6).position(|at| at == b"\n%%%%\n").unwrap_or(rest.len());
        files.push((format!("NODE{}_cluster.log", files.len()), rest[..end].to_vec()));
        rest = rest.get(end + 6..).unwrap_or_default();
    }
    let bundle = Bundle::from_memory(files, &options());
    let analysis = analyze(&bundle, &analysis::Options::default());
    let panicked = |name: &str| name == "reader_panicked";
    assert!(!analysis.accounts().any(|(_, tally)| tally.notes.iter().any(|note| panicked(note.kind.name))));
    assert!(!analysis.judgement.not_judged.iter().any(|gap| gap.missing.contains("a defect of throughline")));
    let report = Report::new(&analysis.case, analysis.judgement.clone(), Scope::default());
    let quotes = analysis::quotes(&bundle, &report.origins(Reach::Everything));
    let report = report.quoting(quotes);
    for format in Format::ALL {
        let _ = report.render(format, Style::PLAIN);
    }
}

/// A policy.
pub fn policy(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && let Err(mistake) = Policy::parse(text)
    {
        assert!(mistake.at.end <= text.len());
    }
}

/// A JSON report.
pub fn report(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = Document::parse(text);
    }
}

/// A description of events.
pub fn schema(data: &[u8]) {
    for name in ["input.man", "input.sys", "input.tmf"] {
        let _ = GivenSchema::read(name, data);
    }
}
