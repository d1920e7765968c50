//! `throughline check`: a bundle held against a policy, or against a report that is known to be right.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use throughline::compare::{Document, exactly};
use throughline::report::check::{Policy, exit_code, github, judge, junit, sarif, text};
use throughline::report::{Format, Reach, Report, Scope, Style};
use throughline::source::SOURCES;

use super::args::{ClockArgs, InputArgs};
use super::output::{ColourArgs, OutputArgs};
use super::session::Session;
use super::voice::{Place, remark};
use super::{Done, Failure};

const EXAMPLES: &str = "\
Examples:
  throughline check bundle.zip --policy policy.toml
  throughline check traces/ --policy policy.toml --junit result.xml --sarif result.sarif --github
  throughline check traces/ --expect report.json

A policy, every line of which may be left out:
  minimum_certainty = 'derived'          # what is less sure leaves a clause undecided
  forbid_verdicts = ['fault']            # undecided where a rule for it lacks evidence
  allowed_causes = ['refs']              # rule ids; anything else on a detour violates
  maximum_pause = '30s'                  # I/O held in a row
  required_inputs = ['cluster_log']      # from every node
  on_undecided = 'fail'                  # or 'pass', the default
  [[maximum_detour]]
  vm = 'SQL*'                            # or volume = ..., or cause = ...
  time = '60s'

Exit codes: 0 kept, 1 violated or different, 2 not decided and the policy forbids that (or wrong usage).";

/// Hold a bundle against a policy, for builds that must fail for the right reason
///
/// With --expect: compare with a kept JSON report by meaning, and print what differs.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
#[command(group(clap::ArgGroup::new("against").required(true).multiple(true)))]
pub(crate) struct Args {
    #[command(flatten)]
    input: InputArgs,
    /// The policy, a TOML file
    #[arg(long, value_name = "FILE", group = "against")]
    policy: Option<PathBuf>,
    /// A JSON report that this bundle must give
    #[arg(long, value_name = "REPORT", group = "against")]
    expect: Option<PathBuf>,
    /// Also write the outcome as JUnit XML
    #[arg(long, value_name = "FILE", requires = "policy")]
    junit: Option<PathBuf>,
    /// Also write the outcome as SARIF
    #[arg(long, value_name = "FILE", requires = "policy")]
    sarif: Option<PathBuf>,
    /// Print annotations for GitHub Actions instead of text
    #[arg(long, requires = "policy")]
    github: bool,
    #[command(flatten)]
    clock: ClockArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    colour: ColourArgs,
}

fn read(path: &PathBuf) -> Result<String, Failure> {
    fs::read_to_string(path)
        .map_err(|error| Failure::Usage(format!("cannot read {}: {error}", path.display())))
}

pub(crate) fn run(args: &Args) -> Result<Done, Failure> {
    args.output.apart_from(&args.input.inputs)?;
    // Mistakes in what the user wrote come before the reading.
    let named = |path: &PathBuf, error: String| Failure::Usage(format!("{}: {error}", path.display()));
    let policy = args.policy.as_ref().map(policy).transpose()?;
    let expected =
        args.expect.as_ref().map(|path| Document::parse(&read(path)?).map_err(|error| named(path, error)));
    let expected = expected.transpose()?;
    let session = Session::open(&args.input, &args.clock)?;
    let report = session.report(Scope::default(), Reach::Everything);
    let mut out = String::new();
    let mut code = 0;
    if let Some(policy) = &policy {
        let clauses = judge(&report, policy);
        code = exit_code(policy, &clauses);
        let style = args.colour.style(&args.output).in_zone(args.clock.tz);
        out.push_str(&if args.github { github(&report, &clauses) } else { text(&report, &clauses, style) });
        let fails = policy.on_undecided == throughline::report::check::OnUndecided::Fail;
        let files = [
            (&args.junit, junit(&report, &clauses, fails) as Result<String, String>),
            (&args.sarif, sarif(&report, &clauses)),
        ];
        for (path, made) in files {
            let Some(path) = path else { continue };
            let made = made.map_err(Failure::Output)?;
            OutputArgs { output: Some(path.clone()) }.write(made.as_bytes())?;
        }
    }
    if let Some(expected) = &expected {
        let differences = against(&report, expected)?;
        if differences.is_empty() {
            remark("the report is as expected");
        } else {
            out.push_str(&differences);
            code = code.max(1);
        }
    }
    args.output.write(out.as_bytes())?;
    Ok(match code {
        0 => session.done(),
        1 => Done::Violated,
        _ => Done::Undecided,
    })
}

fn policy(path: &PathBuf) -> Result<Policy, Failure> {
    let text = read(path)?;
    let place = |at| Place { file: path.display().to_string(), text: text.clone(), at };
    let policy =
        Policy::parse(&text).map_err(|mistake| Failure::written(mistake.message, place(mistake.at), None))?;
    // A misspelt kind would always be missing.
    let known = |kind: &str| SOURCES.iter().any(|source| source.kind == kind);
    if let Some(kind) = policy.required_inputs.iter().find(|kind| !known(kind)) {
        let kinds: BTreeSet<&str> = SOURCES.iter().map(|source| source.kind).collect();
        let kinds = kinds.into_iter().collect::<Vec<_>>().join(", ");
        let from = text.find(kind.as_str()).unwrap_or(0);
        let title = format!("`{kind}` is no kind of input");
        let at = from..from + kind.len().min(text.len() - from);
        return Err(Failure::written(title, place(at), Some(format!("there are: {kinds}"))));
    }
    Ok(policy)
}

/// What differs from the expected report, for people.
fn against(report: &Report<'_>, expected: &Document) -> Result<String, Failure> {
    let actual = String::from_utf8_lossy(&report.render(Format::Json, Style::PLAIN)).into_owned();
    let actual = Document::parse(&actual).map_err(Failure::Output)?;
    let mut out = String::new();
    for difference in exactly(expected, &actual) {
        out.push_str(&format!("{}\n", difference.of));
        difference.expected.iter().for_each(|line| out.push_str(&format!("  - {line}\n")));
        difference.actual.iter().for_each(|line| out.push_str(&format!("  + {line}\n")));
    }
    Ok(out)
}
