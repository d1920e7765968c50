//! What would have been, beside what was: `throughline what-if`, as text and as JSON.

use serde_json::{Value, json};

use super::page::Page;
use super::style::{Style, Tone};
use crate::case::Case;
use crate::what_if::{Basis, BestOwners, Change, Outcome, Share, Side};
use crate::words;

/// The schema's name.
const SCHEMA: &str = "throughline/what-if/1";

/// One change in words.
fn said(case: &Case, change: &Change) -> String {
    let volume = |at: &usize| case.volumes[*at].label();
    let where_to = |at: &Option<usize>| at.as_ref().map_or("all volumes".into(), volume);
    match change {
        Change::Move { vm, node } => format!("VM {} runs on {node}", case.vms[*vm].label()),
        Change::Owner { volume: at, node } => format!("{} is owned by {node}", volume(at)),
        Change::FileSystem { volume: at, to } => format!("{} is formatted with {}", volume(at), to.word()),
        Change::RemoveFilter { volume: at } => format!("no incompatible filter on {}", where_to(at)),
        Change::RepairPath { volume: at, node } => {
            format!("the paths of {node} are whole for {}", where_to(at))
        }
        Change::AddNode { node } => format!("there is one more node, {node}"),
    }
}

/// What goes with a change and is not seen in the figures.
fn caution(change: &Change) -> Option<&'static str> {
    match change {
        Change::Move { .. } | Change::Owner { .. } => Some(
            "It lasts until the next move of a VM or volume: placement eases the detour and does not cure it.",
        ),
        Change::FileSystem { .. } => Some(
            "A volume is not converted in place: its data moves to a new volume with the other file system.",
        ),
        Change::RemoveFilter { .. } => {
            Some("Ask the filter's vendor before unloading it: it may protect data.")
        }
        Change::RepairPath { .. } => None,
        Change::AddNode { .. } => {
            Some("A node by itself changes no route; it changes where VMs and volumes may be placed.")
        }
    }
}

/// Names the disks of each VM.
const COLLECT_DISKS: &str = "Get-VM | Get-VMHardDiskDrive | Export-Clixml -Depth 3 vm-disks.xml";
/// Names the volumes and their owners.
const COLLECT_VOLUMES: &str = "Get-ClusterSharedVolume | Export-Clixml -Depth 6 csv.xml";

/// Below a second a sum is the seam between two sources, and not told.
const SEAM: i64 = 1_000_000_000;

fn percent(share: Option<f64>) -> String {
    share.map_or("nothing".into(), |share| format!("{:.0} %", share * 100.0))
}

fn amount(side: &Side) -> String {
    let assumed = match side.assumed {
        nanos if nanos < SEAM => String::new(),
        nanos => format!(" ({} assumed)", words::hours(nanos)),
    };
    let bytes = side.bytes.map_or(String::new(), |bytes| format!(", {}", words::bytes(bytes)));
    format!("{} VM-hours{assumed}{bytes}", words::hours(side.nanos))
}

/// The comparison as text.
#[must_use]
pub fn text(case: &Case, changes: &[Change], outcome: &Outcome, style: Style) -> String {
    let mut page = Page::new(style);
    let Outcome { before, after, shares } = outcome;
    let what: Vec<String> = changes.iter().map(|change| said(case, change)).collect();
    page.heading(&format!("If {}", words::list(what, 6)));
    page.blank();
    page.hanging(2, "before  ", &format!("through coordinators: {}", amount(before)), None);
    let tone = if after.nanos < before.nanos { Tone::Good } else { Tone::Warn };
    page.hanging(2, "after   ", &format!("through coordinators: {}", amount(after)), Some(tone));
    for (side, name) in [(before, "before"), (after, "after")] {
        if side.unknown.nanos >= SEAM || side.unknown.bytes > 0 {
            let bytes = match side.unknown.bytes {
                0 => String::new(),
                bytes => format!(" and {} measured", words::bytes(bytes)),
            };
            let missing = words::list(&side.unknown.missing, 5);
            let text = format!(
                "{name}: {} VM-hours{bytes} of which the way is not known; missing: {missing}.",
                words::hours(side.unknown.nanos)
            );
            page.hanging(2, "unknown ", &text, Some(Tone::Warn));
        }
    }
    if case.routes.is_empty() {
        page.hanging(
            2,
            "unknown ",
            "no disk of a VM was traced to a volume, so there is no way of I/O that a change could alter. To have them \
             traced:",
            Some(Tone::Warn),
        );
        page.command(4, COLLECT_DISKS);
        page.command(4, COLLECT_VOLUMES);
    }
    links(&mut page, before, after);
    page.blank();
    expected(&mut page, shares);
    let mut cautions: Vec<&str> = changes.iter().filter_map(caution).collect();
    cautions.dedup();
    cautions.iter().for_each(|text| page.hanging(2, "note    ", text, None));
    page.finish()
}

