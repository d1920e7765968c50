//! `fltmc` (`fltmc filters`) and `fltmc instances`: which minifilters a node has, and on which volumes.
//!
//! The tables as Windows prints them in English; a legacy filter has no instances and `<Legacy>` as its frame, an
//! instance without a volume name is only a sign that the filter is there. Whether a filter is safe for Cluster
//! Shared Volumes is not decided here.

use super::{Cmdlet, Scope};
use crate::fact::{Claim, FilterClaim, FilterRef};
use crate::source::snapshot::object::Object;

pub(super) const FILTERS: Cmdlet = Cmdlet {
    name: "fltmc filters",
    types: &[],
    fits: |object| object.has_all(&["Filter Name", "Altitude", "Frame"]),
    file: "fltmc",
    decisive: &["Filter Name", "Num Instances", "Altitude", "Frame"],
    scope: Scope::Node,
    says: |object, said| {
        let Some(filter) = object.text("Filter Name").map(FilterRef::new) else { return };
        let instances = object.number("Num Instances").and_then(|number| u32::try_from(number).ok());
        said.claim(Claim::Filter(filter, FilterClaim::Registered { instances, altitude: altitude(object) }));
    },
};

pub(super) const INSTANCES: Cmdlet = Cmdlet {
    name: "fltmc instances",
    types: &[],
    fits: |object| object.has_all(&["Filter", "Altitude", "Instance Name"]),
    file: "fltmc-instances",
    decisive: &["Filter", "Volume Name", "Altitude", "Instance Name", "Frame"],
    scope: Scope::Node,
    says: |object, said| {
        let Some(filter) = object.text("Filter").map(FilterRef::new) else { return };
        let altitude = altitude(object);
        let claim = match object.text("Volume Name") {
            Some(volume) => FilterClaim::Attached { volume: volume.to_owned(), altitude },
            None => FilterClaim::Registered { instances: None, altitude },
        };
        said.claim(Claim::Filter(filter, claim));
    },
};

/// The altitude as printed; a cell that holds anything else comes from a row pushed out of its columns.
fn altitude(object: &Object) -> Option<String> {
    let text = object.text("Altitude")?;
    text.bytes().all(|b| b.is_ascii_digit() || b == b'.').then(|| text.to_owned())
}
