//! Why a command could not do its work, and the exit code for it.

use std::io;

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The arguments make no sense together or with this bundle; says what was expected.
    Usage(String),
    /// The output could not be written.
    Output(String),
    /// No input gave anything; says what was looked at.
    Nothing(String),
}

impl Failure {
    /// The output at `place` could not be written.
    pub(crate) fn output(place: &str, error: &io::Error) -> Self {
        Self::Output(format!("cannot write {place}: {error}"))
    }

    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Output(_) => 2,
            Self::Nothing(_) => 4,
        }
    }

    pub(crate) fn message(&self) -> String {
        let (Self::Usage(text) | Self::Output(text) | Self::Nothing(text)) = self;
        format!("error: {text}")
    }
}
