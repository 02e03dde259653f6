//! The keys of one issuer, as its JWKS document tells them (RFC 7517).

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse},
};
use std::{collections::HashMap, sync::Arc};

/// More keys than any provider publishes.
const MOST_KEYS: usize = 50;

/// Members of a JWK that only its owner may know (RFC 7518 §6.2.2, §6.3.2, §6.4.1; RFC 8037 §2).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Whether a JWK shows what only its owner may know.
pub(super) fn is_private(jwk: &serde_json::Map<String, serde_json::Value>) -> bool {
    PRIVATE.iter().any(|member| jwk.contains_key(*member))
}

/// A key that may verify access tokens, with the one algorithm it is for.
pub(super) struct Key {
    pub(super) algorithm: Algorithm,
    pub(super) decoding: DecodingKey,
}

/// Keys by `kid`.
pub(super) type Keys = HashMap<String, Arc<Key>>;

/// The usable keys of a document. A key that is not for verifying EdDSA or ES256 signatures is left out: an `oct` key
/// would turn a public document into an HMAC secret, an encryption key is not for signing (RFC 8725 §3.1, §3.2).
pub(super) fn usable(document: &[Jwk]) -> Keys {
    let mut keys = Keys::new();
    for jwk in document.iter().take(MOST_KEYS) {
        let Some(kid) = jwk.common.key_id.clone().filter(|kid| !kid.is_empty()) else { continue };
        let algorithm = algorithm(jwk);
        #[cfg(feature = "twin")]
        let algorithm = algorithm.or_else(|| super::weak::algorithm::of_any_key(jwk));
        let Some(algorithm) = algorithm else { continue };
        let Ok(decoding) = DecodingKey::from_jwk(jwk) else { continue };
        // The first of two keys under one name wins; a later one can't replace it.
        keys.entry(kid).or_insert_with(|| Arc::new(Key { algorithm, decoding }));
    }
    keys
}

pub(super) fn algorithm(jwk: &Jwk) -> Option<Algorithm> {
    let (by_curve, name) = match &jwk.algorithm {
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        _ => return None,
    };
    let for_signing = matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature));
    let for_verifying = jwk
        .common
        .key_operations
        .as_ref()
        .is_none_or(|operations| operations.contains(&KeyOperations::Verify));
    let same_algorithm = jwk.common.key_algorithm.is_none_or(|algorithm| algorithm == name);
    (for_signing && for_verifying && same_algorithm).then_some(by_curve)
}

#[cfg(test)]
mod tests {
    use super::usable;

    fn kids(keys: &str) -> Vec<String> {
        let document: Vec<_> = serde_json::from_str(&format!("[{keys}]")).unwrap();
        let mut kids: Vec<_> = usable(&document).into_keys().collect();
        kids.sort();
        kids
    }

    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    #[test]
    fn only_signing_keys_of_known_kinds_are_used() {
        let okp = |rest: &str| format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{X}"{rest}}}"#);
        assert_eq!(kids(&okp(r#","kid":"a""#)), ["a"]);
        assert_eq!(kids(&okp(r#","kid":"a","use":"sig","alg":"EdDSA""#)), ["a"]);
        assert!(kids(&okp("")).is_empty(), "no kid");
        assert!(kids(&okp(r#","kid":"a","use":"enc""#)).is_empty());
        assert!(kids(&okp(r#","kid":"a","alg":"ES256""#)).is_empty());
        assert!(kids(&okp(r#","kid":"a","key_ops":["sign"]"#)).is_empty());
        assert!(kids(r#"{"kty":"oct","kid":"a","k":"c2VjcmV0"}"#).is_empty());
    }
}
