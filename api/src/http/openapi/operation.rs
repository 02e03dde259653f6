//! One operation, from its row.

use super::{
    Components, reference, refusals,
    schemas::{TEXT, VISIBLE, part_name},
    security, words,
};
use crate::{
    access::Role,
    http::{
        answer::AnswerDescription,
        edge::LONGEST_TARGET,
        endpoint::{Endpoint, Visibility},
        fields::Fields,
        input::Description,
        precondition::TAG,
        visit::{self, Field, Form, Style},
    },
    protection::DEPRECATION_LIFECYCLE,
};
use actix_web::http::{Method, StatusCode};
use brigandine_enforce::enforces;
use serde_json::{Map, Value, json};

/// Bytes of a file that is downloaded; what is larger is not handed out in one file.
const LARGEST_FILE: usize = 1_073_741_824;

pub(super) fn describe(endpoint: &Endpoint, components: &mut Components) -> Value {
    let mut operation = Map::new();
    operation.insert("operationId".into(), json!(endpoint.operation));
    operation.insert("summary".into(), json!(endpoint.summary));
    operation.insert("description".into(), json!(words::of_operation(endpoint)));
    operation.insert("tags".into(), json!([tag(endpoint)]));
    if let Some((style, fields)) = endpoint.visit {
        describe_visit(endpoint, style, fields, &mut operation);
    } else {
        describe_call(endpoint, components, &mut operation);
    }
    describe_access(endpoint, &mut operation);
    Value::Object(operation)
}

/// What the operation is about: the collection that its path is in.
pub(super) fn tag(endpoint: &Endpoint) -> &'static str {
    if endpoint.visit.is_some() || endpoint.path.starts_with("/oauth2/") {
        return "identity provider";
    }
    if endpoint.path.starts_with("/.well-known/") {
        return "discovery";
    }
    let is_version = |segment: &str| {
        segment.strip_prefix('v').is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let mut segments = endpoint.path.split('/').filter(|segment| !segment.is_empty() && !is_version(segment));
    let first = segments.next().unwrap_or("service");
    match (first, segments.nth(1)) {
        // All that an organization owns would else be under one heading.
        ("organizations", Some(owned)) => owned,
        ("organization", None) => "organizations",
        _ => first,
    }
}

fn describe_call(endpoint: &Endpoint, components: &mut Components, operation: &mut Map<String, Value>) {
    let mut input = Description::default();
    (endpoint.input)(&mut input);
    let mut answer = (endpoint.answer)();
    components.schemas.extend(std::mem::take(&mut answer.schemas));

    let mut parameters: Vec<Value> = path_parameters(endpoint.path);
    let given = input.parameters.into_iter().filter_map(|parameter| serde_json::to_value(parameter).ok());
    parameters.extend(given.map(without_null));
    if endpoint.once {
        parameters.push(idempotency_key());
    }
    let named = |place: &str| parameters.iter().any(|it| it.get("in").and_then(Value::as_str) == Some(place));
    let has_query = named("query");
    let narrows = parameters.iter().any(|it| it.get("name").and_then(Value::as_str) == Some(Fields::NAME));
    operation.insert("parameters".into(), Value::Array(parameters));

    let has_body = input.body.is_some() || !endpoint.media.is_empty();
    for (name, schema) in input.body.iter().cloned().chain(input.schemas) {
        components.taken.insert(name.clone());
        components.schemas.insert(name, schema);
    }
    if let Some((name, _)) = input.body {
        let content = json!({ "application/json": { "schema": reference(&name) } });
        operation.insert("requestBody".into(), json!({ "required": true, "content": content }));
    }
    if !endpoint.media.is_empty() {
        operation.insert(
            "requestBody".into(),
            json!({ "required": true, "content": files(endpoint.media, endpoint.body_limit) }),
        );
    }
    let (status, is_file) = (answer.status, !answer.media.is_empty());
    let success = success(endpoint, answer, narrows, components);
    let mut responses = Map::from_iter([(status.as_str().to_owned(), success)]);
    responses.extend(refusals::of_call(endpoint, input.conditional, has_body, has_query, is_file));
    operation.insert("responses".into(), Value::Object(responses));
}

