//! Bounds of every text, number and list, so that a client knows how much room to make, and a gateway what to let
//! through.
//!
//! What comes in is bounded by its row, or by its format: a bound that is promised here must be the one that the code keeps,
//! so there is none by default, and a test fails where one is missing. What the service answers is bounded by rule.

use super::schemas::TEXT;
use crate::{http::time::PointInTime, identity::accounts::Email};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Characters of a text in an answer that nothing else bounds: no body that is kept is larger.
const LONGEST_TEXT: usize = 65_536;
/// What fits in a request target.
const LONGEST_ADDRESS: usize = 4_096;
/// Items on a page: the largest `limit`.
const LARGEST_PAGE: u64 = 100;
/// Parts of anything else.
const LONGEST_LIST: u64 = 1_000;
/// The largest whole number that every JSON reader keeps (RFC 8259 §6).
const LARGEST_NUMBER: u64 = 9_007_199_254_740_991;

/// Which way a schema goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    In,
    Out,
}

/// Sets what is missing, in the whole document. `taken` names the schemas of bodies that come in.
pub(super) fn set(document: &mut Value, taken: &BTreeSet<String>) {
    let Some(document) = document.as_object_mut() else { return };
    for (name, part) in document.iter_mut() {
        match (name.as_str(), part) {
            ("paths", Value::Object(paths)) => {
                paths.values_mut().filter_map(Value::as_object_mut).flatten().for_each(|(_, operation)| {
                    set_operation(operation);
                });
            }
            ("components", Value::Object(components)) => components.iter_mut().for_each(|(kind, parts)| {
                let is_taken = |name: &String| kind == "schemas" && taken.contains(name);
                for (name, part) in parts.as_object_mut().into_iter().flatten() {
                    walk(part, if is_taken(name) { Way::In } else { Way::Out });
                }
            }),
            (_, part) => walk(part, Way::Out),
        }
    }
}

fn set_operation(operation: &mut Value) {
    for (name, part) in operation.as_object_mut().into_iter().flatten() {
        let comes_in = matches!(name.as_str(), "parameters" | "requestBody");
        walk(part, if comes_in { Way::In } else { Way::Out });
    }
}

fn walk(part: &mut Value, way: Way) {
    match part {
        Value::Object(members) => {
            // Before the list itself is met, which does not know its name.
            if let Some(Value::Object(items)) =
                members.get_mut("properties").and_then(|all| all.get_mut("items"))
                && is(items, "array")
                && way == Way::Out
            {
                items.entry("maxItems").or_insert(json!(LARGEST_PAGE));
            }
            bound(members, way);
            members.values_mut().for_each(|member| walk(member, way));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, way)),
        _ => {}
    }
}

fn bound(schema: &mut Map<String, Value>, way: Way) {
    if is(schema, "string") && !schema.contains_key("enum") && !schema.contains_key("const") {
        let format = schema.get("format").and_then(Value::as_str);
        let longest = match way {
            Way::In => longest_of(format),
            Way::Out => Some(longest_of(format).unwrap_or_else(|| longest_answer(format))),
        };
        if let Some(longest) = longest {
            schema.entry("maxLength").or_insert(json!(longest));
        }
        if !schema.contains_key("format") {
            schema.entry("pattern").or_insert(json!(TEXT));
        }
    }
    if is(schema, "integer") {
        schema.entry("format").or_insert(json!("int64"));
    }
    if way == Way::In {
        return;
    }
    if is(schema, "array") {
        schema.entry("maxItems").or_insert(json!(LONGEST_LIST));
    }
    if is(schema, "integer") {
        schema.entry("minimum").or_insert(json!(0));
        schema.entry("maximum").or_insert(json!(LARGEST_NUMBER));
    }
}

/// Whether a schema is of this type, or of this type and `null`. A member that is called `type` holds a schema.
fn is(schema: &Map<String, Value>, kind: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(only)) => only == kind,
        Some(Value::Array(kinds)) => kinds.iter().any(|one| one == kind),
        _ => false,
    }
}

/// What the format itself says, and whoever reads it.
fn longest_of(format: Option<&str>) -> Option<usize> {
    match format? {
        "uuid" => Some(36),
        "date" => Some(10),
        "date-time" => Some(PointInTime::LONGEST),
        _ => None,
    }
}

