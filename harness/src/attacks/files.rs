//! Files to upload: honest ones of every kind, made here byte by byte.

use super::{Actor, Patient, Scene};
use crate::{
    arena::Persona,
    client::{Answer, Request, Sends},
    patience::Patience,
    verdict::AttackError,
};
use std::time::Duration;
use uuid::Uuid;

/// A file and what is said of it.
#[derive(Clone, Debug)]
pub struct NewFile {
    /// What it is called.
    pub name: String,
    /// What it is declared as.
    pub media_type: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl NewFile {
    /// A file.
    #[must_use]
    pub fn new(name: &str, media_type: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), media_type: media_type.into(), bytes: bytes.into() }
    }

    /// A PDF that holds a text.
    #[must_use]
    pub fn pdf(text: &str) -> Self {
        Self::new("report.pdf", "application/pdf", pdf(text.as_bytes()))
    }

    /// A PDF of exactly this many bytes.
    #[must_use]
    pub fn pdf_of(size: usize) -> Self {
        let bare = pdf(b"").len();
        Self::new("report.pdf", "application/pdf", pdf(&vec![b'.'; size.saturating_sub(bare)]))
    }

    /// A PNG of this size with chunks of one's own; it is no picture worth looking at.
    #[must_use]
    pub fn png(width: u32, height: u32, more: &[(&[u8; 4], &[u8])]) -> Self {
        let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
        let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
        bytes.extend(chunk(b"IHDR", &header));
        more.iter().for_each(|(kind, content)| bytes.extend(chunk(kind, content)));
        // A zlib stream of one stored block: a filter byte and a pixel.
        bytes.extend(chunk(b"IDAT", &[0x78, 1, 1, 2, 0, 0xfd, 0xff, 0, 0, 0, 2, 0, 1]));
        bytes.extend(chunk(b"IEND", b""));
        Self::new("photo.png", "image/png", bytes)
    }

    /// A JPEG of this size with segments of one's own.
    #[must_use]
    pub fn jpeg(width: u16, height: u16, more: &[(u8, &[u8])]) -> Self {
        let (w, h) = (width.to_be_bytes(), height.to_be_bytes());
        let mut bytes = vec![0xff, 0xd8];
        bytes.extend(segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"));
        more.iter().for_each(|(marker, content)| bytes.extend(segment(*marker, content)));
        bytes.extend(segment(0xc0, &[8, h[0], h[1], w[0], w[1], 1, 1, 0x11, 0]));
        bytes.extend(segment(0xda, &[1, 1, 0, 0, 63, 0]));
        bytes.extend([0x2a, 0xff, 0, 0x15, 0xff, 0xd9]);
        Self::new("photo.jpg", "image/jpeg", bytes)
    }

    /// A DICOM file; the preamble is the attacker's choice.
    #[must_use]
    pub fn dicom(preamble: &[u8]) -> Self {
        let mut bytes = preamble.to_vec();
        bytes.resize(128, 0);
        bytes.extend_from_slice(b"DICM\x02\0\0\0UL\x04\0\x0e\0\0\0\x02\0\x01\0OB\0\0\x02\0\0\0\0\x01");
        Self::new("scan.dcm", "application/dicom", bytes)
    }

    /// The same under another name.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        Self { name: name.into(), ..self }
    }

    /// The field that carries the name (RFC 8187).
    #[must_use]
    pub fn disposition(&self) -> String {
        format!("attachment; filename*=UTF-8''{}", escaped(&self.name))
    }

    /// The request with this file as its body.
    #[must_use]
    pub fn on(&self, request: Request) -> Request {
        request
            .body(&self.media_type, self.bytes.clone())
            .without("content-disposition")
            .header("content-disposition", self.disposition())
    }
}

/// Every byte that RFC 8187 §3.2.1 does not let stand for itself, and some more.
#[must_use]
pub(crate) fn escaped(name: &str) -> String {
    let escape = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    name.bytes().map(escape).collect()
}

/// A PDF with this in an object.
#[must_use]
pub(crate) fn pdf(content: &[u8]) -> Vec<u8> {
    let start = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n2 0 obj\n<< >>\nstream\n";
    [start, content, b"\nendstream\nendobj\ntrailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"].concat()
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap_or(u16::MAX).to_be_bytes();
    [&[0xff, marker], &length[..], content].concat()
}

fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX).to_be_bytes();
    let named = [kind, content].concat();
    [&length[..], &named, &crc(&named).to_be_bytes()].concat()
}

/// CRC-32 as PNG has it (PNG third edition, annex D).
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

impl Patient {
    /// `/v1/patients/{patient}/documents`
    #[must_use]
    pub fn documents_path(&self) -> String {
        format!("{}/documents", self.path())
    }
}

impl Actor {
    /// Adds a file to a patient's documents.
    #[must_use]
    pub fn adds(&self, file: &NewFile, patient: &Patient) -> Request {
        file.on(self.post(&patient.documents_path())).patience(Duration::from_secs(60))
    }

    /// Asks for what is in a document.
    #[must_use]
    pub fn downloads(&self, document: Uuid) -> Request {
        self.get(&format!("/v1/documents/{document}/content")).patience(Duration::from_secs(60))
    }
}

impl Scene {
    /// A document that the scanner has judged; returns its id and its state.
    ///
    /// # Errors
    /// When it is not taken, or not judged in time.
    pub async fn judged(
        &self,
        by: Persona,
        file: &NewFile,
        patient: &Patient,
    ) -> Result<(Uuid, String), AttackError> {
        let actor = self.actor(by)?;
        let id = id_of(&self.demand(&actor.adds(file, patient), 201).await?)?;
        let state = self.state_after(&actor, id, "pending").await?;
        Ok((id, state))
    }

    /// The state of a document once it is no longer this one; this one, if that does not happen.
    ///
    /// # Errors
    /// When the document can't be seen.
    pub async fn state_after(&self, actor: &Actor, id: Uuid, before: &str) -> Result<String, AttackError> {
        let show = actor.get(&format!("/v1/documents/{id}"));
        let mut patience = Patience::new();
        while patience.lasts().await {
            let state = self.demand(&show, 200).await?.string("/status").unwrap_or_default();
            if state != before {
                return Ok(state);
            }
        }
        Ok(before.to_owned())
    }

    /// A document that anybody who may can have.
    ///
    /// # Errors
    /// When it is not taken, or the scanner does not like it.
    pub async fn document(
        &self,
        by: Persona,
        file: &NewFile,
        patient: &Patient,
    ) -> Result<Uuid, AttackError> {
        match self.judged(by, file, patient).await? {
            (id, state) if state == "clean" => Ok(id),
            (_, state) => Err(AttackError::Setup(format!("an honest file is {state}"))),
        }
    }
}

/// The id in an answer that made something.
///
/// # Errors
/// When there is none.
pub(crate) fn id_of(answer: &Answer) -> Result<Uuid, AttackError> {
    answer.uuid("/id").ok_or_else(|| AttackError::Setup("a new document has no id".into()))
}
