//! `throughline collect`: the script that gathers what is read here.

use clap::ValueEnum;
use throughline::collect::{page, script};

use super::output::OutputArgs;
use super::{Done, Failure};

const EXAMPLES: &str = "\
Examples:
  throughline collect --for windows -o collect.ps1
  throughline collect --for windows --explain";

/// Print a script that gathers everything that is read here from a cluster into one zip
///
/// The script only reads from the cluster and can be run again at any time; each of its steps fails alone and
/// says so. Nothing is run by this command.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The system that the script is to run on
    #[arg(long = "for", value_name = "SYSTEM", value_enum)]
    system: System,
    /// Print what each line of the script does, as a markdown page, instead of the script
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Copy, Clone, Debug, ValueEnum)]
enum System {
    /// Windows Server 2012 R2 or later: PowerShell
    Windows,
}

pub(crate) fn run(args: &Args) -> Result<Done, Failure> {
    let System::Windows = args.system;
    let text = if args.explain { page() } else { script() };
    args.output.write(text.as_bytes())?;
    Ok(Done::Fine)
}
