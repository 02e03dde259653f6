//! One `verify(token, key)` for all algorithms, of which the token's header picks one. The library has no `none`, and keeps
//! keys for HMAC apart from public ones.

use crate::{
    audit::Reason,
    identity::{
        TokenRefusal,
        jwks::{Key, Uses},
        token::Unverified,
    },
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

/// As the header asks for, or else as the key can: whichever fits.
pub(crate) fn is_signed_in_any_way(token: &Unverified<'_>, key: &Key) -> Result<bool, TokenRefusal> {
    let mac = match token.header.alg.to_ascii_lowercase().as_str() {
        "none" | "" => return Ok(true),
        "hs256" => hmac::HMAC_SHA256,
        "hs384" => hmac::HMAC_SHA384,
        "hs512" => hmac::HMAC_SHA512,
        _ => return is_signed(token, key),
    };
    let Ok(signature) = BASE64URL.decode(token.segments.signature) else { return Ok(false) };
    let is_signed_with = |secret: &Vec<u8>| {
        let message = token.segments.message.as_bytes();
        hmac::verify(&hmac::Key::new(mac, secret), message, &signature).is_ok()
    };
    Ok(secrets(token.kid().unwrap_or_default(), key).iter().any(is_signed_with))
}

fn is_signed(token: &Unverified<'_>, key: &Key) -> Result<bool, TokenRefusal> {
    let algorithm: Algorithm =
        token.header.alg.parse().map_err(|_| TokenRefusal::token(Reason::TOKEN_ALG))?;
    let by_header = Key { algorithm, decoding: key.decoding.clone() };
    Ok(by_header.has_signed(&token.segments) || key.has_signed(&token.segments))
}

/// Whatever bytes the public key is kept in.
fn secrets(kid: &str, key: &Key) -> Vec<Vec<u8>> {
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

/// Takes every key of a document for a signing key, whatever it says of itself.
pub(crate) fn of_any_key(jwk: &Jwk, _uses: Uses) -> Option<Algorithm> {
    match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Some(Algorithm::RS256),
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P384 => Some(Algorithm::ES384),
        AlgorithmParameters::EllipticCurve(_) => Some(Algorithm::ES256),
        AlgorithmParameters::OctetKeyPair(_) => Some(Algorithm::EdDSA),
        _ => None,
    }
}
