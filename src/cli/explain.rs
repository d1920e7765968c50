//! `throughline explain`: one VM or volume, hop by hop.

use throughline::report::{Reach, Scope, explain};

use super::args::{ClockArgs, InputArgs};
use super::moment::Edge;
use super::output::{ColourArgs, OutputArgs};
use super::session::Session;
use super::{Done, Failure};

const EXAMPLES: &str = "\
Examples:
  throughline explain HealthTest-CLU1.zip --vm SQL01
  throughline explain logs/ --volume Volume3 --at 2026-03-01T14:30:00Z";

/// Follow the I/O of one virtual machine or volume hop by hop, each with its evidence
///
/// Without --at: at the last detour, else at the end of the evidence.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
#[command(group(clap::ArgGroup::new("subject").required(true)))]
pub(crate) struct Args {
    #[command(flatten)]
    input: InputArgs,
    /// The virtual machine: its name, group or GUID
    #[arg(long, value_name = "NAME", group = "subject")]
    vm: Option<String>,
    /// The volume: its name, resource, path or GUID
    #[arg(long, value_name = "NAME", group = "subject")]
    volume: Option<String>,
    /// The moment to explain
    #[arg(long, value_name = "TIME", help_heading = "Time")]
    at: Option<String>,
    #[command(flatten)]
    clock: ClockArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    colour: ColourArgs,
}

pub(crate) fn run(args: &Args) -> Result<Done, Failure> {
    args.output.apart_from(&args.input.inputs)?;
    let session = Session::open(&args.input, &args.clock)?;
    let at = session.moment(args.at.as_ref(), &args.clock, Edge::First)?;
    let case = &session.analysis().case;
    let subject = match (&args.vm, &args.volume) {
        (Some(name), _) => explain::vm(case, name),
        (None, Some(name)) => explain::volume(case, name),
        (None, None) => Err("expected --vm NAME or --volume NAME".to_owned()),
    };
    let subject = subject.map_err(Failure::Usage)?;
    let report = session.report(Scope::default(), Reach::Everything);
    let text = explain::render(&report, subject, at, args.colour.style(&args.output).in_zone(args.clock.tz));
    args.output.write(text.as_bytes())?;
    Ok(session.done())
}
