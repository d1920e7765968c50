//! The fixed part of a line in its raw bytes, for whoever looks at all lines of a log.

use super::line::nanos;
use crate::fact::Stamp;

/// Length of `pppppppp.tttttttt::`.
pub(super) const IDS: usize = 19;

/// Length of the time behind it.
pub(super) const TIME: usize = 23;

/// Nanoseconds in a millisecond.
const MILLISECOND: i64 = 1_000_000;

/// Ids of process and thread, in full.
#[inline]
pub(super) fn begins(text: &[u8]) -> bool {
    let Some(ids) = text.first_chunk::<IDS>() else { return false };
    // Without a branch a byte: this is asked of every line.
    let mut digits = 1;
    for byte in &ids[..8] {
        digits &= HEX[usize::from(*byte)];
    }
    for byte in &ids[9..17] {
        digits &= HEX[usize::from(*byte)];
    }
    (digits == 1) & (ids[8] == b'.') & (ids[17] == b':') & (ids[18] == b':')
}

/// 1 for each hexadecimal digit.
static HEX: [u8; 256] = {
    let mut table = [0; 256];
    let digits = b"0123456789abcdefABCDEF";
    let mut at = 0;
    while at < digits.len() {
        table[digits[at] as usize] = 1;
        at += 1;
    }
    table
};

#[inline]
pub(super) fn spaces(mut text: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] = text {
        text = rest;
    }
    text
}

/// Times out of their digits; the calendar is asked once a minute of the log.
#[derive(Default)]
pub(super) struct Clock {
    minute: [u8; 17],
    base: Option<i64>,
}

impl Clock {
    /// Nanoseconds since 1970 in the file's reckoning; `None` where that needs a careful look.
    #[inline]
    pub(super) fn at(&mut self, time: &[u8; TIME]) -> Option<i64> {
        self.split(time).map(|(minute, inside)| minute + inside)
    }

    /// The same, as the start of the minute and what is inside it.
    #[inline]
    pub(super) fn split(&mut self, time: &[u8; TIME]) -> Option<(i64, i64)> {
        let (minute, rest) = time.split_first_chunk::<17>()?;
        let [a, b, b'.', c, d, e] = rest else { return None };
        if self.minute != *minute {
            self.minute = *minute;
            let whole = [&minute[..], b"00.000"].concat();
            self.base = nanos(&whole).filter(|base| matches!(Stamp::file(*base), Stamp::File(_)));
        }
        let base = self.base?;
        let digit = |byte: &u8| u32::from(byte.wrapping_sub(b'0'));
        let (a, b, c, d, e) = (digit(a), digit(b), digit(c), digit(d), digit(e));
        let fits = (a < 6) & (b < 10) & (c < 10) & (d < 10) & (e < 10);
        let thousandths = (a * 10 + b) * 1000 + c * 100 + d * 10 + e;
        let inside = i64::from(thousandths) * MILLISECOND;
        // The last minutes of the plausible window are for the careful reading too.
        (fits && Stamp::file(base + inside) == Stamp::File(base + inside)).then_some((base, inside))
    }
}
