//! Plain LZ77 of MS-XCA ("XPRESS", compression format 3): what relogging tools compress buffers with.
//!
//! Answers: the bytes behind a compressed stream whose expanded length is known beforehand. Refuses to write more than
//! that, whatever the stream says, and to look before the first byte of the output.
//!
//! A stream is flag words of 32 bits, read from the highest; 0 is a literal byte, 1 a match: distance - 1 in the upper
//! 13 bits of a `u16`, length - 3 in the lower 3, longer lengths in half a byte, a byte, a `u16` and a `u32`. Checked
//! on 637 buffers; 24 of them end in one unused flag word, which is no error.

/// Why a stream did not fill its output.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum XpressError {
    /// The input ended; the first `written` bytes of the output are what it said.
    InputEnded {
        /// Bytes of the output that are good.
        written: usize,
    },
    /// A match points before the first byte or has an impossible length: the input is damaged, and the damage may
    /// have begun earlier.
    BadMatch,
}

/// Bytes copied at once where there is room: enough for most runs and matches.
const STRIDE: usize = 16;

/// Fills `output` from `input`.
pub fn decompress(input: &[u8], output: &mut [u8]) -> Result<(), XpressError> {
    let mut reader = Reader { input, at: 0, half: None };
    let mut out = 0;
    while out < output.len() {
        let ended = XpressError::InputEnded { written: out };
        let mut flags = u32::from_le_bytes(reader.take().ok_or(ended)?);
        let mut left = 32;
        while left > 0 && out < output.len() {
            let run = flags.leading_zeros().min(left);
            if run > 0 {
                out = reader.literals(run as usize, output, out)?;
                left -= run;
                flags = flags.checked_shl(run).unwrap_or(0);
                continue;
            }
            let ended = XpressError::InputEnded { written: out };
            let (distance, length) = reader.a_match().ok_or(ended)?;
            let from = out.checked_sub(distance).ok_or(XpressError::BadMatch)?;
            // A stream may be cut inside its last match only by damage, but the rest of it is not needed.
            let length = length.ok_or(XpressError::BadMatch)?.min(output.len() - out);
            repeat(output, from, out, length);
            out += length;
            left -= 1;
            flags <<= 1;
        }
    }
    Ok(())
}

/// The compressed stream and the half byte that the next long length will use.
struct Reader<'a> {
    input: &'a [u8],
    at: usize,
    half: Option<u8>,
}

impl Reader<'_> {
    #[inline]
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let bytes = *self.input.get(self.at..)?.first_chunk()?;
        self.at += N;
        Some(bytes)
    }

    /// Copies `run` literal bytes, or as many as the output wants, and returns where the output ends then.
    #[inline]
    fn literals(&mut self, run: usize, output: &mut [u8], out: usize) -> Result<usize, XpressError> {
        let rest = &self.input[self.at..];
        if run <= STRIDE
            && let (Some(from), Some(to)) =
                (rest.first_chunk::<STRIDE>(), output[out..].first_chunk_mut::<STRIDE>())
        {
            *to = *from;
            self.at += run;
            return Ok(out + run);
        }
        let wanted = run.min(output.len() - out);
        let present = wanted.min(rest.len());
        output[out..out + present].copy_from_slice(&rest[..present]);
        self.at += present;
        if present < wanted {
            Err(XpressError::InputEnded { written: out + present })
        } else {
            Ok(out + wanted)
        }
    }

    /// Distance and length of a match: `None` where the input ends, a length of `None` where it is impossible.
    #[inline]
    fn a_match(&mut self) -> Option<(usize, Option<usize>)> {
        let token = u16::from_le_bytes(self.take()?);
        let distance = usize::from(token >> 3) + 1;
        let length = usize::from(token & 7);
        if length < 7 { Some((distance, Some(length + 3))) } else { Some((distance, self.long_length()?)) }
    }

    /// The length of a match whose three bits did not hold it.
    fn long_length(&mut self) -> Option<Option<usize>> {
        let nibble = match self.half.take() {
            Some(half) => half,
            None => {
                let [byte] = self.take()?;
                self.half = Some(byte >> 4);
                byte & 15
            }
        };
        if nibble < 15 {
            return Some(Some(usize::from(nibble) + 7 + 3));
        }
        let [byte] = self.take()?;
        if byte < 255 {
            return Some(Some(usize::from(byte) + 15 + 7 + 3));
        }
        let length = match u16::from_le_bytes(self.take()?) {
            0 => u32::from_le_bytes(self.take()?),
            length => u32::from(length),
        };
        // Such a length counts from 3; one that a shorter form could have held is damage.
        Some(if length < 15 + 7 { None } else { usize::try_from(length).ok()?.checked_add(3) })
    }
}

