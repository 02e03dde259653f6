//! What the service sends on its own account (OpenAPI 3.1 `webhooks`), from the list of what webhooks can be told of.

use crate::webhooks::{CHALLENGE, CHALLENGE_FIELD, TEST};
use serde_json::{Map, Value, json};

/// Standard Webhooks: three fields sign and date each delivery.
const FIELDS: [(&str, &str); 3] = [
    ("webhook-id", "The message's id, the same in every try: what came already is not done again."),
    ("webhook-timestamp", "When this try left, in seconds since 1970."),
    (
        "webhook-signature",
        "`v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64; for a day after a rotation one for each secret.",
    ),
];

pub(super) fn describe(event_types: &[&str]) -> Map<String, Value> {
    // Never more than an id: whoever is told asks for the rest, with rights of their own.
    let id = object("id", &json!({ "type": "string", "format": "uuid" }));
    let happened = event_types.iter().map(|kind| {
        let summary = format!("Tells that `{kind}` happened, and to what.");
        ((*kind).to_owned(), message(kind, &summary, &id, &json!({})))
    });
    let challenge = object("challenge", &json!({ "type": "string" }));
    let answered = json!({
        CHALLENGE_FIELD: { "required": true, "description": "The challenge, as it came.", "schema": { "type": "string" } },
    });
    let asked = "Asks whether the address wants to be told; nothing else is sent before the answer.";
    let tested = "Tries an address that is told already.";
    let nothing = json!({ "type": "object", "additionalProperties": false });
    happened
        .chain([
            (CHALLENGE.to_owned(), message(CHALLENGE, asked, &challenge, &answered)),
            (TEST.to_owned(), message(TEST, tested, &nothing, &json!({}))),
        ])
        .collect()
}

fn object(member: &str, schema: &Value) -> Value {
    json!({
        "type": "object",
        "properties": { member: schema },
        "required": [member],
        "additionalProperties": false,
    })
}

/// `tellPatientRegistered` of `patient.registered`.
fn operation_id(kind: &str) -> String {
    let words = kind.split(['.', '_', '-']).map(|word| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        format!("{}{rest}", first.to_uppercase())
    });
    format!("tell{}", words.collect::<String>())
}

fn message(kind: &str, summary: &str, data: &Value, answered: &Value) -> Value {
    let parameters: Vec<Value> = FIELDS
        .into_iter()
        .map(|(name, description)| {
            let schema = json!({ "type": "string" });
            json!({ "name": name, "in": "header", "required": true, "description": description, "schema": schema })
        })
        .collect();
    let schema = json!({
        "type": "object",
        "properties": {
            "type": { "type": "string", "enum": [kind] },
            "timestamp": { "type": "string", "format": "date-time" },
            "data": data,
        },
        "required": ["type", "timestamp", "data"],
        "additionalProperties": false,
    });
    json!({
        "post": {
            "operationId": operation_id(kind),
            "summary": summary,
            "description": "Sent by the service, signed as Standard Webhooks has it; an answer of 2xx takes it.",
            "security": [],
            "parameters": parameters,
            "requestBody": { "required": true, "content": { "application/json": { "schema": schema } } },
            "responses": {
                "2XX": { "description": "Taken. What is not is tried again.", "headers": answered },
                "410": { "description": "Not wanted any more: the webhook is disabled." },
            },
        },
    })
}
