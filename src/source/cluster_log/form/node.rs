//! `[NODE]`: joins, and connections made and lost.

use super::{Form, between, numbered};
use crate::fact::{Claim, NodeClaim};

pub(super) const FORMS: &[Form] = &[
    Form {
        name: "join_succeeded",
        tag: "NODE",
        needle: "stage: 'Join Succeeded'",
        sample: "INFO  [NODE] Node 1: New join with n2: stage: 'Join Succeeded'",
        expect: || vec![Claim::Node(super::numbered(2), NodeClaim::Joined)],
        scan: |line| {
            let number = between(line.text, "New join with n", ": stage: 'Join Succeeded'")?.parse().ok()?;
            Some(vec![Claim::Node(numbered(number), NodeClaim::Joined)])
        },
    },
    Form {
        name: "closing_connections",
        tag: "NODE",
        needle: " node object is closing its connections",
        sample: "INFO  [NODE] Node 8: n12 node object is closing its connections",
        expect: || vec![Claim::Node(super::numbered(12), NodeClaim::Connection { up: false })],
        scan: |line| {
            let number =
                between(line.text, ": n", " node object is closing its connections")?.parse().ok()?;
            Some(vec![Claim::Node(numbered(number), NodeClaim::Connection { up: false })])
        },
    },
    Form {
        name: "connection_broken",
        tag: "NODE",
        needle: " is broken. Reason ",
        sample: "WARN  [NODE] Node 1: Connection to Node 2 is broken. Reason GracefulClose(1226)' because of 'it closed'",
        expect: || vec![Claim::Node(super::numbered(2), NodeClaim::Connection { up: false })],
        scan: |line| {
            let number = between(line.text, "Connection to Node ", " is broken. Reason ")?.parse().ok()?;
            Some(vec![Claim::Node(numbered(number), NodeClaim::Connection { up: false })])
        },
    },
];
