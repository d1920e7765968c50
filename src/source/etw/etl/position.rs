//! A position among the records of one buffer.
//!
//! Gives record after record and accounts for the rest of the buffer where it cannot go on.

use super::buffer::BUFFER_HEADER;
use super::record::{Found, Located, locate};
use super::tally::Damage;

/// The next record's place, and the time of the one before it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Position {
    /// Offset in the buffer.
    pub(super) at: usize,
    /// For a record that has no time of its own.
    pub(super) ticks: Option<u64>,
}

/// A record and where it lies in its buffer.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) at: usize,
    pub(super) located: Located,
    /// Its ticks, or those of its predecessor.
    pub(super) ticks: Option<u64>,
}

impl Position {
    /// Before the first record.
    pub(super) fn first() -> Position {
        Position { at: BUFFER_HEADER, ticks: None }
    }

    /// The next record of `bytes`, which hold the buffer from offset `from`. `Ok(None)` at its end; an error where
    /// something else lies. Only a record moves the position.
    #[inline]
    pub(super) fn step(&mut self, bytes: &[u8], from: usize) -> Result<Option<Step>, Damage> {
        let at = self.at;
        match locate(bytes, at - from) {
            Found::Record(located) => {
                self.at = at + (located.size as usize).next_multiple_of(8);
                self.ticks = located.ticks.or(self.ticks);
                Ok(Some(Step { at, located, ticks: self.ticks }))
            }
            Found::End => Ok(None),
            Found::BadMarker => Err(Damage::RecordMarker),
            Found::BadSize => Err(Damage::RecordSize),
        }
    }
}
