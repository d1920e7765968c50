//! Stamps to instants.

use crate::fact::Name;

/// What the user said of clocks.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `--tz`: the IANA zone of files and nodes that do not tell theirs.
    pub zone: Option<chrono_tz::Tz>,
    /// `--skew NODE=+1.5s`: nanoseconds to add to the node's stamps.
    pub skew: Vec<(Name, i64)>,
}
