//! `oauth-code-single-use`: a code lives a minute and works once; its second use ends what came of the first.

use super::whole_way;
use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        OAUTH_CODE_SINGLE_USE / "reuse" = reuse,
        needs: People,
        "The receptionist's application has changed her code for tokens.",
        "The attacker changes the same code again, with everything that belongs to it.",
        "She goes on with her tokens: one of the two is a thief, and nobody knows which.",
    ),
    attack!(
        OAUTH_CODE_SINGLE_USE / "race" = race,
        needs: People,
        "Twenty requests change one code at the same moment.",
    ),
    attack!(
        OAUTH_CODE_SINGLE_USE / "late" = late,
        needs: People,
        "A code is found in a log after two minutes.",
    ),
    attack!(
        OAUTH_CODE_SINGLE_USE / "cross-client" = cross_client,
        needs: People,
        "Another application, registered here as well, brings the receptionist's code as its own.",
        "The code's own application brings it with another redirect URI.",
    ),
];

fn reused() -> Refusal {
    Refusal::oauth(400, "invalid_grant").audit("authn_token_reuse", "code.reused")
}

async fn reuse(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let browser = reception.signed_in().await?;
    let app = reception.authorization(CLINIC_APP);
    let code = app.code(&browser).await?;
    let first = app.exchange(&code).send_patiently().await?;
    let tokens = Tokens::of(&first).ok_or_else(|| AttackError::Setup("the code gave no tokens".into()))?;
    trial.refused("the code again", app.exchange(&code), reused()).await;
    let ended = Refusal::invalid_token("token.revoked");
    trial.refused("the first access token", reception.me(&tokens.access), ended).await;
    let refused = Refusal::oauth(400, "invalid_grant").audit("oauth_request_refused", "refresh.ended");
    trial.refused("the first refresh token", app.refresh(&tokens.refresh), refused).await;
    trial.conclude().await
}

async fn race(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let browser = reception.signed_in().await?;
    let app = reception.authorization(CLINIC_APP);
    let code = app.code(&browser).await?;
    let answers = app.exchange(&code).send_together(20).await;
    let given = answers.iter().filter(|answer| matches!(answer, Ok(answer) if answer.status == 200)).count();
    let finding = match given {
        1 => Finding::Fine,
        0 => Finding::Unclear("nobody was given tokens".into()),
        many => Finding::Breach(format!("{many} of 20 were given tokens")),
    };
    trial.found("twenty at once", finding);
    trial.conclude().await
}

async fn late(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let browser = reception.signed_in().await?;
    let app = reception.authorization(CLINIC_APP);
    let code = app.code(&browser).await?;
    // Two minutes pass for this code.
    let mine = format!("account_id = {}", scene.observer().id(reception.account().id));
    let past = scene.observer().moment(-61);
    scene.observer().execute(&format!("UPDATE grants SET code_expires_at = {past} WHERE {mine}")).await?;
    let expired = Refusal::oauth(400, "invalid_grant").audit("oauth_request_refused", "code.expired");
    trial.refused("an old code", app.exchange(&code), expired).await;
    let unknown = Refusal::oauth(400, "invalid_grant").audit("oauth_request_refused", "code.unknown");
    let invented = Uuid::new_v4().simple().to_string();
    trial.refused("an invented code", app.exchange(&invented), unknown).await;
    trial.conclude().await
}

async fn cross_client(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let browser = reception.signed_in().await?;
    let app = reception.authorization(CLINIC_APP);
    let bring = |code: &str, client: &str, redirect_uri: &str| {
        app.token_request(&[
            ("grant_type", "authorization_code"),
            ("client_id", client),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", app.verifier()),
        ])
    };
    let refused = |reason| Refusal::oauth(400, "invalid_grant").audit("oauth_request_refused", reason);
    let code = app.code(&browser).await?;
    let other = bring(&code, OTHER_APP.client_id, OTHER_APP.redirect_uri);
    trial.refused("another application's", other, refused("code.client")).await;
    let code = app.code(&browser).await?;
    let elsewhere = bring(&code, CLINIC_APP.client_id, OTHER_APP.redirect_uri);
    trial.refused("another redirect URI", elsewhere, refused("code.redirect-uri")).await;
    trial.conclude().await
}
