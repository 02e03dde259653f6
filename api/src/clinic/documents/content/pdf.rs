//! PDF (ISO 32000-1 §7.5): the header is the first thing in the file, the end marker the last, and neither a page nor an
//! archive is wrapped around it. Readers take more than that, which is what polyglots live from.

use super::{
    fill,
    tail::{Tail, contains},
};

/// More than any browser looks at to guess a type (WHATWG MIME Sniffing §7: 1445 bytes).
const HEAD: usize = 4096;
/// How far from the end readers look for the marker.
const END: usize = 1024;

/// What makes a browser take a file for a page, or a server for a script.
const MARKUP: [&[u8]; 9] =
    [b"<!doctype", b"<html", b"<head", b"<body", b"<script", b"<svg", b"<iframe", b"<?php", b"<%@"];

#[derive(Default)]
pub(in crate::clinic::documents) struct Pdf {
    head: Vec<u8>,
    tail: Tail,
}

impl Pdf {
    pub(super) fn take(&mut self, piece: &[u8]) -> bool {
        let new = self.head.len() < HEAD;
        fill(&mut self.head, HEAD, piece);
        self.tail.take(piece);
        !new || self.begins_well()
    }

    fn begins_well(&self) -> bool {
        let header = match self.head.get(..8) {
            Some(header) => matches!(header, [b'%', b'P', b'D', b'F', b'-', b'1' | b'2', b'.', b'0'..=b'9']),
            None => b"%PDF-".starts_with(self.head.get(..5).unwrap_or(&self.head)),
        };
        let lower = self.head.to_ascii_lowercase();
        header && !MARKUP.iter().any(|markup| contains(&lower, markup))
    }

    pub(super) fn is_whole(&self) -> bool {
        let end = self.tail.last(END);
        let marker = end.windows(5).rposition(|window| window == b"%%EOF");
        let rest = marker.and_then(|at| end.get(at.saturating_add(5)..));
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x0c | 0);
        self.head.len() >= 8 && rest.is_some_and(|rest| rest.iter().all(blank)) && !self.tail.is_archive()
    }
}
