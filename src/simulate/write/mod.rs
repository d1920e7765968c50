//! Writers: what a node left, in the formats in which it is collected. One file a format.

mod binxml;
pub(super) mod evtx;
