//! The OpenAPI 3.1 document, from the rows.

use super::{
    endpoint::{Endpoint, Visibility},
    input::Description,
    problem,
    visit::Style,
};
use crate::{
    access::{Role, Strength, policy},
    protection::Protection,
};
use actix_web::http::Method;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use utoipa::openapi::{RefOr, Schema};

/// The document of these endpoints, served at `identifier`.
#[must_use]
pub fn document(endpoints: &[Endpoint], identifier: &str) -> Value {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    let mut schemas: BTreeMap<String, RefOr<Schema>> = BTreeMap::new();
    for endpoint in endpoints {
        let operation = operation(endpoint, &mut schemas);
        paths.entry(endpoint.path).or_default().insert(endpoint.method.as_str().to_lowercase(), operation);
    }
    #[cfg(feature = "twin")]
    super::weak::break_contract(&mut schemas, &mut paths);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Brigandine clinic",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": identifier }],
        "paths": paths,
        "components": {
            "schemas": with_problem(schemas),
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer", "bearerFormat": "at+jwt" } },
        },
    })
}

fn operation(endpoint: &Endpoint, schemas: &mut BTreeMap<String, RefOr<Schema>>) -> Value {
    let mut input = Description::default();
    (endpoint.input)(&mut input);
    let answer = (endpoint.answer)();
    schemas.extend(input.schemas);
    schemas.extend(answer.schemas);

    let mut parameters: Vec<Value> = path_parameters(endpoint.path);
    parameters
        .extend(input.parameters.into_iter().filter_map(|parameter| serde_json::to_value(parameter).ok()));
    if endpoint.once {
        parameters.push(idempotency_key());
    }
    let mut operation = Map::new();
    operation.insert("operationId".into(), json!(endpoint.operation));
    operation.insert("summary".into(), json!(endpoint.summary));
    operation.insert("parameters".into(), Value::Array(parameters));
    if let Some((name, schema)) = input.body {
        schemas.insert(name.clone(), schema);
        let content = json!({ "application/json": { "schema": reference(&name) } });
        operation.insert("requestBody".into(), json!({ "required": true, "content": content }));
    }
    if !endpoint.media.is_empty() {
        operation.insert("requestBody".into(), json!({ "required": true, "content": files(endpoint.media) }));
    }
    if let Some((style, fields)) = endpoint.visit {
        describe_visit(endpoint, style, fields, &mut operation);
        return Value::Object(operation);
    }
    let mut success = Map::from_iter([("description".to_owned(), json!("Done."))]);
    if let Some((name, schema)) = answer.body {
        schemas.insert(name.clone(), schema);
        let content = json!({ "application/json": { "schema": reference(&name) } });
        success.insert("content".into(), content);
    } else if !answer.media.is_empty() {
        success.insert("content".into(), Value::Object(files(answer.media)));
    }
    let fields = answer_fields(endpoint);
    if !fields.is_empty() {
        success.insert("headers".into(), Value::Object(fields));
    }
    let mut responses = Map::from_iter([(answer.status.as_str().to_owned(), Value::Object(success))]);
    if input.conditional {
        responses.insert("412".into(), refusal("The object has changed since."));
        responses.insert("428".into(), refusal("`If-Match` is missing."));
    }
    if endpoint.once {
        responses.insert(
            "409".into(),
            refusal("A conflict, or the first request with this key is still being done."),
        );
        responses.insert("422".into(), refusal("A rule is broken, or the key was used for another request."));
    }
    responses.insert("default".into(), refusal("Refused."));
    operation.insert("responses".into(), Value::Object(responses));
    describe_access(endpoint, &mut operation);
    Value::Object(operation)
}

/// Bytes that no schema describes (OpenAPI 3.1 §4.8.14.3).
fn files(media: &[&str]) -> Map<String, Value> {
    media.iter().map(|media| ((*media).to_owned(), json!({}))).collect()
}

