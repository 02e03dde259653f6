//! Every failure in one shape: `application/problem+json` (RFC 9457).
//!
//! What a client may learn of a failure is decided here and nowhere else. A [`Problem`] carries a fixed sentence per
//! kind, never a library's message, and never the value that was refused; the reason goes to the audit event.

mod kind;

pub use kind::Kind;

use crate::{audit::Reason, ids::RequestId, protection::ERROR_UNIFORM};
use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
};
use brigandine_enforce::enforces;
use serde::Serialize;
use std::fmt;

/// The media type of every error answer.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// One broken rule: where, and which. Never the value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// A JSON pointer into the body (RFC 6901), `?name` for a query parameter, or a header field's name.
    pub pointer: String,
    /// The rule's name.
    pub rule: String,
}

/// A failure on its way to the client.
#[derive(Clone, Debug)]
pub struct Problem {
    kind: Kind,
    /// Most refusals have none of it; boxed, so that every result of a handler stays small.
    rest: Option<Box<Rest>>,
}

/// What is known beyond the kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rest {
    errors: Vec<FieldError>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// For the audit event, never for the client.
    reason: Option<Reason>,
    /// Whether it is one of a flood, of which the audit log has others.
    unrecorded: bool,
    /// What broke on our side, for the log.
    failure: Option<String>,
    /// What the client is told beyond the title (RFC 9457 §3.1.4): nothing, see [`Problem::caused_by`].
    pub(crate) detail: Option<String>,
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    instance: String,
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    errors: &'a [FieldError],
    /// What would do, where no header field says so (RFC 9110 §15.5.7).
    #[serde(skip_serializing_if = "Option::is_none")]
    acceptable: Option<&'static [&'static str]>,
}

impl Problem {
    /// A failure of this kind.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Self { kind, rest: None }
    }

    pub(crate) fn rest(&mut self) -> &mut Rest {
        self.rest.get_or_insert_default()
    }

    /// The kind that fits an answer which some library made.
    #[must_use]
    pub fn for_status(status: StatusCode) -> Self {
        let kind = Kind::ALL.iter().copied().find(|kind| kind.status() == status);
        Self::new(kind.unwrap_or(if status.is_client_error() {
            Kind::BadRequest
        } else {
            Kind::InternalError
        }))
    }

    /// Adds a broken rule.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>, rule: impl Into<String>) -> Self {
        self.rest().errors.push(FieldError { pointer: pointer.into(), rule: rule.into() });
        self
    }

    /// Adds a header to the answer, e.g. the challenge of a 401.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.rest().headers.push((name, value));
        self
    }

    /// Says why, to the audit log only.
    #[must_use]
    pub fn because(mut self, reason: Reason) -> Self {
        self.rest().reason = Some(reason);
        self
    }

    /// Leaves no audit row: it is one of a flood, of which the log has others.
    #[must_use]
    pub fn unrecorded(mut self) -> Self {
        self.rest().unrecorded = true;
        self
    }

    /// Whether it leaves no audit row.
    #[must_use]
    pub fn is_unrecorded(&self) -> bool {
        self.rest.as_ref().is_some_and(|rest| rest.unrecorded)
    }

    /// Keeps the cause out of the answer: it would tell a client how the service is made, and repeat what was refused (CWE-209).
    #[must_use]
    #[enforces(ERROR_UNIFORM, otherwise = crate::vulnerable::http::tell_the_cause)]
    pub fn caused_by(self, _cause: &dyn fmt::Debug) -> Self {
        self
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The reason for the audit log.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        self.rest.as_ref()?.reason
    }

    /// What broke on our side. The edge logs it beside the request's id, which is all that the client is told.
    #[must_use]
    pub fn failure(&self) -> Option<&str> {
        self.rest.as_ref()?.failure.as_deref()
    }

    /// Keeps what broke for the log.
    #[must_use]
    pub fn failed(mut self, cause: &dyn fmt::Display) -> Self {
        self.rest().failure = Some(cause.to_string());
        self
    }

    /// The body for the client.
    #[must_use]
    pub fn render(&self, identifier: &str, request: RequestId) -> Vec<u8> {
        let rest = self.rest.as_deref();
        let body = Body {
            r#type: format!("{identifier}/problems/{}", self.kind.slug()),
            title: self.kind.title(),
            status: self.kind.status().as_u16(),
            detail: rest.and_then(|rest| rest.detail.as_deref()),
            instance: format!("urn:uuid:{request}"),
            errors: rest.map_or(&[], |rest| &rest.errors),
            acceptable: (self.kind == Kind::NotAcceptable).then_some(&["application/json"]),
        };
        // Plain strings and numbers; the serialiser has nothing to fail on.
        super::output::to_json(&body).unwrap_or_default()
    }

    /// Writes the problem's own headers and its media type.
    pub fn write_headers(&self, headers: &mut HeaderMap) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        self.write_own_headers(headers);
    }

    /// Writes the problem's own headers: a challenge, `Allow`, `Retry-After`.
    pub fn write_own_headers(&self, headers: &mut HeaderMap) {
        for (name, value) in self.rest.iter().flat_map(|rest| &rest.headers) {
            headers.append(name.clone(), value.clone());
        }
    }
}

impl From<Kind> for Problem {
    fn from(kind: Kind) -> Self {
        Self::new(kind)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.kind.slug())
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.kind.status()
    }

    /// The edge renders the body: it knows the request id.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.kind.status());
        self.write_headers(response.headers_mut());
        response.extensions_mut().insert(self.clone());
        response
    }
}

impl Problem {
    /// A bug or a broken part: the cause goes to the log, the client learns nothing.
    #[must_use]
    pub fn internal(cause: &(dyn std::error::Error + 'static)) -> Self {
        Self::new(Kind::InternalError).failed(&cause).caused_by(&cause)
    }

    /// Something that the service depends on does not answer: refuse, never guess.
    #[must_use]
    pub fn unavailable(cause: &(dyn std::error::Error + 'static)) -> Self {
        Self::new(Kind::DependencyUnavailable)
            .with_header(header::RETRY_AFTER, HeaderValue::from_static("1"))
            .failed(&cause)
            .caused_by(&cause)
    }

    /// More work than can be done in time: refused at once, so that the rest is done.
    #[must_use]
    pub fn overloaded(cause: &(dyn std::error::Error + 'static)) -> Self {
        Self::new(Kind::Overloaded)
            .with_header(header::RETRY_AFTER, HeaderValue::from_static("1"))
            .failed(&cause)
            .caused_by(&cause)
    }
}
