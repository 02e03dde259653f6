use super::{FIELD, digest, key};
use actix_web::{
    http::header::{HeaderMap, HeaderValue},
    test::TestRequest,
};

const KEY: &str = "6f1c2c1e-52a0-4c1b-9f55-0c7c5a1b2d3e";

fn read(values: &[&str]) -> Result<String, &'static str> {
    let mut headers = HeaderMap::new();
    values.iter().for_each(|value| headers.append(FIELD, HeaderValue::from_str(value).unwrap()));
    key(&headers).map(|key| key.to_string()).map_err(|problem| problem.kind().slug())
}

#[test]
fn a_key_is_one_uuid_in_one_spelling() {
    assert_eq!(read(&[KEY]).as_deref(), Ok(KEY));
    assert_eq!(read(&[&format!("\"{KEY}\"")]).as_deref(), Ok(KEY));
    assert_eq!(read(&[]), Err("idempotency-key-required"));
    let long = "a".repeat(300);
    for wrong in ["", "1", &long, &KEY.to_uppercase(), &KEY.replace('-', ""), &format!("{{{KEY}}}")] {
        assert_eq!(read(&[wrong]), Err("invalid-idempotency-key"), "{wrong}");
    }
    assert_eq!(read(&[KEY, KEY]), Err("invalid-idempotency-key"));
}

#[test]
fn another_path_role_or_body_is_another_request() {
    let at = |path: &str| TestRequest::post().uri(path).to_http_request();
    let one = digest(&at("/v1/patients"), "reception", br#"{"a":1,"b":[{"c":2,"d":3}]}"#);
    let again = digest(&at("/v1/patients"), "reception", br#"{ "b": [{ "d": 3, "c": 2 }], "a": 1 }"#);
    assert_eq!(one, again);
    for (path, role, body) in [
        ("/v2/patients", "reception", r#"{"a":1,"b":[{"c":2,"d":3}]}"#),
        ("/v1/patients", "clinician", r#"{"a":1,"b":[{"c":2,"d":3}]}"#),
        ("/v1/patients", "reception", r#"{"a":2,"b":[{"c":2,"d":3}]}"#),
        ("/v1/patients", "reception", r#"{"a":1,"b":[]}"#),
    ] {
        assert_ne!(one, digest(&at(path), role, body.as_bytes()), "{path} {role} {body}");
    }
}
