//! `throughline man`: the manual, from the same definitions as the parser.

use clap::CommandFactory;
use clap_mangen::Man;

use super::output::OutputArgs;
use super::{Cli, Done, Failure};

const EXAMPLES: &str = "\
Examples:
  throughline man | man -l -
  throughline man analyze -o throughline-analyze.1
  throughline completions --install        (all pages, and completions)";

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
    let pages = pages()?;
    let wanted = args.command.as_ref().map_or_else(|| "throughline".to_owned(), |name| file(name));
    let Some((_, page)) = pages.iter().find(|(name, _)| *name == wanted) else {
        let known: Vec<&str> =
            pages.iter().filter_map(|(name, _)| name.strip_prefix("throughline-")).collect();
        let name = args.command.as_deref().unwrap_or_default();
        return Err(Failure::Usage(format!(
            "no command is called `{name}`; there are: {}",
            known.join(", ")
        )));
    };
    args.output.write(page)?;
    Ok(Done::Fine)
}

fn file(command: &str) -> String {
    format!("throughline-{command}")
}

/// Every page with its name: the program's own first, then a page a command.
pub(crate) fn pages() -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let mut cli = Cli::command();
    cli.build();
    let commands: Vec<clap::Command> =
        cli.get_subcommands().map(|command| command.clone().name(file(command.get_name()))).collect();
    [cli].into_iter().chain(commands).map(page).collect()
}

fn page(command: clap::Command) -> Result<(String, Vec<u8>), Failure> {
    let name = command.get_name().to_owned();
    let mut page = Vec::new();
    Man::new(command).render(&mut page).map_err(|error| Failure::output("the manual page", &error))?;
    Ok((name, page))
}
