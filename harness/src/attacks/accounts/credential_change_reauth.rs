//! `credential-change-reauth`: a stolen session is not a stolen account.

use super::steps::{
    CONFIRM, NOTICE, RESET, disable, forgets, gets_in, mailed, new_password, reset_token, resets,
};
use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        CREDENTIAL_CHANGE_REAUTH / "stolen-token" = stolen_token,
        needs: People,
        "The thief has the receptionist's access token, and her cookie, ten minutes after she showed a second factor.",
        "He changes her address and her password, and sets up a factor of his own.",
    ),
    attack!(
        CREDENTIAL_CHANGE_REAUTH / "wrong-current" = wrong_current,
        needs: People,
        "The thief has her cookie and guesses her password, six times.",
    ),
    attack!(
        CREDENTIAL_CHANGE_REAUTH / "confirm" = confirm,
        needs: People,
        "She enters another address for her account and does not confirm it.",
        "Whoever reads that mailbox says that the password is forgotten.",
        "Links are opened that were invented, whose address is somebody else's by now, or whose account is no more.",
    ),
    attack!(
        CREDENTIAL_CHANGE_REAUTH / "swap-order" = swap_order,
        needs: People,
        "A link for another address and one for a new password are under way at the same time.",
        "Whichever is used second must be void.",
    ),
    attack!(
        CREDENTIAL_CHANGE_REAUTH / "pending" = pending,
        needs: People,
        "Whoever found the receptionist's password asked for another address, and was shown the key for an authenticator.",
        "She changes her password. He uses the link, and the key.",
    ),
];

/// The form on a page of the account.
async fn account_form(
    browser: &Browser,
    path: &str,
    fields: &[(&str, &str)],
) -> Result<Request, AttackError> {
    let csrf = browser.form_of("/password/forgot").await?;
    let fields: Vec<_> = [("csrf", csrf.as_str())].into_iter().chain(fields.iter().copied()).collect();
    Ok(browser.post(path, &fields))
}

/// She changes her password knowing the one before, and changes it back.
fn change<'a>(scene: &'a Scene, person: &'a Person) -> Control<'a> {
    Control::checked(move || async move {
        let changed = async {
            let browser = person.signed_in().await?;
            let (old, new) = (person.account().password.as_str(), new_password());
            for (current, next) in [(old, new.as_str()), (new.as_str(), old)] {
                let fields = [("password", current), ("new_password", next)];
                let form = account_form(&browser, "/account/password", &fields).await?;
                scene.demand_page(&browser, &form, 200).await?;
            }
            Ok::<_, AttackError>(())
        };
        changed.await.map_err(|error| error.to_string())
    })
}

fn unauthenticated() -> Refusal {
    Refusal::page(401).audit_event("authn_token_reject")
}

