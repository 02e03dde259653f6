//! `limit-slow-client`: who sends slowly on purpose loses the connection.

use crate::attacks::prelude::*;
use futures_util::future::{join, join_all};
use std::time::Instant;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        LimitSlowClient / "slow-header" = slow_header,
        needs: Time,
        "Forty clients open connections and write a header field letter by letter, for ever.",
        "The receptionist works on in the meantime.",
    ),
    attack!(
        LimitSlowClient / "slow-body" = slow_body,
        needs: Time,
        "The administrator announces a body and stops after two bytes; another sends a byte every second.",
        "A third keeps just above the least rate, and would take a minute.",
        "The receptionist works on in the meantime.",
    ),
];

/// The header deadline is 5 s, the body's 5 s without progress and 10 s in all; a busy machine gets a second more.
const HEADER: Duration = Duration::from_millis(6500);
const STALLED: Duration = Duration::from_millis(6500);
const WHOLE: Duration = Duration::from_millis(11_500);

async fn slow_header(scene: &Scene) -> Outcome {
    let me = scene.actor(RecepA)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;
    let host = scene.wire().target().host.clone();
    let ages = join_all((0..40).map(|_| async {
        let mut dial = scene.dial(false).await?;
        dial.write(format!("GET /v1/me HTTP/1.1\r\nHost: {host}\r\nX-Slow: ")).await;
        let deadline = Instant::now() + HEADER;
        while Instant::now() < deadline {
            dial.write("y").await;
            if let Some(age) = dial.closed_within(Duration::from_millis(500)).await {
                return Ok::<_, AttackError>(Some(age));
            }
        }
        Ok(None)
    }));
    let meanwhile = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        me.send().await
    };
    let (ages, meanwhile) = join(ages, meanwhile).await;
    for age in ages {
        trial.found("a header for ever", Finding::must(age?.is_some(), "the connection is still open"));
    }
    trial.found("an honest request meanwhile", Finding::must(meanwhile?.status == 200, "was not served"));
    trial.conclude().await
}

async fn slow_body(scene: &Scene) -> Outcome {
    let (reception, admin) = (scene.actor(RecepA)?, scene.actor(AdminA1)?);
    let me = reception.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;

    // (bytes at once, pause) until the announced 60 000 are there; 0 bytes is silence.
    let dribbles = [
        ("two bytes, then silence", 0, Duration::from_secs(1), STALLED),
        ("a byte a second", 1, Duration::from_secs(1), STALLED),
        ("1.2 KiB a second", 1229, Duration::from_secs(1), WHOLE),
    ];
    let attempts = join_all(
        dribbles.map(|(story, size, pause, limit)| dribble(scene, &admin, story, size, pause, limit)),
    );
    let meanwhile = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        me.send().await
    };
    let (attempts, meanwhile) = join(attempts, meanwhile).await;
    for attempt in attempts {
        let (story, finding, answer) = attempt?;
        trial.found(story, finding);
        let Some(id) = answer.and_then(|answer| answer.request_id()) else { continue };
        let events = scene.observer().audit_events_of(id).await?;
        let named = events.iter().any(|row| row.text("reason").as_deref() == Some("request-timeout"));
        trial.found(story, Finding::must(named, "the refusal left no audit event"));
    }
    trial.found("an honest request meanwhile", Finding::must(meanwhile?.status == 200, "was not served"));
    trial.conclude().await
}

async fn dribble(
    scene: &Scene,
    actor: &Actor,
    story: &'static str,
    size: usize,
    pause: Duration,
    limit: Duration,
) -> Result<(&'static str, Finding, Option<Answer>), AttackError> {
    let host = &scene.wire().target().host;
    let mut dial = scene.dial(false).await?;
    let token = actor.token();
    dial.write(format!(
        "POST {} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: 60000\r\n\r\n{{ ",
        actor.members_path()
    ))
    .await;
    let deadline = Instant::now() + limit;
    while Instant::now() < deadline {
        if let Some(answer) = dial.answer_within(pause).await {
            let refused = answer.status == 408 && answer.slug().as_deref() == Some("request-timeout");
            let finding = if refused {
                Finding::Fine
            } else if answer.succeeded() {
                Finding::Breach(answer.summary())
            } else {
                Finding::Unclear(answer.summary())
            };
            return Ok((story, finding, Some(answer)));
        }
        dial.write(" ".repeat(size)).await;
    }
    Ok((story, Finding::Breach(format!("still waited for after {limit:?}")), None))
}
