//! Colour for terminals, and the zone in which text for people shows times. Every output is complete without either.

use chrono_tz::Tz;

/// How to show text.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Style {
    /// Write ANSI colour sequences.
    pub colour: bool,
    /// Show times in this zone, with its offset; UTC without.
    pub zone: Option<Tz>,
}

/// What a piece of text is, for its colour.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// A heading.
    Head,
    /// Broken.
    Bad,
    /// Wants attention.
    Warn,
    /// Fine.
    Good,
    /// Less important.
    Faint,
}

impl Style {
    /// No colour.
    pub const PLAIN: Self = Self { colour: false, zone: None };
    /// Colour.
    pub const COLOUR: Self = Self { colour: true, zone: None };

    /// The same, with times in a zone.
    #[must_use]
    pub fn in_zone(self, zone: Option<Tz>) -> Self {
        Self { zone, ..self }
    }

    /// `text` in a tone; unchanged without colour.
    pub(super) fn paint(self, tone: Tone, text: &str) -> String {
        if !self.colour || text.is_empty() {
            return text.to_owned();
        }
        let code = match tone {
            Tone::Head => "1",
            Tone::Bad => "1;31",
            Tone::Warn => "33",
            Tone::Good => "32",
            Tone::Faint => "2",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}
