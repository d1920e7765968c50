//! Ctrl-C, and a request to end: what is half-written goes away, and the exit code is 130, as shells have it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Exit code of a program that was interrupted: 128 and the number of SIGINT.
const INTERRUPTED: i32 = 130;

/// Files and folders that are being written.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn unfinished() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Watches from now on. Where that cannot be had, an interruption may leave a `.partial` file behind.
pub(crate) fn watch() {
    let _ = ctrlc::set_handler(|| {
        // Held to the end: nobody begins another file meanwhile.
        let unfinished = unfinished();
        for path in unfinished.iter() {
            let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
        end();
    });
}

#[allow(clippy::exit)] // The thread that works knows nothing of signals.
fn end() {
    std::process::exit(INTERRUPTED);
}

/// Something that is being written, under a name that is not its last.
#[derive(Debug)]
pub(crate) struct Unfinished(PathBuf);

impl Unfinished {
    pub(crate) fn new(path: &Path) -> Self {
        // An interruption may come from another folder's point of view.
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        unfinished().insert(path.clone());
        Self(path)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        unfinished().remove(&self.0);
    }
}
