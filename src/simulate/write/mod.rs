//! Writers: what a node left, in the formats in which it is collected. One file a format.

mod binxml;
pub(super) mod clixml;
pub(super) mod cluster_log;
pub(super) mod cmdlet;
pub(super) mod counters;
pub(super) mod etl;
pub(super) mod evtx;
pub(super) mod fltmc;
pub(super) mod mpclaim;
mod state_tables;
pub(super) mod text;
mod tracerpt;
pub(super) mod tracerpt_csv;
pub(super) mod tracerpt_xml;
pub(super) mod truth;
mod truth_bytes;

/// A section of a cluster.log; a blank line ends it.
fn wrap(title: &str, body: &str) -> String {
    format!("[=== {title} ===]\n{body}\n")
}
