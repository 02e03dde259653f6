//! `session-termination`: who ends a session ends everything that came of it.

use super::{asked_to_sign_in, whole_way};
use crate::attacks::{
    accounts::{Door, fresh_password, got_in, new_password, people_with, reset_token, resets},
    federation::House,
    prelude::*,
    program::claims_of,
    set,
};
use std::sync::atomic::{AtomicBool, Ordering};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        SESSION_TERMINATION / "keep-using" = keep_using,
        needs: People,
        "The receptionist signs out, another time ends the session from a list, and then all but her own.",
        "The attacker has her refresh token and her cookie.",
    ),
    attack!(
        SESSION_TERMINATION / "foreign" = foreign,
        needs: People,
        "A receptionist of another organization knows the id of her session and ends it.",
    ),
    attack!(
        SESSION_TERMINATION / "fixation" = fixation,
        needs: People,
        "The attacker plants a session cookie of his choice in her browser.",
        "She signs in. He uses the cookie that he planted.",
    ),
    attack!(
        SESSION_TERMINATION / "many" = many,
        needs: People,
        "A thief of a password opens session after session beside hers.",
        "The oldest must give way, with its tokens, and a link must sign nobody out.",
    ),
    attack!(
        SESSION_TERMINATION / "distrusted" = distrusted,
        needs: People,
        "A receptionist signed in by her organization's provider. Then its administrator says that it is trusted no longer.",
        "Whoever sits at the provider goes on with the session, and the tokens, that it vouched for.",
    ),
    attack!(
        SESSION_TERMINATION / "overtaken" = overtaken,
        needs: People,
        "The thief signs in with a password whose hash takes long.",
        "While it is computed, the password is reset, and every session ends. His begins a moment later.",
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
    let csrf = stolen.form_of("/signin").await?;
    let fields = [("csrf", csrf.as_str()), ("password", "x"), ("new_password", "y")];
    let nobody = Refusal::page(401).audit("authn_token_reject", "session.ended");
    trial.refused("another password by the cookie", stolen.post("/account/password", &fields), nobody).await;

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

    let (others, stolen) = reception.tokens().await?;
    let ends = scene.anyone().delete("/v1/sessions").bearer(&other.access);
    scene.demand(&ends, 204).await?;
    trial.refused("the refresh token of all others", app.refresh(&stolen.refresh), refresh_ended()).await;
    trial.check("the cookie of all others", app.request(&others), asked_to_sign_in).await;
    let ended = Refusal::invalid_token("token.revoked");
    trial.refused("an access token of all others", reception.me(&stolen.access), ended).await;
    let still = reception.me(&other.access).send_patiently().await?;
    trial.found("her own", Finding::must(still.status == 200, "was ended with the others"));

    let hers = reception.signed_in().await?;
    for place in ["/account/sessions/end", "/account/sessions/end-others"] {
        let (others, stolen) = reception.tokens().await?;
        let claims = claims_of(&stolen.access);
        let id = claims.get("sid").and_then(Value::as_str).unwrap_or_default();
        let csrf = hers.form_of("/account").await?;
        let mut fields = vec![("csrf", csrf.as_str())];
        if place.ends_with("/end") {
            fields.push(("id", id));
        }
        scene.demand(&hers.post(place, &fields), 303).await?;
        trial
            .refused(&format!("a refresh after {place}"), app.refresh(&stolen.refresh), refresh_ended())
            .await;
        trial.check(&format!("the cookie after {place}"), app.request(&others), asked_to_sign_in).await;
    }
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

async fn distrusted(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let admin = scene.actor(AdminA1)?.with_scopes("providers:write")?;
    for (story, disables) in [("disabled", true), ("removed", false)] {
        let house = House::open(scene, AdminA1).await?;
        house.link(&reception.signed_in().await?, house.staff("receptionist")).await?;
        let browser = house.sign_in(house.staff("receptionist")).await?;
        let app = reception.authorization(CLINIC_APP);
        let tokens = app.tokens(&browser).await?;
        scene.demand(&reception.me(&tokens.access), 200).await?;
        let provider = format!("{}/identity-providers/{}", admin.organization_path(), house.provider);
        if disables {
            let change = admin.patch(&provider).json(&json!({ "status": "disabled" }));
            trial.honestly(scene.demand(&change, 200)).await?;
        } else {
            trial.honestly(scene.demand(&admin.delete(&provider), 204)).await?;
        }
        let ended = Refusal::invalid_token("token.revoked");
        trial
            .refused(&format!("a token of the {story} provider's"), reception.me(&tokens.access), ended)
            .await;
        trial
            .check(&format!("a session of the {story} provider's"), app.request(&browser), asked_to_sign_in)
            .await;
    }
    trial.conclude().await
}

/// How many passes the slow hash takes; the service's own takes two, so that the reset is over long before.
const PASSES: i64 = 40;
/// How often the reset may come too late, on a machine that is busy with all the attacks.
const TRIES: usize = 4;

async fn overtaken(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let mut trial = Trial::begin(scene, whole_way(&reception)).await?;
    let passwords: Vec<String> = (0..TRIES).map(|_| fresh_password()).collect();
    let mut people = Vec::new();
    // A busy machine does not get through so many passes within a request's time, but through fewer.
    for passes in [PASSES, PASSES / 4] {
        let mut slow = scene.settings_table()?;
        set(&mut slow, "passwords.iterations", passes);
        people.extend(people_with(scene, slow, &passwords).await?);
    }
    for person in people {
        let (door, other) = (Door::open(scene).await?, scene.browser());
        let token = reset_token(scene, &other, &person.email, 1).await?;
        let sign_in = door.attempt(&person.email, &person.password).from(scene.fresh_address());
        let reset = resets(&other, &token, &new_password()).await?;
        let over = AtomicBool::new(false);
        let resetting = async {
            let answer = reset.send().await;
            over.store(true, Ordering::SeqCst);
            answer
        };
        let signing_in = async {
            let answer = sign_in.send().await;
            answer.map(|answer| (answer, over.load(Ordering::SeqCst)))
        };
        let (signed_in, reset) = tokio::join!(signing_in, resetting);
        let ((answer, overtaken), reset) = (signed_in?, reset?);
        if !overtaken || reset.status != 200 || answer.status == 503 {
            continue;
        }
        let finding = match answer.status {
            401 => Finding::Fine,
            _ if got_in(&answer) => Finding::Breach("a session began after the password was reset".into()),
            _ => Finding::Unclear(answer.summary()),
        };
        trial.found("the sign-in that the reset overtook", finding);
        return trial.conclude().await;
    }
    Err(AttackError::Setup("no reset was over before the sign-in".into()))
}
