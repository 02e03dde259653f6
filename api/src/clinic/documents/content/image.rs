//! PNG and JPEG. What a camera writes beside the picture (where it was taken, when, by whom) is taken out, and so is all
//! that is no part of a picture: text, previews, whatever stands behind the end. Which way up it is stays, by itself, because
//! its sender saw it so. The picture itself is not decoded; its size is read, because whoever opens it must.

use super::{super::kind::Kind, exif::Orientation};
use crate::protection::{UPLOAD_MALWARE, UPLOAD_RESOURCE_LIMITS};
use brigandine_enforce::enforces;
use bytes::Bytes;
use img_parts::{
    jpeg::{Jpeg, JpegSegment, markers},
    png::{Png, PngChunk},
};
use std::{
    io::{self, Write},
    ops::Range,
};

/// Images are held whole.
pub(in crate::clinic::documents) const LIMIT: u64 = 10 * 1024 * 1024;
/// The most pixels: 40 million, 160 MB for whoever decodes them.
const PIXELS: u64 = 40_000_000;

/// The chunks of a picture (PNG third edition §11); the rest is text, time and what others invented.
const CHUNKS: [&[u8; 4]; 12] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"pHYs",
    b"bKGD",
];

/// Where a PNG keeps Exif (PNG third edition §11.3.4.3), and how a JPEG's begins (Exif 3.0 §4.7.2.1).
const EXIF_CHUNK: &[u8; 4] = b"eXIf";
const EXIF: &[u8] = b"Exif\0\0";

/// An image without anything but the picture.
pub(in crate::clinic::documents) enum Cleaned {
    Png(Png),
    Jpeg(Jpeg),
}

impl Cleaned {
    pub(in crate::clinic::documents) fn write_to(self, out: &mut dyn Write) -> io::Result<u64> {
        match self {
            Self::Png(png) => png.encoder().write_to(out),
            Self::Jpeg(jpeg) => jpeg.encoder().write_to(out),
        }
    }
}

/// The picture, if there is one of this kind, and not too large.
pub(in crate::clinic::documents) fn cleaned(kind: Kind, bytes: Bytes) -> Option<Cleaned> {
    match kind {
        Kind::Png => png(bytes).map(Cleaned::Png),
        Kind::Jpeg => jpeg(bytes).map(Cleaned::Jpeg),
        Kind::Pdf | Kind::Dicom => None,
    }
}

/// Whether whoever opens the picture has the memory for it: a few bytes can say that they are a wall of pixels
/// (CWE-409).
#[enforces(UPLOAD_RESOURCE_LIMITS, answers = true)]
fn fits(width: impl Into<u64>, height: impl Into<u64>) -> bool {
    width.into().saturating_mul(height.into()) <= PIXELS
}

fn png(bytes: Bytes) -> Option<Png> {
    let mut png = Png::from_bytes(bytes).ok()?;
    strip(&mut png);
    let kinds: Vec<[u8; 4]> = png.chunks().iter().map(img_parts::png::PngChunk::kind).collect();
    let count = |kind: &[u8; 4]| kinds.iter().filter(|it| *it == kind).count();
    let framed = kinds.first() == Some(b"IHDR") && kinds.last() == Some(b"IEND");
    let whole = framed && count(b"IHDR") == 1 && count(b"IEND") == 1 && count(b"IDAT") > 0;
    let (width, height) = png.dimensions()?;
    (whole && fits(width, height)).then_some(png)
}

/// Leaves nothing but the picture, and which way up it is: no text that somebody's viewer runs, and no place where it
/// was taken.
#[enforces(UPLOAD_MALWARE)]
fn strip(png: &mut Png) {
    let exif = png.chunks().iter().find(|chunk| chunk.kind() == *EXIF_CHUNK);
    let orientation = exif.and_then(|chunk| Orientation::read(chunk.contents()));
    png.chunks_mut().retain(|chunk| CHUNKS.iter().any(|kept| **kept == chunk.kind()));
    if let Some(orientation) = orientation {
        let at = png.chunks().len().min(1);
        let tiff = Bytes::copy_from_slice(&orientation.tiff());
        png.chunks_mut().insert(at, PngChunk::new(*EXIF_CHUNK, tiff));
    }
}

fn jpeg(bytes: Bytes) -> Option<Jpeg> {
    let mut jpeg = Jpeg::from_bytes(bytes.clone()).ok()?;
    let (width, height) = jpeg.dimensions()?;
    if !fits(width, height) {
        return None;
    }
    // The library leaves everything behind the first scan's head as it is, to the end of the file and beyond it.
    let scan = jpeg.segments_mut().pop().filter(|segment| segment.marker() == markers::SOS)?;
    let behind = scan.len_with_entropy().checked_sub(scan.len())?;
    let start = bytes.len().checked_sub(behind)?;
    let scans = bytes.get(start..)?;
    let end = end_of_image(scans)?;
    stripped(jpeg, &scan, &bytes, start..start.checked_add(end)?)
}

/// The picture alone, as of a PNG: without what stands beside it, and without what stands behind its end.
#[enforces(UPLOAD_MALWARE, answers = Jpeg::from_bytes(bytes.clone()).ok())]
fn stripped(mut jpeg: Jpeg, scan: &JpegSegment, bytes: &Bytes, scans: Range<usize>) -> Option<Jpeg> {
    let orientation = jpeg.segments().iter().find_map(|segment| {
        let tiff = segment.contents().strip_prefix(EXIF).filter(|_| segment.marker() == markers::APP1)?;
        Orientation::read(tiff)
    });
    jpeg.segments_mut().retain(belongs_to_picture);
    if let Some(orientation) = orientation {
        // JFIF's header comes first, where there is one.
        let at =
            usize::from(jpeg.segments().first().is_some_and(|segment| segment.marker() == markers::APP0));
        let content = Bytes::from([EXIF, &orientation.tiff()].concat());
        jpeg.segments_mut().insert(at, JpegSegment::new_with_contents(markers::APP1, content));
    }
    let scans = bytes.slice(scans);
    let scan = JpegSegment::new_with_entropy(markers::SOS, scan.contents().clone(), scans);
    jpeg.segments_mut().push(scan);
    Some(jpeg)
}

/// JFIF's own header, colour profiles and Adobe's colour mark stay; Exif, XMP, IPTC, previews and comments go.
fn belongs_to_picture(segment: &JpegSegment) -> bool {
    let content = segment.contents();
    match segment.marker() {
        0xe0 => content.starts_with(b"JFIF\0"),
        0xe2 => content.starts_with(b"ICC_PROFILE\0"),
        0xee => content.starts_with(b"Adobe"),
        0xe1..=0xef | 0xfe => false,
        _ => true,
    }
}

/// Where the image ends, walking from the first scan (ITU-T T.81 §B.1.1): later scans, tables and the lines' number may
/// come between, anything else may not.
fn end_of_image(scans: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at = scans.get(at..)?.iter().position(|byte| *byte == 0xff)?.checked_add(at)?;
        while *scans.get(at)? == 0xff {
            at = at.checked_add(1)?;
        }
        let marker = *scans.get(at)?;
        at = at.checked_add(1)?;
        match marker {
            0x00 | 0xd0..=0xd7 => {}
            0xd9 => return Some(at),
            0xc4 | 0xcc | 0xda..=0xdd => {
                let length = scans.get(at..)?.first_chunk::<2>()?;
                at = at.checked_add(usize::from(u16::from_be_bytes(*length)))?;
            }
            _ => return None,
        }
    }
}
