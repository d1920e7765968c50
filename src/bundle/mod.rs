//! What was handed in: folders, files and archives as one fixed list of inputs, bytes on demand.

use std::io::{self, Read};
use std::path::PathBuf;

use crate::fact::{InputId, Name};
use crate::ledger::Tally;

/// One member of a bundle. Its id is its position in the order of paths.
#[derive(Clone, Debug)]
pub struct Input {
    /// Which.
    pub id: InputId,
    /// Path within the bundle: `/` between folders, `!/` between an archive and its member.
    pub path: String,
    /// Size, decompressed, as the folder or archive says.
    pub bytes: u64,
    /// The node that `--node-of` gives it.
    pub node_override: Option<Name>,
    /// The node that path and name suggest; weaker than content.
    pub node_hint: Option<Name>,
}

/// How to open a bundle.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `--node-of PATTERN=NODE`, in order; the first match wins.
    pub node_of: Vec<(String, String)>,
}

/// All inputs, in the order of their paths.
#[derive(Debug, Default)]
pub struct Bundle {
    /// The inputs.
    pub inputs: Vec<Input>,
    /// Accounts of what could not be opened at all, by path: unreadable, a directory loop, a damaged archive.
    pub refused: Vec<(String, Tally)>,
}

impl Bundle {
    /// Opens everything that can be opened. Never fails; see [`Bundle::refused`].
    #[must_use]
    pub fn open(_paths: &[PathBuf], _options: &Options) -> Self {
        Self::default()
    }

    /// A fresh stream over an input's decompressed bytes.
    ///
    /// # Errors
    /// The file or archive member cannot be read any more.
    pub fn stream(&self, _input: &Input) -> io::Result<Box<dyn Read + Send + '_>> {
        Err(io::Error::new(io::ErrorKind::NotFound, "no such input"))
    }

    /// All bytes of an input at once, at most `limit`.
    ///
    /// # Errors
    /// As [`Bundle::stream`]; also when the input is larger than `limit`.
    pub fn bytes(&self, input: &Input, limit: u64) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        self.stream(input)?.take(limit.saturating_add(1)).read_to_end(&mut out)?;
        if out.len() as u64 > limit {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {limit} bytes")));
        }
        Ok(out)
    }
}
