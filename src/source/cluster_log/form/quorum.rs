//! `[QUORUM]`: votes. The death timer prints a time that is UTC whatever the file's own stamps are.

use super::{Form, between};
use crate::fact::{Claim, ClockClaim, NodeClaim, NodeRef, Stamp};
use crate::source::cluster_log::line::nanos;

pub(super) const FORMS: &[Form] = &[
    Form {
        name: "lost_quorum",
        tag: "QUORUM",
        needle: "Lost quorum (",
        sample: "ERR   [QUORUM] Node 8: Lost quorum (3 4 5)",
        expect: || vec![Claim::Node(NodeRef::REPORTER, NodeClaim::QuorumLost)],
        scan: |_| Some(vec![Claim::Node(NodeRef::REPORTER, NodeClaim::QuorumLost)]),
    },
    Form {
        name: "death_timer",
        tag: "QUORUM",
        needle: "death timer is started at ",
        sample: "WARN  [QUORUM] Node 2: death timer is started at 2021/03/04-05:06:07.089 and expires in 90 seconds",
        expect: || {
            let utc = Stamp::Utc(1_614_834_367_089_000_000);
            vec![Claim::Clock(ClockClaim::UtcWitness { utc })]
        },
        scan: |line| {
            let at = nanos(between(line.text, "death timer is started at ", " and expires")?.as_bytes())?;
            let utc = Stamp::utc(at);
            (utc != Stamp::Missing).then(|| vec![Claim::Clock(ClockClaim::UtcWitness { utc })])
        },
    },
];
