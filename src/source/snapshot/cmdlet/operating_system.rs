//! `Win32_OperatingSystem`: a node's Windows, its offset from UTC, and the moment of the dump by its clock.
//!
//! `CurrentTimeZone` is minutes ahead of UTC, daylight saving included; Windows' bias is its negative.
//! `LocalDateTime` is taken only where it carries its offset: text in a console's own date format is not guessed.

use super::super::time;
use super::{Cmdlet, Said, Scope, own_node};
use crate::fact::{Claim, ClockClaim, NodeClaim, NodeRef, Stamp};
use crate::source::snapshot::object::Object;

pub(super) const CMDLET: Cmdlet = Cmdlet {
    name: "Win32_OperatingSystem",
    types: &[("", "Win32_OperatingSystem")],
    fits: |object| {
        object.has("BuildNumber")
            && ["Caption", "CSName", "OSArchitecture"].iter().any(|name| object.has(name))
            || object.has_all(&["CurrentTimeZone", "LocalDateTime"])
    },
    file: "operatingsystem",
    decisive: &["CSName", "PSComputerName", "Caption", "BuildNumber", "CurrentTimeZone", "LocalDateTime"],
    scope: Scope::Node,
    says,
};

fn says(object: &Object, said: &mut Said) {
    said.own = own_node(object, &["CSName", "PSComputerName", "__SERVER"]);
    let node = NodeRef { name: said.own.clone(), number: None };
    if let Some(build) = object.number("BuildNumber").and_then(|build| u32::try_from(build).ok()) {
        said.claim(Claim::Node(node.clone(), NodeClaim::OsBuild(build)));
    }
    if let Some(caption) = object.text("Caption") {
        said.claim(Claim::Node(node, NodeClaim::OsName(caption.to_owned())));
    }
    if let Some(ahead) = object.number("CurrentTimeZone").filter(|ahead| (-14 * 60..=14 * 60).contains(ahead))
    {
        said.claim(Claim::Clock(ClockClaim::Bias { minutes: -(ahead as i32) }));
    }
    if let Some(nanos) = object.text("LocalDateTime").and_then(time::utc) {
        let stamp = Stamp::utc(nanos);
        if stamp != Stamp::Missing {
            said.claims.push((stamp, Claim::Clock(ClockClaim::SnapshotTaken)));
        }
    }
}
