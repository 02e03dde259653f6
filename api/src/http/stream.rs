//! Bodies that are too large to be held: read piece by piece, bounded in size and in time.

use super::{
    body::{GRACE, LEAST_RATE},
    media::{self, MediaType},
    problem::{Kind, Problem},
};
use crate::protection::{LIMIT_SLOW_CLIENT, UPLOAD_RESOURCE_LIMITS, UPLOAD_TYPE};
use actix_web::{
    dev::Payload,
    error::PayloadError,
    http::{
        Method,
        header::{self, HeaderMap, HeaderValue},
    },
};
use aws_lc_rs::digest;
use brigandine_enforce::enforces;
use bytes::Bytes;
use futures_util::StreamExt;
use std::time::Duration;
use tokio::time::Instant;

/// A body of the largest size must be here as if it came at this rate, in bytes a second, and ten seconds.
const USUAL_RATE: u64 = 64 * 1024;
const LEAST: Duration = Duration::from_secs(10);

/// A body on its way in.
pub struct Incoming<'a> {
    payload: &'a mut Payload,
    limit: u64,
    received: u64,
    digest: digest::Context,
    started: Instant,
}

impl<'a> Incoming<'a> {
    pub(super) fn new(payload: &'a mut Payload, limit: u64) -> Self {
        Self {
            payload,
            limit,
            received: 0,
            digest: digest::Context::new(&digest::SHA256),
            started: Instant::now(),
        }
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// `upload-too-large` as soon as it is, `request-timeout`, `bad-request` for a body that breaks off.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        let Some(piece) = self.in_time().await? else { return Ok(None) };
        let piece = piece.map_err(|_| Problem::new(Kind::BadRequest))?;
        self.received = self.received.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        self.check_received()?;
        self.digest.update(&piece);
        Ok(Some(piece))
    }

    /// The next piece, unless it is later than an honest client's would be (CWE-405).
    #[enforces(LIMIT_SLOW_CLIENT, answers = Ok(self.payload.next().await))]
    async fn in_time(&mut self) -> Result<Option<Result<Bytes, PayloadError>>, Problem> {
        let piece = tokio::time::timeout_at(self.patience(), self.payload.next());
        piece.await.map_err(|_| Kind::RequestTimeout.into())
    }

    /// Refuses a body that has become too large, whatever it said of itself (ASVS 5.2.1; CWE-770).
    #[enforces(UPLOAD_RESOURCE_LIMITS)]
    fn check_received(&self) -> Result<(), Problem> {
        if self.received > self.limit {
            return Err(Kind::UploadTooLarge.into());
        }
        Ok(())
    }

    /// The digest of what came.
    pub(super) fn digest(self) -> digest::Digest {
        self.digest.finish()
    }

    /// Until when the next piece must be here (CWE-405).
    fn patience(&self) -> Instant {
        let earned = Duration::from_secs(self.received / u64::try_from(LEAST_RATE).unwrap_or(1));
        let whole = LEAST.saturating_add(Duration::from_secs(self.limit / USUAL_RATE));
        self.started + GRACE.saturating_add(earned).min(whole)
    }
}

/// Refuses a body that says itself that it is too large, before any of it is read.
#[enforces(UPLOAD_RESOURCE_LIMITS)]
pub(super) fn check_announced(headers: &HeaderMap, limit: u64) -> Result<(), Problem> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let too_large = announced.is_some_and(|length: u64| length > limit);
    if too_large {
        return Err(Kind::UploadTooLarge.into());
    }
    Ok(())
}

/// Exactly one `Content-Type`, exactly one of these, with parameters that say nothing; the body not encoded. Nothing is guessed, and no
/// multipart is taken apart (decision 57).
#[enforces(UPLOAD_TYPE)]
pub(super) fn check_type(headers: &HeaderMap, media: &'static [&'static str]) -> Result<(), Problem> {
    if declared(headers, media).is_some() {
        return Ok(());
    }
    let accepted = HeaderValue::from_str(&media.join(", ")).unwrap_or(HeaderValue::from_static(""));
    Err(media::unsupported(&Method::POST, headers, one_of(headers, media).is_some(), &accepted))
}

/// Which of these types the body is declared to be.
#[must_use]
pub fn declared(headers: &HeaderMap, media: &'static [&'static str]) -> Option<&'static str> {
    if media::is_encoded(headers) { None } else { one_of(headers, media) }
}

fn one_of(headers: &HeaderMap, media: &'static [&'static str]) -> Option<&'static str> {
    let declared = media::declared(headers).filter(MediaType::is_bare)?;
    media.iter().copied().find(|known| declared.is(known))
}

#[cfg(test)]
mod tests {
    use super::declared;
    use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};

    const MEDIA: &[&str] = &["application/pdf", "image/png"];

    #[test]
    fn one_type_is_declared_and_it_is_one_of_these() {
        let with = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            values.iter().for_each(|value| headers.append(CONTENT_TYPE, HeaderValue::from_static(value)));
            headers
        };
        assert_eq!(declared(&with(&["Image/PNG"]), MEDIA), Some("image/png"));
        assert_eq!(declared(&with(&["image/png;"]), MEDIA), Some("image/png"));
        for wrong in [
            &[][..],
            &["text/html"],
            &["image/png", "image/png"],
            &["image/png; charset=x"],
            &["multipart/form-data; boundary=x"],
        ] {
            assert_eq!(declared(&with(wrong), MEDIA), None, "{wrong:?}");
        }
        let mut encoded = with(&["image/png"]);
        encoded.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        assert_eq!(declared(&encoded, MEDIA), None);
    }
}
