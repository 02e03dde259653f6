//! `rate-ip`: an unknown caller gets 20 requests at once and one a second.

use super::flood::{flood, sampled};
use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        RateIp / "burst" = burst,
        "Anyone sends 60 requests from one address as fast as one connection takes them.",
        "After the wait that the refusal names, one more is served.",
    ),
    attack!(
        RateIp / "parallel" = parallel,
        "Anyone opens 40 connections from one address and sends on all of them at once.",
    ),
    attack!(
        RateIp / "guessing" = guessing,
        "Somebody tries one forged token after the other from one address.",
    ),
];

const PUBLIC: &str = "/.well-known/oauth-protected-resource";

async fn burst(scene: &Scene) -> Outcome {
    let public = scene.anyone().get(PUBLIC);
    let mut trial = Trial::begin(scene, Control::new(public.clone(), 200)).await?;
    let address = scene.fresh_address();
    let pinned = public.from(address);
    let outcome = flood(vec![pinned.clone(); 60], 1).await?;
    trial.found("60 requests", outcome.within(20.0, 1.0));
    trial.found("the refusals", outcome.refused_properly());
    let filter = format!("source_address = '{address}'");
    trial.found("the audit log", sampled(scene, &outcome, &filter, "anonymous").await?);

    let wait = outcome.refused.last().and_then(|answer| answer.header("retry-after")?.parse::<u64>().ok());
    tokio::time::sleep(Duration::from_secs(wait.unwrap_or(1).min(3))).await;
    trial
        .check("one more after the wait", pinned, |answer| {
            if answer.status == 200 { Finding::Fine } else { Finding::Unclear(answer.summary()) }
        })
        .await;
    trial.conclude().await
}

async fn parallel(scene: &Scene) -> Outcome {
    let public = scene.anyone().get(PUBLIC);
    let mut trial = Trial::begin(scene, Control::new(public.clone(), 200)).await?;
    let pinned = public.from(scene.fresh_address());
    let outcome = flood(vec![pinned; 40], 40).await?;
    trial.found("40 connections", outcome.within(20.0, 1.0));
    trial.found("the refusals", outcome.refused_properly());
    trial.conclude().await
}

async fn guessing(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let me = reception.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;
    let address = scene.fresh_address();
    let mut guesses = Vec::new();
    for number in 0..60_u8 {
        let token = reception.recipe().segments()?.with_signature(&[number; 64]);
        guesses.push(me.clone().bearer(token).from(address));
    }
    let outcome = flood(guesses, 2).await?;
    trial.found("60 guesses", outcome.within(20.0, 1.0));
    let filter = format!("source_address = '{address}'");
    trial.found("the audit log", sampled(scene, &outcome, &filter, "anonymous").await?);
    trial.conclude().await
}
