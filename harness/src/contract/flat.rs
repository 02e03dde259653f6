//! An OpenAPI document as lines: `POST /v1/patients: body /family_name string, required`, `WEBHOOK member.changed: body /type …`.

use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The end of a line that demands something.
pub(super) const REQUIRED: &str = ", required";
/// Schemas that contain themselves end somewhere.
const DEEPEST: usize = 8;

pub(super) fn lines(document: &Value) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for (path, methods) in members(document.get("paths")) {
        for (method, operation) in members(Some(methods)) {
            let name = format!("{} {path}", method.to_uppercase());
            let mut take = |line: String| {
                lines.insert(format!("{name}: {line}"));
            };
            take("is served".into());
            for parameter in operation.get("parameters").and_then(Value::as_array).into_iter().flatten() {
                let text = |key: &str| parameter.get(key).and_then(Value::as_str).unwrap_or_default();
                let kind = parameter.get("schema").map(|schema| kind(schema, true)).unwrap_or_default();
                let required =
                    if parameter.get("required") == Some(&Value::Bool(true)) { REQUIRED } else { "" };
                take(format!("{} {} {kind}{required}", text("in"), text("name")));
            }
            let body = operation.get("requestBody").and_then(schema_of);
            walk(document, body, "body ", true, 0, &mut take);
            for (status, answer) in members(operation.get("responses")) {
                if status.starts_with('2') {
                    take(format!("answers {status}"));
                    walk(document, schema_of(answer), &format!("{status} "), false, 0, &mut take);
                }
            }
        }
    }
    for (kind, methods) in members(document.get("webhooks")) {
        for (_, operation) in members(Some(methods)) {
            let mut take = |line: String| {
                lines.insert(format!("WEBHOOK {kind}: {line}"));
            };
            take("is told".into());
            // Read by clients, like an answer.
            walk(document, operation.get("requestBody").and_then(schema_of), "body ", false, 0, &mut take);
        }
    }
    lines
}

fn members(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flat_map(Map::iter)
}

fn schema_of(message: &Value) -> Option<&Value> {
    let content = message.get("content")?.as_object()?;
    content.values().next()?.get("schema")
}

/// The type and what narrows it: for what a client sends. Of what it reads, bounds break nobody who relies on the type, and
/// most of them follow from a rule; and so does a length from a format.
fn kind(schema: &Value, sent: bool) -> String {
    let mut kind = match schema.get("type") {
        Some(Value::String(name)) => name.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let narrowing: &[&str] = if sent {
        &["format", "enum", "pattern", "maxLength", "minLength", "maximum", "minimum", "maxItems"]
    } else {
        &["format", "enum"]
    };
    for &narrower in narrowing {
        let follows = narrower == "maxLength" && schema.get("format").is_some();
        if let Some(value) = schema.get(narrower).filter(|_| !follows) {
            kind += &format!(" {narrower}={value}");
        }
    }
    kind
}

fn walk(
    document: &Value,
    schema: Option<&Value>,
    at: &str,
    demands: bool,
    depth: usize,
    take: &mut impl FnMut(String),
) {
    let Some(schema) = schema.filter(|_| depth < DEEPEST) else { return };
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let target = document.pointer(name.trim_start_matches('#'));
        return walk(document, target, at, demands, depth + 1, take);
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        for (number, one) in schema.get(choice).and_then(Value::as_array).into_iter().flatten().enumerate() {
            let named = one.get("$ref").and_then(Value::as_str).and_then(|name| name.rsplit('/').next());
            let place = match (choice, named) {
                ("allOf", _) => at.to_owned(),
                (_, Some(name)) => format!("{at}({name})"),
                (_, None) => format!("{at}({number})"),
            };
            walk(document, Some(one), &place, demands, depth + 1, take);
        }
    }
    if let Some(items) = schema.get("items") {
        walk(document, Some(items), &format!("{at}[]"), demands, depth + 1, take);
    }
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for (name, member) in members(schema.get("properties")) {
        let place = format!("{at}/{name}");
        let needed = if demands && required.contains(&name.as_str()) { REQUIRED } else { "" };
        take(format!("{place} {}{needed}", kind(member, demands)));
        walk(document, Some(member), &place, demands, depth + 1, take);
    }
}
