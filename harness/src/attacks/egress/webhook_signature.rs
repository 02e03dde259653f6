//! `webhook-signature`: who is told knows by whom, and nobody is told who did not ask.

use super::hook::{Hook, MEMBER_CHANGED, is_signed, something_happens};
use crate::{attacks::prelude::*, catcher::Manner};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        WEBHOOK_SIGNATURE / "unverified" = unverified,
        "An administrator names somebody else's server. It answers 200 to everything; another one sends back what it gets.",
        "She has challenges sent; then a member is renamed.",
    ),
    attack!(
        WEBHOOK_SIGNATURE / "secret-read" = secret_read,
        "A webhook's secret was shown when it was made.",
        "Somebody looks for it everywhere else: the webhook, the list, its deliveries, the audit log, the log, the database.",
    ),
    attack!(
        WEBHOOK_SIGNATURE / "dot" = dot,
        "The three signed parts are joined by dots. Whoever can put one into the id or the time moves the borders between them.",
        "A receiver tries other borders, another endpoint's secret, and a body with one more space.",
    ),
    attack!(
        WEBHOOK_SIGNATURE / "rotation" = rotation,
        "The secret leaks, and the administrator rotates it.",
        "The receiver that knows the new one only, and the one that knows the old one only, are both told for a day.",
    ),
];

async fn unverified(scene: &Scene) -> Outcome {
    let honest = Hook::open(scene, AdminA1).await?;
    let hook = Hook::pending(scene, AdminA2).await?;
    let mut trial = Trial::begin(scene, honest.is_told(scene)).await?;
    for (story, manner) in [
        ("a server that takes everything", Manner::Status(200)),
        ("a server that sends back what it gets", Manner::Parrot),
        ("a server that answers something", Manner::Claims("yes".into())),
        ("a server that refuses", Manner::Status(401)),
    ] {
        scene.catcher().behave(&hook.token, manner);
        let row = hook.test(scene).await?;
        let status = scene.observer().row("webhooks", hook.id).await?.text("status");
        let pending = status.as_deref() == Some("pending");
        trial.found(story, Finding::must(pending, "it is active"));
        let delivered = row.text("status").as_deref() == Some("delivered");
        trial.found(story, Finding::must(!delivered, "the challenge counts as answered"));
    }
    scene.catcher().behave(&hook.token, Manner::Honest);
    let before = scene.catcher().arrivals(&hook.token).len();
    trial.honestly(something_happens(scene, "Renamed")).await?;
    let told = honest.deliveries_of(scene, MEMBER_CHANGED).await?;
    let finding = if told.is_empty() { Finding::Unclear("nobody is told".into()) } else { Finding::Fine };
    trial.found("whoever asked", finding);
    let told = hook.deliveries_of(scene, MEMBER_CHANGED).await?.len();
    trial.found("whoever did not ask", Finding::must(told == 0, "an event is on its way"));
    let came = scene.catcher().arrivals(&hook.token).len() > before;
    trial.found("whoever did not ask", Finding::must(!came, "an event arrived"));
    trial.conclude().await
}

async fn secret_read(scene: &Scene) -> Outcome {
    let hook = Hook::open(scene, AdminA1).await?;
    let mut trial = Trial::begin(scene, hook.is_told(scene)).await?;
    let rotated = hook.admin.post(&format!("{}/rotate-secret", hook.path()));
    let rotated = trial.honestly(scene.demand(&rotated, 200)).await?;
    let new = rotated.string("/signing_secret").ok_or_else(|| AttackError::Setup("no new secret".into()))?;
    let secrets = [bare(&hook.secret), bare(&new)];
    let auditor = scene.actor(AuditA)?;
    let places = [
        hook.admin.get(&hook.path()),
        hook.admin.get("/v1/webhooks"),
        hook.admin.get(&format!("{}/deliveries", hook.path())),
        hook.admin.post(&format!("{}/test", hook.path())),
        auditor.get("/v1/audit-events?limit=100"),
    ];
    for place in places {
        let story = place.describe();
        trial
            .check(&story, place, |answer| match answer.status {
                200 | 201 => {
                    let shown = secrets.iter().any(|secret| answer.mentions(secret));
                    Finding::must(!shown, "the secret is shown again")
                }
                _ => Finding::Unclear(answer.summary()),
            })
            .await;
    }
    let lines = scene.observer().log.lines();
    let logged = lines.iter().any(|line| secrets.iter().any(|secret| line.contains(secret)));
    trial.found("the log", Finding::must(!logged, "the log has it"));
    let row = scene.observer().row("webhooks", hook.id).await?.everything();
    let hex = |secret: &String| secret.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let stored =
        secrets.iter().any(|secret| row.contains(secret) || row.to_lowercase().contains(&hex(secret)));
    trial.found("the database", Finding::must(!stored, "it is stored in the clear"));
    trial.conclude().await
}

