//! Which operation takes what another one made: OpenAPI's links, from the paths alone.
//!
//! A link says that the id in an answer is the value of a parameter elsewhere. Clients can follow it, and testers do.

use crate::http::endpoint::Endpoint;
use actix_web::http::Method;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use utoipa::openapi::{RefOr, Schema};

/// Adds them to the answers that have an id.
pub(super) fn add(endpoints: &[Endpoint], paths: &mut BTreeMap<&str, Map<String, Value>>) {
    for endpoint in endpoints {
        let (status, id) = match endpoint.method {
            Method::POST => ("201", "$response.body#/id"),
            Method::GET if is_page(endpoint) => ("200", "$response.body#/items/0/id"),
            _ => continue,
        };
        let method = endpoint.method.as_str().to_lowercase();
        let answer = paths.get_mut(endpoint.path).and_then(|methods| {
            methods.get_mut(&method)?.get_mut("responses")?.get_mut(status)?.as_object_mut()
        });
        let Some(answer) = answer else { continue };
        let links = links(endpoint, endpoints, id);
        if !links.is_empty() {
            answer.insert("links".into(), Value::Object(links));
        }
    }
}

fn is_page(endpoint: &Endpoint) -> bool {
    let body = (endpoint.answer)().body;
    matches!(body, Some((_, RefOr::T(Schema::Object(view)))) if view.properties.contains_key("items"))
}

fn links(from: &Endpoint, endpoints: &[Endpoint], id: &str) -> Map<String, Value> {
    let Some(new) = made(from, endpoints) else { return Map::new() };
    let known: Vec<&str> = placeholders(from.path).collect();
    endpoints
        .iter()
        .filter(|to| {
            let mut needed = placeholders(to.path).peekable();
            needed.peek().is_some()
                && needed.all(|name| name == new || known.contains(&name))
                && placeholders(to.path).any(|name| name == new)
        })
        .map(|to| {
            let source =
                |name: &str| if name == new { id.to_owned() } else { format!("$request.path.{name}") };
            let mut parameters: Map<String, Value> =
                placeholders(to.path).map(|name| (name.to_owned(), json!(source(name)))).collect();
            if from.tagged && to.is_conditional() {
                parameters.insert("If-Match".into(), json!("$response.header.ETag"));
            }
            (to.operation.to_owned(), json!({ "operationId": to.operation, "parameters": parameters }))
        })
        .collect()
}

/// The placeholder that stands for what the operation makes or lists: the one that follows its own path, or, where
/// something is made elsewhere, the one that has the name of what the audit log says was made.
fn made<'e>(from: &Endpoint, endpoints: &'e [Endpoint]) -> Option<&'e str> {
    let below = endpoints.iter().find_map(|to| {
        let rest = to.path.strip_prefix(from.path)?.strip_prefix('/')?;
        rest.split('/').next()?.strip_prefix('{')?.strip_suffix('}')
    });
    below.or_else(|| {
        if from.method == Method::GET {
            return None;
        }
        let kind = from.audit?.object_type;
        endpoints.iter().flat_map(|to| placeholders(to.path)).find(|name| *name == kind)
    })
}

fn placeholders(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}
