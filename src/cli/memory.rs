//! Whether the system lets the program have the memory that it needs at least. It is asked beforehand, for an allocation that fails
//! later ends a Rust program at once.

use super::Failure;

/// Bytes of address space for the program, its threads and a small bundle: a debug build of a sample takes 72 MB.
#[cfg(unix)]
const LEAST: u64 = 96 << 20;

/// Fails where a limit (`ulimit -v`) leaves too little.
#[cfg(unix)]
pub(crate) fn check() -> Result<(), Failure> {
    let limit = rustix::process::getrlimit(rustix::process::Resource::As).current;
    match limit.filter(|bytes| *bytes < LEAST) {
        None => Ok(()),
        Some(bytes) => Err(Failure::Usage(format!(
            "too little memory: {} MB of address space are allowed (`ulimit -v`), {} MB are needed at least",
            bytes >> 20,
            LEAST >> 20
        ))),
    }
}

/// Windows has no such limit.
#[cfg(not(unix))]
pub(crate) fn check() -> Result<(), Failure> {
    Ok(())
}
