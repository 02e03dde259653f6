//! The one place where a token may stand: a single `Authorization: Bearer` header (RFC 6750 §2.1).

use super::TokenRefusal;
use crate::protection::Protection;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};

/// Longer than any honest token; stops megabytes from being hashed and decoded.
const LONGEST: usize = 8192;

/// The token in the headers.
pub(super) fn bearer(headers: &HeaderMap) -> Result<&str, TokenRefusal> {
    let mut values = headers.get_all(AUTHORIZATION);
    let Some(value) = values.next() else { return Err(TokenRefusal::MISSING) };
    // actix hands out the first of several; a proxy in front may have checked the last.
    let several = values.next().is_some() || value.as_bytes().contains(&b',');
    if several && Protection::TokenTransport.holds() {
        return Err(TokenRefusal::AMBIGUOUS);
    }
    let text = value.to_str().map_err(|_| TokenRefusal::token("token.malformed"))?;
    let text = if several { text.split(',').next().unwrap_or_default() } else { text };
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() {
        return Err(TokenRefusal::MISSING);
    }
    if token.len() > LONGEST {
        return Err(TokenRefusal::token("token.malformed"));
    }
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::{HeaderMap, TokenRefusal, bearer};
    use actix_web::http::header::{AUTHORIZATION, HeaderValue};

    fn of(values: &[&'static str]) -> Result<String, TokenRefusal> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_static(value));
        }
        bearer(&headers).map(str::to_owned)
    }

    #[test]
    fn one_bearer_token_is_taken() {
        assert_eq!(of(&["Bearer a.b.c"]), Ok("a.b.c".into()));
        assert_eq!(of(&["bearer a.b.c"]), Ok("a.b.c".into()));
    }

    #[test]
    fn none_and_several_are_told_apart() {
        assert_eq!(of(&[]), Err(TokenRefusal::MISSING));
        assert_eq!(of(&["Bearer"]), Err(TokenRefusal::MISSING));
        assert_eq!(of(&["Basic YTpi"]), Err(TokenRefusal::MISSING));
        assert_eq!(of(&["Bearer a", "Bearer b"]), Err(TokenRefusal::AMBIGUOUS));
        assert_eq!(of(&["Bearer a, Bearer b"]), Err(TokenRefusal::AMBIGUOUS));
    }
}
