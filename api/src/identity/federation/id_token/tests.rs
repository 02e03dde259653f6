//! Perfect claims, and claims with one thing wrong.

use super::{Expected, IdToken, check, secret::hash};
use crate::{audit::Reason, identity::federation::tests::provider};
use serde_json::{Value, json};

const NOW: i64 = 1_800_000_000;

fn perfect() -> Value {
    json!({
        "iss": "https://idp.example.org/clinic",
        "sub": "248289761001",
        "aud": "brigandine",
        "exp": NOW + 300,
        "iat": NOW,
        "nonce": "n",
        "auth_time": NOW - 5,
        "acr": "urn:mfa",
    })
}

fn refusal(claims: Value) -> Option<Reason> {
    let nonce_hash = hash("n");
    let expected =
        Expected { nonce_hash: &nonce_hash, max_age: Some(300), asked_at: NOW - 60, acr: Some("urn:mfa") };
    judged(claims, &expected)
}

/// Where nobody asked how fresh the sign-in is, nor how thorough.
fn refusal_unasked(claims: Value) -> Option<Reason> {
    let nonce_hash = hash("n");
    judged(claims, &Expected { nonce_hash: &nonce_hash, max_age: None, asked_at: NOW - 60, acr: None })
}

fn judged(claims: Value, expected: &Expected<'_>) -> Option<Reason> {
    let claims: IdToken = serde_json::from_value(claims).unwrap();
    check(&claims, &provider(), expected, NOW).err().map(|refusal| refusal.reason().unwrap())
}

fn with(name: &str, value: Value) -> Option<Reason> {
    let mut claims = perfect();
    claims[name] = value;
    refusal(claims)
}

fn without(name: &str) -> Option<Reason> {
    let mut claims = perfect();
    claims.as_object_mut().unwrap().remove(name);
    refusal(claims)
}

#[test]
fn a_perfect_token_is_valid() {
    assert_eq!(refusal(perfect()), None);
    assert_eq!(with("aud", json!(["brigandine"])), None);
    assert_eq!(with("azp", json!("brigandine")), None);
    assert_eq!(with("exp", json!(NOW - 9)), None, "clocks differ a little");
    assert_eq!(with("iat", json!(1_800_000_000.25)), None, "a NumericDate may have a fraction");
    assert_eq!(with("nbf", json!(NOW + 9)), None);
}

#[test]
fn a_token_for_somebody_else_is_not() {
    assert_eq!(with("iss", json!("https://idp.example.org")), Some(Reason::ID_TOKEN_ISS));
    assert_eq!(with("aud", json!("other")), Some(Reason::ID_TOKEN_AUD));
    assert_eq!(with("aud", json!([])), Some(Reason::ID_TOKEN_AUD));
    assert_eq!(with("aud", json!(["brigandine", "other"])), Some(Reason::ID_TOKEN_AUD));
    assert_eq!(with("azp", json!("other")), Some(Reason::ID_TOKEN_AUD));
}

#[test]
fn a_token_of_another_time_or_transaction_is_not() {
    assert_eq!(with("exp", json!(NOW - 10)), Some(Reason::ID_TOKEN_TIME));
    assert_eq!(with("iat", json!(NOW + 11)), Some(Reason::ID_TOKEN_TIME));
    assert_eq!(with("iat", json!(NOW - 601)), Some(Reason::ID_TOKEN_TIME));
    assert_eq!(with("nbf", json!(NOW + 11)), Some(Reason::ID_TOKEN_TIME));
    assert_eq!(with("nonce", json!("m")), Some(Reason::ID_TOKEN_NONCE));
    assert_eq!(without("nonce"), Some(Reason::ID_TOKEN_NONCE));
}

#[test]
fn what_was_asked_for_must_come() {
    assert_eq!(with("auth_time", json!(NOW - 370)), None, "counted from when it was asked for");
    assert_eq!(with("auth_time", json!(NOW - 371)), Some(Reason::ID_TOKEN_AUTH_TIME));
    assert_eq!(with("auth_time", Value::Null), Some(Reason::ID_TOKEN_AUTH_TIME));
    assert_eq!(with("auth_time", json!(NOW + 11)), Some(Reason::ID_TOKEN_AUTH_TIME));
    assert_eq!(without("auth_time"), Some(Reason::ID_TOKEN_AUTH_TIME));
    assert_eq!(with("acr", json!("urn:pwd")), Some(Reason::ID_TOKEN_ACR));
    assert_eq!(without("acr"), Some(Reason::ID_TOKEN_ACR));
}

#[test]
fn what_was_not_asked_for_need_not_come() {
    for name in ["auth_time", "acr"] {
        let mut claims = perfect();
        claims.as_object_mut().unwrap().remove(name);
        assert_eq!(refusal_unasked(claims.clone()), None, "no {name}");
        claims[name] = Value::Null;
        assert_eq!(refusal_unasked(claims), None, "{name}: null");
    }
    let mut claims = perfect();
    claims["auth_time"] = json!(NOW - 86_400);
    assert_eq!(refusal_unasked(claims), Some(Reason::ID_TOKEN_AUTH_TIME), "what is said counts");
}

#[test]
fn what_is_only_taken_down_counts_as_absent_in_another_shape() {
    for shape in [Value::Null, json!(7), json!({ "a": [] }), json!([1]), json!(true)] {
        let mut claims = perfect();
        for name in ["amr", "sid", "email"] {
            claims[name] = shape.clone();
        }
        let read: IdToken = serde_json::from_value(claims.clone()).unwrap();
        assert!(read.amr.is_empty() && read.sid.is_none() && read.email.is_none());
        assert_eq!(refusal(claims), None);
    }
}

#[test]
fn a_subject_has_a_length() {
    assert_eq!(with("sub", json!("")), Some(Reason::ID_TOKEN_SUB));
    assert_eq!(with("sub", json!("a".repeat(256))), Some(Reason::ID_TOKEN_SUB));
    assert_eq!(with("sub", json!("a\0b")), Some(Reason::ID_TOKEN_SUB));
}

#[test]
fn only_a_plain_yes_verifies_an_email() {
    let verified = |value: Value| {
        let mut claims = perfect();
        claims["email_verified"] = value;
        serde_json::from_value::<IdToken>(claims).unwrap().email_verified
    };
    assert!(verified(json!(true)));
    for no in [json!(false), json!("true"), json!(1), json!([true]), Value::Null, json!({})] {
        assert!(!verified(no));
    }
}
