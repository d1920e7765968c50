//! Filter drivers: which are there, since when, and whether one vetoed direct I/O.

use super::Name;

/// A filter driver by name, without `.sys`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FilterRef {
    /// Driver name; empty when the source gives only an altitude.
    pub name: Name,
}

impl FilterRef {
    /// The driver's name; a `.sys` ending is removed.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let text = text.trim();
        let bare = match text.len().checked_sub(4) {
            Some(at) if text.is_char_boundary(at) && text[at..].eq_ignore_ascii_case(".sys") => &text[..at],
            _ => text,
        };
        Self { name: Name::new(bare) }
    }
}

/// What a source says of a filter driver on the reporter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilterClaim {
    /// Registered, from `fltmc` or `fltmc filters`.
    Registered {
        /// Number of instances.
        instances: Option<u32>,
        /// Altitude as printed.
        altitude: Option<String>,
    },
    /// Attached to a volume, from `fltmc instances`.
    Attached {
        /// Volume as printed: `C:`, `\Device\Mup`, `\Device\HarddiskVolume7`, `C:\ClusterStorage\Volume1`.
        volume: String,
        /// Altitude as printed.
        altitude: Option<String>,
    },
    /// FilterManager 6.
    Loaded,
    /// FilterManager 1.
    Unloaded,
    /// FilterManager 3, 4: could not attach.
    AttachFailed {
        /// Event id.
        event: u16,
    },
    /// `[DCM] filter X found at unsafe altitude Y` (2008 R2).
    UnsafeAltitude {
        /// Altitude as printed.
        altitude: String,
    },
    /// CsvFlt 9216: vetoed direct I/O for one file.
    Vetoed {
        /// Altitude as printed.
        altitude: String,
        /// File as printed.
        file: String,
        /// Reason as printed.
        reason: String,
    },
}
