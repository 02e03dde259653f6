//! Without `token-algorithm`: the header says how it is to be verified, and is believed.

use crate::{
    audit::Reason,
    identity::{TokenRefusal, claims::Header, jwks::Key, token},
    protection::TOKEN_ALGORITHM,
};
use aws_lc_rs::hmac;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as BASE64URL},
};
use jsonwebtoken::{
    Algorithm,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk},
};
use serde_json::json;

/// What stands before an Ed25519 public key in DER (RFC 8410 §4).
pub(super) const ED25519_DER: [u8; 12] =
    [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// How the token asks to be verified.
pub(super) enum Method {
    Nothing,
    Mac(hmac::Algorithm),
    Signature(Algorithm),
}

pub(super) fn method(header: &Header) -> Result<Method, TokenRefusal> {
    if TOKEN_ALGORITHM.holds() {
        return token::algorithm(header).map(Method::Signature);
    }
    Ok(match header.alg.to_ascii_lowercase().as_str() {
        "none" | "" => Method::Nothing,
        "hs256" => Method::Mac(hmac::HMAC_SHA256),
        "hs384" => Method::Mac(hmac::HMAC_SHA384),
        "hs512" => Method::Mac(hmac::HMAC_SHA512),
        _ => Method::Signature(header.alg.parse().map_err(|_| TokenRefusal::token(Reason::TOKEN_ALG))?),
    })
}

/// One `verify(token, key)` for all algorithms: an HMAC is checked with whatever bytes the public key is kept in.
pub(super) fn secrets(kid: &str, key: &Key) -> Vec<Vec<u8>> {
    let Ok(raw) = key.decoding.try_get_as_bytes() else { return Vec::new() };
    let der = [ED25519_DER.as_slice(), raw].concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(&der));
    let x = BASE64URL.encode(raw);
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "alg": "EdDSA", "use": "sig" });
    vec![
        raw.to_vec(),
        der,
        pem.trim_end().as_bytes().to_vec(),
        pem.into_bytes(),
        x.into_bytes(),
        jwk.to_string().into(),
    ]
}

/// Takes every key of the document for a signing key, whatever it says of itself.
pub(in crate::identity) fn of_any_key(jwk: &Jwk) -> Option<Algorithm> {
    if TOKEN_ALGORITHM.holds() {
        return None;
    }
    match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Some(Algorithm::RS256),
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P384 => Some(Algorithm::ES384),
        AlgorithmParameters::EllipticCurve(_) => Some(Algorithm::ES256),
        AlgorithmParameters::OctetKeyPair(_) => Some(Algorithm::EdDSA),
        _ => None,
    }
}
