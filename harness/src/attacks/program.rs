//! Programs: API clients of organization A, with a key pair of their own.

use super::{Actor, Scene};
use crate::{
    arena::Persona,
    client::{Request, Sends},
    forge::{Algorithm, SigningKey, TokenRecipe},
    verdict::AttackError,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// What an administrator's token must carry to give a program anything that programs can have.
pub(crate) const GIVING: &str = "profile:read organization:read members:read members:write api-clients:read \
                          api-clients:write patients:read patients:write";
/// Everything that programs can have.
pub(super) const EVERYTHING: &str = "organization:read patients:read patients:write";
pub(super) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A registered program.
pub struct Program {
    /// Its registration.
    pub id: Uuid,
    /// What it calls itself.
    pub client_id: String,
    /// What it signs its assertions with.
    pub key: Arc<SigningKey>,
    /// Whoever registered it.
    pub admin: Actor,
    issuer: String,
}

impl Scene {
    /// The administrator with every scope that registering programs takes.
    ///
    /// # Errors
    /// When the forge can't sign.
    pub fn giver(&self) -> Result<Actor, AttackError> {
        Ok(self.actor(Persona::AdminA1)?.with_scopes(GIVING)?)
    }

    /// A new program of A that may do everything programs can, changed as the attack wants.
    ///
    /// # Errors
    /// When it can't be registered.
    pub async fn program(
        &self,
        change: impl FnOnce(&mut Map<String, Value>),
    ) -> Result<Program, AttackError> {
        self.program_of(self.giver()?, change).await
    }

    /// A new program of the administrator's organization.
    ///
    /// # Errors
    /// When it can't be registered.
    pub async fn program_of(
        &self,
        admin: Actor,
        change: impl FnOnce(&mut Map<String, Value>),
    ) -> Result<Program, AttackError> {
        let key = Arc::new(SigningKey::generate(Algorithm::EdDsa)?);
        let mut body = Map::from_iter([
            ("name".to_owned(), json!("Laboratory")),
            ("scopes".to_owned(), json!(EVERYTHING.split(' ').collect::<Vec<_>>())),
            ("jwks".to_owned(), json!({ "keys": [key.jwk()] })),
        ]);
        change(&mut body);
        let request = admin.post("/v1/api-clients").json(&Value::Object(body));
        let issuer = request.address().replace("/v1/api-clients", "");
        let made = self.demand(&request, 201).await?;
        let (Some(id), Some(client_id)) = (made.uuid("/id"), made.string("/client_id")) else {
            return Err(AttackError::Setup("the new program has no id".into()));
        };
        Ok(Program { id, client_id, key, admin, issuer })
    }
}

impl Program {
    /// `/v1/api-clients/{client}`
    #[must_use]
    pub fn path(&self) -> String {
        format!("/v1/api-clients/{}", self.id)
    }

    /// `/v1/api-clients/{client}/keys`
    #[must_use]
    pub fn keys_path(&self) -> String {
        format!("{}/keys", self.path())
    }

    /// A new API key of it: its id and the key itself.
    ///
    /// # Errors
    /// When it can't be made.
    pub async fn api_key(&self, scene: &Scene, body: &Value) -> Result<(Uuid, String), AttackError> {
        let made = scene.demand(&self.admin.post(&self.keys_path()).json(body), 201).await?;
        match (made.uuid("/id"), made.string("/key")) {
            (Some(id), Some(key)) => Ok((id, key)),
            _ => Err(AttackError::Setup("the new API key is not shown".into())),
        }
    }

    /// The provider's name.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// An assertion that only needs to be signed, perfect but for what the attack changes.
    #[must_use]
    pub fn assertion(&self) -> TokenRecipe {
        assertion(&self.client_id, &self.issuer, &self.key)
    }

    /// A form that this program authenticates with an assertion.
    #[must_use]
    pub fn signed_form(&self, request: Request, assertion: &str, fields: &[(&str, &str)]) -> Request {
        let mut all = vec![("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion)];
        all.extend(fields);
        request.form(&all)
    }

    /// Asks for an access token, with a fresh assertion.
    ///
    /// # Errors
    /// When the key can't sign.
    pub fn token_request(&self, scene: &Scene, scope: Option<&str>) -> Result<Request, AttackError> {
        let assertion = self.assertion().sign()?;
        let mut fields = vec![("grant_type", "client_credentials")];
        fields.extend(scope.map(|scope| ("scope", scope)));
        Ok(self.signed_form(scene.anyone().post("/oauth2/token"), &assertion, &fields))
    }

    /// An access token of its own.
    ///
    /// # Errors
    /// When it gets none.
    pub async fn token(&self, scene: &Scene) -> Result<String, AttackError> {
        let answer = scene.demand(&self.token_request(scene, None)?, 200).await?;
        answer.string("/access_token").ok_or_else(|| AttackError::Setup("there is no access token".into()))
    }
}

/// A client's assertion that only needs to be signed.
pub(super) fn assertion(client_id: &str, issuer: &str, key: &Arc<SigningKey>) -> TokenRecipe {
    let claims = Map::from_iter([
        ("iss".to_owned(), json!(client_id)),
        ("sub".to_owned(), json!(client_id)),
        ("aud".to_owned(), json!(issuer)),
    ]);
    let recipe = TokenRecipe::new(key.clone(), claims).header("typ", "JWT");
    let now = recipe.value_of("iat").as_i64().unwrap_or_default();
    recipe.claim("exp", now + 60)
}

/// What a token says, unverified; `Null` when it is none.
#[must_use]
pub(super) fn claims_of(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap_or_default();
    let decoded = BASE64URL.decode(payload).unwrap_or_default();
    serde_json::from_slice(&decoded).unwrap_or(Value::Null)
}
