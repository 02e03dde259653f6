//! The end of a file. A ZIP is read from its end, so it can stand behind a file of any other kind (CWE-434).

/// "End of central directory", and the longest that can follow it: 18 bytes and a comment.
const ARCHIVE: &[u8] = b"PK\x05\x06";
const KEPT: usize = 4 + 18 + 65_535;

/// The last bytes of what passed.
#[derive(Default)]
pub(super) struct Tail(Vec<u8>);

impl Tail {
    pub(super) fn take(&mut self, piece: &[u8]) {
        self.0.extend_from_slice(piece);
        if self.0.len() > 2 * KEPT {
            self.0.drain(..self.0.len().saturating_sub(KEPT));
        }
    }

    /// The last bytes, at most so many.
    pub(super) fn last(&self, most: usize) -> &[u8] {
        self.0.get(self.0.len().saturating_sub(most)..).unwrap_or_default()
    }

    pub(super) fn is_archive(&self) -> bool {
        contains(self.last(KEPT), ARCHIVE)
    }
}

/// Whether the bytes hold these.
pub(super) fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}
