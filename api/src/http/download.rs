//! Files on their way out: to be saved, never to be shown (catalogue `output-download-safe`).

use super::{
    answer::{Answer, AnswerDescription},
    problem::{Kind, Problem},
    text,
};
use crate::{files::blocking, limits::Share, protection::OUTPUT_DOWNLOAD_SAFE, sealing::OpeningReader};
use actix_web::{
    HttpResponse,
    body::{BodySize, BoxBody, MessageBody, SizedStream},
    http::{
        StatusCode,
        header::{self, HeaderMap, HeaderValue},
    },
};
use brigandine_enforce::enforces;
use bytes::Bytes;
use futures_util::stream;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::{borrow::Cow, fs::File, io, marker::PhantomData};

/// What RFC 8187 §3.2.1 lets stand for itself (`attr-char`).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// A file.
pub struct Download {
    /// What it is saved as.
    pub name: String,
    /// Its own media type.
    pub media_type: &'static str,
    /// Its plain bytes.
    pub length: u64,
    first: Vec<u8>,
    rest: Option<OpeningReader<File>>,
    /// Given back when the last byte has left, or the client has.
    room: Option<Share>,
}

impl Download {
    /// Opens its first piece: a file that was tampered with there is refused with an answer, not with a silence.
    ///
    /// # Errors
    /// `record-integrity`, `dependency-unavailable`.
    pub async fn begin(
        name: String,
        media_type: &'static str,
        length: u64,
        mut file: OpeningReader<File>,
    ) -> Result<Self, Problem> {
        let (first, rest) = blocking(move || file.read().map(|first| (first, file))).await?;
        let first = first.ok_or_else(|| Problem::new(Kind::RecordIntegrity))?;
        Ok(Self { name, media_type, length, first, rest: Some(rest), room: None })
    }

    /// One that was made for this answer, and the room in memory that it takes.
    #[must_use]
    pub fn made(name: String, media_type: &'static str, bytes: Vec<u8>, room: Share) -> Self {
        Self {
            name,
            media_type,
            length: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            first: bytes,
            rest: None,
            room: Some(room),
        }
    }

    /// Piece by piece. What follows a piece that does not open never leaves: the connection ends, short of the length that
    /// the client was told.
    pub(crate) fn body(self) -> BoxBody {
        let whole = (Some(self.first), self.rest, self.room);
        let pieces = stream::try_unfold(whole, |(first, rest, room)| async move {
            if let Some(first) = first {
                return Ok(Some((Bytes::from(first), (None, rest, room))));
            }
            let Some(mut file) = rest else { return Ok(None) };
            let read = tokio::task::spawn_blocking(move || file.read().map(|piece| (piece, file)));
            match read.await.map_err(io::Error::other)? {
                Ok((Some(piece), file)) => Ok(Some((Bytes::from(piece), (None, Some(file), room)))),
                Ok((None, _)) => Ok(None),
                Err(error) => {
                    tracing::error!(error = %error, "A file broke off on its way out");
                    Err(io::Error::other(error))
                }
            }
        });
        let length = self.length;
        // An empty stream has no pieces; a body of no bytes says so.
        if length == 0 {
            BoxBody::new(Bytes::new())
        } else {
            SizedStream::new(length, Box::pin(pieces)).boxed()
        }
    }
}

impl Download {
    /// A browser saves it and never shows it, under a name that can be read in one way only, whole (CWE-79; ASVS 3.2.1).
    #[enforces(OUTPUT_DOWNLOAD_SAFE, otherwise = crate::vulnerable::http::download::show)]
    fn respond(self) -> Result<HttpResponse, Problem> {
        let disposition = disposition(&self.name)?;
        let media_type = HeaderValue::from_static(self.media_type);
        let body = self.body();
        debug_assert!(matches!(body.size(), BodySize::Sized(_)));
        let mut response = HttpResponse::with_body(StatusCode::OK, body);
        write_headers(response.headers_mut(), media_type, disposition);
        Ok(response)
    }
}

/// What an endpoint's files may be, for the documentation.
pub trait MediaTypes: 'static {
    /// All of them.
    const ALL: &'static [&'static str];
}

/// 200 with a file that is one of `M`.
pub struct Served<M>(Download, PhantomData<M>);

impl<M> From<Download> for Served<M> {
    fn from(download: Download) -> Self {
        Self(download, PhantomData)
    }
}

impl<M: MediaTypes> Answer for Served<M> {
    const IS_JSON: bool = false;

    fn respond(self) -> Result<HttpResponse, Problem> {
        self.0.respond()
    }

    fn describe() -> AnswerDescription {
        AnswerDescription::files(M::ALL)
    }
}

/// The edge adds `nosniff`, `no-store` and a content security policy that runs and loads nothing, as to every answer.
/// Ranges are not served.
fn write_headers(headers: &mut HeaderMap, media_type: HeaderValue, disposition: HeaderValue) {
    headers.insert(header::CONTENT_TYPE, media_type);
    headers.insert(header::CONTENT_DISPOSITION, disposition);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("none"));
}

/// RFC 6266 §4.1 with the one spelling that leaves nothing to guess: no plain `filename`, whose quoting every client
/// reads in its own way. What no file name may hold was refused on its way in; this is for what lies there already.
fn disposition(name: &str) -> Result<HeaderValue, Problem> {
    let harmless = |character: char| {
        let parts_paths = matches!(character, '/' | '\\');
        let fine =
            !character.is_control() && !parts_paths && text::is_clean(character.encode_utf8(&mut [0; 4]));
        if fine { character } else { '_' }
    };
    let name: String = name.chars().map(harmless).collect();
    let encoded: Cow<'_, str> = utf8_percent_encode(&name, ESCAPED).into();
    HeaderValue::from_str(&format!("attachment; filename*=UTF-8''{encoded}"))
        .map_err(|error| Problem::internal(&error))
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn a_name_leaves_as_one_token_whatever_it_holds() {
        let header = |name: &str| disposition(name).unwrap().to_str().unwrap().to_owned();
        assert_eq!(header("report.pdf"), "attachment; filename*=UTF-8''report.pdf");
        assert_eq!(header("Über \"1\".pdf"), "attachment; filename*=UTF-8''%C3%9Cber%20%221%22.pdf");
        assert_eq!(header("a\r\nSet-Cookie: x"), "attachment; filename*=UTF-8''a__Set-Cookie%3A%20x");
        assert_eq!(header("../\u{202e}fdp.exe"), "attachment; filename*=UTF-8''..__fdp.exe");
        assert_eq!(header("x;filename=evil.html"), "attachment; filename*=UTF-8''x%3Bfilename%3Devil.html");
    }
}
