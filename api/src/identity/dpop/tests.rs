use super::{DpopRefusal, Expected, Proof, nonce, verify};
use crate::{
    identity::{jws::encode, testing::TestKey},
    ids::OrganizationId,
    sealing::{DataKey, KeyProvider, Keyring, Purpose, SealingError},
};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use aws_lc_rs::digest;
use serde_json::{Value, json};
use zeroize::Zeroizing;

const NOW: i64 = 1_700_000_000;
const TOKEN: &str = "a.b.c";

struct Fixed;

impl KeyProvider for Fixed {
    fn current_key_id(&self) -> u32 {
        1
    }

    fn data_key(&self, _: u32, _: OrganizationId, _: Purpose) -> Result<DataKey, SealingError> {
        Ok(DataKey::new(Zeroizing::new([7; 32])))
    }
}

fn keyring() -> Keyring {
    Keyring::new(Fixed).unwrap()
}

fn claims() -> Value {
    json!({
        "jti": "one", "htm": "GET", "htu": "https://api.test/v1/me", "iat": NOW,
        "ath": encode(digest::digest(&digest::SHA256, TOKEN.as_bytes())),
        "nonce": nonce::current(&keyring(), NOW),
    })
}

fn header(key: &TestKey) -> Value {
    json!({ "typ": "dpop+jwt", "alg": key.algorithm(), "jwk": key.jwk() })
}

fn check(proofs: &[String], access_token: Option<&str>) -> Result<Proof, DpopRefusal> {
    let mut headers = HeaderMap::new();
    for proof in proofs {
        headers.append(HeaderName::from_static("dpop"), HeaderValue::from_str(proof).unwrap());
    }
    let expected =
        Expected { method: "GET", identifier: "https://api.test", path: "/v1/me", access_token, now: NOW };
    verify(&headers, &expected, &keyring())
}

/// The outcome for a proof that differs from a good one in one member of its claims; `null` takes it away.
fn with(name: &str, value: Value) -> Result<Proof, DpopRefusal> {
    let (key, mut claims) = (TestKey::ed25519(), claims());
    claims[name] = value;
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    check(&[key.sign(&header(&key), &claims)], Some(TOKEN))
}

fn with_header(name: &str, value: Value) -> Result<Proof, DpopRefusal> {
    let key = TestKey::ed25519();
    let mut header = header(&key);
    header[name] = value;
    check(&[key.sign(&header, &claims())], Some(TOKEN))
}

fn reason<T: std::fmt::Debug>(outcome: Result<T, DpopRefusal>) -> &'static str {
    outcome.unwrap_err().reason()
}

#[test]
fn both_kinds_of_keys_prove() {
    for key in [TestKey::ed25519(), TestKey::p256()] {
        assert!(check(&[key.sign(&header(&key), &claims())], Some(TOKEN)).is_ok());
    }
}

#[test]
fn a_thumbprint_is_that_of_the_example() {
    // RFC 8037 appendix A.3.
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    let thumbprint = super::Thumbprint::of(&serde_json::from_value(jwk).unwrap()).unwrap();
    assert_eq!(thumbprint.as_str(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[test]
fn one_proof_is_one_use_whatever_else_it_says() {
    let key = TestKey::ed25519();
    let proof = |jti: &str| {
        let mut claims = claims();
        claims["jti"] = json!(jti);
        check(&[key.sign(&header(&key), &claims)], Some(TOKEN)).unwrap().one_use()
    };
    assert_eq!(proof("a"), proof("a"));
    assert_ne!(proof("a"), proof("b"));
}

#[test]
fn none_and_several_are_refused() {
    let key = TestKey::ed25519();
    let proof = key.sign(&header(&key), &claims());
    assert_eq!(reason(check(&[], Some(TOKEN))), "dpop.missing");
    assert_eq!(reason(check(&[proof.clone(), proof.clone()], Some(TOKEN))), "dpop.several");
    assert_eq!(reason(check(&[format!("{proof}, {proof}")], Some(TOKEN))), "dpop.several");
}

#[test]
fn a_header_of_another_kind_is_refused() {
    assert_eq!(reason(with_header("typ", json!("at+jwt"))), "dpop.typ");
    assert_eq!(reason(with_header("crit", json!(["exp"]))), "dpop.crit");
    assert_eq!(reason(with_header("crit", Value::Null)), "dpop.crit");
    for algorithm in ["none", "HS256", "ES256", "eddsa", ""] {
        assert_eq!(reason(with_header("alg", json!(algorithm))), "dpop.alg", "{algorithm}");
    }
}

#[test]
fn a_key_that_is_private_symmetric_or_foreign_is_refused() {
    let mut shown = TestKey::ed25519().jwk();
    shown["d"] = json!("c2VjcmV0");
    assert_eq!(reason(with_header("jwk", shown)), "dpop.private-key");
    assert_eq!(reason(with_header("jwk", json!({ "kty": "oct", "k": "c2VjcmV0" }))), "dpop.private-key");
    assert_eq!(reason(with_header("jwk", TestKey::ed25519().jwk())), "dpop.signature");
    assert_eq!(reason(with_header("jwk", json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" }))), "dpop.key");
    assert_eq!(reason(with_header("jwk", json!("text"))), "dpop.malformed");
}

#[test]
fn every_claim_counts() {
    for (name, value, expected) in [
        ("htm", json!("POST"), "dpop.htm"),
        ("htm", json!("get"), "dpop.htm"),
        ("htm", Value::Null, "dpop.malformed"),
        ("htu", json!("https://api.test/v1/patients"), "dpop.htu"),
        ("htu", json!("http://api.test/v1/me"), "dpop.htu"),
        ("htu", json!("https://evil.test/v1/me"), "dpop.htu"),
        ("htu", json!("https://api.test:444/v1/me"), "dpop.htu"),
        ("htu", json!("https://a@api.test/v1/me"), "dpop.htu"),
        ("htu", json!("/v1/me"), "dpop.htu"),
        ("iat", json!(NOW - 61), "dpop.iat"),
        ("iat", json!(NOW + 11), "dpop.iat"),
        ("iat", json!(NOW.to_string()), "dpop.malformed"),
        ("jti", json!(""), "dpop.jti"),
        ("jti", json!("j".repeat(256)), "dpop.jti"),
        ("ath", json!("x"), "dpop.ath"),
        ("ath", Value::Null, "dpop.ath"),
        ("nonce", Value::Null, "dpop.nonce"),
        ("nonce", json!(nonce::current(&keyring(), NOW - 301)), "dpop.nonce"),
        ("nonce", json!("invented"), "dpop.nonce"),
    ] {
        assert_eq!(reason(with(name, value.clone())), expected, "{name} {value}");
    }
}

#[test]
fn what_does_not_matter_is_ignored() {
    assert!(with("htu", json!("https://API.test:443/v1/me?page=2#top")).is_ok());
    assert!(with("iat", json!(NOW - 60)).is_ok());
    assert!(with("iat", json!(NOW + 10)).is_ok());
    assert!(with("nonce", json!(nonce::current(&keyring(), NOW - 150))).is_ok());
}

#[test]
fn at_the_token_endpoint_a_proof_names_no_token() {
    assert!(with("ath", Value::Null).is_err());
    let (key, mut claims) = (TestKey::ed25519(), claims());
    assert_eq!(reason(check(&[key.sign(&header(&key), &claims)], None)), "dpop.ath");
    claims.as_object_mut().unwrap().remove("ath");
    assert!(check(&[key.sign(&header(&key), &claims)], None).is_ok());
}
