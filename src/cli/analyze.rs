//! `throughline analyze`: the report.

use throughline::finding::Verdict;
use throughline::report::{Format, Reach, parquet};

use super::args::{InputArgs, ScopeArgs, TimeArgs};
use super::folder::Folder;
use super::output::{ColourArgs, OutputArgs};
use super::session::Session;
use super::{Done, Failure};

const EXAMPLES: &str = "\
Examples:
  throughline analyze HealthTest-CLU1.zip
  throughline analyze logs/ late-addition.evtx --format json -o report.json
  throughline analyze bundle/ --format parquet -o tables/
  throughline analyze bundle/ --vm SQL01 --from '2026-03-01 08:00' --tz Europe/Berlin
  throughline analyze traces/ --fail-on fault --strict";

/// Say which virtual machines' I/O takes a detour through another node, since when, and why
///
/// Reads everything that was handed in and prints the verdict first, then the evidence, then what could not be
/// told and what to collect for it.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    input: InputArgs,
    /// How to write the report; csv here means comma-separated, parquet is a folder of four tables
    #[arg(long, value_name = "FORMAT", default_value = Format::ALL[0].word(), value_parser = formats())]
    format: String,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    colour: ColourArgs,
    #[command(flatten)]
    time: TimeArgs,
    #[command(flatten)]
    scope: ScopeArgs,
    /// End with exit code 1 when a finding has this verdict; may be given several times
    #[arg(long, value_name = "VERDICT", value_parser = verdicts())]
    fail_on: Vec<String>,
}

fn formats() -> clap::builder::PossibleValuesParser {
    Format::ALL.map(Format::word).into_iter().chain([parquet::WORD]).collect::<Vec<_>>().into()
}

fn verdicts() -> clap::builder::PossibleValuesParser {
    Verdict::ALL.map(Verdict::word).into()
}

pub(crate) fn run(args: &Args) -> Result<Done, Failure> {
    let format = Format::ALL.into_iter().find(|format| format.word() == args.format);
    // Parquet is several files, all others are one.
    let folder = match format {
        Some(_) => args.output.apart_from(&args.input.inputs).map(|()| None)?,
        None => Some(Folder::new(&args.output, &args.input.inputs, &parquet::FILES)?),
    };
    let session = Session::open(&args.input, &args.time.clock)?;
    let scope = session.scope(&args.time, &args.scope)?;
    let report = session.report(scope, format.map_or(Reach::Everything, Format::reach));
    if let Some(format) = format {
        let style = args.colour.style(&args.output).in_zone(args.time.clock.tz);
        args.output.write(&report.render(format, style))?;
    }
    if let Some(folder) = folder {
        let tables = parquet::render(&report).map_err(Failure::Output)?;
        folder.write(&tables)?;
    }
    let violated = report.findings.iter().any(|f| args.fail_on.iter().any(|word| word == f.verdict.word()));
    Ok(if violated { Done::Violated } else { session.done() })
}
