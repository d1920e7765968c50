//! Little-endian numbers out of a byte slice, or nothing where the slice ends first.

use crate::fact::Guid;

/// The `N` bytes at `at`.
#[inline]
pub(super) fn array_at<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

#[inline]
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    array_at(bytes, at).map(u16::from_le_bytes)
}

#[inline]
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    array_at(bytes, at).map(u32::from_le_bytes)
}

#[inline]
pub(super) fn i32_at(bytes: &[u8], at: usize) -> Option<i32> {
    array_at(bytes, at).map(i32::from_le_bytes)
}

#[inline]
pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    array_at(bytes, at).map(u64::from_le_bytes)
}

#[inline]
pub(super) fn guid_at(bytes: &[u8], at: usize) -> Option<Guid> {
    array_at(bytes, at).map(Guid::from_windows)
}

/// The UTF-16 text at `at`, up to its NUL or to the end of the slice, and where the text after its NUL would begin.
/// Unpaired surrogates become U+FFFD.
pub(super) fn utf16_at(bytes: &[u8], at: usize) -> (String, usize) {
    let units = bytes.get(at..).unwrap_or_default().chunks_exact(2).map(|c| u16::from_le_bytes([c[0], c[1]]));
    let units: Vec<u16> = units.take_while(|&unit| unit != 0).collect();
    (String::from_utf16_lossy(&units), at + (units.len() + 1) * 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_would_cross_the_end_is_none() {
        let bytes = [1, 0, 0, 0, 2];
        assert_eq!(u32_at(&bytes, 0), Some(1));
        assert_eq!(u32_at(&bytes, 1), Some(0x0200_0000));
        assert_eq!(u32_at(&bytes, 2), None);
        assert_eq!(u16_at(&bytes, usize::MAX), None);
    }

    #[test]
    fn text_ends_at_its_nul_or_with_the_slice() {
        let bytes = [b'a', 0, b'b', 0, 0, 0, b'c', 0, 9];
        assert_eq!(utf16_at(&bytes, 0), ("ab".into(), 6));
        assert_eq!(utf16_at(&bytes, 6), ("c".into(), 10));
        assert_eq!(utf16_at(&bytes, 99), (String::new(), 101));
    }
}
