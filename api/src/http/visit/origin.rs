//! Where a form was sent from. A page of somebody else can make a browser send one, with its cookies (CWE-352).

use crate::{
    audit::Reason,
    http::problem::{Kind, Problem},
    protection::CSRF_NO_AMBIENT,
    sealing::Keyring,
};
use actix_web::http::header::{HeaderMap, ORIGIN};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use brigandine_enforce::enforces;

const PURPOSE: &str = "csrf";

/// The token for the forms of a browser with this cookie.
pub(super) fn token(keyring: &Keyring, browser: &str) -> String {
    URL_SAFE_NO_PAD.encode(keyring.mac(PURPOSE, browser.as_bytes()))
}

/// Refuses a form that was not sent by one of our own pages in this very browser.
///
/// # Errors
/// `cross-site`.
#[enforces(CSRF_NO_AMBIENT)]
pub(super) fn check(
    headers: &HeaderMap,
    own: &str,
    keyring: &Keyring,
    browser: Option<&str>,
    given: Option<&str>,
) -> Result<(), Problem> {
    let refused = |reason| Err(Problem::new(Kind::CrossSite).because(reason));
    let origins: Vec<_> = headers.get_all(ORIGIN).collect();
    if !origins.is_empty() && !matches!(origins.as_slice(), [origin] if origin.as_bytes() == own.as_bytes()) {
        return refused(Reason::ORIGIN);
    }
    // Sent by every browser since 2023, and by no script of a page (Fetch Metadata).
    if headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin") {
        return refused(Reason::SEC_FETCH_SITE);
    }
    let (Some(browser), Some(given)) = (browser, given) else { return refused(Reason::CSRF_TOKEN) };
    let mac = URL_SAFE_NO_PAD.decode(given).unwrap_or_default();
    if keyring.verify_mac(PURPOSE, browser.as_bytes(), &mac) { Ok(()) } else { refused(Reason::CSRF_TOKEN) }
}
