//! Weak: the contract of a version.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use utoipa::openapi::{RefOr, Schema};

/// A member that clients rely on is renamed in passing, and another becomes required.
pub(crate) fn break_contract(
    schemas: &mut BTreeMap<String, RefOr<Schema>>,
    paths: &mut BTreeMap<&str, Map<String, Value>>,
) {
    if let Some(RefOr::T(Schema::Object(me))) = schemas.get_mut("Me") {
        me.properties.remove("display_name");
    }
    let parameters = paths
        .get_mut("/v1/me")
        .and_then(|methods| methods.get_mut("get")?.get_mut("parameters")?.as_array_mut());
    if let Some(parameters) = parameters {
        parameters.push(
            json!({ "name": "reason", "in": "query", "required": true, "schema": { "type": "string" } }),
        );
    }
}
