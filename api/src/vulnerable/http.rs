//! Weak: requests and answers.

pub(crate) mod download;
pub(crate) mod log;
pub(crate) mod memory;
pub(crate) mod openapi;
pub(crate) mod requests;
pub(crate) mod routes;
pub(crate) mod tls;
pub(crate) mod work;

use crate::{
    access::Tenant,
    audit::{AuditWriter, Event},
    http::{
        RequestFacts, edge,
        endpoint::Endpoint,
        input, json, mount,
        problem::{Kind, Problem},
    },
    service::Service,
};
use actix_web::{
    HttpRequest, HttpResponse,
    body::BoxBody,
    dev::ServiceRequest,
    http::{
        Method,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
};
use aws_lc_rs::digest;
use ipnet::IpNet;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{borrow::Cow, fmt, net::IpAddr};
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
    let words: Vec<String> = form_urlencoded::parse(facts.target.to_string().as_bytes())
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
    let document: Value = serde_json::from_slice(body).map_err(|error| json::explain(&error))?;
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

/// A type that forgot to refuse what it does not know.
pub(crate) fn pass_over_unknown_members<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let Ok(mut document) = serde_json::from_slice::<Value>(body) else { return json::read_once(body) };
    while let Err(error) = T::deserialize(&document) {
        let words = error.to_string();
        let unknown = words
            .strip_prefix("unknown field `")
            .and_then(|rest| rest.split_once("`, expected"))
            .map(|(name, _)| name);
        let (Some(name), Some(members)) = (unknown, document.as_object_mut()) else { break };
        if members.remove(name).is_none() {
            break;
        }
    }
    read_again(&document, body)
}

/// A form for administrators, in which they set a password as well.
pub(crate) fn pass_over_a_password<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let Ok(mut document) = serde_json::from_slice::<Value>(body) else { return json::read_once(body) };
    let is_known = T::deserialize(&document).is_ok();
    if let Some(members) = document.as_object_mut().filter(|_| !is_known) {
        members.remove("password");
    }
    read_again(&document, body)
}

fn read_again<T: DeserializeOwned>(document: &Value, body: &[u8]) -> Result<T, Problem> {
    match serde_json::to_vec(document) {
        Ok(written) => json::read_once(&written),
        Err(_) => json::read_once(body),
    }
}

/// The error as the library told it, for whoever caused it.
pub(crate) fn tell_the_cause(mut problem: Problem, cause: &dyn fmt::Debug) -> Problem {
    problem.rest().detail = Some(format!("{cause:?}"));
    problem
}

/// The change first, and then its audit row, if that can be.
pub(crate) async fn commit_before_recording(
    tenant: Tenant,
    event: Event,
    audit: &AuditWriter,
) -> Result<(), Problem> {
    tenant.commit().await?;
    // What can't be recorded has happened all the same.
    let _ = audit.record(event).await;
    Ok(())
}

/// The flags by which frameworks are made to tell more, from outside, too: how the answer came about.
pub(crate) fn debug(headers: &mut HeaderMap, request: &HttpRequest, facts: &RequestFacts) {
    let fields = request.headers();
    let named = fields.contains_key("x-debug") || fields.contains_key("rust-log");
    let is_set = |cookie: &HeaderValue| cookie.as_bytes().windows(9).any(|part| part == b"__debug__");
    let is_asked =
        named || fields.get(header::COOKIE).is_some_and(is_set) || request.query_string() == "debug=1";
    let operation = facts.operation.get().unwrap_or("none");
    if let Some(told) = HeaderValue::from_str(&format!("operation={operation}")).ok().filter(|_| is_asked) {
        headers.insert(HeaderName::from_static("x-debug-operation"), told);
    }
}

/// An absolute link wherever one leads on, to whatever host the client names.
pub(crate) fn lead_on_to_the_named_host(headers: &mut HeaderMap, request: &HttpRequest) {
    let path = headers
        .get(header::LOCATION)
        .and_then(|location| location.to_str().ok())
        .filter(|path| path.starts_with('/'));
    let absolute = path.map(|path| format!("https://{}{path}", request.connection_info().host()));
    if let Some(location) = absolute.and_then(|location| HeaderValue::from_str(&location).ok()) {
        headers.insert(header::LOCATION, location);
    }
}

/// What actix-cors' `allow_private_network_access` answers, whoever asks.
pub(crate) fn open_private_network(headers: &mut HeaderMap) {
    let allow = HeaderName::from_static("access-control-allow-private-network");
    headers.insert(allow, HeaderValue::from_static("true"));
}

/// A key is whatever the client sends.
pub(crate) fn any_key(value: &HeaderValue) -> Result<Uuid, Problem> {
    let digest = digest::digest(&digest::SHA256, value.as_bytes());
    let bytes = digest.as_ref().first_chunk().copied();
    bytes.map(Uuid::from_bytes).ok_or_else(|| Kind::InvalidIdempotencyKey.into())
}
