//! Weak: requests that are taken for what a client may have meant.

use actix_web::{
    dev::ServiceRequest,
    http::{
        Method, Uri,
        header::{AUTHORIZATION, HeaderValue},
    },
};
use url::form_urlencoded;

/// A middleware for old clients and sloppy links. The method is the one in an override field, the path is decoded, folded and
/// trimmed.
pub(crate) fn be_helpful(mut request: ServiceRequest) -> ServiceRequest {
    let names = ["x-http-method-override", "x-http-method", "x-method-override"];
    let named = names.iter().find_map(|name| request.headers().get(*name));
    if let Some(method) = named.and_then(|value| Method::from_bytes(value.as_bytes()).ok()) {
        request.head_mut().method = method;
    }
    let path = folded(request.path());
    at(request, &path)
}

/// Some version is served whatever is asked for, for the sake of old clients.
pub(crate) fn as_some_version(request: ServiceRequest) -> ServiceRequest {
    match some_version(request.path()) {
        Some(path) => at(request, &path),
        None => request,
    }
}

/// `/v1/me/x.css` is a picture to the cache, and `/v1/me` to the application.
pub(crate) fn without_a_picture(request: ServiceRequest) -> ServiceRequest {
    match page(request.path()) {
        Some(path) => at(request, &path),
        None => request,
    }
}

/// A token in the query is as good as one in its field.
pub(crate) fn take_token_of_query(request: ServiceRequest) -> ServiceRequest {
    take_of_query(request, "access_token")
}

/// So is a key.
pub(crate) fn take_key_of_query(request: ServiceRequest) -> ServiceRequest {
    take_of_query(request, "api_key")
}

fn take_of_query(mut request: ServiceRequest, parameter: &str) -> ServiceRequest {
    let parameters = || form_urlencoded::parse(request.query_string().as_bytes());
    let Some((_, credential)) = parameters().find(|(name, _)| name == parameter) else { return request };
    let field = HeaderValue::from_str(&format!("Bearer {credential}"));
    let others = parameters().filter(|(name, _)| name != parameter);
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(others).finish();
    let path = request.path().to_owned();
    if let Some(field) = field.ok().filter(|_| !request.headers().contains_key(AUTHORIZATION)) {
        request.headers_mut().insert(AUTHORIZATION, field);
    }
    let target = if query.is_empty() { path } else { format!("{path}?{query}") };
    asking_for(request, &target)
}

/// The request with another path.
fn at(request: ServiceRequest, path: &str) -> ServiceRequest {
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    asking_for(request, &format!("{path}{query}"))
}

fn asking_for(mut request: ServiceRequest, target: &str) -> ServiceRequest {
    if let Ok(uri) = target.parse::<Uri>() {
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
    }
    request
}

fn some_version(path: &str) -> Option<String> {
    let rest = path.strip_prefix('/')?;
    let (first, below) = rest.split_once('/').unwrap_or((rest, ""));
    match first {
        "v1" | "v2" => None,
        "me" | "patients" | "api-clients" | "audit-events" => Some(format!("/v1/{rest}")),
        "V1" | "v01" | "v1.0" | "v0" | "v999" | "latest" => Some(format!("/v1/{below}")),
        _ => None,
    }
}

fn page(path: &str) -> Option<String> {
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
