//! The command line: one file a subcommand. The only place that knows clap, streams and exit codes.
//!
//! Results go to stdout or the file of `-o`, everything else to stderr. A closed pipe is no error.

mod analyze;
mod args;
mod browse;
mod check;
mod collect;
mod completions;
mod config;
mod diff;
mod explain;
mod failure;
mod folder;
mod interrupt;
mod keyboard;
mod man;
mod memory;
mod moment;
mod output;
mod progress;
mod records;
mod rules;
mod schema;
mod session;
mod simulate;
mod timeline;
mod voice;
mod what_if;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

pub(crate) use failure::Failure;
use voice::VoiceArgs;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  a check was violated, or a verdict named with --fail-on was given
  2  wrong usage, the output could not be written, or a check could not be judged and the policy forbids that
  3  done, but some input could not be read (only with --strict)
  4  nothing readable
  130  interrupted; nothing half-written is left";

/// Explains, offline, why a virtual machine's storage traffic went through the coordinator of a Cluster Shared
/// Volume.
///
/// It reads what was collected from a Windows failover cluster (cluster logs, event logs, state snapshots; as
/// folders, files or archives (zip, cab, 7z, tar, gz), nested too) and says who owned which volume when, in which I/O mode each
/// node was and why, where each VM ran, whether that is a fault or by design, and what would change it.
#[derive(Debug, Parser)]
#[command(name = "throughline", version, after_long_help = format!("{EXIT_CODES}\n\n{}", config::HELP), arg_required_else_help = true)]
#[command(propagate_version = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    voice: VoiceArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    Analyze(analyze::Args),
    Browse(browse::Args),
    Timeline(timeline::Args),
    Explain(explain::Args),
    WhatIf(what_if::Args),
    Check(check::Args),
    Diff(diff::Args),
    Records(records::Args),
    Schema(schema::Args),
    Rules(rules::Args),
    Collect(collect::Args),
    Simulate(simulate::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// How a command ended, where it ended well.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// Everything was done.
    Fine,
    /// `--fail-on` was met, or a policy is violated.
    Violated,
    /// A policy could not be judged and forbids that.
    Undecided,
    /// `--strict`, and something could not be read.
    Incomplete,
}

/// Runs one command line.
pub(crate) fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let definitions = match config::applied(Cli::command()) {
        Ok(definitions) => definitions,
        Err(failure) => return failed(failure),
    };
    let parsed = definitions.try_get_matches_from(arguments);
    let cli = match parsed.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => {
            // Help that was asked for is a result; a mistake is not. A closed pipe is no error for either.
            let _ = error.print();
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return ExitCode::from(if asked { 0 } else { 2 });
        }
    };
    cli.voice.settle();
    if let Err(failure) = memory::check() {
        return failed(failure);
    }
    if !matches!(cli.command, Command::Browse(_)) {
        // That one looks after signals itself: it has a terminal to put back.
        interrupt::watch();
    }
    let done = match cli.command {
        Command::Analyze(args) => analyze::run(&args),
        Command::Browse(args) => browse::run(&args),
        Command::Timeline(args) => timeline::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::WhatIf(args) => what_if::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Records(args) => records::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Rules(args) => rules::run(&args),
        Command::Collect(args) => collect::run(&args),
        Command::Simulate(args) => simulate::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    };
    match done {
        Ok(Done::Fine) => ExitCode::SUCCESS,
        Ok(Done::Violated) => ExitCode::from(1),
        Ok(Done::Undecided) => ExitCode::from(2),
        Ok(Done::Incomplete) => ExitCode::from(3),
        Err(failure) => failed(failure),
    }
}

fn failed(failure: Failure) -> ExitCode {
    let code = failure.code();
    voice::error(&failure.message());
    ExitCode::from(code)
}
