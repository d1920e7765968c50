//! The providers that are installed on this machine.
//!
//! Answers, on Windows, how they describe the events of a trace file. Refuses elsewhere, in words that say what to do
//! instead.

#[cfg(any(windows, test))]
mod capture;
#[cfg(windows)]
mod windows;

use std::fmt;
use std::path::Path;

use super::etl::{ByteSource, EtlFile};
use super::schema::Schemas;

/// Why the providers of this machine could not be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemError(String);

impl fmt::Display for SystemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SystemError {}

/// Can the providers of this machine be asked?
///
/// # Errors
/// This is not Windows.
pub fn available() -> Result<(), SystemError> {
    if cfg!(windows) { Ok(()) } else { Err(SystemError(ELSEWHERE.to_owned())) }
}

/// What to do where there is no Windows.
const ELSEWHERE: &str = "--decoder system asks the providers of this machine, which only Windows has. On the machine that \
    wrote the trace run `throughline schema harvest FILE --decoder system -o events.man`, and give events.man here with \
    --schema";

/// Adds to `schemas` how this machine's providers describe the events of the trace at `path`, which `trace` has open.
/// Kept are descriptions that use up the payload of every event they are for.
///
/// # Errors
/// Not on Windows, or Windows cannot open the file.
#[cfg(windows)]
pub fn harvest<S: ByteSource>(
    path: &Path,
    trace: &mut EtlFile<S>,
    schemas: &mut Schemas,
) -> Result<(), SystemError> {
    windows::harvest(path, trace, schemas)
}

/// Adds to `schemas` how this machine's providers describe the events of the trace at `path`, which `trace` has open.
///
/// # Errors
/// Always, for this is not Windows.
#[cfg(not(windows))]
pub fn harvest<S: ByteSource>(
    _path: &Path,
    _trace: &mut EtlFile<S>,
    _schemas: &mut Schemas,
) -> Result<(), SystemError> {
    available()
}
