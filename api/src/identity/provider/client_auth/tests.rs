use super::{ASSERTION_TYPE, Claimed, ClientRefusal, OneUse, Presented};
use crate::{
    audit::Reason,
    identity::{
        provider::client_keys::{ClientKeys, KeysError},
        testing::TestKey,
    },
};
use serde_json::{Value, json};

const NOW: i64 = 1_700_000_000;
const ISSUER: &str = "https://api.test";

fn claims() -> Value {
    json!({ "iss": "lab", "sub": "lab", "aud": ISSUER, "iat": NOW, "exp": NOW + 60, "jti": "one" })
}

fn header(key: &TestKey) -> Value {
    json!({ "alg": key.algorithm(), "kid": "k1" })
}

fn outcome(key: &TestKey, header: &Value, claims: &Value) -> Result<Option<OneUse>, ClientRefusal> {
    let assertion = key.sign(header, claims);
    let presented = Presented {
        assertion: Some(&assertion),
        assertion_type: Some(ASSERTION_TYPE),
        ..Presented::default()
    };
    let keys = ClientKeys::parse(&key.jwks("k1")).unwrap();
    Claimed::read(presented)?.check(Some(&keys), ISSUER, NOW)
}

fn with(name: &str, value: Value) -> Reason {
    let (key, mut claims) = (TestKey::ed25519(), claims());
    claims[name] = value;
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    outcome(&key, &header(&key), &claims).unwrap_err().reason()
}

fn with_header(name: &str, value: Value) -> Reason {
    let key = TestKey::ed25519();
    let mut header = header(&key);
    header[name] = value;
    outcome(&key, &header, &claims()).unwrap_err().reason()
}

fn read(presented: Presented<'_>) -> Result<String, Reason> {
    Claimed::read(presented).map(|claimed| claimed.client_id().to_owned()).map_err(ClientRefusal::reason)
}

#[test]
fn a_good_assertion_is_believed_once() {
    for key in [TestKey::ed25519(), TestKey::p256()] {
        let first = outcome(&key, &header(&key), &claims()).unwrap();
        assert!(first.is_some());
        assert_eq!(first, outcome(&key, &header(&key), &claims()).unwrap());
        assert!(outcome(&key, &json!({ "alg": key.algorithm() }), &claims()).is_ok(), "the only key");
    }
}

#[test]
fn every_claim_counts() {
    for (name, value, expected) in [
        ("iss", json!("other"), Reason::ASSERTION_ISS),
        ("aud", json!("https://api.test/oauth2/token"), Reason::ASSERTION_AUD),
        ("aud", json!([ISSUER]), Reason::ASSERTION_MALFORMED),
        ("aud", Value::Null, Reason::ASSERTION_MALFORMED),
        ("exp", json!(NOW - 10), Reason::ASSERTION_EXP),
        ("exp", json!(NOW + 61), Reason::ASSERTION_LIFETIME),
        ("exp", json!((NOW + 60).to_string()), Reason::ASSERTION_MALFORMED),
        ("iat", json!(NOW + 61), Reason::ASSERTION_IAT),
        ("iat", json!(NOW - 600), Reason::ASSERTION_LIFETIME),
        ("iat", Value::Null, Reason::ASSERTION_MALFORMED),
        ("nbf", json!(NOW + 11), Reason::ASSERTION_IAT),
        ("jti", json!(""), Reason::ASSERTION_JTI),
        ("jti", Value::Null, Reason::ASSERTION_MALFORMED),
    ] {
        assert_eq!(with(name, value.clone()), expected, "{name} {value}");
    }
}

#[test]
fn every_member_of_the_header_counts() {
    assert_eq!(with_header("typ", json!("dpop+jwt")), Reason::ASSERTION_TYP);
    assert_eq!(with_header("typ", json!("at+jwt")), Reason::ASSERTION_TYP);
    assert_eq!(with_header("crit", json!(["exp"])), Reason::ASSERTION_CRIT);
    assert_eq!(with_header("kid", json!("k2")), Reason::ASSERTION_KID);
    for algorithm in ["none", "HS256", "ES256", "RS256"] {
        assert_eq!(with_header("alg", json!(algorithm)), Reason::ASSERTION_ALG, "{algorithm}");
    }
}