fn longest_answer(format: Option<&str>) -> usize {
    match format {
        Some("email") => Email::LONGEST,
        Some("uri" | "uri-reference") => LONGEST_ADDRESS,
        _ => LONGEST_TEXT,
    }
}

#[cfg(test)]
mod tests {
    use super::{Way, is, set, walk};
    use crate::{endpoints, http::openapi::document};
    use serde_json::{Map, Value, json};
    use std::collections::BTreeSet;

    #[test]
    fn what_is_said_stays_and_what_is_missing_is_set() {
        let mut answer = json!({ "properties": {
            "type": { "type": "string", "maxLength": 3 },
            "id": { "type": ["string", "null"], "format": "uuid" },
            "items": { "type": "array", "items": { "type": "integer", "minimum": 1 } },
            "word": { "type": "string", "enum": ["a"] },
        } });
        walk(&mut answer, Way::Out);
        let at = |pointer: &str| answer.pointer(pointer).cloned().unwrap_or_default();
        assert_eq!(at("/properties/type/maxLength"), 3);
        assert_eq!(at("/properties/id/maxLength"), 36);
        assert_eq!(at("/properties/items/maxItems"), 100);
        assert_eq!(at("/properties/items/items/minimum"), 1);
        assert_eq!(at("/properties/word"), json!({ "type": "string", "enum": ["a"] }));
    }

    /// Where a text, a list or a number comes in without a bound, by pointer.
    fn unbounded(document: &Value) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let paths = document["paths"].as_object().unwrap();
        for (path, methods) in paths {
            for (method, operation) in methods.as_object().unwrap() {
                for part in ["parameters", "requestBody"] {
                    look(document, &operation[part], format!("{method} {path} {part}"), &mut found);
                }
            }
        }
        found
    }

    fn look(document: &Value, part: &Value, place: String, found: &mut BTreeSet<String>) {
        match part {
            Value::Object(members) => {
                if let Some(name) = members.get("$ref").and_then(Value::as_str) {
                    let name = name.trim_start_matches('#');
                    look(document, document.pointer(name).unwrap(), name.to_owned(), found);
                }
                if !is_bounded(members) {
                    found.insert(place.clone());
                }
                for (name, member) in members {
                    look(document, member, format!("{place}/{name}"), found);
                }
            }
            Value::Array(items) => {
                let named = |(at, item): (usize, &Value)| {
                    let name = item["name"].as_str().map_or_else(|| at.to_string(), str::to_owned);
                    look(document, item, format!("{place}/{name}"), found);
                };
                items.iter().enumerate().for_each(named);
            }
            _ => {}
        }
    }

    fn is_bounded(schema: &Map<String, Value>) -> bool {
        let says = |key: &str| schema.contains_key(key);
        (!is(schema, "string") || says("maxLength") || says("enum") || says("const"))
            && (!is(schema, "array") || says("maxItems"))
            && (!is(schema, "integer") || (says("minimum") && says("maximum")))
    }

    #[test]
    fn nothing_is_promised_of_what_comes_in_but_by_its_row_and_its_format() {
        let mut document = json!({
            "paths": { "/": { "post": {
                "parameters": [
                    { "name": "word", "schema": { "type": "string" } },
                    { "name": "id", "schema": { "type": "string", "format": "uuid" } },
                ],
                "requestBody": { "schema": { "$ref": "#/components/schemas/New" } },
                "responses": { "200": { "schema": { "$ref": "#/components/schemas/View" } } },
            } } },
            "components": { "schemas": {
                "New": { "type": "array", "items": { "type": ["integer", "null"] } },
                "View": { "type": "string" },
            } },
        });
        set(&mut document, &BTreeSet::from(["New".to_owned()]));
        let places =
            ["post / parameters/word/schema", "/components/schemas/New", "/components/schemas/New/items"];
        assert_eq!(unbounded(&document), places.map(str::to_owned).into());
        assert_eq!(document.pointer("/components/schemas/View/maxLength"), Some(&json!(65_536)));
    }

    #[test]
    fn whatever_comes_in_has_a_bound_of_its_row() {
        let document = document(&endpoints::all(), &endpoints::event_types(), "https://api.clinic.test");
        assert_eq!(unbounded(&document), BTreeSet::new());
    }
}
