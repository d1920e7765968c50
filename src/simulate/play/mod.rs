//! What happens to a cluster. One file a happening; each plans its steps and writes what nodes log of it.

pub(super) mod migration;
pub(super) mod noise;
pub(super) mod ownership;
pub(super) mod path;
mod pause;
