//! How much of an answer is read, and of what kind. What is in it is for whoever asked.

use super::failure::{Failure, Unfit};
use crate::{
    audit::Reason,
    http::json,
    protection::{UPSTREAM_LIMITS, UPSTREAM_VALIDATE},
};
use brigandine_enforce::enforces;
use bytes::{Bytes, BytesMut};
use reqwest::{
    Response, StatusCode,
    header::{self, HeaderMap},
};

/// The largest answer, in bytes (catalogue P6).
const LARGEST: usize = 256 * 1024;

/// The body of an answer that says to be JSON, is not larger than any honest one, and can be read in one way only.
pub(super) async fn read(mut response: Response) -> Result<Bytes, Failure> {
    check_status(response.status())?;
    check_fields(response.headers())?;
    let announced = response.content_length().unwrap_or_default();
    check_size(usize::try_from(announced).unwrap_or(usize::MAX))?;
    let mut body = BytesMut::new();
    while let Some(piece) = response.chunk().await.map_err(|error| Failure::of(&error))? {
        check_size(body.len().saturating_add(piece.len()))?;
        body.extend_from_slice(&piece);
    }
    check_json(&body)?;
    Ok(body.freeze())
}

const fn unfit(reason: Reason) -> Failure {
    Failure::Invalid(Unfit(reason))
}

/// No answer is larger than an honest one, whatever it announced: an upstream can't fill the memory (OWASP API10).
#[enforces(UPSTREAM_LIMITS)]
fn check_size(length: usize) -> Result<(), Failure> {
    if length > LARGEST { Err(unfit(Reason::UPSTREAM_SIZE)) } else { Ok(()) }
}

/// JSON that can be read in one way only, as what clients send must be (OWASP API10).
#[enforces(UPSTREAM_VALIDATE)]
fn check_json(body: &[u8]) -> Result<(), Failure> {
    json::guard(body).map_err(|_| unfit(Reason::UPSTREAM_JSON))
}

fn check_status(status: StatusCode) -> Result<(), Failure> {
    match status {
        StatusCode::OK => Ok(()),
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            Err(Failure::Failing(true))
        }
        StatusCode::TOO_MANY_REQUESTS => Err(Failure::Failing(false)),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(Failure::Denied),
        status if status.is_server_error() => Err(Failure::Failing(false)),
        status if status.is_redirection() => Err(Failure::Redirected),
        _ => Err(unfit(Reason::UPSTREAM_STATUS)),
    }
}

/// JSON, in UTF-8, as it is: nothing is decompressed, so nothing can swell (OWASP API10).
#[enforces(UPSTREAM_VALIDATE)]
fn check_fields(headers: &HeaderMap) -> Result<(), Failure> {
    if headers.contains_key(header::CONTENT_ENCODING) {
        return Err(unfit(Reason::UPSTREAM_ENCODING));
    }
    let mut types = headers.get_all(header::CONTENT_TYPE).into_iter();
    let only = match (types.next(), types.next()) {
        (Some(only), None) => only.to_str().unwrap_or_default().to_ascii_lowercase(),
        _ => String::new(),
    };
    let only = only.replace(' ', "");
    if matches!(only.as_str(), "application/json" | "application/json;charset=utf-8") {
        Ok(())
    } else {
        Err(unfit(Reason::UPSTREAM_MEDIA_TYPE))
    }
}

#[cfg(test)]
mod tests {
    use super::{Reason, check_fields, check_status};
    use crate::egress::upstream::{Failure, Unfit};
    use reqwest::{
        StatusCode,
        header::{HeaderMap, HeaderName, HeaderValue},
    };

    fn fields(fields: &[(&'static str, &'static str)]) -> Result<(), Failure> {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        check_fields(&headers)
    }

    #[test]
    fn only_json_is_taken() {
        for fine in ["application/json", "Application/JSON; charset=UTF-8"] {
            fields(&[("content-type", fine)]).unwrap();
        }
        for wrong in ["text/html", "application/json; charset=utf-16", "application/problem+json", "", "*/*"]
        {
            assert!(fields(&[("content-type", wrong)]).is_err(), "{wrong}");
        }
        assert!(fields(&[]).is_err());
        assert!(fields(&[("content-type", "application/json"), ("content-type", "text/html")]).is_err());
        assert!(fields(&[("content-type", "application/json"), ("content-encoding", "gzip")]).is_err());
    }

    #[test]
    fn a_status_says_whose_trouble_it_is() {
        let of = |status: u16| check_status(StatusCode::from_u16(status).unwrap());
        assert_eq!(of(200), Ok(()));
        assert_eq!(of(503), Err(Failure::Failing(true)));
        assert_eq!(of(500), Err(Failure::Failing(false)));
        assert_eq!(of(308), Err(Failure::Redirected));
        assert_eq!(of(401), Err(Failure::Denied));
        for odd in [201, 204, 206, 404] {
            assert_eq!(of(odd), Err(Failure::Invalid(Unfit(Reason::UPSTREAM_STATUS))), "{odd}");
        }
    }
}
