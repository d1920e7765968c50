//! `[CORE]`: membership views. A view's id is the same on all nodes, so it also ties their clocks together.

use super::{Form, between, view};
use crate::fact::{Claim, NodeClaim, NodeRef};

pub(super) const FORMS: &[Form] = &[
    Form {
        name: "proposed_view",
        tag: "CORE",
        needle: "Proposed View is <ViewChanged ",
        sample: "INFO  [CORE] Node 1: Proposed View is <ViewChanged joiners=(2) downers=() newView=1101(1 2) oldView=902(1) \
                 joiner=false form=false/>",
        expect: || view("1101(1 2)", "proposed").into_iter().collect(),
        scan: |line| Some(vec![view(between(line.text, " newView=", " oldView=")?, "proposed")?]),
    },
    Form {
        name: "new_view",
        tag: "CORE",
        needle: "New View is <ViewChanged ",
        sample: "INFO  [CORE] Node 1: New View is <ViewChanged joiners=() downers=(2) newView=1301(1) oldView=1101(1 2) \
                 joiner=false form=false/> (Start Dispatch)",
        expect: || view("1301(1)", "current").into_iter().collect(),
        scan: |line| Some(vec![view(between(line.text, " newView=", " oldView=")?, "current")?]),
    },
    Form {
        name: "graceful_shutdown",
        tag: "CORE",
        needle: "Graceful shutdown reported by node ",
        sample: "INFO  [CORE] Graceful shutdown reported by node hv-08, reason ServiceStopReason::ServiceShutdown, nodeIsUp \
                 false (payload 327682)",
        expect: || vec![Claim::Node(NodeRef::named("hv-08"), NodeClaim::ServiceStopped { orderly: true })],
        scan: |line| {
            let node = between(line.text, "Graceful shutdown reported by node ", ", reason ")?;
            Some(vec![Claim::Node(NodeRef::named(node), NodeClaim::ServiceStopped { orderly: true })])
        },
    },
];
