//! `token-required`: no operation without a credential.

use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        TokenRequired / "none" = none,
        "The receptionist reads and registers patients with her token.",
        "Anyone reads, lists, registers and corrects without an Authorization field.",
    ),
    attack!(
        TokenRequired / "empty" = empty,
        "Anyone sends an Authorization field that carries no credential: empty, another scheme, `null`.",
    ),
];

async fn none(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let patient = scene.patient().await?;
    let control = Control::new(reception.get(&patient.path()), 200);
    let mut trial = Trial::begin(scene, control).await?;

    let anyone = scene.anyone();
    let attempts = [
        anyone.get("/v1/me"),
        anyone.get("/v2/organization"),
        anyone.get(&reception.members_path()),
        anyone.post(&reception.members_path()).json(&json!({ "role": "admin" })),
        anyone.get(&reception.path()),
        anyone.patch(&reception.path()).json(&json!({ "role": "admin" })),
        anyone.delete(&reception.path()),
        anyone.get("/v1/patients"),
        anyone.post("/v1/patients").json(&NewPatient::unique().body()),
        anyone.get(&patient.path()),
        anyone.patch(&patient.path()).json(&json!({ "family_name": "Nobody" })),
        anyone.post(&patient.discharge_path()),
        anyone.get("/v1/audit-events"),
    ];
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
