//! `session-timeouts`: a browser that was left open does not stay signed in.

use super::{asked_to_sign_in, whole_way};
use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        SESSION_TIMEOUTS / "idle" = idle,
        needs: People,
        "The receptionist's browser rests for 31 minutes.",
        "Whoever comes next refreshes its tokens, and asks for new ones by its cookie.",
    ),
    attack!(
        SESSION_TIMEOUTS / "absolute" = absolute,
        needs: People,
        "A receptionist's browser was in use all the time, for twelve hours; a patient's for a day.",
        "A minute before, it still works; then it is used once more.",
    ),
    attack!(
        SESSION_TIMEOUTS / "clock" = clock,
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
    let app = reception.authorization(CLINIC_APP);
    age(scene, &reception, "last_used_at", 29 * 60).await?;
    let early = Finding::Unclear("a session ends before 30 minutes".into());
    trial.found("after 29 minutes", app.code(&browser).await.map_or(early, |_| Finding::Fine));
    age(scene, &reception, "last_used_at", 31 * 60).await?;
    trial.check("a code by the cookie", app.request(&browser), asked_to_sign_in).await;
    trial.refused("a refresh", app.refresh(&tokens.refresh), over("session.idle")).await;
    trial.conclude().await
}

/// Lets time pass for the person's sessions as if they were used all the while: when they began decides, and the default.
async fn used_for(scene: &Scene, person: &Person, seconds: i64) -> Result<(), AttackError> {
    let mine = format!("account_id = {}", scene.observer().id(person.account().id));
    scene.observer().age("sessions", &["created_at", "expires_at"], &mine, seconds).await?;
    Ok(())
}

async fn absolute(scene: &Scene) -> Outcome {
    const HOUR: i64 = 3600;
    let (reception, patient) = (scene.person(RecepA)?, scene.person(PatA1)?);
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    for (person, hours) in [(&reception, 12), (&patient, 24)] {
        let (browser, tokens) = person.tokens().await?;
        let app = person.authorization(CLINIC_APP);
        used_for(scene, person, hours * HOUR - 60).await?;
        let still = app.code(&browser).await;
        let early = Finding::Unclear(format!("a session ends before {hours} hours"));
        trial.found("a minute before the end", still.map_or(early, |_| Finding::Fine));
        used_for(scene, person, 61).await?;
        let story = format!("after {hours} hours");
        trial.check(&format!("{story}: a code by the cookie"), app.request(&browser), asked_to_sign_in).await;
        let refused = over("session.absolute");
        trial.refused(&format!("{story}: a refresh"), app.refresh(&tokens.refresh), refused).await;
    }
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
