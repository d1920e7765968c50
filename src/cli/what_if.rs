//! `throughline what-if`: the routes under a change.

use std::collections::BTreeSet;

use throughline::case::Case;
use throughline::fact::{FileSystem, Name};
use throughline::report::explain::{self, Subject};
use throughline::report::what_if::{json, owners_json, owners_text, text};
use throughline::what_if::{Change, best_owners, what_if};

use super::args::{ClockArgs, InputArgs};
use super::output::{ColourArgs, OutputArgs};
use super::session::Session;
use super::{Done, Failure};

const EXAMPLES: &str = "\
Examples:
  throughline what-if bundle.zip --move SQL01=N2
  throughline what-if bundle.zip --owner Volume1=N1 --owner Volume2=N2
  throughline what-if bundle.zip --file-system Volume1=ntfs --remove-filter all
  throughline what-if bundle.zip --repair-path N3
  throughline what-if bundle.zip --best-owners";

/// Recompute the routes under a change: VM-hours and bytes through coordinators before and after
///
/// Several changes hold together. The rest of history stays: who ran where, which pauses there were, how much each disk
/// moved. What does not follow from the evidence is counted as unknown.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
#[command(group(clap::ArgGroup::new("change").required(true).multiple(true)))]
pub(crate) struct Args {
    #[command(flatten)]
    input: InputArgs,
    /// The VM runs on this node
    #[arg(long = "move", value_name = "VM=NODE", group = "change", value_parser = pair)]
    moves: Vec<(String, String)>,
    /// The volume is owned by this node
    #[arg(long = "owner", value_name = "VOLUME=NODE", group = "change", value_parser = pair)]
    owners: Vec<(String, String)>,
    /// The volume is formatted with this file system
    #[arg(long = "file-system", value_name = "VOLUME=ntfs|refs", group = "change", value_parser = file_system)]
    file_systems: Vec<(String, FileSystem)>,
    /// No incompatible filter driver is attached to the volume, or to `all`
    #[arg(long = "remove-filter", value_name = "VOLUME", group = "change")]
    filters: Vec<String>,
    /// The node's paths to its disks are whole
    #[arg(long = "repair-path", value_name = "NODE", group = "change")]
    paths: Vec<String>,
    /// There is one more node
    #[arg(long = "add-node", value_name = "NAME", group = "change")]
    nodes: Vec<String>,
    /// Propose the owner of each volume that sends the least through coordinators
    #[arg(long, group = "change",
        conflicts_with_all = ["moves", "owners", "file_systems", "filters", "paths", "nodes"])]
    best_owners: bool,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    clock: ClockArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    colour: ColourArgs,
}

#[derive(Copy, Clone, Debug, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.rsplit_once('=') {
        Some((what, to)) if !what.trim().is_empty() && !to.trim().is_empty() => {
            Ok((what.trim().to_owned(), to.trim().to_owned()))
        }
        _ => Err("expected NAME=NODE".to_owned()),
    }
}

fn file_system(text: &str) -> Result<(String, FileSystem), String> {
    let (volume, to) = pair(text).map_err(|_| "expected VOLUME=ntfs or VOLUME=refs".to_owned())?;
    match FileSystem::parse(&to) {
        Some(to @ (FileSystem::Ntfs | FileSystem::Refs)) => Ok((volume, to)),
        _ => Err(format!("expected ntfs or refs, not `{to}`")),
    }
}

impl Args {
    fn changes(&self, case: &Case) -> Result<Vec<Change>, Failure> {
        let volume = |name: &str| match explain::volume(case, name).map_err(Failure::Usage)? {
            Subject::Volume(at) | Subject::Vm(at) => Ok::<_, Failure>(at),
        };
        let vm = |name: &str| match explain::vm(case, name).map_err(Failure::Usage)? {
            Subject::Vm(at) | Subject::Volume(at) => Ok::<_, Failure>(at),
        };
        let known = |name: &str| {
            let node = Name::node(name);
            let there: Vec<&Name> = case.nodes.iter().filter_map(|n| n.name.as_ref()).collect();
            match there.contains(&&node) {
                true => Ok(node),
                false => {
                    let names: Vec<&str> = there.iter().map(|n| n.as_str()).collect();
                    Err(Failure::Usage(format!(
                        "no node is called `{name}`; there are: {}",
                        names.join(", ")
                    )))
                }
            }
        };
        let mut out = Vec::new();
        let (mut moved, mut owned, mut formatted) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let once = |new: bool, what: &str| match new {
            true => Ok(()),
            false => Err(Failure::Usage(format!(
                "two changes of one kind for `{what}`: only one of them can hold"
            ))),
        };
        for (who, node) in &self.moves {
            let vm = vm(who)?;
            once(moved.insert(vm), who)?;
            out.push(Change::Move { vm, node: known(node)? });
        }
        for (what, node) in &self.owners {
            let volume = volume(what)?;
            once(owned.insert(volume), what)?;
            out.push(Change::Owner { volume, node: known(node)? });
        }
        for (what, to) in &self.file_systems {
            let volume = volume(what)?;
            once(formatted.insert(volume), what)?;
            out.push(Change::FileSystem { volume, to: to.clone() });
        }
        for what in &self.filters {
            let all = what.eq_ignore_ascii_case("all");
            out.push(Change::RemoveFilter { volume: if all { None } else { Some(volume(what)?) } });
        }
        for node in &self.paths {
            out.push(Change::RepairPath { volume: None, node: known(node)? });
        }
        for name in &self.nodes {
            let node = Name::node(name.trim());
            let twice =
                out.iter().any(|change| matches!(change, Change::AddNode { node: other } if *other == node));
            if node.is_empty() || twice || known(name).is_ok() {
                return Err(Failure::Usage(format!(
                    "`{name}` is no name of one more node: it is empty or there already"
                )));
            }
            out.push(Change::AddNode { node });
        }
        Ok(out)
    }
}

pub(crate) fn run(args: &Args) -> Result<Done, Failure> {
    args.output.apart_from(&args.input.inputs)?;
    let session = Session::open(&args.input, &args.clock)?;
    let case = &session.analysis().case;
    let style = args.colour.style(&args.output).in_zone(args.clock.tz);
    let text = if args.best_owners {
        let best = best_owners(case);
        match args.format {
            Format::Text => owners_text(case, &best, style),
            Format::Json => format!("{:#}\n", owners_json(case, &best)),
        }
    } else {
        let changes = args.changes(case)?;
        let outcome = what_if(case, &changes);
        match args.format {
            Format::Text => text(case, &changes, &outcome, style),
            Format::Json => format!("{:#}\n", json(case, &changes, &outcome)),
        }
    };
    args.output.write(text.as_bytes())?;
    Ok(session.done())
}
