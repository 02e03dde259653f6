//! The relying party, as an issuer knows it.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use serde_json::Value;
use std::collections::HashMap;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A registration: what the client is called, where it lives, and how it proves who it is.
#[derive(Clone, Debug)]
pub struct RegisteredClient {
    /// `client_id`
    pub client_id: String,
    /// The one `redirect_uri`.
    pub redirect_uri: String,
    /// Its public key (ES256), for `private_key_jwt`.
    pub key: Option<Value>,
    /// Its secret, for `client_secret_basic`.
    pub secret: Option<String>,
}

impl RegisteredClient {
    /// Whether the request is the client's own (RFC 7523 §3; RFC 6749 §2.3.1).
    pub(super) fn proved(
        &self,
        issuer: &str,
        authorization: Option<&str>,
        form: &HashMap<String, String>,
    ) -> bool {
        match (&self.key, &self.secret) {
            (Some(key), None) => {
                form.get("client_assertion_type").is_some_and(|kind| kind == ASSERTION_TYPE)
                    && form
                        .get("client_assertion")
                        .is_some_and(|assertion| self.asserted(issuer, key, assertion).is_some())
            }
            (None, Some(secret)) => {
                let basic = BASE64_STANDARD.encode(format!("{}:{secret}", self.client_id));
                authorization == Some(&format!("Basic {basic}"))
            }
            _ => false,
        }
    }

    fn asserted(&self, issuer: &str, key: &Value, assertion: &str) -> Option<()> {
        let (input, signature) = assertion.rsplit_once('.')?;
        let mut point = vec![4];
        for name in ["x", "y"] {
            point.extend(BASE64URL.decode(key.get(name)?.as_str()?).ok()?);
        }
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            .verify(input.as_bytes(), &BASE64URL.decode(signature).ok()?)
            .ok()?;
        let claims: Value = serde_json::from_slice(&BASE64URL.decode(input.split_once('.')?.1).ok()?).ok()?;
        let is = |name: &str, value: &str| claims.get(name).and_then(Value::as_str) == Some(value);
        let now = crate::clock::unix_seconds();
        let fresh = (now..=now + 60).contains(&claims.get("exp")?.as_i64()?);
        let ours = is("iss", &self.client_id) && is("sub", &self.client_id) && is("aud", issuer);
        (ours && fresh && claims.get("jti").is_some()).then_some(())
    }
}
