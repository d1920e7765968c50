//! What to collect: a PowerShell script that gathers everything that is read here into one zip, and the page
//! that explains it line by line. Both are made of [`STEPS`].
//!
//! The script cannot be run without a cluster, so it awaits its first run; the page says so. It is held to the
//! syntax of Windows PowerShell 4 (Windows Server 2012 R2) and to reading only.

mod script;
mod step;

pub use script::{page, script};
pub use step::{Place, STEPS, Step};

#[cfg(test)]
mod tests;