fn links(page: &mut Page, before: &Side, after: &Side) {
    let mut all: Vec<_> = before.links.keys().chain(after.links.keys()).collect();
    all.sort();
    all.dedup();
    if all.is_empty() {
        return;
    }
    page.blank();
    let measured = before.bytes.is_some();
    let cell = |side: &Side, link: &crate::what_if::Link| {
        let (nanos, bytes) = side.links.get(link).copied().unwrap_or_default();
        let bytes = if measured { format!(", {}", words::bytes(bytes)) } else { String::new() };
        format!("{}{bytes}", words::hours(nanos))
    };
    let head = vec!["link".to_owned(), "VM-hours before".into(), "after".into()];
    let row = |link: &crate::what_if::Link| {
        vec![format!("{} -> {}", link.node, link.coordinator), cell(before, link), cell(after, link)]
    };
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(all.into_iter().map(row)).collect();
    page.table(2, &rows, 40);
}

fn expected(page: &mut Page, shares: &[Share; 2]) {
    let [was, would] = shares;
    let text = format!(
        "Of the time on redirected volumes {} went through a coordinator, {} after the change. VMs placed without \
         regard to owners would give {} on {}{}.",
        percent(was.measured()),
        percent(would.measured()),
        percent(was.expected()),
        words::count(was.nodes, "node"),
        match would.nodes == was.nodes {
            true => String::new(),
            false => format!(", {} on {}", percent(would.expected()), would.nodes),
        }
    );
    page.hanging(2, "share   ", &text, None);
}

/// The proposal of owners as text.
#[must_use]
pub fn owners_text(case: &Case, best: &BestOwners, style: Style) -> String {
    let mut page = Page::new(style);
    let weigh = |weight: u64| match best.basis {
        Basis::Bytes => words::bytes(weight),
        Basis::Disks => words::count(usize::try_from(weight).unwrap_or(usize::MAX), "disk"),
    };
    let basis = match best.basis {
        Basis::Bytes => "measured bytes of the disks, placed as they are at the end of the evidence",
        Basis::Disks => {
            "disks, each counted alike, for no bytes were measured; placed as at the end of the evidence"
        }
    };
    page.heading("The owner of each volume that sends the least through coordinators");
    page.paragraph(2, &format!("Weighed by {basis}."));
    if best.unmeasured > 0 {
        let text = format!(
            "{} had no measured byte and counts for nothing here: what was measured may be a part.",
            words::count(best.unmeasured, "disk")
        );
        page.paragraph(2, &text);
    }
    page.blank();
    let head = ["volume", "owner now", "best owner", "through it now", "then"].map(str::to_owned).to_vec();
    let mut rows = vec![head];
    for proposal in &best.volumes {
        let owner = proposal.owner.as_ref().map_or("not known".into(), ToString::to_string);
        let before = proposal.before.map_or("not known".into(), weigh);
        let better = proposal.owner.as_ref() != Some(&proposal.best);
        let to = if better { proposal.best.to_string() } else { "the same".into() };
        rows.push(vec![case.volumes[proposal.volume].label(), owner, to, before, weigh(proposal.after)]);
    }
    if best.volumes.is_empty() {
        page.paragraph(2, "No volume with a running VM is known.");
    } else {
        page.table(2, &rows, 32);
    }
    if best.volumes.is_empty() && best.unknown.is_empty() {
        page.paragraph(2, "So no owner can be proposed. To have VMs and their disks traced to volumes:");
        page.command(4, COLLECT_DISKS);
        page.command(4, COLLECT_VOLUMES);
        return page.finish();
    }
    for (volume, missing) in &best.unknown {
        let text = format!("{}: could not be told; missing: {missing}.", case.volumes[*volume].label());
        page.hanging(2, "unknown ", &text, Some(Tone::Warn));
    }
    page.blank();
    page.paragraph(
        2,
        "This eases the detour and does not cure it: the next move of a VM or volume undoes it, and a volume whose \
         VMs run on several nodes always sends some of them through its owner.",
    );
    for proposal in best.volumes.iter().filter(|p| p.owner.as_ref() != Some(&p.best)) {
        let story = &case.volumes[proposal.volume];
        let name = story.resource.as_ref().map_or_else(|| story.label(), ToString::to_string);
        let (name, node) = (words::powershell(name), words::powershell(&proposal.best));
        page.command(2, &format!("Move-ClusterSharedVolume -Name {name} -Node {node}"));
    }
    page.blank();
    for failure in &best.failures {
        let through = match failure.through {
            (_, 0) => "nothing".to_owned(),
            (least, most) if least == most => weigh(most),
            (0, most) => format!("up to {}", weigh(most)),
            (least, most) => format!("{} to {}", weigh(least), weigh(most)),
        };
        let moved = match (failure.volumes, failure.vms) {
            (0, 0) => "nothing moves".to_owned(),
            (volumes, vms) => {
                let moved = [words::count(volumes, "volume"), words::count(vms, "VM")];
                format!("{} move to other nodes", moved.join(" and "))
            }
        };
        let text = format!("{} fails: {moved}; through coordinators then: {through}.", failure.node);
        page.hanging(2, "if ", &text, None);
    }
    page.finish()
}

