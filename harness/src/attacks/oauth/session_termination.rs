//! `session-termination`: who ends a session ends everything that came of it.

use super::{asked_to_sign_in, whole_way};
use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        SessionTermination / "keep-using" = keep_using,
        needs: People,
        "The receptionist signs out, and another time ends the session from a list.",
        "The attacker has her refresh token and her cookie.",
    ),
    attack!(
        SessionTermination / "foreign" = foreign,
        needs: People,
        "A receptionist of another organization knows the id of her session and ends it.",
    ),
    attack!(
        SessionTermination / "fixation" = fixation,
        needs: People,
        "The attacker plants a session cookie of his choice in her browser.",
        "She signs in. He uses the cookie that he planted.",
    ),
    attack!(
        SessionTermination / "many" = many,
        needs: People,
        "A thief of a password opens session after session beside hers.",
        "The oldest must give way, with its tokens, and a link must sign nobody out.",
    ),
];

/// Signs out at the service's own page.
async fn sign_out(scene: &Scene, browser: &Browser) -> Result<Answer, AttackError> {
    let csrf = browser.form_of("/oauth2/logout").await?;
    scene.demand(&browser.post("/oauth2/logout", &[("csrf", csrf.as_str())]), 200).await
}

fn refresh_ended() -> Refusal {
    Refusal::oauth(400, "invalid_grant").audit("oauth_request_refused", "refresh.ended")
}

async fn keep_using(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let app = reception.authorization(CLINIC_APP);

    let (browser, tokens) = reception.tokens().await?;
    let stolen = scene.browser();
    stolen.plant("__Host-session", &browser.cookie("__Host-session").unwrap_or_default());
    let answer = sign_out(scene, &browser).await?;
    let cleared = answer.header("clear-site-data") == Some(r#""cache","cookies","storage""#);
    trial.found("the answer to the sign-out", Finding::must(cleared, "leaves data in the browser"));
    trial
        .refused("the refresh token after the sign-out", app.refresh(&tokens.refresh), refresh_ended())
        .await;
    trial.check("the cookie after the sign-out", app.request(&stolen), asked_to_sign_in).await;

    let (browser, tokens) = reception.tokens().await?;
    let (_, other) = reception.tokens().await?;
    let sessions = scene.demand(&listed(scene, &other), 200).await?;
    let id = sessions
        .json()
        .pointer("/sessions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .find(|session| session.get("current") == Some(&json!(false)))
        .and_then(|session| session.get("id")?.as_str().map(str::to_owned))
        .ok_or_else(|| AttackError::Setup("the other session is not listed".into()))?;
    let ends = scene.anyone().delete(&format!("/v1/sessions/{id}")).bearer(&other.access);
    scene.demand(&ends, 204).await?;
    trial
        .refused("the refresh token of an ended session", app.refresh(&tokens.refresh), refresh_ended())
        .await;
    trial.check("the cookie of an ended session", app.request(&browser), asked_to_sign_in).await;
    trial.conclude().await
}

fn listed(scene: &Scene, tokens: &Tokens) -> Request {
    scene.anyone().get("/v1/sessions").bearer(&tokens.access)
}

async fn foreign(scene: &Scene) -> Outcome {
    let (reception, other) = (scene.person(RecepA)?, scene.person(RecepB)?);
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let (_, hers) = reception.tokens().await?;
    let (_, his) = other.tokens().await?;
    let sessions = scene.demand(&listed(scene, &hers), 200).await?;
    let id = sessions
        .string("/sessions/0/id")
        .ok_or_else(|| AttackError::Setup("the session is not listed".into()))?;
    let ends = scene.anyone().delete(&format!("/v1/sessions/{id}")).bearer(&his.access);
    trial.refused("somebody else's session", ends, Refusal::hidden("object")).await;
    let still = reception.me(&hers.access).send_patiently().await?;
    trial.found("her token", Finding::must(still.status == 200, "was ended by somebody else"));
    trial.conclude().await
}

async fn fixation(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let planted = format!("{}planted-now", Uuid::new_v4().simple());
    let (browser, attacker) = (scene.browser(), scene.browser());
    browser.plant("__Host-session", &planted);
    attacker.plant("__Host-session", &planted);
    let form = reception.sign_in_form(&browser, &reception.account().password).await?;
    browser.send(&form).await?;
    let fresh = browser.cookie("__Host-session").is_some_and(|cookie| cookie != planted);
    trial.found("the cookie after the sign-in", Finding::must(fresh, "is the planted one"));
    let app = reception.authorization(CLINIC_APP);
    trial.check("the planted cookie", app.request(&attacker), asked_to_sign_in).await;
    trial.conclude().await
}

/// Signs in from an address that nobody has used: one source may not try often.
async fn elsewhere(scene: &Scene, person: &Person) -> Result<Browser, AttackError> {
    let browser = scene.browser();
    let form = person.sign_in_form(&browser, &person.account().password).await?;
    let answer = browser.send(&form.from(scene.fresh_address())).await?;
    if answer.status == 303 {
        return Ok(browser);
    }
    Err(AttackError::Setup(format!("a sign-in was answered {}", answer.summary())))
}

async fn many(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let (_, first) = reception.tokens().await?;
    let mut last = elsewhere(scene, &reception).await?;
    for _ in 0..10 {
        last = elsewhere(scene, &reception).await?;
    }
    let ended = Refusal::invalid_token("token.revoked");
    trial.refused("the oldest of eleven", reception.me(&first.access), ended).await;
    let link = "/oauth2/logout?client_id=clinic-app";
    scene.demand(&last.get(link), 200).await?;
    let code = reception.authorization(CLINIC_APP).code(&last).await;
    trial.found("a link to sign out", Finding::must(code.is_ok(), "signed somebody out by itself"));
    trial.conclude().await
}
