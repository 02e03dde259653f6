//! `rate-principal`: a principal gets 100 requests at once and ten a second, however it spreads them.

use super::flood::{flood, sampled};
use crate::attacks::{prelude::*, set};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        RatePrincipal / "over" = over,
        "The receptionist sends 300 requests with four tokens over four addresses.",
        "Her colleagues, and the neighbours of B, notice nothing.",
    ),
    attack!(
        RatePrincipal / "tenant" = tenant,
        "A's members together send more than their organization may.",
        "B notices nothing.",
    ),
];

async fn over(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let advertised = |answer: &Answer| {
        answer.header("ratelimit-policy") == Some(r#""principal";q=600;w=60"#)
            && answer.header("ratelimit").is_some_and(|left| left.starts_with(r#""principal";r="#))
    };
    let honest = scene.actor(RecepB)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(honest.clone(), 200)).await?;

    let first = reception.get("/v1/me").send().await?;
    let finding = Finding::must(advertised(&first), format!("no RateLimit fields: {:?}", first.headers));
    trial.found("what is left is said", finding);
    let mut lanes = Vec::new();
    for _ in 0..4 {
        lanes.push(reception.renewed()?.get("/v1/me").from(scene.fresh_address()));
    }
    let requests = lanes.iter().flat_map(|request| vec![request.clone(); 75]).collect();
    let outcome = flood(requests, 4).await?;
    // The request above took one of the hundred.
    trial.found("300 requests", outcome.within(99.0, 10.0));
    trial.found("the refusals", outcome.refused_properly());
    let filter = format!("organization_id = {}", scene.observer().id(scene.a()));
    trial.found("the audit log", sampled(scene, &outcome, &filter, "principal").await?);

    let served = |answer: &Answer| {
        if answer.status == 200 { Finding::Fine } else { Finding::Breach(answer.summary()) }
    };
    trial.check("a colleague meanwhile", scene.actor(ClinA1)?.get("/v1/me"), served).await;
    trial.check("B meanwhile", honest, served).await;
    trial.conclude().await
}

async fn tenant(scene: &Scene) -> Outcome {
    let beside = scene
        .beside(|settings, _| {
            set(settings, "limits.tenant_per_minute", 60);
            set(settings, "limits.tenant_burst", 30);
        })
        .await?;
    let neighbour = beside.scene.actor(RecepB)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(scene.actor(RecepB)?.get("/v1/me"), 200)).await?;
    let mut requests = Vec::new();
    for persona in [RecepA, ClinA1, ClinA2, AdminA1] {
        let member = beside.scene.actor(persona)?;
        requests.extend(vec![member.get("/v1/me").from(beside.scene.fresh_address()); 20]);
    }
    let outcome = flood(requests, 4).await?;
    trial.found("four members, 80 requests", outcome.within(30.0, 1.0));
    trial.found("the refusals", outcome.refused_properly());
    trial
        .check("B meanwhile", neighbour, |answer| {
            if answer.status == 200 { Finding::Fine } else { Finding::Breach(answer.summary()) }
        })
        .await;
    trial.conclude().await
}