/// The provider's endpoints: forms in; pages, redirections and the standards' JSON out.
fn describe_visit(endpoint: &Endpoint, style: Style, fields: &[&str], operation: &mut Map<String, Value>) {
    let text = json!({ "type": "string" });
    if endpoint.method == Method::GET {
        let parameters: Vec<Value> =
            fields.iter().map(|name| json!({ "name": name, "in": "query", "schema": text })).collect();
        operation.insert("parameters".into(), Value::Array(parameters));
    } else {
        let properties: Map<String, Value> =
            fields.iter().map(|name| ((*name).to_owned(), text.clone())).collect();
        let schema = json!({ "type": "object", "properties": properties });
        let content = json!({ "application/x-www-form-urlencoded": { "schema": schema } });
        operation.insert("requestBody".into(), json!({ "content": content }));
    }
    let (media, schema) = match style {
        Style::Page => ("text/html", text),
        Style::OAuth => ("application/json", json!({ "type": "object" })),
    };
    let answer = json!({ "description": "A page, a redirection, or a refusal in the same form.", "content": { media: { "schema": schema } } });
    operation.insert(
        "responses".into(),
        json!({ "200": answer, "303": { "description": "Go on there." }, "default": answer }),
    );
    describe_access(endpoint, operation);
}

/// The row's own columns, for the matrix and for anyone's gateway.
fn describe_access(endpoint: &Endpoint, operation: &mut Map<String, Value>) {
    match endpoint.visibility {
        Visibility::Public => {
            operation.insert("security".into(), json!([]));
        }
        Visibility::Members(permission) => {
            let roles: Vec<&str> = Role::ALL
                .into_iter()
                .filter(|&role| policy::reach(role, permission).is_some())
                .map(Role::name)
                .collect();
            operation.insert("security".into(), json!([{ "token": [permission.scope()] }]));
            operation.insert("x-scope".into(), json!(permission.scope()));
            operation.insert("x-roles".into(), json!(roles));
        }
    }
    if let Some(deprecation) = endpoint.deprecation.filter(|_| Protection::DeprecationLifecycle.holds()) {
        operation.insert("deprecated".into(), json!(true));
        operation.insert("x-deprecated-since".into(), json!(deprecation.since()));
        operation.insert("x-sunset".into(), json!(deprecation.sunset()));
        operation.insert("x-successor".into(), json!(deprecation.successor()));
    }
    if endpoint.strength == Strength::Fresh {
        operation.insert("x-step-up".into(), json!({ "acr_values": "2", "max_age": 300 }));
    }
    if let Some(rule) = endpoint.audit {
        operation.insert("x-audit".into(), json!(rule.event.as_str()));
    }
    if endpoint.method != Method::GET && endpoint.body_limit > 0 {
        operation.insert("x-body-limit".into(), json!(endpoint.body_limit));
    }
}

fn refusal(description: &str) -> Value {
    let content = json!({ problem::MEDIA_TYPE: { "schema": reference("Problem") } });
    json!({ "description": description, "content": content })
}

/// The parameter of what is done once.
fn idempotency_key() -> Value {
    json!({
        "name": "Idempotency-Key",
        "in": "header",
        "required": true,
        "description": "A UUID of your own for this request. Sent again with the same body within 24 hours, it is answered as the first time.",
        "schema": { "type": "string", "format": "uuid" },
    })
}

/// The fields of a success that a client works with.
fn answer_fields(endpoint: &Endpoint) -> Map<String, Value> {
    let text = json!({ "schema": { "type": "string" } });
    let mut fields = Map::new();
    if endpoint.tagged {
        fields.insert("ETag".into(), text.clone());
    }
    if endpoint.once {
        fields.insert("Idempotency-Replayed".into(), text);
    }
    fields
}

fn path_parameters(path: &str) -> Vec<Value> {
    let names = path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    names
        .map(|name| {
            json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string", "format": "uuid" } })
        })
        .collect()
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn with_problem(schemas: BTreeMap<String, RefOr<Schema>>) -> Value {
    let mut schemas = serde_json::to_value(schemas).unwrap_or_default();
    if let Value::Object(schemas) = &mut schemas {
        let text = json!({ "type": "string" });
        schemas.insert(
            "Problem".into(),
            json!({
                "type": "object",
                "additionalProperties": false,
                "required": ["type", "title", "status", "instance"],
                "properties": {
                    "type": { "type": "string", "format": "uri" },
                    "title": text,
                    "status": { "type": "integer" },
                    "instance": { "type": "string", "format": "uri" },
                    "errors": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "additionalProperties": false,
                            "required": ["pointer", "rule"],
                            "properties": { "pointer": text, "rule": text },
                        },
                    },
                },
            }),
        );
    }
    schemas
}
