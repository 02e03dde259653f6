//! The keys of one issuer, as its JWKS document tells them (RFC 7517).

use super::{
    documents::{self, DocumentError},
    token::Segments,
};
use crate::protection::TOKEN_ALGORITHM;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use brigandine_enforce::enforces;
use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse},
};
use serde::Deserialize;
use std::{collections::HashMap, sync::Arc};

/// More keys than any provider publishes.
const MOST_KEYS: usize = 50;

/// The shortest RSA modulus, in bytes (NIST SP 800-131A: 2048 bits).
const SHORTEST_MODULUS: usize = 256;

/// What the keys are to verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Uses {
    /// Access tokens: EdDSA and ES256.
    AccessTokens,
    /// ID tokens of an organization's own provider: RS256 too, which is all that many sign with (docs/decisions).
    IdTokens,
}

/// Members of a JWK that only its owner may know (RFC 7518 §6.2.2, §6.3.2, §6.4.1; RFC 8037 §2).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Whether a JWK shows what only its owner may know.
pub(super) fn is_private(jwk: &serde_json::Map<String, serde_json::Value>) -> bool {
    PRIVATE.iter().any(|member| jwk.contains_key(*member))
}

/// A key that may verify signatures, with the one algorithm it is for.
pub(crate) struct Key {
    pub(crate) algorithm: Algorithm,
    pub(crate) decoding: DecodingKey,
}

impl Key {
    /// Whether it signed a compact JWS: the very bytes, by the key's own algorithm.
    pub(crate) fn has_signed(&self, token: &Segments<'_>) -> bool {
        let (message, signature) = (token.message.as_bytes(), token.signature);
        jsonwebtoken::crypto::verify(signature, message, &self.decoding, self.algorithm).unwrap_or(false)
    }
}

/// The keys of a document: those with a name by it, and one that needs none.
#[derive(Default)]
pub(crate) struct Keys {
    pub(crate) named: HashMap<String, Arc<Key>>,
    nameless: Option<Arc<Key>>,
}

