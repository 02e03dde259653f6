//! How each endpoint is called on an object of each relation.

mod body;
mod clinic;
mod export;
mod platform;

use super::{Endpoint, Relation};
use crate::{
    attacks::{Actor, Scene, files::NewFile},
    client::{Request, Sends},
    verdict::AttackError,
};
use serde_json::Value;
use uuid::Uuid;

/// The public documents that members are asked about too.
const PUBLIC: [&str; 2] = ["/.well-known/oauth-protected-resource", "/deprecations"];

/// A call: its path with the object filled in, and its body.
pub(crate) struct Call {
    /// The path.
    pub(crate) path: String,
    body: Option<Value>,
    /// Whether the body is a file.
    pub(crate) file: bool,
}

impl Call {
    /// Whether something is sent with it.
    pub(crate) fn has_body(&self) -> bool {
        self.body.is_some()
    }

    /// What is sent as JSON.
    pub(crate) fn body(&self) -> Option<&Value> {
        self.body.as_ref()
    }

    /// The request that makes it.
    pub(crate) fn by(&self, caller: &impl Sends, method: &str) -> Request {
        let request = caller.request(method, &self.path);
        let request = match &self.body {
            Some(body) => request.json(body),
            None => request,
        };
        if self.file { NewFile::pdf("the matrix").on(request) } else { request }
    }
}

/// The call, made on an object of its own where it changes something; `None` where the relation makes no sense.
pub(crate) async fn call(
    scene: &Scene,
    caller: Option<&Actor>,
    endpoint: &Endpoint,
    relation: Relation,
) -> Result<Option<Call>, AttackError> {
    let body = body::body(scene, caller, endpoint).await?;
    let path = match endpoint.path {
        "/v1/me" | "/v1/sessions" | "/oauth2/userinfo" => fixed(endpoint, relation, Relation::Own),
        "/v1/sessions/{session}" => (relation == Relation::Absent)
            .then(|| endpoint.path.replace("{session}", &Uuid::new_v4().to_string())),
        // Nobody shows a token here; an empty form is refused.
        path if !is_versioned(path) => {
            fixed(endpoint, relation, Relation::Own).filter(|_| caller.is_none() || PUBLIC.contains(&path))
        }
        "/v2/organization" => fixed(endpoint, relation, Relation::Own),
        "/v1/patients" | "/v2/patients" | "/v1/audit-events" | "/v1/api-clients" | "/v1/break-glass"
        | "/v1/slots" | "/v1/slots/batch" | "/v1/appointments" | "/v1/waiting-list" | "/v1/webhooks"
        | "/v1/exports" => fixed(endpoint, relation, Relation::SameOrganization),
        path if path.contains("{client}") => platform::program(scene, endpoint, relation).await?,
        path if path.contains("{webhook}") => platform::webhook(scene, endpoint, relation).await?,
        path if path.ends_with("/{provider}") => platform::provider(scene, endpoint, relation).await?,
        path if path.ends_with("/{member}") => platform::member(scene, caller, relation).await?,
        path if path.ends_with("/{invitation}") => platform::invitation(scene, endpoint, relation).await?,
        path if path.contains("{organization}") => platform::organization(scene, endpoint, relation),
        path if path.contains("{document}") => clinic::document(scene, caller, endpoint, relation).await?,
        path if path.contains("{patient}") => clinic::patient(scene, caller, endpoint, relation).await?,
        path if path.contains("{slot}") => clinic::slot(scene, caller, endpoint, relation).await?,
        path if path.contains("{appointment}") => {
            clinic::appointment(scene, caller, endpoint, relation).await?
        }
        path if path.contains("{entry}") => clinic::waiting(scene, caller, endpoint, relation).await?,
        path if path.contains("{export}") => export::path(scene, caller, endpoint, relation).await?,
        path if path.contains("{access}") => clinic::broken_glass(scene, endpoint, relation).await?,
        path => return Err(unknown(&endpoint.method, path)),
    };
    let file = endpoint.method == "POST" && endpoint.path.ends_with("/documents");
    Ok(path.map(|path| Call { path, body, file }))
}

fn is_versioned(path: &str) -> bool {
    path.starts_with("/v1/") || path.starts_with("/v2/")
}

fn unknown(method: &str, path: &str) -> AttackError {
    AttackError::Setup(format!(
        "the matrix does not know how to call {method} {path}: describe it in calls.rs"
    ))
}

/// The path with ids that name nothing.
fn nothing(endpoint: &Endpoint) -> String {
    let segment = |it: &str| if it.starts_with('{') { Uuid::new_v4().to_string() } else { it.to_owned() };
    endpoint.path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

fn fixed(endpoint: &Endpoint, relation: Relation, only: Relation) -> Option<String> {
    (relation == only).then(|| endpoint.path.to_owned())
}
