//! `throughline completions`: for shells, from the same definitions as the parser.

use clap::CommandFactory;
use clap_complete::Shell;

use super::output::OutputArgs;
use super::{Cli, Done, Failure};

const EXAMPLES: &str = "\
Examples:
  throughline completions bash -o /etc/bash_completion.d/throughline
  throughline completions powershell >> $PROFILE";

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) fn run(args: &Args) -> Result<Done, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "throughline", &mut script);
    args.output.write(&script)?;
    Ok(Done::Fine)
}