/// Copies `length` bytes from `from` to `to` within `output`; the two may overlap, and then repeat.
#[inline]
fn repeat(output: &mut [u8], from: usize, to: usize, length: usize) {
    let distance = to - from;
    if length <= STRIDE && distance >= STRIDE && to + STRIDE <= output.len() {
        let (before, after) = output.split_at_mut(to);
        if let (Some(from), Some(to)) =
            (before[from..].first_chunk::<STRIDE>(), after.first_chunk_mut::<STRIDE>())
        {
            *to = *from;
            return;
        }
    }
    // What was written becomes the source of the next copy, so each may be twice as long as the one before.
    let mut done = 0;
    while done < length {
        let step = (distance + done).min(length - done);
        output.copy_within(from..from + step, to + done);
        done += step;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand(input: &[u8], length: usize) -> Result<Vec<u8>, XpressError> {
        let mut output = vec![0; length];
        decompress(input, &mut output).map(|()| output)
    }

    /// The two examples of MS-XCA, section 3.1.
    #[test]
    fn the_published_examples() {
        let alphabet = b"abcdefghijklmnopqrstuvwxyz";
        let stream = [&[0x3f, 0, 0, 0][..], alphabet].concat();
        assert_eq!(expand(&stream, 26).as_deref(), Ok(&alphabet[..]));
        let stream = [0xff, 0xff, 0xff, 0x1f, 0x61, 0x62, 0x63, 0x17, 0x00, 0x0f, 0xff, 0x26, 0x01];
        assert_eq!(expand(&stream, 300).as_deref(), Ok(&b"abc".repeat(100)[..]));
    }

    #[test]
    fn every_form_of_length() {
        // One literal, then a match at distance 1 in each form; the half byte of the first long one serves the second.
        for (code, length) in [
            (vec![0, 0], 3),
            (vec![6, 0], 9),
            (vec![7, 0, 0x0e], 24),
            (vec![7, 0, 0x0f, 254], 279),
            (vec![7, 0, 0x0f, 255, 0xff, 0xff], 65538),
            (vec![7, 0, 0x0f, 255, 0, 0, 0, 0, 1, 0], 65539),
        ] {
            let stream = [&[0, 0, 0, 0x40, b'x'][..], &code].concat();
            assert_eq!(expand(&stream, length + 1), Ok(vec![b'x'; length + 1]), "{length}");
        }
        let stream = [0, 0, 0, 0x60, b'x', 7, 0, 0x21, 7, 0];
        assert_eq!(expand(&stream, 1 + 11 + 12), Ok(vec![b'x'; 24]));
    }

    #[test]
    fn a_cut_stream_says_how_much_is_good() {
        let stream = [&[0x3f, 0, 0, 0][..], b"abcdefghijklmnopqrstuvwxyz"].concat();
        for cut in 0..stream.len() {
            let mut output = vec![0; 26];
            let written = cut.saturating_sub(4);
            assert_eq!(decompress(&stream[..cut], &mut output), Err(XpressError::InputEnded { written }));
            assert_eq!(output[..written], stream[4..4 + written]);
        }
    }

    #[test]
    fn impossible_matches_are_refused() {
        assert_eq!(expand(&[0, 0, 0, 0x80, 0, 0], 10), Err(XpressError::BadMatch));
        assert_eq!(expand(&[0, 0, 0, 0x40, b'x', 8, 0], 10), Err(XpressError::BadMatch));
        let short = [0, 0, 0, 0x40, b'x', 7, 0, 0x0f, 255, 21, 0];
        assert_eq!(expand(&short, 100), Err(XpressError::BadMatch));
    }

    #[test]
    fn a_bomb_fills_its_output_and_no_more() {
        let stream = [0, 0, 0, 0x40, b'x', 7, 0, 0x0f, 255, 0, 0, 255, 255, 255, 255];
        assert_eq!(expand(&stream, 5000), Ok(vec![b'x'; 5000]));
    }

    #[test]
    fn an_unused_flag_word_at_the_end_is_accepted() {
        let literals: Vec<u8> = (0..32).collect();
        let stream = [&[0; 4][..], &literals, &[0xff; 4]].concat();
        assert_eq!(expand(&stream, 32), Ok(literals));
    }
}
