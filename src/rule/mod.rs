//! The knowledge base: one file a diagnosis. `throughline rules`, the documentation page and the report text
//! all come from the [`Rule`] values listed in [`RULES`].

mod apipa_address;
mod asymmetric_storage;
mod backup_mode;
mod bitlocker_initializing;
mod csv_network_role;
mod csv_wrong_network;
mod deduplication;
mod file_veto;
mod incompatible_file_system_filter;
mod incompatible_volume_filter;
mod lost_disk_path;
mod maintenance;
mod metadata_bursts;
mod missing_network_binding;
mod moves_vetoed;
mod node_down;
mod node_quarantine;
mod owner_lost_storage;
mod ownership;
mod placement;
mod rdma_signing;
mod refs;
mod s2d_reboot_2018;
mod shared_vhdx;
mod smb_network_fault;
mod snapshot_pause;
mod space_attached_elsewhere;
mod storage_replica;
mod support;
mod tiered_space;
mod user_request;

use crate::case::Case;
use crate::cause::{Causes, Unexplained};
use crate::finding::{Effect, Finding, NotJudged, Verdict};

/// One diagnosis: its explanation and its check.
pub struct Rule {
    /// `kebab-case`, equal to the file name with `_` for `-`.
    pub id: &'static str,
    /// One line.
    pub title: &'static str,
    /// Two sentences for a support engineer.
    pub meaning: &'static str,
    /// Windows Server versions it applies to.
    pub versions: &'static str,
    /// Verdicts it can give.
    pub verdicts: &'static [Verdict],
    /// What it can be the cause of; empty: nothing that a route shows.
    pub explains: &'static [Effect],
    /// Evidence needed.
    pub needs: &'static [&'static str],
    /// Evidence that speaks against it.
    pub against: &'static [&'static str],
    /// What to do, with exact commands.
    pub next_steps: &'static [&'static str],
    /// Published sources of the knowledge.
    pub sources: &'static [&'static str],
    /// The check.
    pub check: fn(&Case) -> Judgement,
}

/// What a rule came to. Both may be filled: found on one volume, not judged on another. Both empty: not found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// Found.
    pub findings: Vec<Finding>,
    /// Could not tell.
    pub not_judged: Vec<NotJudged>,
    /// Stretches of detours and of waiting I/O that no finding explains. Filled for all rules together.
    pub unexplained: Vec<Unexplained>,
}

/// What all rules came to: findings gravest first, then by time and rule. A rule that panics costs itself.
#[must_use]
pub fn judge(case: &Case) -> Judgement {
    let mut all = Judgement::default();
    if case.volumes.is_empty() {
        let collect = format!("{}\n{}", support::say::COLLECT_VOLUMES, support::say::COLLECT_MODES);
        let missing = "anything about a Cluster Shared Volume".to_owned();
        let gap =
            |rule: &Rule| NotJudged { rule: rule.id, missing: missing.clone(), collect: collect.clone() };
        all.not_judged = RULES.iter().map(gap).collect();
        return all;
    }
    for rule in RULES {
        match std::panic::catch_unwind(|| (rule.check)(case)) {
            Ok(mut judgement) => {
                all.findings.append(&mut judgement.findings);
                all.not_judged.append(&mut judgement.not_judged);
            }
            Err(_) => all.not_judged.push(NotJudged {
                rule: rule.id,
                missing: "this rule failed on this bundle; that is a defect of throughline".into(),
                collect: "report it with the output of: throughline timeline --format jsonl INPUT".into(),
            }),
        }
    }
    // No finding without facts: what rests on nothing is a question.
    let (kept, bare) = all.findings.into_iter().partition(|f: &Finding| !f.span.evidence.is_empty());
    all.findings = kept;
    all.not_judged.extend(bare.into_iter().map(|finding| NotJudged {
        rule: finding.rule,
        missing: format!("a statement of any source for this: {}", finding.title),
        collect: support::say::COLLECT_MODES.into(),
    }));
    let rank = |finding: &Finding| Verdict::ALL.iter().position(|v| *v == finding.verdict);
    all.findings.sort_by(|a, b| {
        (rank(a), a.span.from, a.rule, &a.subjects.volumes, &a.subjects.nodes).cmp(&(
            rank(b),
            b.span.from,
            b.rule,
            &b.subjects.volumes,
            &b.subjects.nodes,
        ))
    });
    all.unexplained = Causes::of(case, &all.findings).unexplained();
    all
}

/// Every rule, in the order of `throughline rules`.
pub const RULES: &[Rule] = &[
    refs::RULE,
    user_request::RULE,
    incompatible_file_system_filter::RULE,
    incompatible_volume_filter::RULE,
    lost_disk_path::RULE,
    asymmetric_storage::RULE,
    space_attached_elsewhere::RULE,
    tiered_space::RULE,
    storage_replica::RULE,
    bitlocker_initializing::RULE,
    maintenance::RULE,
    backup_mode::RULE,
    snapshot_pause::RULE,
    file_veto::RULE,
    shared_vhdx::RULE,
    deduplication::RULE,
    metadata_bursts::RULE,
    placement::RULE,
    ownership::RULE,
    owner_lost_storage::RULE,
    s2d_reboot_2018::RULE,
    moves_vetoed::RULE,
    smb_network_fault::RULE,
    apipa_address::RULE,
    node_down::RULE,
    node_quarantine::RULE,
    rdma_signing::RULE,
    missing_network_binding::RULE,
    csv_network_role::RULE,
    csv_wrong_network::RULE,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::RULES;

    #[test]
    fn every_rule_is_complete_and_stands_in_its_own_file() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rule");
        let mut files: BTreeSet<String> = std::fs::read_dir(&folder)
            .expect("the rules' folder")
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        assert!(files.remove("mod.rs") && files.remove("support"));
        let listed: BTreeSet<String> =
            RULES.iter().map(|r| format!("{}.rs", r.id.replace('-', "_"))).collect();
        assert_eq!(files, listed, "files and list agree, ids are unique");
        assert_eq!(listed.len(), RULES.len());
        for rule in RULES {
            let id = rule.id;
            assert!(id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{id}");
            assert!(!rule.verdicts.is_empty(), "{id}");
            let lists = [rule.needs, rule.against, rule.next_steps, rule.sources];
            assert!(lists.iter().all(|list| !list.is_empty()), "{id}");
            let texts = [rule.title, rule.meaning, rule.versions].into_iter().chain(lists.concat());
            for text in texts {
                assert!(text.trim() == text && text.len() > 10 && !text.contains("  "), "{id}: {text}");
            }
            let source = std::fs::read_to_string(folder.join(format!("{}.rs", id.replace('-', "_"))));
            let source = source.expect("the rule's file");
            for kind in ["fn found", "fn not_found", "fn could_not_tell"] {
                assert!(source.contains(kind), "{id}: no test that begins with `{kind}`");
            }
        }
    }
}
