//! `throughline rules`: the knowledge base.

use throughline::report::rules::{list, one, page};
use throughline::rule::RULES;

use super::output::OutputArgs;
use super::{Done, Failure};

const EXAMPLES: &str = "\
Examples:
  throughline rules
  throughline rules refs
  throughline rules --markdown -o RULES.md";

/// List the diagnoses that can be made, or explain one
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The rule to explain; all are listed without it
    #[arg(value_name = "ID", conflicts_with = "markdown")]
    id: Option<String>,
    /// All rules in full, as a markdown page
    #[arg(long)]
    markdown: bool,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) fn run(args: &Args) -> Result<Done, Failure> {
    let text = match &args.id {
        None if args.markdown => page(RULES),
        None => list(RULES),
        Some(id) => {
            let rule = RULES.iter().find(|rule| rule.id.eq_ignore_ascii_case(id)).ok_or_else(|| {
                let ids: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
                Failure::Usage(format!("no rule is called `{id}`; there are: {}", ids.join(", ")))
            })?;
            one(rule)
        }
    };
    args.output.write(text.as_bytes())?;
    Ok(Done::Fine)
}
