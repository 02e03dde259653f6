//! `session-timeouts`: a browser that was left open does not stay signed in.

use super::{asked_to_sign_in, whole_way};
use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        SessionTimeouts / "idle" = idle,
        needs: People,
        "The receptionist's browser rests for 31 minutes.",
        "Whoever comes next refreshes its tokens, and asks for new ones by its cookie.",
    ),
    attack!(
        SessionTimeouts / "absolute" = absolute,
        needs: People,
        "A browser was in use all the time, for twelve hours and a minute.",
        "It is used once more.",
    ),
    attack!(
        SessionTimeouts / "clock" = clock,
        needs: People,
        "The client says that it is earlier than it is: Date, If-Modified-Since, a timestamp of its own.",
    ),
];

/// Lets time pass for the person's sessions.
async fn age(scene: &Scene, person: &Person, column: &str, seconds: i64) -> Result<(), AttackError> {
    let mine = format!("account_id = {}", scene.observer().id(person.account().id));
    let past = scene.observer().moment(-seconds);
    scene.observer().execute(&format!("UPDATE sessions SET {column} = {past} WHERE {mine}")).await?;
    Ok(())
}

fn over(reason: &str) -> Refusal {
    Refusal::oauth(400, "invalid_grant").audit("session_expired", reason)
}

async fn idle(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let (browser, tokens) = reception.tokens().await?;
    age(scene, &reception, "last_used_at", 31 * 60).await?;
    let app = reception.authorization(CLINIC_APP);
    trial.check("a code by the cookie", app.request(&browser), asked_to_sign_in).await;
    trial.refused("a refresh", app.refresh(&tokens.refresh), over("session.idle")).await;
    trial.conclude().await
}

async fn absolute(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let (browser, tokens) = reception.tokens().await?;
    age(scene, &reception, "expires_at", 1).await?;
    let app = reception.authorization(CLINIC_APP);
    trial.check("a code by the cookie", app.request(&browser), asked_to_sign_in).await;
    trial.refused("a refresh", app.refresh(&tokens.refresh), over("session.absolute")).await;
    trial.conclude().await
}

async fn clock(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let (_, tokens) = reception.tokens().await?;
    age(scene, &reception, "last_used_at", 31 * 60).await?;
    let early = "Mon, 01 Jan 2024 00:00:00 GMT";
    let request = reception
        .authorization(CLINIC_APP)
        .refresh(&tokens.refresh)
        .header("date", early)
        .header("if-modified-since", early)
        .header("x-timestamp", "1704067200");
    trial.refused("an early clock", request, over("session.idle")).await;
    trial.conclude().await
}
