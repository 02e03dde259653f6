//! `token-revocation`: what was ended does not work, whoever holds it and whichever replica is asked.

use super::whole_way;
use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        TOKEN_REVOCATION / "after-logout" = after_logout,
        needs: People,
        "The receptionist signs out.",
        "The attacker goes on with her access token, which would live for minutes.",
    ),
    attack!(
        TOKEN_REVOCATION / "after-revoke" = after_revoke,
        needs: People,
        "The application gives a token back; once the access token, once the refresh token.",
        "The attacker uses the access token.",
    ),
    attack!(
        TOKEN_REVOCATION / "malleate" = malleate,
        needs: People,
        "The attacker spells the revoked token in another way, so that it looks like one that nobody revoked.",
    ),
    attack!(
        TOKEN_REVOCATION / "restart" = restart,
        needs: People,
        "The attacker brings the revoked token to a second process on the same database, which has never seen it.",
    ),
];

fn revoked() -> Refusal {
    Refusal::invalid_token("token.revoked")
}

/// Gives a token back, as the application.
async fn give_back(person: &Person, token: &str) -> Result<(), AttackError> {
    let app = person.authorization(CLINIC_APP);
    let answer = app
        .post("/oauth2/revoke", &[("client_id", CLINIC_APP.client_id), ("token", token)])
        .send_patiently()
        .await?;
    if answer.status == 200 {
        return Ok(());
    }
    Err(AttackError::Setup(format!("revocation was answered {}", answer.summary())))
}

async fn after_logout(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let (browser, tokens) = reception.tokens().await?;
    scene.demand(&reception.me(&tokens.access), 200).await?;
    let csrf = browser.form_of("/oauth2/logout").await?;
    scene.demand(&browser.post("/oauth2/logout", &[("csrf", csrf.as_str())]), 200).await?;
    trial.refused("after the sign-out", reception.me(&tokens.access), revoked()).await;
    trial.conclude().await
}

async fn after_revoke(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let (_, tokens) = reception.tokens().await?;
    scene.demand(&reception.me(&tokens.access), 200).await?;
    give_back(&reception, &tokens.access).await?;
    trial.refused("the access token, given back", reception.me(&tokens.access), revoked()).await;
    let (_, tokens) = reception.tokens().await?;
    scene.demand(&reception.me(&tokens.access), 200).await?;
    give_back(&reception, &tokens.refresh).await?;
    trial.refused("its refresh token given back", reception.me(&tokens.access), revoked()).await;
    trial.conclude().await
}

async fn malleate(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let (_, tokens) = reception.tokens().await?;
    scene.demand(&reception.me(&tokens.access), 200).await?;
    give_back(&reception, &tokens.access).await?;
    trial.refused("as it was", reception.me(&tokens.access), revoked()).await;
    let malformed = Refusal::invalid_token("token.malformed");
    for (story, token) in
        [("padded", format!("{}=", tokens.access)), ("last character changed", last_changed(&tokens.access))]
    {
        trial.refused(story, reception.me(&token), malformed.clone()).await;
    }
    trial.conclude().await
}

/// The same signature with another last character, whose spare bits a lenient decoder ignores.
fn last_changed(token: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut bytes = token.as_bytes().to_vec();
    if let Some(last) = bytes.last_mut()
        && let Some(at) = ALPHABET.iter().position(|letter| letter == last)
        && let Some(next) = ALPHABET.get(at ^ 1)
    {
        *last = *next;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn restart(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let (_, tokens) = reception.tokens().await?;
    let (_, good) = reception.tokens().await?;
    give_back(&reception, &tokens.access).await?;
    let beside = scene.beside(|_, _| {}).await?;
    let there = |token: &str| beside.scene.anyone().get("/v1/me").bearer(token);
    scene.demand(&there(&good.access), 200).await?;
    trial.refused("at another process", there(&tokens.access), revoked()).await;
    trial.conclude().await
}
