//! `token-audience`: a token for another service is no token here.

use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        TOKEN_AUDIENCE / "sibling" = sibling,
        "The receptionist has a token for the billing service, by the same issuer and key.",
        "Billing, or whoever broke into it, presents the token here; also one for both services.",
    ),
    attack!(TOKEN_AUDIENCE / "missing" = missing, "The token names no audience, or not by a text.",),
    attack!(
        TOKEN_AUDIENCE / "prefix" = prefix,
        "The token's audience is one that a careless comparison takes for this service.",
    ),
];

fn bad_audience() -> Refusal {
    Refusal::invalid_token("token.aud")
}

/// This service's identifier.
fn own(actor: &Actor) -> String {
    actor.recipe().value_of("aud").as_str().unwrap_or_default().to_owned()
}

async fn present(scene: &Scene, audiences: Vec<Value>) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let me = reception.get("/v1/me");
    // One audience in a list is still one.
    let listed = reception.recipe().claim("aud", json!([own(&reception)])).sign()?;
    let control = Control::new(me.clone(), 200).and(Control::new(me.clone().bearer(listed), 200));
    let mut trial = Trial::begin(scene, control).await?;
    for audience in audiences {
        let story = format!("aud: {audience}");
        let token = reception.recipe().claim("aud", audience).sign()?;
        trial.refused(&story, me.clone().bearer(token), bad_audience()).await;
    }
    let without = reception.recipe().without_claim("aud").sign()?;
    trial.refused("no aud", me.bearer(without), bad_audience()).await;
    trial.conclude().await
}

async fn sibling(scene: &Scene) -> Outcome {
    let own = own(&scene.actor(RecepA)?);
    let billing = "https://billing.clinic.test";
    let audiences = vec![
        json!(billing),
        json!([billing]),
        json!([own, billing]),
        json!([billing, own]),
        json!([own, own]),
        json!("clinic-app"),
        json!("*"),
    ];
    present(scene, audiences).await
}

async fn missing(scene: &Scene) -> Outcome {
    let own = own(&scene.actor(RecepA)?);
    let audiences = vec![
        Value::Null,
        json!(7),
        json!(""),
        json!([]),
        json!([""]),
        json!([7]),
        json!([[own]]),
        json!({ "a": 1 }),
        json!({ "aud": own }),
        json!(true),
    ];
    present(scene, audiences).await
}

async fn prefix(scene: &Scene) -> Outcome {
    let own = own(&scene.actor(RecepA)?);
    let host = own.trim_start_matches("https://");
    let names = [
        format!("{own}.evil.example"),
        format!("{own}/"),
        format!("{own}/v1"),
        format!("{own}:443"),
        own.to_uppercase(),
        host.to_owned(),
        format!("http://{host}"),
        format!("https://evil.example/{own}"),
        format!("https://x@{host}"),
        format!(" {own}"),
        format!("{own} https://billing.clinic.test"),
        own.chars().take(own.chars().count().saturating_sub(1)).collect(),
        "https://".to_owned(),
    ];
    present(scene, names.into_iter().map(Value::from).collect()).await
}
