//! How much of a bundle has been read, for whoever watches.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicU64, Ordering};

use super::Input;

/// Bytes handed out, each input counted up to its size.
#[derive(Debug, Default)]
pub(super) struct Meter {
    all: u64,
    done: AtomicU64,
    /// What is left of each input.
    left: Vec<AtomicU64>,
}

impl Meter {
    pub(super) fn new(inputs: &[Input]) -> Self {
        let left = inputs.iter().map(|input| AtomicU64::new(input.bytes)).collect();
        Self { all: inputs.iter().map(|input| input.bytes).sum(), done: AtomicU64::new(0), left }
    }

    /// Bytes read, and bytes to read.
    pub(super) fn read(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.all)
    }

    /// What is left of an input will not be read.
    pub(super) fn finish(&self, input: &Input) {
        self.count(input.id.0 as usize, u64::MAX);
    }

    fn count(&self, at: usize, bytes: u64) {
        let Some(left) = self.left.get(at) else { return };
        let less = |left: u64| Some(left.saturating_sub(bytes));
        let before = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).unwrap_or(0);
        self.done.fetch_add(before.min(bytes), Ordering::Relaxed);
    }
}

/// A reader that counts what it hands out.
pub(super) struct Metered<'m, R> {
    inner: R,
    meter: &'m Meter,
    at: usize,
}

impl<'m, R> Metered<'m, R> {
    pub(super) fn new(inner: R, meter: &'m Meter, input: &Input) -> Self {
        Self { inner, meter, at: input.id.0 as usize }
    }
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(out)?;
        self.meter.count(self.at, got as u64);
        Ok(got)
    }
}

impl<R: Seek> Seek for Metered<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use crate::bundle::{Bundle, Options};

    #[test]
    fn what_is_read_twice_counts_once() {
        let files = [("a", 10), ("b", 5)].map(|(name, size)| (name.to_owned(), vec![b'x'; size]));
        let bundle = Bundle::from_memory(files, &Options::default());
        let read = |at: usize, bytes: u64| {
            let mut out = Vec::new();
            bundle.stream(&bundle.inputs[at]).unwrap().take(bytes).read_to_end(&mut out).unwrap();
        };
        assert_eq!(bundle.progress(), (0, 15));
        read(0, 4);
        assert_eq!(bundle.progress(), (4, 15));
        read(0, 10);
        assert_eq!(bundle.progress(), (10, 15));
        read(1, 1);
        bundle.finished(&bundle.inputs[1]);
        bundle.finished(&bundle.inputs[1]);
        assert_eq!(bundle.progress(), (15, 15));
    }
}
