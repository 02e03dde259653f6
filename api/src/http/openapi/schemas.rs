//! What utoipa can't know of schemas.

use super::Components;
use crate::http::json::LONGEST_TEXT;
use serde_json::{Map, Value, json};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};

/// A text without the characters that no text may hold: see `http::text`.
pub(super) const TEXT: &str =
    r"^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff\ufffd]*$";
/// Visible ASCII and spaces: see `visit::Field`.
pub(super) const VISIBLE: &str = "^[ -~]*$";
/// A text of one line in which there is something to see; members say `format = "line"`.
const LINE: &str = r"^[^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff\ufffd]*[^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff\ufffd\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2065\u206a-\u206f\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufffb][^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff\ufffd]*$";
/// A text of any number of lines in which there is something to see; members say `format = "seen"`.
const SEEN: &str = r"^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff\ufffd]*[^\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff\ufffd\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2065\u206a-\u206f\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufffb][^\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff\ufffd]*$";

/// The schemas as they are published.
pub(super) fn finish(components: Components) -> Map<String, Value> {
    let Components { schemas, taken, parted } = components;
    let Ok(Value::Object(mut schemas)) = serde_json::to_value(schemas) else { return Map::new() };
    schemas.values_mut().for_each(let_choices_overlap);
    for name in &taken {
        if let Some(schema) = schemas.get_mut(name) {
            bound_texts(schema);
        }
    }
    for name in parted {
        add_part(&mut schemas, &name);
    }
    schemas
}

/// The views of one thing for several audiences share members: what one of them fits may fit another, too.
fn let_choices_overlap(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if let Some(choices) = members.remove("oneOf") {
                members.insert("anyOf".into(), choices);
            }
            members.values_mut().for_each(let_choices_overlap);
        }
        Value::Array(items) => items.iter_mut().for_each(let_choices_overlap),
        _ => {}
    }
}

/// Says of every text that is taken in which characters it may hold.
fn bound_texts(schema: &mut Value) {
    if let Some(members) = schema.as_object_mut() {
        // Free members are walked like everything else of a body.
        if let Some(Value::Object(names)) = members.get_mut("propertyNames") {
            names.insert("maxLength".into(), json!(LONGEST_TEXT));
        }
        let says = |key: &str| members.contains_key(key);
        let is_text = match members.get("type") {
            Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "string"),
            Some(kind) => kind == "string",
            None => false,
        };
        let own = match members.get("format").and_then(Value::as_str) {
            Some("line") => Some(LINE),
            Some("seen") => Some(SEEN),
            _ => None,
        };
        if let Some(pattern) = own {
            members.remove("format");
            members.insert("pattern".into(), json!(pattern));
        } else if is_text && !["format", "pattern", "enum"].iter().any(|key| says(key)) {
            members.insert("pattern".into(), json!(TEXT));
        }
    }
    match schema {
        Value::Object(members) => members.values_mut().for_each(bound_texts),
        Value::Array(items) => items.iter_mut().for_each(bound_texts),
        _ => {}
    }
}

/// What is left of a view when `?fields=` names some of its members.
pub(super) fn part_name(name: &str) -> String {
    format!("{name}Part")
}

fn add_part(schemas: &mut Map<String, Value>, name: &str) {
    let Some(whole) = schemas.get(name).cloned() else { return };
    let mut part = whole;
    // Of a page, each item is narrowed, and not the page.
    if let Some(items) = part.pointer_mut("/properties/items/items") {
        narrow(schemas, items);
    } else {
        narrow(schemas, &mut part);
    }
    schemas.insert(part_name(name), part);
}

fn narrow(schemas: &mut Map<String, Value>, schema: &mut Value) {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next()) {
        let name = name.to_owned();
        if !schemas.contains_key(&part_name(&name)) {
            add_part(schemas, &name);
        }
        *schema = super::reference(&part_name(&name));
        return;
    }
    if let Some(members) = schema.as_object_mut().filter(|members| members.contains_key("properties")) {
        members.remove("required");
        // Else everything would be a part of everything.
        members.insert("additionalProperties".into(), json!(false));
    }
    for one in schema.get_mut("anyOf").and_then(Value::as_array_mut).into_iter().flatten() {
        narrow(schemas, one);
    }
}

/// A text of at most so many characters, for inputs in lists.
pub(crate) fn text_of(longest: usize) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).max_length(Some(longest)).into()
}

/// A text that is one of these words, for inputs that are texts until they are looked at.
pub(crate) fn one_of(words: impl IntoIterator<Item = &'static str>) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).into()
}
