//! How an operation may be refused. There is no catch-all: a status that is not listed here is not answered.

use super::reference;
use crate::http::{
    endpoint::{Endpoint, Visibility},
    problem::{Kind, MEDIA_TYPE},
    visit::Style,
};
use actix_web::http::{Method, StatusCode};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What the edge says to anything that comes: see `http::edge`, and the rate of whoever asks.
const ANYWHERE: [StatusCode; 8] = [
    StatusCode::BAD_REQUEST,
    StatusCode::NOT_FOUND,
    StatusCode::URI_TOO_LONG,
    StatusCode::MISDIRECTED_REQUEST,
    StatusCode::TOO_MANY_REQUESTS,
    StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
    StatusCode::INTERNAL_SERVER_ERROR,
    StatusCode::SERVICE_UNAVAILABLE,
];
const MEMBERS: [StatusCode; 4] = [
    StatusCode::UNAUTHORIZED,
    StatusCode::FORBIDDEN,
    StatusCode::NOT_ACCEPTABLE,
    // A body where there is none to be.
    StatusCode::PAYLOAD_TOO_LARGE,
];
const BODIES: [StatusCode; 3] =
    [StatusCode::REQUEST_TIMEOUT, StatusCode::UNSUPPORTED_MEDIA_TYPE, StatusCode::UNPROCESSABLE_ENTITY];
const CONDITIONAL: [StatusCode; 2] = [StatusCode::PRECONDITION_FAILED, StatusCode::PRECONDITION_REQUIRED];
/// It is not ready yet, or no longer there.
const FILES: [StatusCode; 2] = [StatusCode::CONFLICT, StatusCode::GONE];
const VISITS: [StatusCode; 8] = [
    StatusCode::UNAUTHORIZED,
    StatusCode::FORBIDDEN,
    StatusCode::REQUEST_TIMEOUT,
    StatusCode::CONFLICT,
    StatusCode::GONE,
    StatusCode::PAYLOAD_TOO_LARGE,
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    StatusCode::UNPROCESSABLE_ENTITY,
];

/// The refusals of a call with or without a token.
pub(super) fn of_call(
    endpoint: &Endpoint,
    is_conditional: bool,
    has_body: bool,
    has_query: bool,
    is_file: bool,
) -> Map<String, Value> {
    let mut statuses = BTreeSet::from(ANYWHERE);
    if matches!(endpoint.visibility, Visibility::Members(_)) {
        statuses.extend(MEMBERS);
    } else {
        statuses.insert(StatusCode::NOT_ACCEPTABLE);
    }
    if has_body {
        statuses.extend(BODIES);
    }
    if endpoint.method != Method::GET {
        statuses.extend([StatusCode::CONFLICT, StatusCode::UNPROCESSABLE_ENTITY]);
    } else if has_query {
        statuses.insert(StatusCode::UNPROCESSABLE_ENTITY);
    }
    if is_file {
        statuses.extend(FILES);
    }
    if is_conditional {
        statuses.extend(CONDITIONAL);
    }
    if endpoint.deprecation.is_some() {
        statuses.insert(StatusCode::GONE);
    }
    named(statuses, "")
}

/// The refusals at the provider's endpoints: in its own form, or, where the request never got that far, as a problem.
pub(super) fn of_visit(style: Style) -> Map<String, Value> {
    let mut statuses = BTreeSet::from(ANYWHERE);
    statuses.extend(VISITS);
    named(statuses, if style == Style::Page { "Page" } else { "OAuth" })
}

fn named(statuses: BTreeSet<StatusCode>, form: &str) -> Map<String, Value> {
    let response = |status: StatusCode| {
        let name = if form.is_empty() { name(status) } else { format!("{form}Refusal") };
        json!({ "$ref": format!("#/components/responses/{name}") })
    };
    statuses.into_iter().map(|status| (status.as_str().to_owned(), response(status))).collect()
}

/// `NotFound`
fn name(status: StatusCode) -> String {
    status.canonical_reason().unwrap_or_default().chars().filter(char::is_ascii_alphabetic).collect()
}

fn every_status() -> BTreeSet<StatusCode> {
    Kind::ALL.iter().map(|kind| kind.status()).collect()
}

