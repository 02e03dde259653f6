//! `oauth-refresh-reuse`: a refresh token that comes twice ends everything that came of the same authorization.

use super::whole_way;
use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        OAUTH_REFRESH_REUSE / "reuse" = reuse,
        needs: People,
        "The attacker copied the receptionist's refresh token; her application has used it since, and the next one too.",
        "He uses his copy.",
        "She goes on with hers.",
    ),
    attack!(
        OAUTH_REFRESH_REUSE / "other-client" = other_client,
        needs: People,
        "Another application brings the receptionist's refresh token.",
    ),
    attack!(
        OAUTH_REFRESH_REUSE / "widen" = widen,
        needs: People,
        "An application asks for more with a refresh token than it was granted.",
    ),
    attack!(
        OAUTH_REFRESH_REUSE / "absolute" = absolute,
        needs: People,
        "The application goes on refreshing, again and again: no refresh makes what she allowed last longer.",
        "The receptionist's authorization comes to its end, while she still works in her browser.",
        "The application refreshes once more.",
    ),
    attack!(
        OAUTH_REFRESH_REUSE / "storage" = storage,
        needs: People,
        "The attacker has read the table of refresh tokens.",
        "He brings what he found there, as it is and in base64url.",
    ),
];

fn refused(reason: &str) -> Refusal {
    Refusal::oauth(400, "invalid_grant").audit("oauth_request_refused", reason)
}

/// Refreshes honestly.
async fn next(app: &Authorization, tokens: &Tokens) -> Result<Tokens, AttackError> {
    let answer = app.refresh(&tokens.refresh).send_patiently().await?;
    Tokens::of(&answer).ok_or_else(|| AttackError::Setup(format!("a refresh was answered {}", answer.status)))
}

async fn reuse(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let app = reception.authorization(CLINIC_APP);
    let (_, first) = reception.tokens().await?;
    let second = next(&app, &first).await?;
    let third = next(&app, &second).await?;
    let reused = Refusal::oauth(400, "invalid_grant").audit("authn_token_reuse", "refresh.reused");
    trial.refused("the copy", app.refresh(&first.refresh), reused).await;
    trial.refused("the newest one", app.refresh(&third.refresh), refused("refresh.ended")).await;
    let ended = Refusal::invalid_token("token.revoked");
    trial.refused("the newest access token", reception.me(&third.access), ended).await;
    trial.conclude().await
}

async fn other_client(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let (_, tokens) = reception.tokens().await?;
    let other = reception.authorization(OTHER_APP).refresh(&tokens.refresh);
    trial.refused("another application", other, refused("refresh.client")).await;
    trial.conclude().await
}

async fn widen(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let app = reception.authorization(CLINIC_APP);
    let (_, tokens) = reception.tokens().await?;
    let more = app.token_request(&[
        ("grant_type", "refresh_token"),
        ("client_id", CLINIC_APP.client_id),
        ("refresh_token", &tokens.refresh),
        ("scope", "openid profile:read patients:read patients:write"),
    ]);
    let refusal = Refusal::oauth(400, "invalid_scope").audit("oauth_request_refused", "scope");
    trial.refused("more scopes", more, refusal).await;
    trial.conclude().await
}

async fn absolute(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let app = reception.authorization(CLINIC_APP);
    let (_, mut tokens) = reception.tokens().await?;
    let mine = format!("account_id = {} AND ended_at IS NULL", scene.observer().id(reception.account().id));
    let ends = async || {
        let rows = scene.observer().rows("grants", &mine).await?;
        Ok::<Vec<_>, AttackError>(rows.iter().map(|row| (row.text("id"), row.text("expires_at"))).collect())
    };
    let before = ends().await?;
    for _ in 0..3 {
        tokens = next(&app, &tokens).await?;
    }
    let after = ends().await?;
    trial.found("its end", Finding::must(!after.is_empty() && before == after, "a refresh moves it"));
    let past = scene.observer().moment(-1);
    scene.observer().execute(&format!("UPDATE grants SET expires_at = {past} WHERE {mine}")).await?;
    let over = || Refusal::oauth(400, "invalid_grant").audit("session_expired", "refresh.expired");
    trial.refused("past its end", app.refresh(&tokens.refresh), over()).await;
    trial.conclude().await
}

async fn storage(scene: &Scene) -> Outcome {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let app = reception.authorization(CLINIC_APP);
    let (_, tokens) = reception.tokens().await?;
    let account = scene.observer().id(reception.account().id);
    let of_mine = format!("grant_id IN (SELECT id FROM grants WHERE account_id = {account})");
    let rows = scene.observer().rows("refresh_tokens", &of_mine).await?;
    let stored: Vec<String> = rows.iter().filter_map(|row| row.text("token_hash")).collect();
    trial.found("the table", Finding::must(!stored.is_empty(), "holds no token of hers"));
    trial.found(
        "the table",
        Finding::must(
            rows.iter().all(|row| !row.everything().contains(&tokens.refresh)),
            "holds the token itself",
        ),
    );
    for hash in stored {
        let bytes: Vec<u8> = (0..hash.len() / 2)
            .filter_map(|at| u8::from_str_radix(hash.get(2 * at..2 * at + 2)?, 16).ok())
            .collect();
        let text = String::from_utf8(bytes.clone()).unwrap_or_default();
        for token in [hash.clone(), BASE64URL.encode(bytes), text].into_iter().filter(|it| !it.is_empty()) {
            trial.refused("what is stored", app.refresh(&token), refused("refresh.unknown")).await;
        }
    }
    trial.conclude().await
}
