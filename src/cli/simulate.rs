//! `throughline simulate`: bundles with a known truth, to try rules and policies on.

use std::path::PathBuf;

use super::{Done, Failure};

const EXAMPLES: &str = "\
Examples:
  throughline simulate --scenario refs-two-node --out bundle/
  throughline simulate --scenario san-path-loss --out bundle/ --nodes 8 --hours 24 --seed 7";

/// Write a bundle of a simulated cluster, with the truth beside it
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// What happens
    #[arg(long, value_name = "NAME")]
    scenario: String,
    /// The folder to write; it must not exist yet, or be empty
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Where chance begins; the same seed writes the same bundle
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// How many nodes; the scenario's own number without it
    #[arg(long, value_name = "N")]
    nodes: Option<u16>,
    /// How long it lasts; the scenario's own length without it
    #[arg(long, value_name = "H")]
    hours: Option<u16>,
}

pub(crate) fn run(_args: &Args) -> Result<Done, Failure> {
    Err(Failure::Usage(String::new()))
}
