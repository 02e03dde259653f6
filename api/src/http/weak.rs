//! How services really lose this folder's protections; only in twins.

use crate::protection::Protection;
use actix_web::{
    HttpResponse,
    body::BoxBody,
    http::header::{self, HeaderValue},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use url::form_urlencoded;
use utoipa::openapi::{RefOr, Schema};

/// Without `output-no-reflection`: an error page, helpful, in HTML, and in the client's own words.
pub(super) fn echo(response: &mut HttpResponse<BoxBody>, target: &str) {
    let words: Vec<String> = form_urlencoded::parse(target.as_bytes())
        .flat_map(|(name, value)| [name.into_owned(), value.into_owned()])
        .collect();
    let page = format!("<h1>{}</h1><p>{}</p>", response.status(), words.join(" "));
    let status = response.status();
    let bodiless = std::mem::replace(response, HttpResponse::new(status));
    *response = bodiless.set_body(BoxBody::new(page));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
}

/// Without `version-isolation`: the other version was mounted in a hurry, without the rate limits.
pub(super) fn is_unwatched(path: &str) -> bool {
    path.starts_with("/v2/") && !Protection::VersionIsolation.holds()
}

/// Without `version-isolation`: a member that clients rely on was renamed in passing, and another became required.
pub(super) fn break_contract(
    schemas: &mut BTreeMap<String, RefOr<Schema>>,
    paths: &mut BTreeMap<&str, Map<String, Value>>,
) {
    if Protection::VersionIsolation.holds() {
        return;
    }
    if let Some(RefOr::T(Schema::Object(me))) = schemas.get_mut("Me") {
        me.properties.remove("display_name");
    }
    let parameters = paths
        .get_mut("/v1/me")
        .and_then(|methods| methods.get_mut("get")?.get_mut("parameters")?.as_array_mut());
    if let Some(parameters) = parameters {
        parameters.push(
            json!({ "name": "reason", "in": "query", "required": true, "schema": { "type": "string" } }),
        );
    }
}
