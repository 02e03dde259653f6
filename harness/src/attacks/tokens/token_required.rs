//! `token-required`: no operation without a credential.

use crate::{
    attacks::{documented, filled, prelude::*},
    matrix::endpoints,
};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        TOKEN_REQUIRED / "none" = none,
        "The receptionist reads with her token.",
        "Anyone reads, lists, adds, changes and removes without an Authorization field; so at every endpoint of the domain.",
    ),
    attack!(
        TOKEN_REQUIRED / "empty" = empty,
        "Anyone sends an Authorization field that carries no credential: empty, another scheme, `null`.",
    ),
    attack!(
        TOKEN_REQUIRED / "undocumented" = undocumented,
        "Anyone lays the OpenAPI document beside the routes that the service mounts.",
        "He calls whatever is mounted and not documented, without an Authorization field: HEAD, wherever there is GET.",
    ),
];

async fn none(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, Control::new(reception.get(&reception.path()), 200)).await?;

    let anyone = scene.anyone();
    let mut attempts = vec![
        anyone.get("/v1/me"),
        anyone.get("/v2/organization"),
        anyone.get(&reception.members_path()),
        anyone.post(&reception.members_path()).json(&json!({ "role": "admin" })),
        anyone.get(&reception.path()),
        anyone.patch(&reception.path()).json(&json!({ "role": "admin" })),
        anyone.delete(&reception.path()),
        anyone.get("/v1/webhooks"),
        anyone.get("/v1/audit-events"),
    ];
    let domain = endpoints().iter().filter(|endpoint| endpoint.of_domain && !endpoint.over);
    attempts.extend(domain.map(|endpoint| anyone.request(&endpoint.method, &filled(endpoint.path, scene))));
    for attempt in attempts {
        let story = attempt.describe();
        trial.refused(&story, attempt, Refusal::unauthenticated()).await;
    }
    trial.conclude().await
}

async fn empty(scene: &Scene) -> Outcome {
    let me = scene.actor(RecepA)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;
    let nothing = [
        "",
        " ",
        "Bearer",
        "bearer",
        "Bearer\tx",
        "BearerX",
        "Basic YTpi",
        "Digest username=\"a\"",
        "Negotiate",
    ];
    for value in nothing {
        trial.refused(value, me.clone().authorization(value), Refusal::unauthenticated()).await;
    }
    for value in ["Bearer null", "Bearer undefined", "Bearer {}", "Bearer .", "Bearer .."] {
        trial
            .refused(value, me.clone().authorization(value), Refusal::invalid_token("token.malformed"))
            .await;
    }
    trial.conclude().await
}

/// The refusal of an answer that has no body to say more.
fn bare() -> Refusal {
    Refusal::bare(401)
        .header_exact("www-authenticate", &[r#"Bearer realm="clinic""#, r#"DPoP algs="EdDSA ES256""#])
        .audit("authn_token_reject", "token.missing")
}

async fn undocumented(scene: &Scene) -> Outcome {
    let head = scene.actor(RecepA)?.head("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(head, 200)).await?;
    let documented = documented(scene).await?;
    let documents = |method: &str, path: &str| documented.contains(&(method.to_owned(), path.to_owned()));
    for endpoint in endpoints().iter().filter(|endpoint| !endpoint.roles.is_empty() && !endpoint.over) {
        let (method, path) = (endpoint.method.as_str(), endpoint.path);
        let attempt =
            |method: &str| scene.anyone().request(method, &filled(path, scene)).from(scene.fresh_address());
        if !documents(method, path) {
            let story = format!("{method} {path}");
            trial.refused(&story, attempt(method), Refusal::unauthenticated()).await;
        }
        if method == "GET" && !documents("HEAD", path) {
            trial.refused(&format!("HEAD {path}"), attempt("HEAD"), bare()).await;
        }
    }
    trial.conclude().await
}
