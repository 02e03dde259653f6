//! The OpenAPI 3.1 document, from the rows.
//!
//! - `operation`: what one row says.
//! - `refusals`: how it may be refused: every status of every operation, with the kinds of problem behind it.
//! - `security`: how callers show who they are.
//! - `schemas`: what utoipa can't know: which texts are taken in, and what `?fields=` leaves of a view.
//! - `webhooks`: what the service sends on its own account.
//! - `links`: which operation takes what another one made.
//! - `words`: what is said of operations and groups.
//! - `bounds`: how long and how large everything may be.

mod bounds;
mod links;
mod operation;
mod refusals;
mod schemas;
mod security;
mod webhooks;
mod words;

pub(crate) use schemas::{one_of, text_of};

use super::endpoint::Endpoint;
use crate::protection::VERSION_ISOLATION;
use brigandine_enforce::enforces;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::openapi::{RefOr, Schema};

const ABOUT: &str = "A clinic's patients, their records, documents and appointments. Errors are problem documents (RFC 9457): \
    branch on `type`. What is done once demands an `Idempotency-Key`; an update demands the `ETag` of what you saw in \
    `If-Match`; lists come in pages, and `Link` names the next one. `HEAD` is answered wherever `GET` is.";

/// The parts that operations refer to by name.
#[derive(Default)]
struct Components {
    schemas: BTreeMap<String, RefOr<Schema>>,
    /// The schemas of what is taken in.
    taken: BTreeSet<String>,
    /// The schemas of which `?fields=` leaves parts.
    parted: BTreeSet<String>,
}

/// The document of these endpoints, served at `identifier`, and of what webhooks are told of.
#[must_use]
pub fn document(endpoints: &[Endpoint], event_types: &[&str], identifier: &str) -> Value {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    let mut components = Components::default();
    let mut tags = BTreeSet::new();
    for endpoint in endpoints {
        let operation = operation::describe(endpoint, &mut components);
        tags.insert(operation::tag(endpoint));
        paths.entry(endpoint.path).or_default().insert(endpoint.method.as_str().to_lowercase(), operation);
    }
    links::add(endpoints, &mut paths);
    keep_contract(&mut components.schemas, &mut paths);
    let taken = components.taken.clone();
    let mut schemas = schemas::finish(components);
    schemas.extend(refusals::schemas(identifier));
    let tags = tags.into_iter().map(|name| json!({ "name": name, "description": words::of_tag(name) }));
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Brigandine clinic",
            "description": ABOUT,
            "version": env!("CARGO_PKG_VERSION"),
            "contact": { "name": "The operator of this service", "url": identifier },
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": identifier, "description": "The production service, for applications and people.", "x-internal": false }],
        "tags": tags.collect::<Vec<_>>(),
        "paths": paths,
        "webhooks": webhooks::describe(event_types),
        "components": {
            "schemas": schemas,
            "responses": refusals::responses(),
            "headers": refusals::headers(),
            "securitySchemes": security::schemes(identifier),
        },
    });
    leave_out_unused(&mut document);
    bounds::set(&mut document, &taken);
    document
}

/// What clients were told of a version stays so: no member is renamed in passing, and nothing becomes required (API9:2023).
#[enforces(VERSION_ISOLATION, otherwise = crate::vulnerable::http::openapi::break_contract)]
fn keep_contract(
    _schemas: &mut BTreeMap<String, RefOr<Schema>>,
    _paths: &mut BTreeMap<&str, Map<String, Value>>,
) {
}

/// Takes answers, and then schemas, out that nothing refers to.
fn leave_out_unused(document: &mut Value) {
    for kind in ["responses", "schemas"] {
        let mut named = BTreeSet::new();
        collect_references(document, &mut named);
        let components = document.pointer_mut(&format!("/components/{kind}")).and_then(Value::as_object_mut);
        if let Some(components) = components {
            components.retain(|name, _| named.contains(&format!("#/components/{kind}/{name}")));
        }
    }
}

