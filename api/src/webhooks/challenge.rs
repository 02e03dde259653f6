//! Whether an address wants to be told.
//!
//! The first message to an address is a challenge: `{"type": "webhook.challenge", …, "data": {"challenge": "…"}}`, signed like any
//! other. The address answers with a success and the value in the field `Webhook-Challenge`. A server that answers 200 to
//! everything, or sends back what it gets, does not.

use super::outbox;
use crate::http::problem::Problem;
use crate::sealing::SealingError;
use aws_lc_rs::{constant_time::verify_slices_are_equal, rand::fill};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

/// The type of the message.
pub(crate) const KIND: &str = "webhook.challenge";
/// The type of the message to an address that has answered one.
pub(crate) const TEST: &str = "webhook.test";
/// The field of the answer.
pub(crate) const FIELD: &str = "webhook-challenge";

/// A message with a new challenge.
pub(super) fn payload(now: DateTime<Utc>) -> Result<String, Problem> {
    let mut bytes = [0; 32];
    fill(&mut bytes).map_err(|_| SealingError::Provider("no random numbers".into()))?;
    Ok(outbox::payload(KIND, now, json!({ "challenge": URL_SAFE_NO_PAD.encode(bytes) })))
}

/// Whether an answer is the one to this message.
pub(super) fn is_answered(payload: &str, answer: &HeaderMap) -> bool {
    let sent: Value = serde_json::from_str(payload).unwrap_or_default();
    let challenge = sent.pointer("/data/challenge").and_then(Value::as_str);
    let (Some(challenge), Some(answered)) = (challenge, answer.get(FIELD)) else { return false };
    verify_slices_are_equal(challenge.as_bytes(), answered.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{HeaderMap, Value, is_answered, payload};
    use crate::clock::Clock;

    #[test]
    fn only_the_value_itself_answers() {
        let sent = payload(Clock.now()).unwrap();
        let value: Value = serde_json::from_str(&sent).unwrap();
        let challenge = value["data"]["challenge"].as_str().unwrap();
        let answer = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("webhook-challenge", text.parse().unwrap());
            headers
        };
        assert!(is_answered(&sent, &answer(challenge)));
        assert!(!is_answered(&sent, &answer("")) && !is_answered(&sent, &HeaderMap::new()));
        assert!(!is_answered("{}", &answer("")));
    }
}
