//! Bytes out of a stream, for readers that take an input piece by piece.

use std::io::{self, Read};

/// As many bytes as there are, up to all of `bytes`; with the error that ended them, if one did.
pub(super) fn fill(stream: &mut (impl Read + ?Sized), bytes: &mut [u8]) -> (usize, Option<io::Error>) {
    let mut read = 0;
    while read < bytes.len() {
        match stream.read(&mut bytes[read..]) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (read, Some(error)),
        }
    }
    (read, None)
}

/// Hands out a few bytes a call, for tests that cross every border.
#[cfg(test)]
pub(super) struct Dribble<'a>(pub(super) &'a [u8], pub(super) usize);

#[cfg(test)]
impl Read for Dribble<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.1.min(out.len()).min(self.0.len());
        out[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::{Dribble, fill};

    #[test]
    fn as_many_as_there_are() {
        for step in [1, 3, 100] {
            let mut stream = Dribble(b"0123456789", step);
            let mut bytes = [0; 7];
            let (read, error) = fill(&mut stream, &mut bytes);
            assert_eq!((&bytes[..read], error.is_none()), (&b"0123456"[..], true));
            assert_eq!(fill(&mut stream, &mut bytes).0, 3);
            assert_eq!(fill(&mut stream, &mut bytes).0, 0);
        }
    }
}
