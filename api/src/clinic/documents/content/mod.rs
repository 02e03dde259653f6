//! Whether a file is what it is said to be. Nothing here renders, unpacks or runs: a file's outline is read, and what has
//! another one is refused.
//!
//! - `image`: PNG and JPEG, held whole; what is not the picture is taken out.
//! - `exif`: which way up it is.
//! - `pdf`, `dicom`: judged as they pass.
//! - `tail`: the end of a file, where archives keep what makes them archives.

mod dicom;
mod exif;
mod image;
mod pdf;
mod tail;

pub(super) use image::{LIMIT as IMAGE_LIMIT, cleaned};

use super::kind::Kind;
use dicom::Dicom;
use pdf::Pdf;

/// Judges a file as it passes.
pub(super) enum Passing {
    Pdf(Pdf),
    Dicom(Dicom),
}

impl Passing {
    /// A judge, if files of this kind are judged so.
    pub(super) fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Pdf => Some(Self::Pdf(Pdf::default())),
            Kind::Dicom => Some(Self::Dicom(Dicom::default())),
            Kind::Png | Kind::Jpeg => None,
        }
    }

    /// Looks at the next piece. `false`: the file is something else.
    pub(super) fn take(&mut self, piece: &[u8]) -> bool {
        match self {
            Self::Pdf(pdf) => pdf.take(piece),
            Self::Dicom(dicom) => dicom.take(piece),
        }
    }

    /// Looks at the whole.
    pub(super) fn is_whole(&self) -> bool {
        match self {
            Self::Pdf(pdf) => pdf.is_whole(),
            Self::Dicom(dicom) => dicom.is_whole(),
        }
    }
}

/// Adds to the beginning of a file until it is this long.
fn fill(head: &mut Vec<u8>, most: usize, piece: &[u8]) {
    let room = most.saturating_sub(head.len());
    head.extend_from_slice(piece.get(..room).unwrap_or(piece));
}

#[cfg(test)]
mod tests;
