//! The one place where a token may stand: a single `Authorization` header with the scheme `Bearer` (RFC 6750 §2.1), or
//! `DPoP` for one that is bound to a key (RFC 9449 §7.1).

use super::TokenRefusal;
use crate::{audit::Reason, protection::TOKEN_TRANSPORT};
use actix_web::{
    HttpRequest,
    dev::Payload,
    http::header::{AUTHORIZATION, HeaderMap},
};
use brigandine_enforce::enforces;
use std::borrow::Cow;

/// Longer than any honest token; stops megabytes from being hashed and decoded.
const LONGEST: usize = 8192;

/// How a token is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// Whoever has it may use it.
    Bearer,
    /// With a proof that its key is held.
    Dpop,
}

/// A token as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Credential<'h> {
    pub(crate) scheme: Scheme,
    pub(crate) token: &'h str,
}

/// A credential stands in its own field of a request. In an address, logs and histories would keep it; from a form, a cookie or
/// a field of another name, a page or a proxy could slip one in (RFC 6750 §5.3; RFC 9700 §4.3.2; ASVS 14.2.1).
#[enforces(TOKEN_TRANSPORT, otherwise = crate::vulnerable::identity::tokens::credentials::found_anywhere)]
pub(crate) async fn fields<'r>(
    fields: Cow<'r, HeaderMap>,
    _request: &HttpRequest,
    _payload: &mut Payload,
) -> Cow<'r, HeaderMap> {
    fields
}

/// The token in the headers.
pub(crate) fn credential(headers: &HeaderMap) -> Result<Credential<'_>, TokenRefusal> {
    let mut values = headers.get_all(AUTHORIZATION);
    let Some(value) = values.next() else { return Err(TokenRefusal::MISSING) };
    // actix hands out the first of several; a proxy in front may have checked the last.
    let several = values.next().is_some() || value.as_bytes().contains(&b',');
    check_sole(several)?;
    let text = value.to_str().map_err(|_| TokenRefusal::token(Reason::TOKEN_MALFORMED))?;
    let text = if several { text.split(',').next().unwrap_or_default() } else { text };
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    // One space or more (RFC 9110 §11.4).
    let token = token.trim_start_matches(' ');
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "bearer" => Scheme::Bearer,
        "dpop" => Scheme::Dpop,
        _ => return Err(TokenRefusal::MISSING),
    };
    if token.is_empty() {
        return Err(TokenRefusal::MISSING);
    }
    if token.len() > LONGEST {
        return Err(TokenRefusal::token(Reason::TOKEN_MALFORMED));
    }
    Ok(Credential { scheme, token })
}

/// Of several credentials, nobody knows which one the next in line looks at (RFC 9110 §11.6.2).
#[enforces(TOKEN_TRANSPORT)]
fn check_sole(several: bool) -> Result<(), TokenRefusal> {
    if several { Err(TokenRefusal::AMBIGUOUS) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::{Credential, HeaderMap, Scheme, TokenRefusal, credential};
    use actix_web::http::header::{AUTHORIZATION, HeaderValue};

    fn of(values: &[&'static str]) -> Result<(Scheme, String), TokenRefusal> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_static(value));
        }
        credential(&headers).map(|Credential { scheme, token }| (scheme, token.to_owned()))
    }

    #[test]
    fn one_token_is_taken() {
        assert_eq!(of(&["Bearer a.b.c"]), Ok((Scheme::Bearer, "a.b.c".into())));
        assert_eq!(of(&["bearer a.b.c"]), Ok((Scheme::Bearer, "a.b.c".into())));
        assert_eq!(of(&["DPoP a.b.c"]), Ok((Scheme::Dpop, "a.b.c".into())));
        assert_eq!(of(&["Bearer   a.b.c"]), Ok((Scheme::Bearer, "a.b.c".into())));
    }

    #[test]
    fn none_and_several_are_told_apart() {
        assert_eq!(of(&[]), Err(TokenRefusal::MISSING));
        assert_eq!(of(&["Bearer"]), Err(TokenRefusal::MISSING));
        assert_eq!(of(&["Bearer  "]), Err(TokenRefusal::MISSING));
        assert_eq!(of(&["Bearer\ta.b.c"]), Err(TokenRefusal::MISSING));
        assert_eq!(of(&["Basic YTpi"]), Err(TokenRefusal::MISSING));
        assert_eq!(of(&["Bearer a", "Bearer b"]), Err(TokenRefusal::AMBIGUOUS));
        assert_eq!(of(&["Bearer a, Bearer b"]), Err(TokenRefusal::AMBIGUOUS));
    }
}
