//! Without `token-transport`: a token is taken from wherever one is found (RFC 6750 §2.2, §2.3, and custom).

use crate::protection::TOKEN_TRANSPORT;
use actix_web::{
    HttpRequest,
    dev::Payload,
    http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HeaderMap, HeaderValue},
};
use futures_util::StreamExt;
use url::form_urlencoded;

const HEADERS: [&str; 4] = ["x-access-token", "x-auth-token", "x-authorization", "proxy-authorization"];

/// The headers with the token in its place, if it came elsewhere. A form is read to its end.
pub(crate) async fn anywhere(request: &HttpRequest, payload: &mut Payload) -> Option<HeaderMap> {
    if TOKEN_TRANSPORT.holds() || request.headers().contains_key(AUTHORIZATION) {
        return None;
    }
    let mut headers = request.headers().clone();
    let token = match in_head(request) {
        Some(token) => token,
        None => {
            let token = in_form(request, payload).await?;
            headers.remove(CONTENT_LENGTH);
            token
        }
    };
    headers.insert(AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {token}")).ok()?);
    Some(headers)
}

fn in_head(request: &HttpRequest) -> Option<String> {
    let text = |name: &str| request.headers().get(name)?.to_str().ok();
    let bare = |value: &str| value.strip_prefix("Bearer ").unwrap_or(value).to_owned();
    if let Some(token) = access_token(request.query_string().as_bytes()) {
        return Some(token);
    }
    let cookies = text(COOKIE.as_str()).unwrap_or_default();
    let cookie = cookies.split(';').find_map(|pair| pair.trim().strip_prefix("access_token="));
    cookie.or_else(|| HEADERS.into_iter().find_map(text)).map(bare)
}

async fn in_form(request: &HttpRequest, payload: &mut Payload) -> Option<String> {
    if request.headers().get(CONTENT_TYPE)? != "application/x-www-form-urlencoded" {
        return None;
    }
    let mut body = Vec::new();
    while let Some(Ok(chunk)) = payload.next().await {
        body.extend_from_slice(&chunk);
    }
    access_token(&body)
}

fn access_token(pairs: &[u8]) -> Option<String> {
    form_urlencoded::parse(pairs)
        .find(|(name, _)| name == "access_token")
        .map(|(_, token)| token.into_owned())
}
