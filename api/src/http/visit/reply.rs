//! What a visit is answered with.

use super::{Cookie, OAuthError};
use crate::{
    audit::{EventName, Reason},
    http::{output, problem::Problem},
    identity::pages::{self, Nonce, Onward, Page},
    protection::SESSION_TERMINATION,
};
use actix_web::{
    HttpResponse,
    body::BoxBody,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
use brigandine_enforce::enforces;
use serde::Serialize;
use serde_json::json;

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub(super) response: HttpResponse,
    /// Set where the answer says politely that something was refused: a form shown again.
    pub(super) failure: Option<(EventName, Reason)>,
}

/// Marks a response whose shape is final, though its status is an error's.
pub(in crate::http) struct Finished;

/// Marks a response whose headers say themselves what a browser may do with it. They stay in place of the ones that
/// forbid an API's answer everything.
pub(crate) struct Framed;

impl Reply {
    fn new(mut response: HttpResponse) -> Self {
        response.extensions_mut().insert(Finished);
        Self { response, failure: None }
    }

    /// A page.
    ///
    /// # Errors
    /// When its template has a bug.
    pub fn page(status: StatusCode, page: &impl Page) -> Result<Self, Problem> {
        let rendered = pages::render(page, &Nonce::random()).map_err(|error| Problem::internal(&error))?;
        let mut response = HttpResponse::with_body(status, BoxBody::new(rendered.html));
        for (name, value) in rendered.headers {
            response.headers_mut().insert(name, value);
        }
        response.extensions_mut().insert(Framed);
        Ok(Self::new(response))
    }

    /// A page that goes on to another origin by itself, as an answer to a form: see [`Onward`].
    ///
    /// # Errors
    /// When its template has a bug, or the address is no field's value.
    pub fn onward(address: &str) -> Result<Self, Problem> {
        let refresh = HeaderValue::try_from(format!("0;url={address}"));
        let refresh = refresh.map_err(|error| Problem::internal(&error))?;
        let page = Self::page(StatusCode::OK, &Onward::to(address))?;
        Ok(page.with_header(header::REFRESH, refresh))
    }

    /// 303 to another place (RFC 9700 §4.12: never 307, which would send the password on).
    #[must_use]
    pub fn see_other(location: &str) -> Self {
        let mut response = HttpResponse::new(StatusCode::SEE_OTHER);
        if let Ok(location) = HeaderValue::from_str(location) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        Self::new(response)
    }

    /// JSON.
    ///
    /// # Errors
    /// When it can't be serialised.
    pub fn json(status: StatusCode, value: &impl Serialize) -> Result<Self, Problem> {
        let body = output::to_json(value).map_err(|error| Problem::internal(&error))?;
        let mut response = HttpResponse::with_body(status, BoxBody::new(body));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(Self::new(response))
    }

    /// A status and nothing else.
    #[must_use]
    pub fn empty(status: StatusCode) -> Self {
        Self::new(HttpResponse::new(status))
    }

    /// The error object of RFC 6749 §5.2.
    ///
    /// # Errors
    /// When it can't be serialised.
    pub(super) fn error(error: OAuthError) -> Result<Self, Problem> {
        Self::json(error.status(), &json!({ "error": error.code(), "error_description": error.sentence() }))
    }

    /// Sets a cookie.
    #[must_use]
    pub fn with_cookie(mut self, cookie: &Cookie) -> Self {
        if let Some(value) = cookie.header() {
            self.response.headers_mut().append(header::SET_COOKIE, value);
        }
        self
    }

    /// Adds a field.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.response.headers_mut().insert(name, value);
        self
    }

    /// Wipes what the browser holds of this origin: for the way out (ASVS 14.3.1).
    #[must_use]
    #[enforces(SESSION_TERMINATION)]
    pub fn clearing_site_data(self) -> Self {
        let name = HeaderName::from_static("clear-site-data");
        self.with_header(name, HeaderValue::from_static(r#""cache","cookies","storage""#))
    }

    /// Says that this answer is a refusal, for the audit log.
    #[must_use]
    pub fn refusing(mut self, event: EventName, reason: Reason) -> Self {
        self.failure = Some((event, reason));
        self
    }
}
