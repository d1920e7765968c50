//! Explains, offline, why a virtual machine's storage traffic went through the coordinator of a Cluster
//! Shared Volume: who owned the volume when, in which I/O mode each node was and why, where each VM ran.
//!
//! ```text
//! bundle -> source/<format> -> fact -> clock -> timeline -> route -> case -> rule -> report
//!                          \______________________ ledger ______________________/
//! ```

pub mod fact;

pub mod ledger;

pub mod bundle;

pub mod source;

pub mod clock;

pub mod timeline;

pub mod route;

pub mod case;

pub mod assemble;

pub mod words;

pub mod detour;

pub mod finding;

pub mod cause;

pub mod rule;

pub mod report;

pub mod analysis;

pub mod advice;

pub mod what_if;

pub mod compare;

pub mod collect;

pub mod simulate;

#[cfg(test)]
mod fixture;
