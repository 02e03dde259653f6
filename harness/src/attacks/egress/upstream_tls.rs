//! `upstream-tls`: the insurer is who it says it is, and nobody reads along.

use crate::{
    arena::TemporaryDirectory,
    attacks::{Beside, prelude::*, set, write_settings},
    catcher::OUTSIDE,
    insurer::{Pose, Reply},
};
use futures_util::future::try_join_all;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        UPSTREAM_TLS / "bad-cert" = bad_cert,
        needs: Clinic,
        "Reception asks the insurer about a patient; the answer is stored.",
        "Somebody poses as the insurer: with a certificate of their own making, with another's, with last year's.",
    ),
    attack!(
        UPSTREAM_TLS / "redirect" = redirect,
        needs: Clinic,
        "The insurer, which was broken into, sends whoever asks elsewhere, with the question.",
    ),
    attack!(
        UPSTREAM_TLS / "downgrade" = downgrade,
        needs: Clinic,
        "Somebody writes http into the insurer's address.",
    ),
];

fn unavailable(reason: &str) -> Refusal {
    Refusal::problem(502, "upstream-unavailable").audit("upstream_failed", reason)
}

/// The same service, whose insurer is at another address.
async fn asking(scene: &Scene, url: String) -> Result<Beside, AttackError> {
    scene.beside(|table, _| set(table, "upstream.insurer.url", url)).await
}

async fn bad_cert(scene: &Scene) -> Outcome {
    let (patient, insurer) = (scene.patient().await?, scene.insurer()?);
    let reception = scene.actor(RecepA)?;
    let poses = [Pose::SelfSigned, Pose::WrongName, Pose::Expired];
    let besides = try_join_all(poses.map(|pose| async move {
        asking(scene, insurer.impostor(pose).await.map_err(crate::arena::ArenaError::from)?).await
    }));
    let besides = besides.await?;
    let mut trial = Trial::begin(scene, scene.asks_the_insurer(&reception, &patient)).await?;
    for (pose, beside) in poses.into_iter().zip(&besides) {
        let (story, card) = (format!("{pose:?}"), insurer.card());
        let request = beside.scene.actor(RecepA)?.checks(&patient, &card);
        trial.refused(&story, request, unavailable("upstream.tls")).await;
        let silent = insurer.questions(&card).is_empty();
        trial.found(&story, Finding::must(silent, "the question was told to an impostor"));
        let logged = beside.log.find("backend_tls_failure").is_some();
        trial.found(&story, Finding::must(logged, "the log does not say backend_tls_failure"));
    }
    trial.conclude().await
}

async fn redirect(scene: &Scene) -> Outcome {
    let (patient, insurer, catcher) = (scene.patient().await?, scene.insurer()?, scene.catcher());
    let reception = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, scene.asks_the_insurer(&reception, &patient)).await?;
    for status in [301, 302, 303, 307, 308] {
        let token = catcher.token();
        let place = catcher.url_at(&OUTSIDE.to_string(), &token);
        let card = insurer.card_with(Reply::Http(status, vec![("location", place)], Vec::new()));
        let story = status.to_string();
        trial.refused(&story, reception.checks(&patient, &card), unavailable("upstream.redirect")).await;
        let asked = if insurer.questions(&card).is_empty() {
            Finding::Unclear("the insurer was not asked".into())
        } else {
            Finding::Fine
        };
        let followed = !catcher.arrivals(&token).is_empty();
        trial.found(&story, asked.and(Finding::must(!followed, "it was followed")));
    }
    for status in [401, 403] {
        let card = insurer.card_with(Reply::status(status));
        let denied = unavailable("upstream.credential");
        trial.refused(&status.to_string(), reception.checks(&patient, &card), denied).await;
    }
    let alone = scene.beside(|table, _| drop(table.remove("upstream"))).await?;
    let nobody = Refusal::problem(503, "upstream-not-configured");
    let request = alone.scene.actor(RecepA)?.checks(&patient, &insurer.card());
    trial.refused("nobody to ask", request, nobody).await;
    trial.conclude().await
}

async fn downgrade(scene: &Scene) -> Outcome {
    let (patient, insurer) = (scene.patient().await?, scene.insurer()?);
    let reception = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, scene.asks_the_insurer(&reception, &patient)).await?;
    let url = insurer.impostor(Pose::InClear).await.map_err(crate::arena::ArenaError::from)?;
    let folder = TemporaryDirectory::new()?;
    let mut settings = scene.settings_table()?;
    set(&mut settings, "upstream.insurer.url", url.clone());
    let file = write_settings(folder.path(), &settings)?;
    let (code, _, said) = scene.service()?.command(&file, &["check-config"]).await?;
    let finding = match code {
        78 if said.contains("upstream.insurer.url") => Finding::Fine,
        0 => Finding::Breach("the settings are fine, it says".into()),
        _ => Finding::Unclear(format!("exit {code}: {}", said.trim())),
    };
    trial.found("check-config", finding);
    let finding = match asking(scene, url).await {
        Err(error) if error.to_string().contains("upstream.insurer.url") => Finding::Fine,
        Err(error) => Finding::Unclear(error.to_string()),
        Ok(beside) => {
            let card = insurer.card();
            beside.scene.actor(RecepA)?.checks(&patient, &card).send().await?;
            let told = insurer.questions(&card).len();
            Finding::Breach(format!("it started, and asked {told} questions in clear"))
        }
    };
    trial.found("serve", finding);
    trial.conclude().await
}