fn collect_references(part: &Value, named: &mut BTreeSet<String>) {
    match part {
        Value::Object(members) => {
            named.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| collect_references(member, named));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, named)),
        _ => {}
    }
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

#[cfg(test)]
mod tests {
    use super::document;
    use crate::{endpoints, http::input::Description};
    use serde_json::Value;
    use std::collections::{BTreeMap, BTreeSet};

    fn own() -> Value {
        document(&endpoints::all(), &endpoints::event_types(), "https://api.clinic.test")
    }

    fn visit(value: &Value, see: &mut impl FnMut(&Value)) {
        see(value);
        match value {
            Value::Object(members) => members.values().for_each(|member| visit(member, see)),
            Value::Array(items) => items.iter().for_each(|item| visit(item, see)),
            _ => {}
        }
    }

    fn operations(document: &Value) -> Vec<&Value> {
        let paths = document["paths"].as_object().unwrap();
        paths.values().flat_map(|methods| methods.as_object().unwrap().values()).collect()
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = own();
        let mut dangling = BTreeSet::new();
        visit(&document, &mut |value| {
            if let Some(name) = value.get("$ref").and_then(Value::as_str)
                && document.pointer(name.trim_start_matches('#')).is_none()
            {
                dangling.insert(name.to_owned());
            }
        });
        assert_eq!(dangling, BTreeSet::new());
    }

    #[test]
    fn every_schema_has_a_name_of_its_own() {
        let mut seen: BTreeMap<String, Value> = BTreeMap::new();
        for endpoint in endpoints::all() {
            let mut input = Description::default();
            (endpoint.input)(&mut input);
            let answer = (endpoint.answer)();
            let named = input.body.into_iter().chain(input.schemas).chain(answer.body).chain(answer.schemas);
            for (name, schema) in named {
                let schema = serde_json::to_value(schema).unwrap();
                let first = seen.entry(name.clone()).or_insert_with(|| schema.clone());
                assert_eq!(*first, schema, "{name}");
            }
        }
    }

    #[test]
    fn every_operation_has_a_name_of_its_own() {
        let document = own();
        let names: Vec<&str> = operations(&document)
            .into_iter()
            .map(|operation| operation["operationId"].as_str().unwrap())
            .collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }

    #[test]
    fn every_link_leads_to_an_operation_with_that_parameter() {
        let document = own();
        let mut seen = 0;
        for operation in operations(&document) {
            let answers = operation["responses"].as_object().unwrap().values();
            for link in
                answers.filter_map(|answer| answer["links"].as_object()).flat_map(|links| links.values())
            {
                let target =
                    operations(&document).into_iter().find(|it| it["operationId"] == link["operationId"]);
                let known = target.unwrap()["parameters"].as_array().unwrap();
                for name in link["parameters"].as_object().unwrap().keys() {
                    assert!(known.iter().any(|it| it["name"].as_str() == Some(name)), "{link}");
                }
                seen += 1;
            }
        }
        assert!(seen > 20);
    }

    /// The parts of an `allOf` that say a type must say the same one: nothing is both a text and an object.
    #[test]
    fn no_schema_contradicts_itself() {
        visit(&own(), &mut |value| {
            let parts = value.get("allOf").and_then(Value::as_array).into_iter().flatten();
            let types: BTreeSet<String> =
                parts.filter_map(|part| part.get("type")).map(ToString::to_string).collect();
            assert!(types.len() < 2, "{value}");
        });
    }

    #[test]
    fn no_refusal_goes_undocumented_and_none_is_a_catch_all() {
        for operation in operations(&own()) {
            let answers = operation["responses"].as_object().unwrap();
            assert!(!answers.contains_key("default"), "{operation}");
            assert!(["429", "500", "503"].iter().all(|status| answers.contains_key(*status)), "{operation}");
        }
    }
}
