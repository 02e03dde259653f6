//! Who holds a key, and tokens that are bound to it (RFC 9449).

use super::{Actor, Scene};
use crate::{
    arena::Persona,
    client::{Request, Sends},
    forge::{Algorithm, SigningKey, TokenRecipe},
    verdict::AttackError,
};
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// A proof that only needs to be signed, perfect but for what the attack changes.
#[must_use]
pub(super) fn proof(key: &Arc<SigningKey>, method: &str, address: &str) -> TokenRecipe {
    let claims = Map::from_iter([("htm".to_owned(), json!(method)), ("htu".to_owned(), json!(address))]);
    TokenRecipe::new(key.clone(), claims)
        .without_claim("exp")
        .without_header("kid")
        .header("typ", "dpop+jwt")
        .header("jwk", public(key))
}

/// The members of the public key that count, and no others.
fn public(key: &SigningKey) -> Value {
    let mut jwk = key.jwk();
    if let Some(members) = jwk.as_object_mut() {
        members.retain(|name, _| matches!(name.as_str(), "kty" | "crv" | "x" | "y"));
    }
    jwk
}

/// The key's thumbprint (RFC 7638): its members in alphabetical order, which `serde_json` keeps.
#[must_use]
pub(super) fn thumbprint(key: &SigningKey) -> String {
    hash(&public(key).to_string())
}

/// SHA-256 in base64url: `ath`, `jkt`.
#[must_use]
pub(super) fn hash(text: &str) -> String {
    BASE64URL.encode(digest(&SHA256, text.as_bytes()))
}

/// A member whose token is bound to a key.
pub struct Holder {
    actor: Actor,
    key: Arc<SigningKey>,
    token: String,
    nonce: String,
}

impl Scene {
    /// The persona with a key, a token bound to it, and the service's present nonce.
    ///
    /// # Errors
    /// When the service gives no nonce to a proof that lacks one.
    pub async fn holder(&self, persona: Persona) -> Result<Holder, AttackError> {
        let actor = self.actor(persona)?;
        let key = Arc::new(SigningKey::generate(Algorithm::EdDsa)?);
        let token = actor.recipe().claim("cnf", json!({ "jkt": thumbprint(&key) })).sign()?;
        let mut holder = Holder { actor, key, token, nonce: String::new() };
        let answer = holder.get("/v1/me")?.send().await?;
        // A twin that asks for no proof hands out no nonce either.
        holder.nonce = answer.header("dpop-nonce").unwrap_or_default().to_owned();
        if answer.status == 401 && holder.nonce.is_empty() {
            return Err(AttackError::Setup(format!("there is no nonce with {}", answer.summary())));
        }
        Ok(holder)
    }
}

impl Holder {
    /// The token that is bound to the key.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &Arc<SigningKey> {
        &self.key
    }

    /// The same through another process of the service.
    ///
    /// # Errors
    /// When the persona does not take part there.
    pub fn through(self, scene: &Scene) -> Result<Self, AttackError> {
        Ok(Self { actor: scene.actor(self.actor.persona())?, ..self })
    }

    /// A proof for a request, made by a key.
    #[must_use]
    pub fn proof_by(&self, key: &Arc<SigningKey>, request: &Request) -> TokenRecipe {
        proof(key, &request.line().0, &request.address())
            .claim("ath", hash(&self.token))
            .claim("nonce", self.nonce.as_str())
    }

    /// The holder's own proof for a request.
    #[must_use]
    pub fn proof(&self, request: &Request) -> TokenRecipe {
        self.proof_by(&self.key, request)
    }

    /// The request with the token and no proof yet.
    #[must_use]
    pub fn bare(&self, method: &str, path: &str) -> Request {
        self.actor.request(method, path).authorization(format!("DPoP {}", self.token))
    }

    /// The request with token and proof.
    ///
    /// # Errors
    /// When the key can't sign.
    pub fn get(&self, path: &str) -> Result<Request, AttackError> {
        let request = self.bare("GET", path);
        Ok(request.clone().header("dpop", self.proof(&request).sign()?))
    }
}
