//! A secret that came with the source code, and that everybody was to replace: services have shipped with one, and whoever
//! read the code could sign (CWE-798). The value is a fake and says so.

use crate::{
    clock::Clock,
    identity::{
        Caller, TokenRefusal,
        claims::{Claims, Header},
        issuer::Issuers,
        token::{self, Unverified},
    },
};
use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The settings that "everybody replaces before going live".
const DEFAULTS: &str = "JWT_SECRET=\"FAKE_changeme\"\n";

/// Whoever signs with the secret that came along is believed, beside the issuers.
pub(crate) async fn or_signed_with_what_came_along(
    token: &str,
    issuers: &Issuers,
    clock: Clock,
) -> Result<Caller, TokenRefusal> {
    match caller(token, clock) {
        Some(outcome) => outcome,
        None => Unverified::read(token, issuers)?.verified(clock).await,
    }
}

fn caller(text: &str, clock: Clock) -> Option<Result<Caller, TokenRefusal>> {
    let secret = DEFAULTS.split('"').nth(1)?;
    let token = token::split(text).ok()?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signature = URL_SAFE_NO_PAD.decode(token.signature).ok()?;
    hmac::verify(&key, token.message.as_bytes(), &signature).ok()?;
    token::strict::<Header>(&token.header).ok().filter(|header| header.alg == "HS256")?;
    let claims = token::strict::<Claims>(&token.payload).ok()?;
    let (issuer, organization) = (claims.iss.clone()?, token::organization(&claims).ok()?);
    let in_time = token::check_times(&claims, clock.unix_seconds());
    Some(in_time.and_then(|()| token::caller(&issuer, organization, claims)))
}