fn side(side: &Side) -> Value {
    let link = |(link, (nanos, bytes)): (&crate::what_if::Link, &(i64, u64))| {
        json!({
            "node": link.node.as_str(),
            "coordinator": link.coordinator.as_str(),
            "vm_seconds": seconds(*nanos),
            "bytes": side.bytes.map(|_| bytes),
        })
    };
    json!({
        "vm_seconds": seconds(side.nanos),
        "vm_seconds_assumed": seconds(side.assumed),
        "bytes": side.bytes,
        "links": side.links.iter().map(link).collect::<Vec<_>>(),
        "unknown": {
            "vm_seconds": seconds(side.unknown.nanos),
            "bytes": side.unknown.bytes,
            "missing": side.unknown.missing,
        },
    })
}

fn seconds(nanos: i64) -> f64 {
    nanos as f64 / 1e9
}

/// The comparison as JSON.
#[must_use]
pub fn json(case: &Case, changes: &[Change], outcome: &Outcome) -> Value {
    let share = |share: &Share| json!({ "nodes": share.nodes, "measured": share.measured(), "expected": share.expected() });
    json!({
        "schema": SCHEMA,
        "changes": changes.iter().map(|change| said(case, change)).collect::<Vec<_>>(),
        "before": side(&outcome.before),
        "after": side(&outcome.after),
        "share": { "before": share(&outcome.shares[0]), "after": share(&outcome.shares[1]) },
    })
}

/// The proposal of owners as JSON.
#[must_use]
pub fn owners_json(case: &Case, best: &BestOwners) -> Value {
    let volume = |at: usize| json!({ "id": case.volumes[at].id(), "name": case.volumes[at].label() });
    json!({
        "schema": SCHEMA,
        "best_owners": {
            "basis": match best.basis { Basis::Bytes => "bytes", Basis::Disks => "disks" },
            "unmeasured_disks": best.unmeasured,
            "volumes": best.volumes.iter().map(|p| json!({
                "volume": volume(p.volume),
                "owner": p.owner.as_ref().map(|name| name.as_str()),
                "best": p.best.as_str(),
                "before": p.before,
                "after": p.after,
            })).collect::<Vec<_>>(),
            "unknown": best.unknown.iter().map(|(at, missing)| json!({ "volume": volume(*at), "missing": missing }))
                .collect::<Vec<_>>(),
            "if_a_node_fails": best.failures.iter().map(|f| json!({
                "node": f.node.as_str(),
                "volumes": f.volumes,
                "vms": f.vms,
                "least": f.through.0,
                "most": f.through.1,
            })).collect::<Vec<_>>(),
        },
    })
}
