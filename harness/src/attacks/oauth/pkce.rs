//! `oauth-pkce`: an intercepted code is worth nothing.

use super::whole_way;
use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        OAUTH_PKCE / "no-challenge" = no_challenge,
        needs: People,
        "An application leaves the challenge out, at the authorization endpoint and in a pushed request.",
    ),
    attack!(
        OAUTH_PKCE / "plain" = plain,
        needs: People,
        "An application asks for the method plain, by name and by leaving the method out.",
    ),
    attack!(
        OAUTH_PKCE / "wrong" = wrong,
        needs: People,
        "The attacker reads the receptionist's code in a log.",
        "He brings it to the token endpoint with verifiers of his own: none, a guess, the challenge itself.",
    ),
    attack!(
        OAUTH_PKCE / "downgrade" = downgrade,
        needs: People,
        "The attacker's link starts the authorization without a challenge.",
        "The application, none the wiser, brings its verifier.",
    ),
];

fn told() -> Refusal {
    Refusal::redirected("invalid_request").audit("oauth_request_refused", "pkce")
}

fn pushed() -> Refusal {
    Refusal::oauth(400, "invalid_request").audit("oauth_request_refused", "pkce")
}

async fn no_challenge(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let browser = reception.signed_in().await?;
    let bare = reception.authorization(CLINIC_APP).without("code_challenge").without("code_challenge_method");
    trial.refused("no challenge", bare.request(&browser), told()).await;
    trial.refused("no challenge, pushed", bare.pushed(), pushed()).await;
    trial.conclude().await
}

async fn plain(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let browser = reception.signed_in().await?;
    let honest = reception.authorization(CLINIC_APP);
    let plain = honest.clone().with("code_challenge_method", "plain");
    trial.refused("plain", plain.request(&browser), told()).await;
    trial.refused("plain, pushed", plain.pushed(), pushed()).await;
    let silent = honest.without("code_challenge_method");
    trial.refused("no method", silent.request(&browser), told()).await;
    trial.conclude().await
}

async fn wrong(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let browser = reception.signed_in().await?;
    let app = reception.authorization(CLINIC_APP);
    let challenge = app.parameter_of("code_challenge");
    let guess = "a".repeat(64);
    for (story, verifier) in [
        ("no verifier", ""),
        ("a guess", guess.as_str()),
        ("42 characters", &guess[..42]),
        ("the challenge itself", challenge.as_str()),
    ] {
        let code = trial.honestly(app.code(&browser)).await?;
        let stolen = app.token_request(&[
            ("grant_type", "authorization_code"),
            ("client_id", CLINIC_APP.client_id),
            ("code", &code),
            ("redirect_uri", CLINIC_APP.redirect_uri),
            ("code_verifier", verifier),
        ]);
        let refusal = Refusal::oauth(400, "invalid_grant").audit("oauth_request_refused", "code.verifier");
        trial.refused(story, stolen, refusal).await;
        let burned = Refusal::oauth(400, "invalid_grant").audit("authn_token_reuse", "code.reused");
        trial.refused(&format!("{story}, then the right one"), app.exchange(&code), burned).await;
    }
    trial.conclude().await
}

async fn downgrade(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let browser = reception.signed_in().await?;
    let app = reception.authorization(CLINIC_APP);
    let stripped = app.clone().without("code_challenge").without("code_challenge_method");
    let answer = trial.refused("started without a challenge", stripped.request(&browser), told()).await;
    // Whatever came of it must not be worth tokens either.
    let code = answer.as_ref().and_then(crate::attacks::front_door::code_in).unwrap_or_default();
    trial
        .refused(
            "exchanged with a verifier",
            app.exchange(&code),
            Refusal::oauth(400, "invalid_request").unaudited(),
        )
        .await;
    trial.conclude().await
}
