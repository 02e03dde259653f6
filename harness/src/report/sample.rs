//! A run in which everything occurs: one attack that HELD, one that FELL, one that is UNPROVEN, hostile words and
//! credentials. The reports' tests read it, and so do readers of others (`peers`).

use super::Report;
use crate::{
    arena::{Database, World},
    attacks::prelude::*,
    client::{Block, Wire},
    decoy::{Behaviour, arena},
    prove::{Proof, Run, Selection, run_one},
};
use std::sync::LazyLock;

/// What an attacker might leave in an answer, to break out of whatever report quotes it.
pub(crate) const HOSTILE: &str = "</pre><script>alert('|')</script> ]]> ```` & \"q\"";

/// Looks like a token, and must not be found in any report.
pub(crate) const TOKEN: &str = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhZG1pbiJ9.c2lnbmF0dXJl";
/// Must not be found either.
#[cfg(test)]
pub(crate) const PASSWORD: &str = "correct horse battery staple";

static ATTACKS: LazyLock<[Attack; 3]> = LazyLock::new(|| {
    [
        attack!(TOKEN_REQUIRED / "held" = held, "Nobody does anything."),
        attack!(TOKEN_REQUIRED / "fell" = fell, "Somebody leaves hostile words and credentials everywhere."),
        attack!(TOKEN_REQUIRED / "unproven" = unproven, "Somebody talks to a closed port."),
    ]
});

async fn held(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, Control::new(scene.anyone().get("/v1/me"), 200)).await?;
    trial.found("nothing", Finding::Fine);
    trial.conclude().await
}

async fn fell(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, Control::new(scene.anyone().get("/v1/me"), 200)).await?;
    let form = [("password", "correct horse battery staple"), ("note", HOSTILE)];
    let request = scene.anyone().post(&format!("/v1/me?access_token={TOKEN}")).form(&form);
    let request = request.header("x-note", HOSTILE).header("x-forwarded-authorization", TOKEN).bearer(TOKEN);
    trial.refused(HOSTILE, request, Refusal::invalid_token("token.signature")).await;
    trial.conclude().await
}

async fn unproven(scene: &Scene) -> Outcome {
    Trial::begin(scene, Control::new(scene.anyone().get("/v1/me"), 200)).await?.conclude().await
}

async fn runs() -> Result<Vec<Run>, AttackError> {
    let mut runs = Vec::new();
    for (number, attack) in ATTACKS.iter().enumerate() {
        let behaviour = if attack.name == "unproven" { Behaviour::Dead } else { Behaviour::AlwaysFine };
        let arena = arena(behaviour).await?;
        let wire = Wire::new(arena.target.clone(), Block::number(number), None);
        let scene = Scene::new(arena.clone(), wire, World::imagined(&arena.forge)?, None, 1);
        runs.push(run_one(attack, scene, &arena).await);
    }
    Ok(runs)
}

/// The sample.
///
/// # Errors
/// When there is no port or no certificate for what is attacked.
pub(crate) async fn report() -> Result<Report, AttackError> {
    let selection = Selection::default();
    let elapsed = Duration::from_millis(1500);
    let proof = Proof { runs: runs().await?, alive: true, ..Proof::default() };
    Ok(Report::new(Database::Sqlite, elapsed, proof, &selection))
}

/// The same, but the service died.
#[cfg(test)]
pub(crate) async fn dead() -> Result<Report, AttackError> {
    Ok(Report { alive: false, ..report().await? })
}

/// The same, but only of what HELD.
#[cfg(test)]
pub(crate) async fn green() -> Result<Report, AttackError> {
    let mut report = report().await?;
    report.runs.retain(|run| run.verdict.held());
    Ok(report)
}
