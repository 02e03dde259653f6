//! New ways to prove who one is.

use super::{Form, Nonce, Page, SERVICE, TrustedSvg};
use askama::Template;

/// Shows the key of an authenticator app and takes the first code: `POST /account/factors/totp` with `code`.
#[derive(Template)]
#[template(path = "enrol_totp.html")]
pub struct EnrolTotp<'a> {
    /// What the form carries.
    pub form: Form<'a>,
    /// The key as a QR code, dark on light.
    pub qr: TrustedSvg<'a>,
    /// The key as text, in groups.
    pub secret: &'a str,
    /// The key as a link (`otpauth://`), for the phone that shows this page.
    pub uri: &'a str,
}

/// Shows new recovery codes, this once.
#[derive(Template)]
#[template(path = "recovery_codes.html")]
pub struct RecoveryCodes<'a> {
    /// The codes.
    pub codes: &'a [String],
    /// The path that comes next.
    pub next: &'a str,
}

impl Page for EnrolTotp<'_> {}
impl Page for RecoveryCodes<'_> {}