fn kinds_of(status: StatusCode) -> impl Iterator<Item = Kind> {
    Kind::ALL.iter().copied().filter(move |kind| kind.status() == status)
}

/// The answers that operations refer to.
pub(super) fn responses() -> Map<String, Value> {
    let problem = |schema: &str| json!({ MEDIA_TYPE: { "schema": reference(schema) } });
    let mut responses: Map<String, Value> = every_status()
        .into_iter()
        .map(|status| {
            let told: Vec<String> =
                kinds_of(status).map(|kind| format!("- `{}`: {}", kind.slug(), kind.title())).collect();
            let mut response = json!({
                "description": told.join("\n"),
                "content": problem(&format!("{}Problem", name(status))),
            });
            if let (Some((field, about)), Some(response)) = (field(status), response.as_object_mut()) {
                let field = json!({ field: { "description": about, "schema": { "type": "string" } } });
                response.insert("headers".into(), field);
            }
            (name(status), response)
        })
        .collect();
    let page = json!({
        "text/html": { "schema": { "type": "string" } },
        MEDIA_TYPE: { "schema": reference("Problem") },
    });
    let oauth = json!({
        "application/json": { "schema": reference("OAuthError") },
        MEDIA_TYPE: { "schema": reference("Problem") },
    });
    responses.insert("PageRefusal".into(), json!({ "description": "Refused, on a page.", "content": page }));
    responses.insert("OAuthRefusal".into(), json!({ "description": "Refused.", "content": oauth }));
    responses
}

/// The header field that goes with a status.
fn field(status: StatusCode) -> Option<(&'static str, &'static str)> {
    match status {
        StatusCode::UNAUTHORIZED => Some(("WWW-Authenticate", "What is missing (RFC 6750 §3, RFC 9470).")),
        StatusCode::METHOD_NOT_ALLOWED => Some(("Allow", "The methods that there are.")),
        StatusCode::UNPROCESSABLE_ENTITY => {
            Some(("Retry-After", "When it is not `too-fast` any more, in seconds."))
        }
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            Some(("Retry-After", "When to try again, in seconds."))
        }
        _ => None,
    }
}

/// The bodies of refusals: one for every status, so that a generated client knows which kinds to expect there.
pub(super) fn schemas(identifier: &str) -> Map<String, Value> {
    let of_status = |status: StatusCode| {
        let types: Vec<String> =
            kinds_of(status).map(|kind| format!("{identifier}/problems/{}", kind.slug())).collect();
        let narrowed = json!({
            "type": "object",
            "properties": { "type": { "type": "string", "enum": types }, "status": { "type": "integer", "enum": [status.as_u16()] } },
        });
        (format!("{}Problem", name(status)), json!({ "allOf": [reference("Problem"), narrowed] }))
    };
    let mut schemas: Map<String, Value> = every_status().into_iter().map(of_status).collect();
    schemas.insert("Problem".into(), problem());
    schemas.insert("BrokenRule".into(), broken_rule());
    schemas.insert("OAuthError".into(), oauth_error());
    schemas
}

fn problem() -> Value {
    json!({
        "description": "A failure (RFC 9457). Branch on `type`; the sentence is for people.",
        "type": "object",
        "additionalProperties": false,
        "required": ["type", "title", "status", "instance"],
        "properties": {
            "type": { "type": "string", "format": "uri" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "instance": { "type": "string", "format": "uri", "description": "The request's id, to ask for help with." },
            "errors": { "type": "array", "items": reference("BrokenRule") },
        },
    })
}

fn broken_rule() -> Value {
    json!({
        "description": "A rule that a value breaks; never the value.",
        "type": "object",
        "additionalProperties": false,
        "required": ["pointer", "rule"],
        "properties": {
            "pointer": { "type": "string", "description": "A JSON pointer into the body, or `?name` for a query parameter." },
            "rule": { "type": "string" },
        },
    })
}

fn oauth_error() -> Value {
    json!({
        "description": "A refusal in the words of RFC 6749 §5.2.",
        "type": "object",
        "required": ["error"],
        "properties": { "error": { "type": "string" }, "error_description": { "type": "string" } },
    })
}
