//! Our key at one provider, for `private_key_jwt`.
//!
//! Each provider knows a key of its own: none can pose as the service at another, and a lost one is replaced at one
//! place. ES256, because every provider that takes assertions takes it.

use super::FederationRefusal;
use aws_lc_rs::{
    digest,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use uuid::Uuid;
use zeroize::Zeroizing;

/// How long an assertion may be used, in seconds (FAPI 2.0: at most 60).
const ASSERTION_LIFE: i64 = 60;
const BROKEN: FederationRefusal = FederationRefusal::Failed("a client key can't be used");

/// A P-256 key pair.
pub struct ClientKey {
    /// PKCS #8 in base64url, as it is sealed.
    text: Zeroizing<String>,
    pkcs8: Zeroizing<Vec<u8>>,
    point: Vec<u8>,
}

/// A public key, as a provider is told it (RFC 7517).
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct PublicKey {
    kty: &'static str,
    crv: &'static str,
    x: String,
    y: String,
    kid: String,
    r#use: &'static str,
    alg: &'static str,
}

/// RFC 7523 §3.
#[derive(Serialize)]
struct Assertion<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    jti: String,
    iat: i64,
    exp: i64,
}

impl ClientKey {
    /// A fresh one.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn generate() -> Result<Self, FederationRefusal> {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        let pkcs8 = pkcs8.map_err(|_| BROKEN)?;
        Self::from_text(Zeroizing::new(URL_SAFE_NO_PAD.encode(pkcs8.as_ref())))
    }

    /// The one that was sealed.
    ///
    /// # Errors
    /// When the text is no such key.
    pub(super) fn from_text(text: Zeroizing<String>) -> Result<Self, FederationRefusal> {
        let pkcs8 = Zeroizing::new(URL_SAFE_NO_PAD.decode(text.as_bytes()).map_err(|_| BROKEN)?);
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8).map_err(|_| BROKEN)?;
        let point = pair.public_key().as_ref().to_vec();
        Ok(Self { text, pkcs8, point })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// What the provider has to know.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        // An uncompressed point: 4, x, y.
        let (x, y) = self.point.get(1..).unwrap_or_default().split_at_checked(32).unwrap_or_default();
        PublicKey {
            kty: "EC",
            crv: "P-256",
            x: URL_SAFE_NO_PAD.encode(x),
            y: URL_SAFE_NO_PAD.encode(y),
            kid: self.kid(),
            r#use: "sig",
            alg: "ES256",
        }
    }

    fn kid(&self) -> String {
        let hash = digest::digest(&digest::SHA256, &self.point);
        URL_SAFE_NO_PAD.encode(hash.as_ref().get(..16).unwrap_or_default())
    }

    /// A client assertion for one request. The audience is the issuer's name alone: with the token endpoint as audience a
    /// hostile provider could name another's endpoint and use the assertion there (RFC 7523bis, CVE-2025-27370).
    pub(super) fn assertion(
        &self,
        client_id: &str,
        issuer: &str,
        now: i64,
    ) -> Result<String, FederationRefusal> {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(self.kid());
        let claims = Assertion {
            iss: client_id,
            sub: client_id,
            aud: issuer,
            jti: Uuid::new_v4().to_string(),
            iat: now,
            exp: now.saturating_add(ASSERTION_LIFE),
        };
        jsonwebtoken::encode(&header, &claims, &EncodingKey::from_ec_der(&self.pkcs8)).map_err(|_| BROKEN)
    }
}

#[cfg(test)]
mod tests {
    use super::ClientKey;
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::Jwk};

    #[test]
    fn an_assertion_verifies_under_the_public_key_and_names_the_issuer_alone() {
        let key = ClientKey::generate().unwrap();
        let again = ClientKey::from_text(key.text().to_owned().into()).unwrap();
        let token = again.assertion("clinic", "https://idp.example.org", 1_000).unwrap();
        let jwk: Jwk = serde_json::from_value(serde_json::to_value(key.public()).unwrap()).unwrap();
        let mut validation = Validation::new(Algorithm::ES256);
        validation.validate_exp = false;
        validation.set_audience(&["https://idp.example.org"]);
        let decoded = jsonwebtoken::decode::<serde_json::Value>(
            &token,
            &DecodingKey::from_jwk(&jwk).unwrap(),
            &validation,
        );
        let decoded = decoded.unwrap();
        assert_eq!(decoded.header.kid, jwk.common.key_id);
        assert_eq!(decoded.claims["aud"], "https://idp.example.org");
        assert_eq!(decoded.claims["iss"], decoded.claims["sub"]);
        assert_eq!(decoded.claims["exp"], 1_060);
    }
}
