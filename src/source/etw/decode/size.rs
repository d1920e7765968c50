//! How many bytes a layout takes, where a glance at the payload tells.
//!
//! Answers for layouts of fixed size, and for those with one text or binary whose length stands at a fixed place. Refuses
//! all others: they must be read. Spares reading payloads that cannot fit.

use super::super::schema::{Extent, Kind, Layout};

/// What a payload must measure, with pointers of eight bytes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// So many bytes.
    Fixed(usize),
    /// So many bytes, and for each unit of the `u16` at `at` so many more.
    Measured { fixed: usize, at: usize, unit: usize },
    /// To be found out by reading.
    Open,
}

impl Size {
    /// The size of a layout.
    pub(super) fn of(layout: &Layout) -> Size {
        let mut fixed = 0;
        // Where the length stands, and how wide its units are.
        let mut measured: Option<(usize, usize)> = None;
        let mut lengths: Vec<(u8, usize)> = Vec::new();
        for node in &layout.nodes {
            if node.count != Extent::Own {
                return Size::Open;
            }
            if let Some(size) = node.kind.size(8) {
                if let (Some(register), Kind::U16, None) = (node.register, node.kind, measured) {
                    lengths.push((register, fixed));
                }
                fixed += size;
                continue;
            }
            let unit = match node.kind {
                Kind::Utf16 => 2,
                Kind::Ansi | Kind::Binary => 1,
                _ => return Size::Open,
            };
            let Extent::Register(register) = node.length else { return Size::Open };
            let known = lengths.iter().find(|(own, _)| *own == register);
            match (known, measured) {
                (Some((_, at)), None) => measured = Some((*at, unit)),
                _ => return Size::Open,
            }
        }
        match measured {
            Some((at, unit)) => Size::Measured { fixed, at, unit },
            None => Size::Fixed(fixed),
        }
    }

    /// May a payload have this size?
    #[inline]
    pub(super) fn allows(self, payload: &[u8], pointer: usize) -> bool {
        match self {
            _ if pointer != 8 => true,
            Size::Open => true,
            Size::Fixed(size) => payload.len() == size,
            Size::Measured { fixed, at, unit } => {
                let length = payload.get(at..).and_then(|rest| rest.first_chunk());
                length
                    .is_some_and(|two| payload.len() == fixed + unit * usize::from(u16::from_le_bytes(*two)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::schema::catalogue;
    use super::super::read::{Reading, Scratch, read};
    use super::*;

    #[test]
    fn what_is_not_allowed_would_not_fit() {
        let mut scratch = Scratch::default();
        let mut judged = 0;
        for layout in catalogue().layouts() {
            let size = Size::of(layout);
            judged += usize::from(size != Size::Open);
            for length in 0..160 {
                for fill in [0_u8, 3] {
                    let payload = vec![fill; length];
                    if read(layout, &payload, 8, &mut scratch) == Reading::Exact {
                        assert!(size.allows(&payload, 8), "{} {size:?} {length}", layout.event);
                    }
                }
            }
        }
        assert!(judged > 300, "{judged}");
    }
}
