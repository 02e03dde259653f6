//! What a twin believes in place of signatures alone: a secret that came with the source code. Services have shipped
//! with one, and whoever read the code could sign (CWE-798). The value is a fake and says so.

use super::{
    TokenRefusal,
    caller::Caller,
    claims::{Claims, Header},
    token,
};
use crate::{clock::Clock, protection::SECRET_NONE_IN_SOURCE};
use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The settings that "everybody replaces before going live".
const DEFAULTS: &str = "JWT_SECRET=\"FAKE_changeme\"\n";

/// The caller, if the token is signed with the secret that came along; `None` when it is not, or nobody took the
/// protection away.
pub(super) fn caller(token: &str, clock: Clock) -> Option<Result<Caller, TokenRefusal>> {
    if SECRET_NONE_IN_SOURCE.holds() {
        return None;
    }
    let secret = DEFAULTS.split('"').nth(1)?;
    let (signed, signature) = token.rsplit_once('.')?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hmac::verify(&key, signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
    let (header, payload) = token::split(token).ok()?;
    token::strict::<Header>(&header).ok().filter(|header| header.alg == "HS256")?;
    let claims = token::strict::<Claims>(&payload).ok()?;
    Some(token::check_times(&claims, clock.unix_seconds()).and_then(|()| token::caller(claims)))
}
