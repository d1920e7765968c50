//! `throughline simulate`: bundles with a known truth, to try rules and policies on.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use throughline::simulate::{TraceForm, Tracing, generate_to, scenario, scenarios};

use super::output::OutputArgs;
use super::{Done, Failure};

const EXAMPLES: &str = "\
Examples:
  throughline simulate
  throughline simulate --scenario refs-two-node --out bundle/
  throughline simulate --scenario san-path-loss --out bundle/ --hours 24 --seed 7";

/// Write a bundle of a simulated cluster, with the truth beside it
///
/// Without --scenario: list what can be simulated.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// What happens
    #[arg(long, value_name = "NAME", requires = "out")]
    scenario: Option<String>,
    /// The folder to write; it must not exist yet, or be empty
    #[arg(long, value_name = "DIR", requires = "scenario")]
    out: Option<PathBuf>,
    /// Where chance begins; the same seed writes the same bundle
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// How many nodes; the scenario's own number without it
    #[arg(long, value_name = "N", requires = "scenario")]
    nodes: Option<usize>,
    /// How long it lasts; the scenario's own length without it
    #[arg(long, value_name = "H", requires = "scenario")]
    hours: Option<u32>,
    /// What traces are kept as; only of scenarios that leave some
    #[arg(long, value_name = "FORM", requires = "scenario", default_value = TraceForm::Etl.word(),
          value_parser = PossibleValuesParser::new(TraceForm::ALL.map(TraceForm::word)))]
    traces: String,
    /// I/Os a second of each virtual disk in traces; the scenario's own rate without it
    #[arg(long, value_name = "N", requires = "scenario",
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rate: Option<u32>,
    /// How many percent of the buffers a trace loses
    #[arg(long, value_name = "PERCENT", requires = "scenario", default_value_t = 0,
          value_parser = clap::value_parser!(u32).range(..=100))]
    lost: u32,
}

pub(crate) fn run(args: &Args) -> Result<Done, Failure> {
    let (Some(name), Some(out)) = (&args.scenario, &args.out) else {
        OutputArgs { output: None }.write(list().as_bytes())?;
        return Ok(Done::Fine);
    };
    let scenario = scenario(name).ok_or_else(|| {
        let names: Vec<&str> = scenarios().map(|s| s.name).collect();
        Failure::Usage(format!("no scenario is called `{name}`; there are: {}", names.join(", ")))
    })?;
    if let Some(nodes) = args.nodes.filter(|nodes| !scenario.nodes.contains(nodes)) {
        let (least, most) = (scenario.nodes.start(), scenario.nodes.end());
        return Err(Failure::Usage(format!("{name} is told with {least} to {most} nodes, not {nodes}")));
    }
    if let Some(hours) = args.hours.filter(|hours| *hours < scenario.least_hours) {
        let least = scenario.least_hours;
        return Err(Failure::Usage(format!("{name} takes at least {least} hours, not {hours}")));
    }
    let taken = fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some()) || out.is_file();
    if taken {
        return Err(Failure::Usage(format!(
            "--out {} exists and is not empty; name a new folder",
            out.display()
        )));
    }
    let form = TraceForm::ALL.into_iter().find(|form| form.word() == args.traces).unwrap_or_default();
    let tracing = Tracing { form, rate: args.rate, lost: args.lost, ..Tracing::default() };
    let size = (args.nodes, args.hours);
    let paths = place(out, |folder| generate_to(folder, scenario, args.seed, size, tracing))
        .map_err(|error| Failure::output(&out.display().to_string(), &error))?;
    let mut told = String::new();
    for path in &paths {
        told.push_str(&format!("{}\n", out.join(path).display()));
    }
    OutputArgs { output: None }.write(told.as_bytes())?;
    Ok(Done::Fine)
}

fn list() -> String {
    let width = scenarios().map(|s| s.name.len()).max().unwrap_or(0);
    scenarios().map(|s| format!("{:width$}  {}\n", s.name, s.description)).collect()
}

/// Fills a folder beside the target, which takes the target's name when it is complete, or vanishes.
fn place<T>(target: &Path, fill: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    let target = std::path::absolute(target)?;
    let name = target.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy().into_owned();
    let temporary = target.with_file_name(format!(".{name}.{}.partial", std::process::id()));
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::create_dir(&temporary)?;
    let placed = fill(&temporary).and_then(|filled| {
        if target.is_dir() {
            // Only ever an empty folder: anything else was refused, and this refuses it again.
            fs::remove_dir(&target)?;
        }
        fs::rename(&temporary, &target).map(|()| filled)
    });
    if placed.is_err() {
        let _ = fs::remove_dir_all(&temporary);
    }
    placed
}
