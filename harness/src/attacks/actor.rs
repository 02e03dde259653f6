//! Who sends requests: an actor with a token, or anyone without one.

use crate::{
    arena::{Member, Persona},
    client::{Request, Sends, Wire},
    forge::{ForgeError, SigningKey, TokenRecipe},
};
use serde_json::{Map, Value, json};
use std::{fmt, sync::Arc};
use uuid::Uuid;

/// Somebody without a credential.
#[derive(Clone)]
pub struct Anyone {
    pub(super) wire: Arc<Wire>,
}

impl Sends for Anyone {
    fn request(&self, method: &str, target: &str) -> Request {
        Request::new(self.wire.clone(), method, target)
    }
}

/// A member of an organization, with a valid token of its own.
#[derive(Clone)]
pub struct Actor {
    wire: Arc<Wire>,
    member: Member,
    key: Arc<SigningKey>,
    scopes: String,
    token: Arc<str>,
}

// A token must not reach a panic message or a log by accident.
impl fmt::Debug for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Actor({})", self.member.persona.name())
    }
}

impl Actor {
    pub(super) fn new(wire: Arc<Wire>, member: Member, key: Arc<SigningKey>) -> Result<Self, ForgeError> {
        let scopes = member.persona.scopes().to_owned();
        Self { wire, member, key, scopes, token: "".into() }.renewed()
    }

    /// The same person with a new token of these scopes only.
    ///
    /// # Errors
    /// When the forge can't sign.
    pub fn with_scopes(&self, scopes: &str) -> Result<Self, ForgeError> {
        Self { scopes: scopes.into(), ..self.clone() }.renewed()
    }

    /// The same person with a new token (a fresh `jti`, signed now).
    ///
    /// # Errors
    /// When the forge can't sign.
    pub fn renewed(&self) -> Result<Self, ForgeError> {
        Ok(Self { token: self.recipe().sign()?.into(), ..self.clone() })
    }

    /// A perfect token's recipe, to be changed in one thing.
    #[must_use]
    pub fn recipe(&self) -> TokenRecipe {
        let member = &self.member;
        let claims = Map::from_iter([
            ("iss".to_owned(), json!(member.issuer)),
            ("sub".to_owned(), json!(member.subject)),
            ("aud".to_owned(), json!(format!("https://{}", self.wire.target().host))),
            ("client_id".to_owned(), json!("clinic-app")),
            ("scope".to_owned(), json!(self.scopes)),
            ("org".to_owned(), json!(member.organization.to_string())),
            // As after a sign-in with two factors, just now.
            ("acr".to_owned(), json!("2")),
            ("auth_time".to_owned(), json!(crate::clock::unix_seconds())),
        ]);
        TokenRecipe::new(self.key.clone(), claims)
    }

    /// The token that requests of this actor carry.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The member's id.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.member.id
    }

    /// The organization's id.
    #[must_use]
    pub fn organization(&self) -> Uuid {
        self.member.organization
    }

    /// The `sub` of its tokens.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.member.subject
    }

    /// The `iss` of its tokens.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.member.issuer
    }

    /// Who it is in the story.
    #[must_use]
    pub fn persona(&self) -> Persona {
        self.member.persona
    }

    /// Where the member is administered: `/v1/organizations/{organization}/members/{member}`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}/{}", self.members_path(), self.id())
    }

    /// `/v1/organizations/{organization}`
    #[must_use]
    pub fn organization_path(&self) -> String {
        format!("/v1/organizations/{}", self.organization())
    }

    /// Somebody new, vouched for by the actor's own issuer: the body of a POST to [`Actor::members_path`].
    #[must_use]
    pub fn newcomer(&self) -> Value {
        let subject = format!("new-{}", Uuid::new_v4().simple());
        json!({ "issuer": self.issuer(), "subject": subject, "display_name": "Newcomer", "role": "reception" })
    }

    /// `/v1/organizations/{organization}/members`
    #[must_use]
    pub fn members_path(&self) -> String {
        format!("{}/members", self.organization_path())
    }
}

impl Sends for Actor {
    fn request(&self, method: &str, target: &str) -> Request {
        Request::new(self.wire.clone(), method, target).bearer(&self.token)
    }
}
