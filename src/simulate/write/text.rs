//! Text files as Windows tools write them.

/// Encoding of a text file.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(in crate::simulate) enum Encoding {
    /// UTF-8 without a byte order mark.
    Utf8,
    /// UTF-16, little endian, with a byte order mark: what Windows PowerShell 5.1 redirects and exports.
    Utf16,
}

/// The bytes of `text`, whose lines end with a line feed here and with CR LF in the file.
pub(in crate::simulate) fn encode(text: &str, encoding: Encoding) -> Vec<u8> {
    let text = text.replace('\n', "\r\n");
    match encoding {
        Encoding::Utf8 => text.into_bytes(),
        Encoding::Utf16 => {
            std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
        }
    }
}
