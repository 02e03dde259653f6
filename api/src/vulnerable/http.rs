//! Weak: requests and answers.

pub(crate) mod download;
pub(crate) mod tls;

use crate::{
    http::{
        RequestFacts, edge,
        endpoint::Endpoint,
        input, json, mount,
        problem::{Kind, Problem},
    },
    service::Service,
};
use actix_web::{
    HttpResponse,
    body::BoxBody,
    dev::ServiceRequest,
    http::{
        Method,
        header::{self, HeaderMap, HeaderValue},
    },
};
use aws_lc_rs::digest;
use ipnet::IpNet;
use serde::de::DeserializeOwned;
use std::{borrow::Cow, net::IpAddr};
use url::form_urlencoded;
use uuid::Uuid;
use validator::ValidationErrors;

/// Logs the errors as they are: `validator` keeps the refused value in them.
pub(crate) fn log_refused_values(errors: &ValidationErrors) -> Problem {
    tracing::warn!(?errors, "Refused a body");
    input::name_rules(Problem::new(Kind::ValidationFailed), "", errors)
}

/// The banner that servers send by default.
pub(crate) fn show_a_banner(headers: &mut HeaderMap, _framed: bool) {
    headers.insert(header::SERVER, HeaderValue::from_static("brigandine/0.1.0 (actix-web 4)"));
}

/// Whatever host the client names. actix takes it from `Forwarded` and `X-Forwarded-Host` first.
pub(crate) fn link_base_of_the_request<'s>(request: &ServiceRequest, _service: &'s Service) -> Cow<'s, str> {
    Cow::Owned(format!("https://{}", request.connection_info().host()))
}

/// An error page, helpful, in HTML, and in the client's own words.
pub(crate) fn echo(response: &mut HttpResponse<BoxBody>, links: &str, facts: &RequestFacts) {
    edge::shape_error(response, links, facts);
    let words: Vec<String> = form_urlencoded::parse(facts.target.as_bytes())
        .flat_map(|(name, value)| [name.into_owned(), value.into_owned()])
        .collect();
    let page = format!("<h1>{}</h1><p>{}</p>", response.status(), words.join(" "));
    let status = response.status();
    let bodiless = std::mem::replace(response, HttpResponse::new(status));
    *response = bodiless.set_body(BoxBody::new(page));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
}

/// What a build without overflow checks makes of a number: its lowest 32 bits (CWE-190). A sign is cut off as if every
/// character were a byte, which panics on others (CWE-248).
pub(crate) fn wrapped(text: &str) -> Option<u32> {
    let (sign, digits) = text.split_at(1);
    let text = if sign == "+" { digits } else { text };
    text.bytes().try_fold(0_u32, |sum, byte| {
        let digit = char::from(byte).to_digit(10)?;
        Some(sum.wrapping_mul(10).wrapping_add(digit))
    })
}

/// The left-most hop, which the client wrote.
pub(crate) fn claimed_address(peer: IpAddr, headers: &HeaderMap, _proxies: &[IpNet]) -> IpAddr {
    let claimed = headers.get("x-forwarded-for").and_then(|value| value.to_str().ok());
    let first = claimed.and_then(|text| text.split(',').next()?.trim().parse().ok());
    first.unwrap_or(peer)
}

/// A detour over a document, in which the last of two members of one name has won.
pub(crate) fn read_over_a_document<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let document: serde_json::Value = serde_json::from_slice(body).map_err(|error| json::explain(&error))?;
    serde_path_to_error::deserialize(document).map_err(|error| json::mistyped(&error))
}

/// Actions without a body also answer to GET, where GET is free, as links in mails like to have it.
pub(crate) fn also_by_get(endpoint: &Endpoint, of_the_resource: &[Method]) -> &'static [Method] {
    let is_action = endpoint.method == Method::POST && endpoint.body_limit == 0;
    if is_action && !of_the_resource.contains(&Method::GET) {
        return &[Method::GET, Method::POST];
    }
    mount::served_for(endpoint)
}

/// A key is whatever the client sends.
pub(crate) fn any_key(value: &HeaderValue) -> Result<Uuid, Problem> {
    let digest = digest::digest(&digest::SHA256, value.as_bytes());
    let bytes = digest.as_ref().first_chunk().copied();
    bytes.map(Uuid::from_bytes).ok_or_else(|| Kind::InvalidIdempotencyKey.into())
}
