//! What happens to a cluster. One file a happening; each plans its steps and writes what nodes log of it.

pub(super) mod access;
pub(super) mod backup;
pub(super) mod begin;
pub(super) mod chatter;
pub(super) mod clock;
pub(super) mod filter;
pub(super) mod io;
pub(super) mod migration;
pub(super) mod network;
pub(super) mod node;
pub(super) mod noise;
pub(super) mod ownership;
pub(super) mod path;
mod pause;
pub(super) mod standing;
pub(super) mod vm;
