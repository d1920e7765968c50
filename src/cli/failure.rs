//! Why a command could not do its work, and the exit code for it.

use std::io;

use super::voice::{Message, Place};

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The arguments make no sense together or with this bundle; says what was expected.
    Usage(String),
    /// A file that a person wrote (a policy, defaults) is wrong; says where, and what was expected.
    Written(Box<Message>),
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

    /// A mistake in the text of a file.
    pub(crate) fn written(title: impl Into<String>, place: Place, help: Option<String>) -> Self {
        Self::Written(Box::new(Message { title: title.into(), place: Some(place), help }))
    }

    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Written(_) | Self::Output(_) => 2,
            Self::Nothing(_) => 4,
        }
    }

    pub(crate) fn message(self) -> Message {
        match self {
            Self::Usage(text) | Self::Output(text) | Self::Nothing(text) => Message::of(text),
            Self::Written(message) => *message,
        }
    }
}
