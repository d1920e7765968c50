//! `throughline man`: the manual, from the same definitions as the parser.

use clap::CommandFactory;
use clap_mangen::Man;

use super::output::OutputArgs;
use super::{Cli, Done, Failure};

const EXAMPLES: &str = "\
Examples:
  throughline man | man -l -
  throughline man analyze -o throughline-analyze.1";

/// Print the manual page of the program or of one command
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The command; the program's own page without it
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) fn run(args: &Args) -> Result<Done, Failure> {
    let mut cli = Cli::command();
    cli.build();
    let command = match &args.command {
        None => cli,
        Some(name) => {
            let known: Vec<&str> = cli.get_subcommands().map(clap::Command::get_name).collect();
            let unknown =
                || Failure::Usage(format!("no command is called `{name}`; there are: {}", known.join(", ")));
            let found = cli.find_subcommand(name).ok_or_else(unknown)?.clone();
            found.name(format!("throughline-{name}"))
        }
    };
    let mut page = Vec::new();
    Man::new(command).render(&mut page).map_err(|error| Failure::output("the manual page", &error))?;
    args.output.write(&page)?;
    Ok(Done::Fine)
}
