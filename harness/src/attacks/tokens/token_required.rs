//! `token-required`: no operation without a credential.

use crate::{
    attacks::{filled, prelude::*},
    matrix::endpoints,
};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        TokenRequired / "none" = none,
        "The receptionist reads with her token.",
        "Anyone reads, lists, adds, changes and removes without an Authorization field; so at every endpoint of the domain.",
    ),
    attack!(
        TokenRequired / "empty" = empty,
        "Anyone sends an Authorization field that carries no credential: empty, another scheme, `null`.",
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