/// The part that is random.
fn bare(secret: &str) -> String {
    secret.trim_start_matches("whsec_").to_owned()
}

async fn dot(scene: &Scene) -> Outcome {
    let hook = Hook::open(scene, AdminA1).await?;
    let other = Hook::open(scene, AdminA2).await?;
    let mut trial = Trial::begin(scene, hook.is_told(scene)).await?;
    let before = scene.catcher().arrivals(&hook.token).len();
    trial.honestly(something_happens(scene, "Gwendolyn")).await?;
    let arrival = scene.catcher().wait_for(&hook.token, before.saturating_add(1)).await;
    let arrival = arrival.ok_or_else(|| AttackError::Setup("the event does not arrive".into()))?;
    let good = is_signed(&arrival, &hook.secret);
    trial.found("the signature", Finding::must(good, "the event is not signed by the endpoint's secret"));
    let foreign = is_signed(&arrival, &other.secret);
    trial.found("another endpoint's secret", Finding::must(!foreign, "it is good for it too"));
    let mut spaced = arrival.clone();
    spaced.body.push(' ');
    trial.found("one more space", Finding::must(!is_signed(&spaced, &hook.secret), "the body is not signed"));
    let field = |name: &str| arrival.header(name).unwrap_or_default().to_owned();
    let (id, time) = (field("webhook-id"), field("webhook-timestamp"));
    let plain = id.strip_prefix("msg_").is_some_and(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    trial.found("the id", Finding::must(plain, format!("the id is {id:?}")));
    let number = time.bytes().all(|byte| byte.is_ascii_digit()) && !time.is_empty();
    trial.found("the time", Finding::must(number, format!("the time is {time:?}")));
    let personal = arrival.body.contains("display_name") || arrival.body.contains("Gwendolyn");
    trial.found("the body", Finding::must(!personal, "it tells more than ids"));
    trial.conclude().await
}

async fn rotation(scene: &Scene) -> Outcome {
    let hook = Hook::open(scene, AdminA1).await?;
    let old = hook.secret.clone();
    let rotate = hook.admin.post(&format!("{}/rotate-secret", hook.path()));
    let mut trial = Trial::begin(scene, Control::new(hook.admin.get(&hook.path()), 200)).await?;
    let rotated = trial.honestly(scene.demand(&rotate, 200)).await?;
    let new = rotated.string("/signing_secret").unwrap_or_default();
    let arrival = told(scene, &hook).await?;
    trial.found("the new secret", Finding::must(is_signed(&arrival, &new), "not signed by the new secret"));
    trial.found(
        "the old one for a day",
        Finding::must(is_signed(&arrival, &old), "not signed by the old one"),
    );
    let past = scene.observer().moment(-60);
    let id = scene.observer().id(hook.id);
    let sql = format!("UPDATE webhooks SET former_until = {past} WHERE id = {id}");
    trial.honestly(scene.observer().execute(&sql)).await?;
    let arrival = told(scene, &hook).await?;
    trial.found("a day later", Finding::must(is_signed(&arrival, &new), "not signed by the new secret"));
    trial.found("a day later", Finding::must(!is_signed(&arrival, &old), "the leaked secret still counts"));
    trial.conclude().await
}

async fn told(scene: &Scene, hook: &Hook) -> Result<crate::catcher::Arrival, AttackError> {
    let before = scene.catcher().arrivals(&hook.token).len();
    hook.test(scene).await?;
    let arrival = scene.catcher().wait_for(&hook.token, before.saturating_add(1)).await;
    arrival.ok_or_else(|| AttackError::Setup("the test event does not arrive".into()))
}
