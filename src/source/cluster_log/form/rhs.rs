//! `[RHS]`: a resource host. Its word on a resource is first-hand: the resource is hosted here.

use super::{Form, between};
use crate::fact::{Claim, ResourceClaim, ResourceRef, ResourceState};

pub(super) const FORMS: &[Form] = &[
    Form {
        name: "come_online",
        tag: "RHS",
        needle: " has come online.",
        sample: "INFO  [RHS] Resource web disk has come online. RHS is about to report status change to RCM",
        expect: || vec![state("web disk", None, ResourceState::Online)],
        scan: |line| {
            let resource = between(line.text, "Resource ", " has come online.")?;
            Some(vec![state(resource, None, ResourceState::Online)])
        },
    },
    Form {
        name: "come_offline",
        tag: "RHS",
        needle: " has come offline.",
        sample: "INFO  [RHS] Resource web disk has come offline. RHS is about to report resource status to RCM.",
        expect: || vec![state("web disk", None, ResourceState::Offline)],
        scan: |line| {
            let resource = between(line.text, "Resource ", " has come offline.")?;
            Some(vec![state(resource, None, ResourceState::Offline)])
        },
    },
    Form {
        name: "terminating",
        tag: "RHS",
        needle: "Terminating resource ",
        sample: "INFO  [RHS] Terminating resource web disk (state is Online).",
        expect: || {
            let to = ResourceState::GoingOffline("Terminating".into());
            vec![state("web disk", Some(ResourceState::Online), to)]
        },
        scan: |line| {
            let (resource, was) =
                line.text.strip_prefix("Terminating resource ")?.rsplit_once(" (state is ")?;
            let was = ResourceState::parse(was.trim_end_matches(['.', ')']));
            Some(vec![state(resource, Some(was), ResourceState::GoingOffline("Terminating".into()))])
        },
    },
    Form {
        name: "online_failed",
        tag: "RHS",
        needle: "Online for resource ",
        sample: "ERR   [RHS] Online for resource web disk failed.",
        expect: || vec![failed("web disk")],
        scan: |line| {
            let rest = line.text.strip_prefix("Online for resource ")?.trim_end_matches('.');
            Some(vec![failed(rest.strip_suffix(" failed")?)])
        },
    },
    Form {
        name: "is_alive_failed",
        tag: "RHS",
        needle: " IsAlive has indicated failure",
        sample: "WARN  [RHS] Resource web disk IsAlive has indicated failure.",
        expect: || vec![failed("web disk")],
        scan: |line| Some(vec![failed(between(line.text, "Resource ", " IsAlive has indicated failure")?)]),
    },
    Form {
        name: "cannot_come_online",
        tag: "RHS",
        needle: " has indicated that it cannot come online on this node",
        sample: "WARN  [RHS] Resource web disk has indicated that it cannot come online on this node.",
        expect: || vec![failed("web disk")],
        scan: |line| {
            Some(vec![failed(between(line.text, "Resource ", " has indicated that it cannot come online")?)])
        },
    },
    Form {
        name: "call_timed_out",
        tag: "RHS",
        needle: "DeadlockMonitor: Call ",
        sample: "ERR   [RHS] RhsCall::DeadlockMonitor: Call LOOKSALIVE timed out by 16 milliseconds for resource 'web disk'.",
        expect: || vec![failed("web disk")],
        scan: |line| {
            let (_, rest) = line.text.split_once(" timed out by ")?;
            let (_, resource) = rest.split_once("for resource '")?;
            Some(vec![failed(resource.rsplit_once('\'')?.0)])
        },
    },
];

fn state(resource: &str, from: Option<ResourceState>, to: ResourceState) -> Claim {
    Claim::Resource(ResourceRef::named(resource), ResourceClaim::State { from, to, here: true })
}

fn failed(resource: &str) -> Claim {
    Claim::Resource(ResourceRef::named(resource), ResourceClaim::Failed { event: 0, status: None })
}
