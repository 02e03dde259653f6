//! What a browser may do with a page: the strictest policy that the page works under.

use super::Nonce;
use url::{Origin, Url};

/// The Content Security Policy of a page. No form leaves this origin, and no redirection after one: see
/// [`super::Onward`].
pub(super) fn content_security_policy(nonce: &Nonce, script: bool) -> String {
    let script = if script { format!("script-src 'nonce-{nonce}'; ") } else { String::new() };
    format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; {script}form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
}

/// The origin of a URL, or its scheme where it has none, as the redirect URIs of installed apps (RFC 8252 §7.1).
pub(super) fn origin(url: &Url) -> String {
    match url.origin() {
        origin @ Origin::Tuple(..) => origin.ascii_serialization(),
        Origin::Opaque(_) => format!("{}:", url.scheme()),
    }
}

/// What no page ever uses.
macro_rules! features {
    ($passkeys:literal) => {
        concat!(
            "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), ",
            "microphone=(), midi=(), payment=(), usb=(), xr-spatial-tracking=(), publickey-credentials-create=(",
            $passkeys,
            "), publickey-credentials-get=(",
            $passkeys,
            ")"
        )
    };
}

/// The features that a page may use: passkeys, on the pages that have a ceremony, and nothing else.
pub(super) const fn permissions_policy(passkeys: bool) -> &'static str {
    if passkeys { features!("self") } else { features!("") }
}
