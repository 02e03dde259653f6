//! DICOM files (PS3.10 §7.1): a preamble, four letters, the file meta information. The preamble belongs to applications,
//! and has carried whole programs for another system (CVE-2019-11687): here it is empty, as the standard wants where
//! nobody uses it.

use super::{fill, tail::Tail};

const PREAMBLE: usize = 128;
/// `DICM`, then the group length of the meta information: (0002,0000), UL, four bytes.
const START: &[u8] = b"DICM\x02\x00\x00\x00UL\x04\x00";
const HEAD: usize = PREAMBLE + START.len();

#[derive(Default)]
pub(in crate::clinic::documents) struct Dicom {
    head: Vec<u8>,
    tail: Tail,
}

impl Dicom {
    pub(super) fn take(&mut self, piece: &[u8]) -> bool {
        fill(&mut self.head, HEAD, piece);
        self.tail.take(piece);
        let (preamble, start) = self.head.split_at_checked(PREAMBLE).unwrap_or((&self.head, &[]));
        preamble.iter().all(|byte| *byte == 0) && START.starts_with(start)
    }

    pub(super) fn is_whole(&self) -> bool {
        self.head.len() == HEAD && !self.tail.is_archive()
    }
}
