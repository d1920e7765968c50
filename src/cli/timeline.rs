//! `throughline timeline`: every transition.

use throughline::report::Reach;
use throughline::report::timeline::{self, Format};

use super::args::{InputArgs, ScopeArgs, TimeArgs};
use super::output::{ColourArgs, OutputArgs};
use super::session::Session;
use super::{Done, Failure};

const EXAMPLES: &str = "\
Examples:
  throughline timeline HealthTest-CLU1.zip
  throughline timeline logs/ --volume Volume3 --from 2026-03-01 --to 2026-03-01
  throughline timeline logs/ --format jsonl | jq -r .message
  throughline timeline logs/ --format csv -o timeline.csv";

/// Print every transition of all nodes in one order, with the clocks put right
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    input: InputArgs,
    /// How to write it; csv here means comma-separated
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
}

fn formats() -> clap::builder::PossibleValuesParser {
    Format::ALL.map(Format::word).into()
}

pub(crate) fn run(args: &Args) -> Result<Done, Failure> {
    args.output.apart_from(&args.input.inputs)?;
    let format =
        Format::ALL.into_iter().find(|format| format.word() == args.format).unwrap_or(Format::ALL[0]);
    let session = Session::open(&args.input, &args.time.clock)?;
    let scope = session.scope(&args.time, &args.scope)?;
    let report = session.report(scope, Reach::Everything);
    let text = timeline::render(&report, format, args.colour.style(&args.output).in_zone(args.time.clock.tz));
    args.output.write(text.as_bytes())?;
    Ok(session.done())
}
