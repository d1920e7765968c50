//! The stories. One file each; [`SCENARIOS`] lists them.

mod causes;
mod csvfs_trace;
mod mixed;
mod refs_two_node;
mod s2d_by_design;
mod san_path_loss;

use std::ops::RangeInclusive;

use super::world::World;
use super::{File, Plan, TraceForm};

/// A story with its cluster and what is collected at its end.
pub struct Scenario {
    /// `kebab-case`, equal to the file name with `_` for `-`.
    pub name: &'static str,
    /// One line.
    pub description: &'static str,
    /// How many nodes the story can have.
    pub nodes: RangeInclusive<usize>,
    /// Nodes, when nobody says; 0: drawn from the seed.
    pub default_nodes: usize,
    /// Hours, when nobody says; 0: drawn from the seed.
    pub default_hours: u32,
    /// Fewer hours do not hold the story.
    pub least_hours: u32,
    /// What happens, told for the reader of a sample.
    story: &'static str,
    /// What is missing from the bundle on purpose.
    left_out: &'static str,
    pub(super) play: fn(&Plan) -> World,
    pub(super) collect: fn(&World, &mut dyn FnMut(File)),
}

/// Scenarios whose bundle of seed 1 is kept in the repository as a sample.
pub const SCENARIOS: &[Scenario] =
    &[refs_two_node::SCENARIO, san_path_loss::SCENARIO, s2d_by_design::SCENARIO, csvfs_trace::SCENARIO];

/// Scenarios that are played from a [`Spec`](super::Spec): no sample of theirs is kept. One a cause.
pub const CAUSES: &[Scenario] = causes::SCENARIOS;

/// The scenario in which everything is drawn from the seed.
pub const MIXED: Scenario = mixed::SCENARIO;

impl Scenario {
    /// The text of `ORIGIN.md`.
    pub(super) fn origin(&self, plan: &Plan) -> String {
        let Self { name, description, story, left_out, .. } = self;
        let Plan { seed, nodes, hours, tracing } = plan;
        let option = |name: &str, value: i64| match value {
            0 => String::new(),
            value => format!(" --{name} {value}"),
        };
        let size = option("nodes", *nodes as i64) + &option("hours", i64::from(*hours));
        let rate = tracing.rate.map_or_else(String::new, |rate| format!(" --rate {rate}"));
        let form = match tracing.form {
            TraceForm::Etl => String::new(),
            form => format!(" --traces {}", form.word()),
        };
        let size = size + &rate + &option("lost", i64::from(tracing.lost)) + &form;
        format!(
            "# {name}\n\n{description}.\n\n\
             **Simulated.** No line of this bundle comes from a real cluster; names, addresses and ids are \
             invented. It is made by\n\n\
             ```\nthroughline simulate --scenario {name} --seed {seed}{size} --out DIR\n```\n\n\
             and the same command gives the same bytes. The writers follow the published formats and know \
             nothing of the readers.\n\n\
             ## What happens\n\n{}\n\n\
             The exact truth (owners, modes, states, placements, routes, expected verdicts, clock offsets) \
             is in `truth.json`, in the words of the JSON report, by true time. While a disk moves it has no \
             owner (`node` null). The file is for tests: no collector writes it.\n\n\
             ## What is left out on purpose\n\n{}\n",
            story.trim(),
            left_out.trim()
        )
    }
}

/// A node's name: a stem and a number or letter.
fn names(stem: &str, count: usize, letters: bool) -> Vec<String> {
    let name = |at: usize| match letters {
        true => format!("{stem}{}", (b'A' + at as u8) as char),
        false => format!("{stem}{}", at + 1),
    };
    (0..count).map(name).collect()
}

#[cfg(test)]
mod tests {
    use evtx::{EvtxParser, ParserSettings};

    use super::SCENARIOS;
    use crate::fact::VolumeState;
    use crate::simulate::{File, Plan, Tracing, generate, scenario, scenarios};

