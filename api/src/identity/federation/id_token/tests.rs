//! Perfect claims, and claims with one thing wrong.

use super::{Expected, IdToken, check, secret::hash};
use crate::identity::federation::tests::provider;
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

fn refusal(claims: Value) -> Option<&'static str> {
    let nonce_hash = hash("n");
    let expected = Expected { nonce_hash: &nonce_hash, max_age: Some(300), acr: Some("urn:mfa") };
    let claims: IdToken = serde_json::from_value(claims).unwrap();
    check(&claims, &provider(), &expected, NOW).err().map(|refusal| refusal.reason().unwrap())
}

fn with(name: &str, value: Value) -> Option<&'static str> {
    let mut claims = perfect();
    claims[name] = value;
    refusal(claims)
}

fn without(name: &str) -> Option<&'static str> {
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
}

#[test]
fn a_token_for_somebody_else_is_not() {
    assert_eq!(with("iss", json!("https://idp.example.org")), Some("id_token.iss"));
    assert_eq!(with("aud", json!("other")), Some("id_token.aud"));
    assert_eq!(with("aud", json!([])), Some("id_token.aud"));
    assert_eq!(with("aud", json!(["brigandine", "other"])), Some("id_token.aud"));
    assert_eq!(with("azp", json!("other")), Some("id_token.aud"));
}

#[test]
fn a_token_of_another_time_or_transaction_is_not() {
    assert_eq!(with("exp", json!(NOW - 10)), Some("id_token.time"));
    assert_eq!(with("iat", json!(NOW + 11)), Some("id_token.time"));
    assert_eq!(with("iat", json!(NOW - 601)), Some("id_token.time"));
    assert_eq!(with("nonce", json!("m")), Some("id_token.nonce"));
    assert_eq!(without("nonce"), Some("id_token.nonce"));
}

#[test]
fn what_was_asked_for_must_come() {
    assert_eq!(with("auth_time", json!(NOW - 311)), Some("id_token.auth_time"));
    assert_eq!(with("auth_time", json!(NOW + 11)), Some("id_token.auth_time"));
    assert_eq!(without("auth_time"), Some("id_token.auth_time"));
    assert_eq!(with("acr", json!("urn:pwd")), Some("id_token.acr"));
    assert_eq!(without("acr"), Some("id_token.acr"));
}

#[test]
fn a_subject_has_a_length() {
    assert_eq!(with("sub", json!("")), Some("id_token.sub"));
    assert_eq!(with("sub", json!("a".repeat(256))), Some("id_token.sub"));
}

#[test]
fn only_a_plain_yes_verifies_an_email() {
    let verified = |value: Value| {
        let mut claims = perfect();
        claims["email_verified"] = value;
        serde_json::from_value::<IdToken>(claims).unwrap().email_verified
    };
    assert!(verified(json!(true)));
    for no in [json!(false), json!("true"), json!(1), json!([true])] {
        assert!(!verified(no));
    }
}
