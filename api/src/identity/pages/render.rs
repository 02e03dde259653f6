//! From a page to an answer.

use super::{Nonce, policy};
use actix_web::http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, InvalidHeaderValue, REFERRER_POLICY,
};
use askama::Template;
use std::any::Any;

/// A page.
pub trait Page: Template {
    /// Whether it holds the passkey ceremony, the one thing that needs a script.
    fn has_ceremony(&self) -> bool {
        false
    }
}

/// A page, ready to be sent.
#[derive(Debug)]
pub struct Rendered {
    /// The document.
    pub html: String,
    /// The headers that stand in place of those of an API's answer; the rest of the set stays as it is.
    pub headers: [(HeaderName, HeaderValue); 5],
}

/// Why a page can't be sent.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The template failed.
    #[error("a page's template failed")]
    Template(#[from] askama::Error),
    /// The policy is no header value.
    #[error("a page's policy is no header value")]
    Policy(#[from] InvalidHeaderValue),
}

/// Renders a page; style and script run under this nonce only.
///
/// # Errors
/// [`RenderError`], when a template or a header has a bug.
pub fn render<P: Page>(page: &P, nonce: &Nonce) -> Result<Rendered, RenderError> {
    let html = page.render_with_values(&("nonce", nonce as &dyn Any))?;
    let content_security_policy = policy::content_security_policy(nonce, page.has_ceremony());
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, HeaderValue::try_from(content_security_policy)?),
        // Not `no-referrer`: under that, browsers send `Origin: null` with a form (Fetch §3.1), and the check of the
        // origin would refuse every honest one.
        (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
        (
            HeaderName::from_static("permissions-policy"),
            HeaderValue::from_static(policy::permissions_policy(page.has_ceremony())),
        ),
        // A window that opened this page keeps no handle on it.
        (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    ];
    Ok(Rendered { html, headers })
}