#[test]
fn an_ed25519_key_goes_by_either_name() {
    let key = TestKey::ed25519();
    assert!(outcome(&key, &json!({ "alg": "Ed25519", "kid": "k1" }), &claims()).is_ok());
    let mut jwks = key.jwks("k1");
    jwks["keys"][0]["alg"] = json!("Ed25519");
    assert!(ClientKeys::parse(&jwks).is_ok());
    let other = TestKey::p256();
    assert!(outcome(&other, &json!({ "alg": "Ed25519", "kid": "k1" }), &claims()).is_err());
}

#[test]
fn another_key_does_not_do() {
    let (registered, own) = (TestKey::ed25519(), TestKey::ed25519());
    let assertion = own.sign(&header(&own), &claims());
    let presented = Presented {
        assertion: Some(&assertion),
        assertion_type: Some(ASSERTION_TYPE),
        ..Presented::default()
    };
    let keys = ClientKeys::parse(&registered.jwks("k1")).unwrap();
    let refused = Claimed::read(presented).unwrap().check(Some(&keys), ISSUER, NOW);
    assert_eq!(refused, Err(ClientRefusal(Reason::ASSERTION_SIGNATURE)));
}

#[test]
fn one_way_at_a_time() {
    let key = TestKey::ed25519();
    let assertion = key.sign(&header(&key), &claims());
    let good = Presented {
        client_id: Some("lab"),
        assertion: Some(&assertion),
        assertion_type: Some(ASSERTION_TYPE),
        ..Presented::default()
    };
    assert_eq!(read(good), Ok("lab".into()));
    assert_eq!(read(Presented { authorization: true, ..good }), Err(Reason::CLIENT_METHOD));
    assert_eq!(read(Presented { client_secret: true, ..good }), Err(Reason::CLIENT_METHOD));
    assert_eq!(read(Presented { client_id: Some("other"), ..good }), Err(Reason::CLIENT_AMBIGUOUS));
    assert_eq!(read(Presented { assertion_type: None, ..good }), Err(Reason::ASSERTION_TYPE));
    assert_eq!(read(Presented { assertion_type: Some("saml"), ..good }), Err(Reason::ASSERTION_TYPE));
    assert_eq!(read(Presented::default()), Err(Reason::CLIENT_UNKNOWN));
}

#[test]
fn only_a_public_client_needs_no_assertion() {
    let presented = Presented { client_id: Some("lab"), ..Presented::default() };
    let keys = ClientKeys::parse(&TestKey::ed25519().jwks("k1")).unwrap();
    let claimed = Claimed::read(presented).unwrap();
    assert_eq!(claimed.check(None, ISSUER, NOW), Ok(None));
    assert_eq!(claimed.check(Some(&keys), ISSUER, NOW), Err(ClientRefusal::UNAUTHENTICATED));
}

#[test]
fn only_public_signing_keys_are_registered() {
    let refused = |jwks: &Value| ClientKeys::parse(jwks).err();
    let jwks = TestKey::p256().jwks("k1");
    assert_eq!(refused(&jwks), None);
    assert_eq!(refused(&json!({ "keys": [] })), Some(KeysError::Shape));
    assert_eq!(refused(&json!([])), Some(KeysError::Shape));
    let mut private = jwks.clone();
    private["keys"][0]["d"] = json!("c2VjcmV0");
    assert_eq!(refused(&private), Some(KeysError::Private));
    let twice = json!({ "keys": [jwks["keys"][0], jwks["keys"][0]] });
    assert_eq!(refused(&twice), Some(KeysError::Unusable), "one kid for two keys");
    let mut encrypting = jwks;
    encrypting["keys"][0]["use"] = json!("enc");
    assert_eq!(refused(&encrypting), Some(KeysError::Unusable));
}
