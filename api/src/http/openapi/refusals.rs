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
const VISITS: [StatusCode; 7] = [
    StatusCode::UNAUTHORIZED,
    StatusCode::FORBIDDEN,
    StatusCode::REQUEST_TIMEOUT,
    StatusCode::CONFLICT,
    StatusCode::PAYLOAD_TOO_LARGE,
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    StatusCode::UNPROCESSABLE_ENTITY,
];

/// Characters of a page; none comes near it.
const LARGEST_PAGE: u32 = 1_048_576;

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
    } else if endpoint.method == Method::DELETE {
        statuses.insert(StatusCode::PRECONDITION_FAILED);
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
    named(statuses, if style.is_for_people() { "Page" } else { "OAuth" })
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
            let mut fields = common_fields();
            if let Some((field, about)) = field(status) {
                let field =
                    (field.to_owned(), json!({ "description": about, "schema": { "type": "string" } }));
                fields.extend([field]);
            }
            if let Some(response) = response.as_object_mut() {
                response.insert("headers".into(), Value::Object(fields));
            }
            (name(status), response)
        })
        .collect();
    let page = json!({
        "text/html": { "schema": page() },
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

/// A page as people see it.
pub(super) fn page() -> Value {
    json!({ "type": "string", "maxLength": LARGEST_PAGE })
}

/// The fields of any answer of a call.
pub(super) fn common_fields() -> Map<String, Value> {
    let fields = ["RateLimit", "RateLimit-Policy", "Access-Control-Allow-Origin"];
    fields
        .into_iter()
        .map(|name| (name.to_owned(), json!({ "$ref": format!("#/components/headers/{name}") })))
        .collect()
}

/// What they say.
pub(super) fn headers() -> Value {
    let field = |about: &str, example: &str| json!({ "description": about, "schema": { "type": "string", "maxLength": 256 }, "example": example });
    json!({
        "RateLimit": field(
            "What is left to a known caller, and in how many seconds it is renewed (draft-ietf-httpapi-ratelimit-headers).",
            "\"principal\";r=99;t=1",
        ),
        "RateLimit-Policy": field("How much a known caller may do in which time.", "\"principal\";q=600;w=60"),
        "Access-Control-Allow-Origin": field("The origin of the page that asked, if the operator allows it.", "https://app.example.org"),
    })
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
        let number = status.as_u16();
        let narrowed = json!({
            "type": "object",
            "properties": { "type": { "type": "string", "enum": types }, "status": { "type": "integer", "format": "int32", "enum": [number], "minimum": number, "maximum": number } },
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
            "status": { "type": "integer", "format": "int32", "minimum": 400, "maximum": 599 },
            "instance": { "type": "string", "format": "uri", "description": "The request's id, to ask for help with." },
            "errors": { "type": "array", "items": reference("BrokenRule") },
            "acceptable": { "type": "array", "items": { "type": "string" }, "description": "The media types there are, where none of those was asked for." },
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
            "pointer": { "type": "string", "description": "A JSON pointer into the body, `?name` for a query parameter, or a header field's name." },
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
