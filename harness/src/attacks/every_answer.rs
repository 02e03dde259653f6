//! One answer of every kind the service can give, for rules that must hold on all of them.

use super::{Hook, Scene};
use crate::{
    arena::Persona::{AdminA1, ExmemberA, RecepA},
    client::{Answer, ClientError, Request, Sends},
    verdict::{AttackError, Finding, Trial},
};
use serde_json::json;
use uuid::Uuid;

/// An answer that was provoked, and the status that was meant to be.
pub(super) struct Provoked {
    /// How it was provoked.
    pub(super) story: String,
    expected: u16,
    answer: Result<Answer, ClientError>,
}

impl Provoked {
    /// What the judge finds; an answer of another kind than wanted is no proof.
    pub(super) fn judged(&self, judge: impl FnOnce(&Answer) -> Finding) -> Finding {
        match &self.answer {
            Err(error) => Finding::Unclear(error.to_string()),
            Ok(answer) if answer.status == self.expected => judge(answer),
            Ok(answer) => judge(answer).and(Finding::Unclear(format!(
                "wanted {}, got {}",
                self.expected,
                answer.summary()
            ))),
        }
    }
}

async fn provoke(story: &str, expected: u16, request: Request) -> Provoked {
    // Every other 503 would be the database's, which is busy with the attacks beside this one.
    let answer = if expected == 503 { request.send().await } else { request.send_patiently().await };
    Provoked { story: story.into(), expected, answer }
}

/// Provokes every kind of answer: success, each refusal, preflights, the limiter's, a broken record, and the
/// operations listener's.
pub(super) async fn every_answer(scene: &Scene, trial: &mut Trial<'_>) -> Result<Vec<Provoked>, AttackError> {
    let mut seen = refusals(scene).await?;
    seen.extend(preflights(scene).await?);
    seen.push(limited(scene).await);
    seen.extend(operations(scene).await);
    let changes = trial.honestly(changes(scene)).await?;
    seen.extend(changes);
    Ok(seen)
}

async fn refusals(scene: &Scene) -> Result<Vec<Provoked>, AttackError> {
    let (anyone, reception, admin) = (scene.anyone(), scene.actor(RecepA)?, scene.actor(AdminA1)?);
    let members = admin.members_path();
    let add = || admin.post(&members);
    let crowded = (0..80).fold(anyone.get("/v1/me"), |r, n| r.header(&format!("x-field-{n}"), "x"));
    let wanted = [
        ("public", 200, anyone.get("/.well-known/oauth-protected-resource")),
        ("authenticated", 200, reception.get("/v1/me")),
        ("unknown parameter", 400, reception.get(&format!("{members}?nothing=1"))),
        ("broken JSON", 400, add().body("application/json", "{\"a\":")),
        ("no token", 401, anyone.get("/v1/me")),
        ("bad token", 401, anyone.get("/v1/me").bearer("a.b.c")),
        ("no scope", 403, reception.get("/v1/audit-events")),
        ("no such path", 404, anyone.get("/nothing/here")),
        ("no such object", 404, reception.get(&format!("{members}/{}", Uuid::new_v4()))),
        ("wrong method", 405, reception.put("/v1/me").json(&json!({}))),
        ("HEAD", 200, reception.head("/v1/me")),
        ("not acceptable", 406, reception.get("/v1/me").header("accept", "text/html")),
        ("too large", 413, add().body("application/json", vec![b' '; 70 * 1024])),
        ("target too long", 414, anyone.get(&format!("/{}", "a".repeat(5000)))),
        ("wrong type", 415, add().body("text/plain", admin.newcomer().to_string())),
        ("foreign host", 421, anyone.get("/v1/me").host("evil.example")),
        ("rule broken", 422, add().json(&json!({ "display_name": "" }))),
        ("too many fields", 431, crowded),
    ];
    let mut seen = Vec::new();
    for (story, expected, request) in wanted {
        seen.push(provoke(story, expected, request).await);
    }
    Ok(seen)
}

async fn preflights(scene: &Scene) -> Result<Vec<Provoked>, AttackError> {
    let ask = |origin: &str, method: &str| {
        let request = scene.anyone().options("/v1/webhooks").header("origin", origin);
        request.header("access-control-request-method", method)
    };
    let foreign = scene.actor(RecepA)?.get("/v1/me").header("origin", "https://evil.example");
    Ok(vec![
        provoke("preflight", 200, ask("https://app.clinic.test", "POST")).await,
        provoke("preflight of a foreign origin", 400, ask("https://evil.example", "POST")).await,
        provoke("preflight of a foreign method", 400, ask("https://app.clinic.test", "DELETE")).await,
        provoke("OPTIONS that is no preflight", 405, scene.anyone().options("/v1/me")).await,
        provoke("read by a foreign origin", 200, foreign).await,
    ])
}

async fn limited(scene: &Scene) -> Provoked {
    let knock = scene.anyone().get("/v1/me").from(scene.fresh_address());
    for _ in 0..20 {
        let _ = knock.send().await;
    }
    let mut last = provoke("too many requests", 429, knock.clone()).await;
    // One token of the bucket may come back meanwhile.
    for _ in 0..4 {
        if !matches!(&last.answer, Ok(answer) if answer.status == 401) {
            break;
        }
        last = provoke("too many requests", 429, knock.clone()).await;
    }
    last
}

async fn operations(scene: &Scene) -> Vec<Provoked> {
    let anyone = scene.anyone();
    vec![
        provoke("health", 200, anyone.get("/health/live").to_operations()).await,
        provoke("metrics", 200, anyone.get("/metrics").to_operations()).await,
        provoke("nothing on the operations listener", 404, anyone.get("/v1/me").to_operations()).await,
    ]
}

/// Answers that can't be had without changing something.
async fn changes(scene: &Scene) -> Result<Vec<Provoked>, AttackError> {
    let admin = scene.actor(AdminA1)?;
    let add = admin.post(&admin.members_path()).json(&admin.newcomer());
    let removed = scene.actor(ExmemberA)?.path();
    let broken = Hook::pending(scene, AdminA1).await?;
    scene.observer().overwrite("webhooks", broken.id, "secret", &[1, 2, 3]).await?;
    let rotate = broken.admin.post(&format!("{}/rotate-secret", broken.path()));
    Ok(vec![
        provoke("added", 201, add.clone()).await,
        provoke("added twice", 409, add).await,
        provoke("removed", 204, admin.delete(&removed)).await,
        provoke("a sealed value that was tampered with", 500, rotate).await,
    ])
}