    #[test]
    fn names_are_unique_and_kebab_case() {
        let mut names: Vec<&str> = scenarios().map(|s| s.name).collect();
        assert!(names.iter().all(|n| n.bytes().all(|b| b == b'-' || b.is_ascii_alphanumeric())));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), scenarios().count());
    }

    /// Every scenario, at several sizes: the same twice, another seed differs, no two files of one path.
    #[test]
    fn generated_by_the_seed_alone() {
        for scenario in SCENARIOS {
            for (nodes, hours) in [(None, None), (Some(*scenario.nodes.end()), Some(scenario.least_hours))] {
                let one = generate(scenario, 7, nodes, hours);
                assert_eq!(one, generate(scenario, 7, nodes, hours), "{}", scenario.name);
                assert_ne!(one, generate(scenario, 8, nodes, hours), "{}", scenario.name);
                let mut paths: Vec<&String> = one.iter().map(|f: &File| &f.path).collect();
                paths.dedup();
                assert_eq!(paths.len(), one.len(), "{}", scenario.name);
            }
        }
    }

    /// Over many seeds: the cluster is at rest at the end, no route of the truth is unknown, times in the
    /// truth are in order, and a foreign reader accepts every event log with all its checksums.
    #[test]
    fn worlds_are_whole() {
        for scenario in SCENARIOS {
            for seed in 0..12 {
                let (nodes, hours) = (scenario.default_nodes, scenario.default_hours);
                let plan = Plan { seed, nodes, hours, tracing: Tracing::default() };
                let world = (scenario.play)(&plan);
                for volume in &world.cluster.volumes {
                    assert!(volume.coordinator.is_some() && !volume.busy, "{} {seed}", scenario.name);
                    assert!(volume.on.iter().all(|on| on.connected && on.state == VolumeState::Active));
                }
                for file in generate(scenario, seed, None, None) {
                    if file.path == "truth.json" {
                        let text = String::from_utf8(file.bytes).expect("UTF-8");
                        assert!(!text.contains("\"unknown\""), "{} {seed}", scenario.name);
                    } else if file.path.to_ascii_lowercase().ends_with(".evtx") {
                        let settings = ParserSettings::new().validate_checksums(true);
                        let parser = EvtxParser::from_buffer(file.bytes).expect("a header");
                        let mut parser = parser.with_configuration(settings);
                        assert!(parser.records().all(|record| record.is_ok()), "{} {seed}", file.path);
                    }
                }
                for (node, log) in world.logs.iter().enumerate() {
                    assert!(log.is_sorted_by_key(|e| e.at), "node {node} of {} {seed}", scenario.name);
                }
            }
        }
    }

    /// The cause that a scenario is named for is in its truth, with every seed.
    #[test]
    fn causes_are_played() {
        let check = |name: &str, cause: &str| {
            for seed in 0..5 {
                let scenario = scenario(name).expect("a scenario");
                let files = generate(scenario, seed, None, None);
                let truth = files.iter().find(|f| f.path == "truth.json").expect("a truth");
                let text = String::from_utf8_lossy(&truth.bytes);
                assert!(text.contains(&format!("\"cause\": \"{cause}\"")), "{name} {seed}");
            }
        };
        check("refs-iscsi-2016", "refs");
        check("tiered-space", "tiering");
        check("s2d-ntfs", "space_attached_elsewhere");
        check("storage-replica", "storage_replica");
        check("far-site", "asymmetric_storage");
        check("lost-path", "lost_disk_path");
        check("owner-lost-storage", "owner_lost_storage");
        check("user-request-kept", "user_request");
        check("maintenance", "maintenance");
        check("backup-2008-r2", "backup_mode");
        check("backup-2019", "snapshot_pause");
        check("filter-kept", "incompatible_file_system_filter");
        check("filter-and-refs", "incompatible_file_system_filter");
        check("file-veto", "file_veto");
        check("volume-filter", "incompatible_volume_filter");
        check("bitlocker", "bitlocker_initializing");
        check("deduplication", "deduplication");
        check("shared-vhdx", "shared_vhdx");
        check("metadata-burst", "metadata_burst");
        check("drain", "placement_after_drain");
        check("rebalance", "ownership_rebalance");
        check("s2d-skew", "ownership_skew");
        check("network-fault", "network_fault");
        check("stray-address", "network_fault");
        check("rdma-signing", "signing_on_rdma");
        check("missing-binding", "missing_binding");
        check("network-role", "network_role");
        check("move-vetoed", "move_vetoed");
        check("quarantine", "quarantine");
        check("restart-bug-2018", "restart_bug_2018");
        check("owner-crash", "node_down");
    }
}