async fn stolen_token(scene: &Scene) -> Outcome {
    let (control, reception) = (scene.person(RecepB)?, scene.person(RecepA)?);
    let mut trial = Trial::begin(scene, change(scene, &control)).await?;
    let (hers, tokens) = reception.tokens().await?;
    let (thief, password) = (scene.browser(), new_password());
    let email = format!("thief.{}@evil.example", Uuid::new_v4().simple());
    let changes = [
        ("/account/email", vec![("email", email.as_str()), ("password", "not known to him")]),
        ("/account/password", vec![("password", "not known to him"), ("new_password", password.as_str())]),
    ];
    for (path, fields) in &changes {
        let form = account_form(&thief, path, fields).await?.bearer(&tokens.access);
        trial.refused("with her access token alone", form, unauthenticated()).await;
    }
    thief.plant("__Host-session", &hers.cookie("__Host-session").unwrap_or_default());
    let mine = format!("account_id = {}", scene.observer().id(reception.account().id));
    let past = scene.observer().moment(-600);
    scene
        .observer()
        .execute(&format!("UPDATE sessions SET acr = '2', authenticated_at = {past} WHERE {mine}"))
        .await?;
    for (path, fields) in &changes {
        let form = account_form(&thief, path, fields).await?;
        let refusal = Refusal::page(401)
            .header_has("www-authenticate", r#"error="insufficient_user_authentication""#)
            .header_has("www-authenticate", r#"acr_values="2", max_age="300""#)
            .audit("authz_fail", "reauth.stale");
        trial.refused("with her cookie", form, refusal).await;
    }
    for (path, fields) in [
        ("/account/factors/totp", vec![("code", "000000")]),
        ("/account/factors/totp/remove", vec![]),
        ("/account/factors/recovery", vec![]),
    ] {
        let form = account_form(&thief, path, &fields).await?;
        let refusal = Refusal::bare(401)
            .header_has("www-authenticate", "insufficient_user_authentication")
            .audit("authz_fail", "reauth.stale");
        trial.refused("her factors, with her cookie", form, refusal).await;
    }
    scene.demand_page(&thief, &forgets(&thief, &email).await?, 202).await?;
    // The receptionist's own mail is asked for last: when it is there, the thief's would be too.
    let her_email = &reception.account().email;
    let browser = scene.browser();
    browser.send(&forgets(&browser, her_email).await?).await?;
    scene.outbox().wait_for(her_email, RESET, 1).await?;
    let his = scene.outbox().mails_to(&email)?;
    trial.found("the thief's mailbox", Finding::must(his.is_empty(), "got a link to her account"));
    let taken = gets_in(scene, &reception, &password).await?;
    trial.found("her account", Finding::must(!taken, "opens with the thief's password"));
    trial.conclude().await
}

async fn wrong_current(scene: &Scene) -> Outcome {
    let (control, reception) = (scene.person(RecepB)?, scene.person(RecepA)?);
    let mut trial = Trial::begin(scene, change(scene, &control)).await?;
    let hers = reception.signed_in().await?;
    let thief = scene.browser();
    thief.plant("__Host-session", &hers.cookie("__Host-session").unwrap_or_default());
    let email = format!("thief.{}@evil.example", Uuid::new_v4().simple());
    let guess = async |attempt: usize| {
        let wrong = format!("a wrong guess, number {attempt}");
        let fields = [("email", email.as_str()), ("password", wrong.as_str())];
        account_form(&thief, "/account/email", &fields).await
    };
    for attempt in 0..5 {
        let refusal = Refusal::page(422).audit("authn_password_change_fail", "password.current");
        trial.refused("a wrong current password", guess(attempt).await?, refusal).await;
    }
    // Five are free. On a busy machine the next one may come when its second is over already; those after it wait longer.
    let mut delayed = Finding::Breach("no guess has to wait".into());
    for attempt in 5..10 {
        let answer = guess(attempt).await?.send_patiently().await?;
        delayed = match answer.status {
            429 if answer.header("retry-after").is_some() => Finding::Fine,
            422 => continue,
            _ => Finding::Unclear(answer.summary()),
        };
        break;
    }
    trial.found("ten wrong passwords", delayed);
    let his = scene.outbox().mails_to(&email)?;
    trial.found("the thief's mailbox", Finding::must(his.is_empty(), "got a link"));
    trial.conclude().await
}

/// She enters another address, knowing her password.
pub(in crate::attacks) async fn enters(
    scene: &Scene,
    browser: &Browser,
    email: &str,
    password: &str,
) -> Result<(), AttackError> {
    let fields = [("email", email), ("password", password)];
    let form = account_form(browser, "/account/email", &fields).await?;
    scene.demand_page(browser, &form, 202).await.map(drop)
}

async fn confirm(scene: &Scene) -> Outcome {
    let (control, reception) = (scene.person(RecepB)?, scene.person(RecepA)?);
    let mut trial = Trial::begin(scene, change(scene, &control)).await?;
    let browser = reception.signed_in().await?;
    let (old, password) = (&reception.account().email, &reception.account().password);
    let new = format!("new.{}@clinic.test", Uuid::new_v4().simple());
    enters(scene, &browser, &new, password).await?;
    mailed(scene, &new, CONFIRM, 1).await?;
    let notices = scene.outbox().wait_for(old, NOTICE, 1).await?;
    trial.found("the mail to the old address", Finding::must(!notices.is_empty(), "never came"));
    let stranger = scene.browser();
    for address in [new.as_str(), old] {
        scene.demand_page(&stranger, &forgets(&stranger, address).await?, 202).await?;
    }
    let hers = scene.outbox().wait_for(old, RESET, 1).await?.len();
    let theirs = scene.outbox().wait_for(&new, RESET, usize::from(hers == 0)).await?;
    let finding = match (theirs.iter().any(|mail| mail.subject == RESET), hers) {
        (true, _) => {
            Finding::Breach("a link for the password went to an address that nobody confirmed".into())
        }
        (false, 0) => Finding::Unclear("no link came at all".into()),
        (false, _) => Finding::Fine,
    };
    let is_hers = matches!(finding, Finding::Fine);
    trial.found("the unconfirmed mailbox", finding);
    // On a twin the address may be hers without a link already.
    if is_hers {
        links(scene, &mut trial, &reception, &browser, &new).await?;
    }
    trial.conclude().await
}

/// Links for an address that nobody may have: none, one that somebody else confirmed first, one whose address was taken out
/// of the database, and one of an account that was disabled.
async fn links(
    scene: &Scene,
    trial: &mut Trial<'_>,
    reception: &Person,
    browser: &Browser,
    address: &str,
) -> Result<(), AttackError> {
    let gone = |reason| Refusal::page(400).audit("one_time_secret_refused", reason);
    let confirms = async |link: &str| account_form(browser, "/email/confirm", &[("token", link)]).await;
    let invented = browser.get(&format!("/email/confirm?token={}", Uuid::new_v4().simple()));
    trial.refused("an invented link", invented, gone("email-change.token")).await;

    let hers = mailed(scene, address, CONFIRM, 1).await?;
    let (other, patient) = (scene.person(PatA1)?, scene.browser());
    let form = other.sign_in_form(&patient, &other.account().password).await?;
    scene.demand_page(&patient, &form, 303).await?;
    enters(scene, &patient, address, &other.account().password).await?;
    let theirs = mailed(scene, address, CONFIRM, 2).await?;
    let first = account_form(&patient, "/email/confirm", &[("token", &theirs)]).await?;
    scene.demand_page(&patient, &first, 200).await?;
    trial.refused("somebody else's by now", confirms(&hers).await?, gone("email-change.taken")).await;

    let next = format!("next.{}@clinic.test", Uuid::new_v4().simple());
    enters(scene, browser, &next, &reception.account().password).await?;
    let link = mailed(scene, &next, CONFIRM, 1).await?;
    let mine = format!("account_id = {}", scene.observer().id(reception.account().id));
    let erased = format!("UPDATE one_time_secrets SET email = NULL WHERE {mine}");
    scene.observer().execute(&erased).await?;
    trial.refused("without its address", confirms(&link).await?, gone("email-change.shape")).await;
    disable(scene, reception).await?;
    trial.refused("of a disabled account", confirms(&link).await?, gone("email-change.account")).await;
    Ok(())
}

async fn pending(scene: &Scene) -> Outcome {
    let (control, reception) = (scene.person(RecepB)?, scene.person(RecepA)?);
    let mut trial = Trial::begin(scene, change(scene, &control)).await?;
    let (first, second) = (&reception.account().password, new_password());
    let (hers, his) = (reception.signed_in().await?, reception.signed_in().await?);
    let new = format!("thief.{}@evil.example", Uuid::new_v4().simple());
    enters(scene, &his, &new, first).await?;
    let link = mailed(scene, &new, CONFIRM, 1).await?;
    scene.demand_page(&his, &his.get("/account/factors/totp"), 200).await?;

    let fields = [("password", first.as_str()), ("new_password", second.as_str())];
    let form = account_form(&hers, "/account/password", &fields).await?;
    scene.demand_page(&hers, &form, 200).await?;
    let gone = Refusal::page(400).audit("one_time_secret_refused", "email-change.used");
    let confirms = account_form(&his, "/email/confirm", &[("token", &link)]).await?;
    trial.refused("the link after the change", confirms, gone).await;
    let account = scene.observer().id(reception.account().id);
    let seeds = format!("account_id = {account} AND confirmed_at IS NULL");
    let seeds = scene.observer().rows("factors", &seeds).await?;
    trial.found("the key that he was shown", Finding::must(seeds.is_empty(), "waits for its first code"));
    trial.conclude().await
}

async fn swap_order(scene: &Scene) -> Outcome {
    let (control, reception) = (scene.person(RecepB)?, scene.person(RecepA)?);
    let mut trial = Trial::begin(scene, change(scene, &control)).await?;
    let (old, first) = (reception.account().email.clone(), reception.account().password.clone());
    let (stranger, second) = (scene.browser(), new_password());
    let new = format!("new.{}@clinic.test", Uuid::new_v4().simple());
    let browser = reception.signed_in().await?;
    let reset = reset_token(scene, &stranger, &old, 1).await?;
    enters(scene, &browser, &new, &first).await?;
    let change = mailed(scene, &new, CONFIRM, 1).await?;
    scene.demand_page(&stranger, &resets(&stranger, &reset, &second).await?, 200).await?;
    let gone = Refusal::page(400).audit("one_time_secret_refused", "email-change.used");
    let confirms = account_form(&stranger, "/email/confirm", &[("token", &change)]).await?;
    trial.refused("the new address after the new password", confirms, gone).await;

    let browser = scene.browser();
    let form = reception.sign_in_form(&browser, &second).await?;
    if browser.send(&form).await?.status == 303 {
        let reset = reset_token(scene, &stranger, &old, 2).await?;
        enters(scene, &browser, &new, &second).await?;
        let change = mailed(scene, &new, CONFIRM, 2).await?;
        let confirms = account_form(&stranger, "/email/confirm", &[("token", &change)]).await?;
        scene.demand_page(&stranger, &confirms, 200).await?;
        let late = resets(&stranger, &reset, &new_password()).await?;
        let invalid = Refusal::page(400).audit("one_time_secret_refused", "reset.token");
        trial.refused("the new password after the new address", late, invalid).await;
    } else {
        trial.found("her new password", Finding::Unclear("does not open the account".into()));
    }
    trial.conclude().await
}
