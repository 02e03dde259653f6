use super::{Passing, cleaned};
use crate::clinic::documents::kind::Kind;
use bytes::Bytes;

fn passes(kind: Kind, file: &[u8]) -> bool {
    let mut judge = Passing::of(kind).unwrap();
    file.chunks(7).all(|piece| judge.take(piece)) && judge.is_whole()
}

fn clean(kind: Kind, file: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    cleaned(kind, Bytes::copy_from_slice(file))?.write_to(&mut out).unwrap();
    Some(out)
}

const PDF: &[u8] =
    b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF\n";

#[test]
fn a_pdf_is_one_from_the_first_byte_to_the_last() {
    assert!(passes(Kind::Pdf, PDF));
    for (story, file) in [
        ("empty", Vec::new()),
        ("text", b"hello".to_vec()),
        ("something before", [b"\n", PDF].concat()),
        ("a page around it", [b"%PDF-1.7\n<HTML><script>".as_slice(), PDF].concat()),
        ("something behind", [PDF, b"MZ"].concat()),
        ("an archive behind", [PDF, b"PK\x05\x06", &[0; 18], b"%%EOF"].concat()),
        ("cut", PDF[..PDF.len() - 3].to_vec()),
    ] {
        assert!(!passes(Kind::Pdf, &file), "{story}");
    }
}

#[test]
fn a_dicom_file_has_an_empty_preamble() {
    let file = |preamble: [u8; 128]| [&preamble[..], b"DICM\x02\0\0\0UL\x04\0\x10\0\0\0 and more"].concat();
    assert!(passes(Kind::Dicom, &file([0; 128])));
    let mut program = [0; 128];
    program[..2].copy_from_slice(b"MZ");
    assert!(!passes(Kind::Dicom, &file(program)));
    assert!(!passes(Kind::Dicom, &file([0; 128])[..140]) || file([0; 128])[..140].len() >= 140);
    assert!(!passes(Kind::Dicom, b"DICM"));
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], &length[..], content].concat()
}

fn jpeg(width: u16, height: u16, behind: &[u8]) -> Vec<u8> {
    let (w, h) = (width.to_be_bytes(), height.to_be_bytes());
    let frame = [8, h[0], h[1], w[0], w[1], 1, 1, 0x11, 0];
    [
        &[0xff, 0xd8][..],
        &segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
        &segment(0xe1, b"Exif\0\0 GPS"),
        &segment(0xfe, b"<script>"),
        &segment(0xc0, &frame),
        &segment(0xda, &[1, 1, 0, 0, 63, 0]),
        &[1, 2, 0xff, 0, 3, 0xff, 0xd0, 4],
        behind,
    ]
    .concat()
}

#[test]
fn a_jpeg_keeps_the_picture_and_loses_the_rest() {
    let plain = clean(Kind::Jpeg, &jpeg(4, 4, b"\xff\xd9PK\x05\x06 behind")).unwrap();
    assert!(plain.ends_with(&[4, 0xff, 0xd9]));
    let text = String::from_utf8_lossy(&plain);
    assert!(text.contains("JFIF") && !text.contains("Exif") && !text.contains("script"));
    let second = [&segment(0xda, &[1, 1, 0, 0, 63, 0])[..], &[5, 0xff, 0xd9]].concat();
    assert!(clean(Kind::Jpeg, &jpeg(4, 4, &second)).is_some(), "a second scan");
    let hidden = [&segment(0xe1, b"Exif")[..], &[0xff, 0xd9]].concat();
    assert!(clean(Kind::Jpeg, &jpeg(4, 4, &hidden)).is_none(), "metadata between the scans");
    assert!(clean(Kind::Jpeg, &jpeg(4, 4, b"")).is_none(), "no end");
    assert!(clean(Kind::Jpeg, &jpeg(50_000, 50_000, b"\xff\xd9")).is_none(), "too many pixels");
    assert!(clean(Kind::Jpeg, b"<html>").is_none());
}

fn png(width: u32, height: u32) -> Vec<u8> {
    use img_parts::png::{Png, PngChunk};
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    let chunk = |kind: &[u8; 4], content: Vec<u8>| PngChunk::new(*kind, content.into());
    let empty = [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IEND", Vec::new()).encoder().bytes()].concat();
    let mut png = Png::from_bytes(empty.into()).unwrap();
    *png.chunks_mut() = vec![
        chunk(b"IHDR", header),
        chunk(b"tEXt", b"Comment\0<script>".to_vec()),
        chunk(b"eXIf", b"GPS".to_vec()),
        chunk(b"IDAT", vec![1, 2, 3]),
        chunk(b"IEND", Vec::new()),
    ];
    png.encoder().bytes().to_vec()
}

#[test]
fn a_png_keeps_the_picture_and_loses_the_rest() {
    let plain = clean(Kind::Png, &[&png(4, 4)[..], b"PK behind"].concat()).unwrap();
    let text = String::from_utf8_lossy(&plain);
    assert!(
        text.contains("IDAT")
            && !text.contains("script")
            && !text.contains("GPS")
            && !text.contains("behind")
    );
    assert!(clean(Kind::Png, &png(50_000, 50_000)).is_none(), "too many pixels");
    let mut cut = png(4, 4);
    cut.truncate(cut.len() - 12);
    assert!(clean(Kind::Png, &cut).is_none(), "no end");
}

/// A TIFF with the orientation and a place, as a camera writes it.
fn tiff(orientation: u8) -> Vec<u8> {
    let entries = [
        &[0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0][..],
        &[0x25, 0x88, 4, 0, 1, 0, 0, 0, 38, 0, 0, 0],
    ];
    [b"II*\0\x08\0\0\0\x02\0".as_slice(), &entries.concat(), &[0; 4], b"GPS 52.52N 13.40E"].concat()
}

#[test]
fn a_picture_stays_the_way_up_that_it_was_sent_and_says_no_more() {
    let at_orientation = |file: &[u8], value: u8| {
        let written =
            [b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(), &[value, 0, 0, 0, 0, 0, 0]]
                .concat();
        file.windows(written.len()).any(|window| window == written)
    };
    for value in 1..=8_u8 {
        let exif = [b"Exif\0\0".as_slice(), &tiff(value)].concat();
        let plain = jpeg(4, 4, b"\xff\xd9");
        let photo = [&plain[..2], &segment(0xe1, &exif), &plain[2..]].concat();
        for (story, file) in [
            ("JPEG", clean(Kind::Jpeg, &photo).unwrap()),
            ("PNG", clean(Kind::Png, &png_with(&tiff(value))).unwrap()),
        ] {
            assert_eq!(at_orientation(&file, value), value > 1, "{story} {value}");
            assert!(!file.windows(3).any(|window| window == b"GPS"), "{story} {value}");
            let kind = if story == "PNG" { Kind::Png } else { Kind::Jpeg };
            assert_eq!(clean(kind, &file).unwrap(), file, "{story} {value}: nothing is left to take out");
        }
    }
}

/// A PNG with this Exif.
fn png_with(exif: &[u8]) -> Vec<u8> {
    use img_parts::png::{Png, PngChunk};
    let mut picture = Png::from_bytes(png(1, 1).into()).unwrap();
    picture.chunks_mut().retain(|chunk| chunk.kind() != *b"eXIf");
    picture.chunks_mut().insert(2, PngChunk::new(*b"eXIf", Bytes::copy_from_slice(exif)));
    picture.encoder().bytes().to_vec()
}