fn success(
    endpoint: &Endpoint,
    answer: AnswerDescription,
    narrows: bool,
    components: &mut Components,
) -> Value {
    let description = match answer.status {
        StatusCode::CREATED => "Made; `Location` says where it is.",
        StatusCode::NO_CONTENT => "Done; there is nothing to tell.",
        _ => "Done.",
    };
    let mut success = Map::from_iter([("description".to_owned(), json!(description))]);
    success.insert("headers".into(), Value::Object(answer_fields(endpoint, answer.status)));
    if let Some((name, schema)) = answer.body {
        let shown = if narrows {
            components.parted.insert(name.clone());
            json!({ "anyOf": [reference(&name), reference(&part_name(&name))] })
        } else {
            reference(&name)
        };
        success.insert("content".into(), json!({ "application/json": { "schema": shown } }));
        components.schemas.insert(name, schema);
    } else if !answer.media.is_empty() {
        success.insert("content".into(), Value::Object(files(answer.media, LARGEST_FILE)));
    } else if answer.status != StatusCode::NO_CONTENT {
        // What a standard describes.
        success.insert("content".into(), json!({ "application/json": { "schema": { "type": "object" } } }));
    }
    Value::Object(success)
}

/// Bytes as they are. Generators of clients know them by `format`.
fn files(media: &[&str], largest: usize) -> Map<String, Value> {
    let bytes = json!({ "schema": { "type": "string", "format": "binary", "maxLength": largest } });
    media.iter().map(|media| ((*media).to_owned(), bytes.clone())).collect()
}

/// The provider's endpoints: forms in; pages, redirections and the standards' JSON out.
fn describe_visit(endpoint: &Endpoint, style: Style, fields: &[Field], operation: &mut Map<String, Value>) {
    let mut parameters = Vec::new();
    if endpoint.method == Method::GET {
        // `?name=` stands before the value, in a target that is bounded as a whole.
        let room = |field: &Field| LONGEST_TARGET.saturating_sub(endpoint.path.len() + field.name.len() + 2);
        let parameter =
            |field: &Field| json!({ "name": field.name, "in": "query", "schema": value(field, room(field)) });
        parameters = fields.iter().map(parameter).collect();
    } else {
        let properties: Map<String, Value> =
            fields.iter().map(|field| (field.name.to_owned(), value(field, endpoint.body_limit))).collect();
        // Fields that nobody knows are ignored (RFC 6749 §3.1), but they are read.
        let schema = json!({
            "type": "object",
            "properties": properties,
            "additionalProperties": value(&visit::UNKNOWN, endpoint.body_limit),
            "propertyNames": { "type": "string", "pattern": TEXT, "maxLength": visit::LONGEST_NAME },
            "maxProperties": visit::MOST,
        });
        let content = json!({ "application/x-www-form-urlencoded": { "schema": schema } });
        operation.insert("requestBody".into(), json!({ "content": content }));
    }
    operation.insert("parameters".into(), Value::Array(parameters));
    let answer = (endpoint.answer)();
    let schema = |media: &str| {
        if media == "text/html" { refusals::page() } else { json!({ "type": "object" }) }
    };
    let content: Map<String, Value> =
        answer.media.iter().map(|&media| (media.to_owned(), json!({ "schema": schema(media) }))).collect();
    let mut success = Map::from_iter([("description".to_owned(), json!("Done, or a page to go on with."))]);
    if !content.is_empty() {
        success.insert("content".into(), Value::Object(content));
    }
    let mut responses = Map::from_iter([(answer.status.as_str().to_owned(), Value::Object(success))]);
    if style.is_for_people() {
        let onward = json!({
            "description": "Go on there.",
            "headers": { "Location": { "required": true, "schema": { "type": "string" } } },
        });
        responses.insert("303".to_owned(), onward);
    }
    responses.extend(refusals::of_visit(style));
    operation.insert("responses".into(), Value::Object(responses));
}

