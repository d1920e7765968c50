//! `throughline diff`: what changed between two bundles or reports.

use std::fs;
use std::path::{Path, PathBuf};

use throughline::compare::{Document, changes};
use throughline::report::{Format, Reach, Scope, Style};

use super::args::{ClockArgs, InputArgs};
use super::output::OutputArgs;
use super::session::Session;
use super::voice::remark;
use super::{Done, Failure};

const EXAMPLES: &str = "\
Examples:
  throughline diff before.zip after.zip
  throughline diff report-of-monday.json tuesday/";

/// Say what changed between two bundles or reports: owners, modes, causes, detours
///
/// Each side is a bundle, or a JSON report that was kept.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// As it was: a bundle, or a JSON report
    #[arg(value_name = "BEFORE")]
    before: PathBuf,
    /// As it is: a bundle, or a JSON report
    #[arg(value_name = "AFTER")]
    after: PathBuf,
    #[command(flatten)]
    clock: ClockArgs,
    #[command(flatten)]
    output: OutputArgs,
}

fn document(side: &str, path: &Path, clock: &ClockArgs) -> Result<Document, Failure> {
    // A report is taken as one, whatever its name; any other file is a bundle of one input.
    if path.is_file()
        && let Ok(text) = fs::read_to_string(path)
    {
        match Document::parse(&text) {
            Ok(document) => return Ok(document),
            Err(error) if Document::is_meant(&text) => {
                return Err(Failure::Usage(format!("{}: {error}", path.display())));
            }
            Err(_) => {}
        }
    }
    let session = Session::open(&InputArgs::of(path), clock).map_err(|failure| match failure {
        Failure::Nothing(text) => Failure::Nothing(format!("{side}, {}: {text}", path.display())),
        other => other,
    })?;
    let report = session.report(Scope::default(), Reach::Findings);
    let text = String::from_utf8_lossy(&report.render(Format::Json, Style::PLAIN)).into_owned();
    Document::parse(&text).map_err(Failure::Output)
}

pub(crate) fn run(args: &Args) -> Result<Done, Failure> {
    args.output.apart_from(&[args.before.clone(), args.after.clone()])?;
    let before = document("BEFORE", &args.before, &args.clock)?;
    let after = document("AFTER", &args.after, &args.clock)?;
    let found = changes(&before, &after);
    let mut out = String::new();
    let mut last = "";
    for change in &found {
        if change.of != last {
            out.push_str(&format!("{}\n", change.of));
        }
        last = &change.of;
        out.push_str(&format!("  {:<24} {} => {}\n", change.what, change.before, change.after));
    }
    if found.is_empty() {
        remark("nothing changed");
    }
    args.output.write(out.as_bytes())?;
    Ok(Done::Fine)
}
