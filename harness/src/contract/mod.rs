//! The contract: what clients rely on, as a text that a reviewer reads and keeps in `docs/contract.txt`.
//!
//! A line per promise. Whoever takes a promise back, or demands more than before, breaks clients that nobody asked: the
//! attack `version-isolation/break`, `cargo test` and the command `contract` say so. What is new breaks nobody; it is reviewed
//! with `contract --renew`.

mod flat;

use serde_json::Value;
use std::{collections::BTreeSet, path::PathBuf};

/// Where the reviewed contract stands.
#[must_use]
pub fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/contract.txt")
}

/// The reviewed contract; empty where there is none.
#[must_use]
pub fn reviewed() -> BTreeSet<String> {
    let text = std::fs::read_to_string(file()).unwrap_or_default();
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

/// The promises of a document.
#[must_use]
pub fn lines(document: &Value) -> BTreeSet<String> {
    flat::lines(document)
}

/// What of the present promises breaks clients of the reviewed ones.
#[must_use]
pub fn breaking(reviewed: &BTreeSet<String>, present: &BTreeSet<String>) -> Vec<String> {
    let operations = |lines: &BTreeSet<String>| -> BTreeSet<String> {
        lines.iter().filter_map(|line| Some(line.split_once(": ")?.0.to_owned())).collect()
    };
    let known = operations(reviewed);
    let mut changes: Vec<String> =
        reviewed.difference(present).map(|line| format!("no longer true: {line}")).collect();
    // What a known operation demands in addition. A new operation demands what it likes.
    let demands = present.difference(reviewed).filter(|line| line.ends_with(flat::REQUIRED));
    for line in demands {
        if line.split_once(": ").is_some_and(|(operation, _)| known.contains(operation)) {
            changes.push(format!("demanded in addition: {line}"));
        }
    }
    changes
}

/// The document of this build.
#[must_use]
pub fn own() -> Value {
    let (endpoints, told) = (brigandine_api::endpoints::all(), brigandine_api::endpoints::event_types());
    brigandine_api::http::openapi::document(&endpoints, &told, "https://api.clinic.test")
}

/// The text to be reviewed.
#[must_use]
pub fn text(lines: &BTreeSet<String>) -> String {
    let head = "# What clients rely on. Made by `cargo run -- contract --renew`; every change of it is to be reviewed:\n\
                # a line that goes or a line that gains \"required\" breaks clients.\n";
    let body: String = lines.iter().map(|line| format!("{line}\n")).collect();
    format!("{head}{body}")
}

#[cfg(test)]
mod tests {
    use super::{breaking, lines, own, reviewed};
    use serde_json::{Value, json};

    #[test]
    fn nobody_breaks_the_reviewed_contract() {
        let reviewed = reviewed();
        assert!(!reviewed.is_empty());
        assert_eq!(breaking(&reviewed, &lines(&own())), Vec::<String>::new());
    }

    fn changed(change: impl FnOnce(&mut Value)) -> Vec<String> {
        let before = json!({
            "paths": { "/v1/things": { "post": {
                "parameters": [{ "name": "limit", "in": "query", "schema": { "type": "integer" } }],
                "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/New" } } } },
                "responses": { "201": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Thing" } } } } },
            } } },
            "components": { "schemas": {
                "New": { "type": "object", "required": ["name"], "properties": { "name": { "type": "string" }, "size": { "type": "integer" } } },
                "Thing": { "type": "object", "required": ["id"], "properties": { "id": { "type": "string", "format": "uuid" }, "name": { "type": "string" } } },
            } },
        });
        let mut after = before.clone();
        change(&mut after);
        breaking(&lines(&before), &lines(&after))
    }

    fn at<'v>(document: &'v mut Value, pointer: &str) -> &'v mut Value {
        document.pointer_mut(pointer).unwrap()
    }

    #[test]
    fn what_is_new_breaks_nobody() {
        assert_eq!(changed(|_| {}), Vec::<String>::new());
        assert!(
            changed(
                |it| at(it, "/components/schemas/Thing/properties")["color"] = json!({ "type": "string" })
            )
            .is_empty()
        );
        assert!(
            changed(|it| at(it, "/components/schemas/New/properties")["color"] = json!({ "type": "string" }))
                .is_empty()
        );
        assert!(changed(|it| at(it, "/paths")["/v1/new"] = json!({ "get": { "parameters": [{ "name": "id", "in": "query", "required": true, "schema": {} }] } })).is_empty());
    }

    #[test]
    fn a_promise_taken_back_is_seen() {
        let gone = |it: &mut Value| {
            drop(at(it, "/components/schemas/Thing/properties").as_object_mut().unwrap().remove("name"))
        };
        assert_eq!(changed(gone).len(), 1);
        assert_eq!(
            changed(|it| *at(it, "/components/schemas/Thing/properties/id") = json!({ "type": "integer" }))
                .len(),
            1
        );
        assert_eq!(changed(|it| *at(it, "/paths/~1v1~1things/post/parameters") = json!([])).len(), 1);
        assert!(!changed(|it| *at(it, "/paths") = json!({})).is_empty());
    }

    #[test]
    fn a_new_demand_is_seen() {
        assert!(
            !changed(|it| *at(it, "/components/schemas/New/required") = json!(["name", "size"])).is_empty()
        );
        assert!(
            !changed(|it| *at(it, "/components/schemas/New/properties/size") = json!({ "type": "string" }))
                .is_empty()
        );
        assert!(!changed(|it| {
            at(it, "/paths/~1v1~1things/post/parameters").as_array_mut().unwrap()
                .push(json!({ "name": "why", "in": "header", "required": true, "schema": { "type": "string" } }));
        }).is_empty());
    }
}