/// The value of a field; it can't be longer than all that it comes in.
fn value(field: &Field, room: usize) -> Value {
    let pattern = match field.form {
        Form::Text => TEXT,
        Form::Visible => VISIBLE,
    };
    json!({ "type": "string", "pattern": pattern, "maxLength": field.longest.min(room) })
}

/// What ends says so in the document, where developers see it first (OpenAPI 3.1, `deprecated`).
#[enforces(DEPRECATION_LIFECYCLE)]
fn describe_ending(endpoint: &Endpoint, operation: &mut Map<String, Value>) {
    if let Some(deprecation) = endpoint.deprecation {
        operation.insert("deprecated".into(), json!(true));
        operation.insert("x-deprecated-since".into(), json!(deprecation.since()));
        operation.insert("x-sunset".into(), json!(deprecation.sunset()));
        operation.insert("x-successor".into(), json!(deprecation.successor()));
    }
}

/// The row's own columns, for the matrix and for anyone's gateway.
fn describe_access(endpoint: &Endpoint, operation: &mut Map<String, Value>) {
    match endpoint.visibility {
        Visibility::Public => {
            operation.insert("security".into(), json!([]));
        }
        Visibility::Members(permission) => {
            let roles: Vec<&str> = endpoint.roles().into_iter().map(Role::name).collect();
            operation.insert("security".into(), security::requirement(permission.scope()));
            operation.insert("x-scope".into(), json!(permission.scope()));
            operation.insert("x-roles".into(), json!(roles));
            operation.insert("x-effect".into(), json!(permission.effect().name()));
        }
    }
    describe_ending(endpoint, operation);
    if endpoint.is_sensitive() {
        operation.insert("x-step-up".into(), json!({ "acr_values": "2", "max_age": 300 }));
    }
    if let Some(rule) = endpoint.audit {
        operation.insert("x-audit".into(), json!(rule.event.as_str()));
    }
    if endpoint.method != Method::GET && endpoint.body_limit > 0 {
        operation.insert("x-body-limit".into(), json!(endpoint.body_limit));
    }
}

/// The parameter of what is done once.
fn idempotency_key() -> Value {
    json!({
        "name": "Idempotency-Key",
        "in": "header",
        "required": true,
        "description": "A UUID of your own for this request, bare or in double quotes. Sent again with the same body within 24 hours, it is answered as the first time.",
        "schema": { "type": "string", "format": "uuid" },
    })
}

/// The fields of a success that a client works with.
fn answer_fields(endpoint: &Endpoint, status: StatusCode) -> Map<String, Value> {
    let mut fields = refusals::common_fields();
    let mut field = |name: &str, description: &str, required: bool, schema: Value| {
        fields.insert(
            name.into(),
            json!({ "description": description, "required": required, "schema": schema }),
        );
    };
    if endpoint.tagged {
        let tag = json!({ "type": "string", "pattern": TAG });
        field("ETag", "The state of the object, for `If-Match`.", true, tag);
    }
    if status == StatusCode::CREATED {
        field("Location", "Where it is.", true, json!({ "type": "string", "format": "uri-reference" }));
    }
    if endpoint.once {
        let replayed = json!({ "type": "string", "enum": ["true"] });
        field("Idempotency-Replayed", "Says that this is the answer of the first time.", false, replayed);
    }
    fields
}

fn path_parameters(path: &str) -> Vec<Value> {
    let names = path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    names
        .map(|name| {
            json!({
                "name": name,
                "in": "path",
                "required": true,
                "description": format!("The id of the {name}."),
                "schema": { "type": "string", "format": "uuid" },
            })
        })
        .collect()
}

/// A parameter that is left out is not there: nothing in a query is `null`.
fn without_null(mut parameter: Value) -> Value {
    if let Some(kind) = parameter.pointer_mut("/schema/type")
        && let Some(named) = kind.as_array().and_then(|kinds| kinds.iter().find(|it| *it != "null")).cloned()
    {
        *kind = named;
    }
    parameter
}