impl Keys {
    /// The key that a header names. A header that names none means the only one there is: among several it must say which
    /// (OIDC Core §10.1).
    pub(crate) fn find(&self, kid: Option<&str>) -> Option<&Arc<Key>> {
        match kid {
            Some(kid) => self.named.get(kid),
            None if self.len() == 1 => self.nameless.as_ref().or_else(|| self.named.values().next()),
            None => None,
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.named.len() + usize::from(self.nameless.is_some())
    }

    /// Whether all of them have a name.
    pub(super) const fn are_named(&self) -> bool {
        self.nameless.is_none()
    }

    /// Whether these lack one of the others; of a key without a name nobody can tell.
    pub(super) fn lack_any_of(&self, others: &Self) -> bool {
        others.nameless.is_some() || others.named.keys().any(|kid| !self.named.contains_key(kid))
    }
}

/// Keys that can't be read, of kinds that are not known here, must not take the others with them.
#[derive(Deserialize)]
struct Document {
    keys: Vec<serde_json::Value>,
}

/// The usable keys of the document at this address.
pub(super) async fn fetch(
    client: &reqwest::Client,
    address: &str,
    uses: Uses,
) -> Result<Keys, DocumentError> {
    let document: Document = documents::get(client, address).await?;
    let keys: Vec<Jwk> = document.keys.into_iter().filter_map(read).collect();
    Ok(usable(&keys, uses))
}

/// The members of a JWK that are used here (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2).
const USED: [&str; 10] = ["kty", "crv", "x", "y", "n", "e", "kid", "use", "alg", "key_ops"];

/// A key, by the members that are used here: what else a document says of it, in whatever shape, does not matter.
pub(super) fn read(mut key: serde_json::Value) -> Option<Jwk> {
    key.as_object_mut()?.retain(|name, _| USED.contains(&name.as_str()));
    serde_json::from_value(key).ok()
}

/// The usable keys of a document. A key that is not for verifying signatures of a kind that is taken here is left out:
/// an `oct` key would turn a public document into an HMAC secret, an encryption key is not for signing (RFC 8725 §3.1,
/// §3.2).
pub(super) fn usable(document: &[Jwk], uses: Uses) -> Keys {
    let mut keys = Keys::default();
    for jwk in document.iter().take(MOST_KEYS) {
        let kid = jwk.common.key_id.clone().filter(|kid| !kid.is_empty());
        // Nothing says which of several is meant by a name that it does not have.
        if kid.is_none() && document.len() > 1 {
            continue;
        }
        let Some(algorithm) = algorithm(jwk, uses) else { continue };
        let Ok(decoding) = DecodingKey::from_jwk(jwk) else { continue };
        let key = || Arc::new(Key { algorithm, decoding: decoding.clone() });
        match kid {
            // The first of two keys under one name wins; a later one can't replace it.
            Some(kid) => {
                keys.named.entry(kid).or_insert_with(key);
            }
            None => keys.nameless = Some(key()),
        }
    }
    keys
}

/// The algorithm of a key that is for signatures of a kind that is taken here, and says nothing else of itself: what one
/// key signs for one purpose must not count for another (RFC 7517 §4.2, §4.3; RFC 8725 §3.2, §3.5).
#[enforces(TOKEN_ALGORITHM, otherwise = crate::vulnerable::identity::tokens::algorithm::of_any_key)]
pub(super) fn algorithm(jwk: &Jwk, uses: Uses) -> Option<Algorithm> {
    let (by_kind, name) = match &jwk.algorithm {
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::RSA(key) if uses == Uses::IdTokens && is_long(&key.n) => {
            (Algorithm::RS256, KeyAlgorithm::RS256)
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
    (for_signing && for_verifying && same_algorithm).then_some(by_kind)
}

fn is_long(modulus: &str) -> bool {
    URL_SAFE_NO_PAD.decode(modulus).is_ok_and(|bytes| bytes.len() >= SHORTEST_MODULUS)
}

#[cfg(test)]
mod tests {
    use super::{Keys, URL_SAFE_NO_PAD, Uses, read, usable};
    use base64::Engine;

    fn kids(keys: &str) -> Vec<String> {
        kids_for(keys, Uses::AccessTokens)
    }

    fn kids_for(keys: &str, uses: Uses) -> Vec<String> {
        let mut kids: Vec<_> = keys_of(keys, uses).named.into_keys().collect();
        kids.sort();
        kids
    }

    fn keys_of(keys: &str, uses: Uses) -> Keys {
        let document: Vec<serde_json::Value> = serde_json::from_str(&format!("[{keys}]")).unwrap();
        usable(&document.into_iter().filter_map(read).collect::<Vec<_>>(), uses)
    }

    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    #[test]
    fn only_signing_keys_of_known_kinds_are_used() {
        let okp = |rest: &str| format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{X}"{rest}}}"#);
        assert_eq!(kids(&okp(r#","kid":"a""#)), ["a"]);
        assert_eq!(kids(&okp(r#","kid":"a","use":"sig","alg":"EdDSA""#)), ["a"]);
        assert!(kids(&okp("")).is_empty(), "no name");
        assert!(kids(&okp(r#","kid":"a","use":"enc""#)).is_empty());
        assert!(kids(&okp(r#","kid":"a","alg":"ES256""#)).is_empty());
        assert!(kids(&okp(r#","kid":"a","key_ops":["sign"]"#)).is_empty());
        assert!(kids(r#"{"kty":"oct","kid":"a","k":"c2VjcmV0"}"#).is_empty());
        let odd = r#","kid":"a","x5c":7,"x5t":null,"nbf":1.5,"x5u":[[]],"ext":{"a":[{}]}"#;
        assert_eq!(kids(&okp(odd)), ["a"], "members that are not used");
    }

    #[test]
    fn a_sole_key_needs_no_name() {
        let okp = |rest: &str| format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{X}"{rest}}}"#);
        let of = |keys: &str| keys_of(keys, Uses::IdTokens);
        let nameless = of(&okp(""));
        assert!(nameless.find(None).is_some() && nameless.find(Some("a")).is_none());
        let named = of(&okp(r#","kid":"a""#));
        assert!(
            named.find(None).is_some() && named.find(Some("a")).is_some() && named.find(Some("b")).is_none()
        );
        let two = of(&format!("{},{}", okp(r#","kid":"a""#), okp(r#","kid":"b""#)));
        assert!(two.find(None).is_none() && two.find(Some("b")).is_some());
        let mixed = of(&format!("{},{}", okp(r#","kid":"a""#), okp("")));
        assert!(mixed.find(Some("a")).is_some(), "the named one");
        assert_eq!(mixed.len(), 1, "nobody can ask for the other");
    }

    #[test]
    fn rsa_is_for_id_tokens_only_and_long() {
        let rsa = |bytes: usize, rest: &str| {
            let n = URL_SAFE_NO_PAD.encode(vec![0xab; bytes]);
            format!(r#"{{"kty":"RSA","kid":"r","e":"AQAB","n":"{n}"{rest}}}"#)
        };
        assert!(kids(&rsa(256, "")).is_empty());
        assert_eq!(kids_for(&rsa(256, ""), Uses::IdTokens), ["r"]);
        assert!(kids_for(&rsa(128, ""), Uses::IdTokens).is_empty(), "1024 bits");
        assert!(kids_for(&rsa(256, r#","alg":"PS256""#), Uses::IdTokens).is_empty());
        assert!(kids_for(&rsa(256, r#","use":"enc""#), Uses::IdTokens).is_empty());
    }
}
