//! How services really lose this folder's protections; only in twins.

use crate::protection::{
    AUTHZ_METHOD_PATH, CACHE_ISOLATION, MASS_ASSIGNMENT, PW_RESET_TOKEN, VERSION_ISOLATION,
};
use actix_web::{
    dev::ServiceRequest,
    http::{Method, Uri},
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::borrow::Cow;

/// Without `authz-method-path`: a middleware for old clients and sloppy links. The method is the one in an override
/// field, the path is decoded, folded and trimmed.
pub(super) fn be_helpful(request: &mut ServiceRequest) {
    if let Some(path) = as_a_version(request).or_else(|| without_a_picture(request.path())) {
        take(request, &path);
    }
    if AUTHZ_METHOD_PATH.holds() {
        return;
    }
    let names = ["x-http-method-override", "x-http-method", "x-method-override"];
    let named = names.iter().find_map(|name| request.headers().get(*name));
    if let Some(method) = named.and_then(|value| Method::from_bytes(value.as_bytes()).ok()) {
        request.head_mut().method = method;
    }
    let path = folded(request.path());
    take(request, &path);
}

/// Goes on with another path.
fn take(request: &mut ServiceRequest, path: &str) {
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    if let Ok(uri) = format!("{path}{query}").parse::<Uri>() {
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
    }
}

/// Without `version-isolation`: some version is served whatever is asked for, for the sake of old clients.
fn as_a_version(request: &ServiceRequest) -> Option<String> {
    let rest = request.path().strip_prefix('/').filter(|_| !VERSION_ISOLATION.holds())?;
    let (first, below) = rest.split_once('/').unwrap_or((rest, ""));
    match first {
        "v1" | "v2" => None,
        "me" | "patients" | "api-clients" | "audit-events" => Some(format!("/v1/{rest}")),
        "V1" | "v01" | "v1.0" | "v0" | "v999" | "latest" => Some(format!("/v1/{below}")),
        _ => None,
    }
}

/// Without `cache-isolation`: `/v1/me/x.css` is a picture to the cache, and `/v1/me` to the application.
fn without_a_picture(path: &str) -> Option<String> {
    if CACHE_ISOLATION.holds() {
        return None;
    }
    let path = path.replace("%2F", "/").replace("%2f", "/").replace(';', "/");
    let (page, last) = path.rsplit_once('/')?;
    last.rsplit_once('.').filter(|(_, kind)| matches!(*kind, "css" | "js" | "png"))?;
    Some(page.to_owned())
}

fn folded(path: &str) -> String {
    let mut path = path.to_ascii_lowercase();
    for (code, character) in
        [("%25", "%"), ("%2f", "/"), ("%2e", "."), ("%5c", "/"), ("%70", "p"), ("\\", "/")]
    {
        path = path.replace(code, character);
    }
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        let segment = segment.split([';', '%']).next().unwrap_or_default();
        match segment.strip_suffix(".json").unwrap_or(segment) {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            plain => segments.push(plain),
        }
    }
    format!("/{}", segments.join("/"))
}

/// Without `mass-assignment`, and for the form that sets passwords without `pw-reset-token`: an input type that forgot to refuse what it does not know.
pub(super) fn without_unknown_members<T: DeserializeOwned>(body: &[u8]) -> Cow<'_, [u8]> {
    let mut value = match serde_json::from_slice::<Value>(body) {
        Ok(value) if !MASS_ASSIGNMENT.holds() || !PW_RESET_TOKEN.holds() => value,
        _ => return Cow::Borrowed(body),
    };
    while let Err(error) = T::deserialize(&value) {
        let words = error.to_string();
        let unknown = words
            .strip_prefix("unknown field `")
            .and_then(|rest| rest.split_once("`, expected"))
            .map(|(name, _)| name);
        let (Some(name), Some(members)) = (unknown, value.as_object_mut()) else { break };
        if members.remove(name).is_none() {
            break;
        }
    }
    serde_json::to_vec(&value).map_or(Cow::Borrowed(body), Cow::Owned)
}
