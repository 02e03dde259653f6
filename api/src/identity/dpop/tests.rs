use super::{DpopRefusal, Expected, Proof, nonce, verify};
use crate::{
    audit::Reason,
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

fn reason<T: std::fmt::Debug>(outcome: Result<T, DpopRefusal>) -> Reason {
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
    assert_eq!(reason(check(&[], Some(TOKEN))), Reason::DPOP_MISSING);
    assert_eq!(reason(check(&[proof.clone(), proof.clone()], Some(TOKEN))), Reason::DPOP_SEVERAL);
    assert_eq!(reason(check(&[format!("{proof}, {proof}")], Some(TOKEN))), Reason::DPOP_SEVERAL);
}

#[test]
fn a_header_of_another_kind_is_refused() {
    assert_eq!(reason(with_header("typ", json!("at+jwt"))), Reason::DPOP_TYP);
    assert_eq!(reason(with_header("crit", json!(["exp"]))), Reason::DPOP_CRIT);
    assert_eq!(reason(with_header("crit", Value::Null)), Reason::DPOP_CRIT);
    for algorithm in ["none", "HS256", "ES256", "eddsa", ""] {
        assert_eq!(reason(with_header("alg", json!(algorithm))), Reason::DPOP_ALG, "{algorithm}");
    }
}

#[test]
fn a_key_that_is_private_symmetric_or_foreign_is_refused() {
    let mut shown = TestKey::ed25519().jwk();
    shown["d"] = json!("c2VjcmV0");
    assert_eq!(reason(with_header("jwk", shown)), Reason::DPOP_PRIVATE_KEY);
    assert_eq!(
        reason(with_header("jwk", json!({ "kty": "oct", "k": "c2VjcmV0" }))),
        Reason::DPOP_PRIVATE_KEY
    );
    assert_eq!(reason(with_header("jwk", TestKey::ed25519().jwk())), Reason::DPOP_SIGNATURE);
    assert_eq!(
        reason(with_header("jwk", json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" }))),
        Reason::DPOP_KEY
    );
    assert_eq!(reason(with_header("jwk", json!("text"))), Reason::DPOP_MALFORMED);
}

#[test]
fn every_claim_counts() {
    for (name, value, expected) in [
        ("htm", json!("POST"), Reason::DPOP_HTM),
        ("htm", json!("get"), Reason::DPOP_HTM),
        ("htm", Value::Null, Reason::DPOP_MALFORMED),
        ("htu", json!("https://api.test/v1/patients"), Reason::DPOP_HTU),
        ("htu", json!("http://api.test/v1/me"), Reason::DPOP_HTU),
        ("htu", json!("https://evil.test/v1/me"), Reason::DPOP_HTU),
        ("htu", json!("https://api.test:444/v1/me"), Reason::DPOP_HTU),
        ("htu", json!("https://a@api.test/v1/me"), Reason::DPOP_HTU),
        ("htu", json!("/v1/me"), Reason::DPOP_HTU),
        ("iat", json!(NOW - 61), Reason::DPOP_IAT),
        ("iat", json!(NOW + 11), Reason::DPOP_IAT),
        ("iat", json!(NOW.to_string()), Reason::DPOP_MALFORMED),
        ("jti", json!(""), Reason::DPOP_JTI),
        ("jti", json!("j".repeat(256)), Reason::DPOP_JTI),
        ("ath", json!("x"), Reason::DPOP_ATH),
        ("ath", Value::Null, Reason::DPOP_ATH),
        ("nonce", Value::Null, Reason::DPOP_NONCE),
        ("nonce", json!(nonce::current(&keyring(), NOW - 301)), Reason::DPOP_NONCE),
        ("nonce", json!("invented"), Reason::DPOP_NONCE),
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
    assert_eq!(reason(check(&[key.sign(&header(&key), &claims)], None)), Reason::DPOP_ATH);
    claims.as_object_mut().unwrap().remove("ath");
    assert!(check(&[key.sign(&header(&key), &claims)], None).is_ok());
}
