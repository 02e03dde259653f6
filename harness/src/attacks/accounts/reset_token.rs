//! `pw-reset-token`: the way back in is no way in for others.

use super::steps::{NOTICE, RESET, disable, forgets, gets_in, new_password, recovery, reset_token, resets};
use crate::attacks::prelude::*;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use futures_util::future::try_join_all;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        PW_RESET_TOKEN / "reuse" = reuse,
        needs: People,
        "The receptionist forgot her password twice, and uses the newer link.",
        "The attacker finds both links in her mailbox, and a third one that is eleven minutes old.",
        "Somebody else's account is disabled while their link is under way.",
    ),
    attack!(
        PW_RESET_TOKEN / "host" = host,
        needs: People,
        "The attacker says that her password is forgotten, and names a host of his own in every field there is.",
        "She opens the link in the mail.",
    ),
    attack!(
        PW_RESET_TOKEN / "guess" = guess,
        needs: People,
        "The attacker guesses, and sends the link of his own account with somebody else's address.",
    ),
    attack!(
        PW_RESET_TOKEN / "bomb" = bomb,
        needs: People,
        "The attacker says a hundred times that her password is forgotten.",
    ),
    attack!(
        PW_RESET_TOKEN / "storage" = storage,
        needs: People,
        "A thief of the database sends what is stored of the link.",
    ),
    attack!(
        PW_RESET_TOKEN / "rescue" = rescue,
        needs: People,
        "The operator makes a link for somebody who lost password and factors, and it is used.",
        "The attacker finds the link in a terminal's scrollback: used, or eleven minutes old.",
    ),
    attack!(
        PW_RESET_TOKEN / "admin-set" = admin_set,
        needs: People,
        "The administrator sends a password with a member's other data, and looks for it in the answers.",
    ),
];

fn invalid(reason: &str) -> Refusal {
    Refusal::page(400).audit("one_time_secret_refused", reason)
}

async fn reuse(scene: &Scene) -> Outcome {
    let (control, reception) = (scene.person(RecepB)?, scene.person(RecepA)?);
    let mut trial = Trial::begin(scene, recovery(scene, &control)).await?;
    let (browser, email) = (scene.browser(), reception.account().email.clone());
    let (_, before) = reception.tokens().await?;

    let older = reset_token(scene, &browser, &email, 1).await?;
    let newer = reset_token(scene, &browser, &email, 2).await?;
    let again = resets(&browser, &older, &new_password()).await?;
    trial.refused("the older of two links", again, invalid("reset.token")).await;

    let honest = new_password();
    let answer = scene.demand_page(&browser, &resets(&browser, &newer, &honest).await?, 200).await?;
    let signed_in = browser.cookie("__Host-session").is_some() || answer.mentions("__Host-session");
    trial.found("the answer to the new password", Finding::must(!signed_in, "signs somebody in"));
    let ended = Refusal::invalid_token("token.revoked");
    trial.refused("a token from before", reception.me(&before.access), ended).await;
    let notices = scene.outbox().wait_for(&email, NOTICE, 1).await?;
    trial.found("the mail about it", Finding::must(!notices.is_empty(), "never came"));

    let again = resets(&browser, &newer, &new_password()).await?;
    trial.refused("the link a second time", again, invalid("reset.token")).await;
    let late = reset_token(scene, &browser, &email, 3).await?;
    let mine = format!("account_id = {}", scene.observer().id(reception.account().id));
    let past = scene.observer().moment(-60);
    scene
        .observer()
        .execute(&format!("UPDATE one_time_secrets SET expires_at = {past} WHERE {mine}"))
        .await?;
    let again = resets(&browser, &late, &new_password()).await?;
    trial.refused("a link that is eleven minutes old", again, invalid("reset.token")).await;
    let still = gets_in(scene, &reception, &honest).await?;
    trial.found("her password", Finding::must(still, "was set by somebody else"));

    let dismissed = scene.person(PatA1)?;
    let link = reset_token(scene, &browser, &dismissed.account().email, 1).await?;
    disable(scene, &dismissed).await?;
    let opens = resets(&browser, &link, &new_password()).await?;
    trial.refused("a link of an account that was disabled", opens, invalid("reset.account")).await;
    trial.conclude().await
}

async fn host(scene: &Scene) -> Outcome {
    let (control, reception) = (scene.person(RecepB)?, scene.person(RecepA)?);
    let mut trial = Trial::begin(scene, recovery(scene, &control)).await?;
    let (browser, email) = (scene.browser(), reception.account().email.clone());
    let evil = "evil.example";
    let other_host = forgets(&browser, &email).await?.host(evil);
    trial.refused("another Host", other_host, Refusal::problem(421, "misdirected-request")).await;
    let forwarded = forgets(&browser, &email)
        .await?
        .header("x-forwarded-host", evil)
        .header("x-host", evil)
        .header("x-original-host", evil)
        .header("forwarded", format!("host={evil};proto=https"));
    scene.demand_page(&browser, &forwarded, 202).await?;
    let mails = scene.outbox().wait_for(&email, RESET, 1).await?;
    let own = format!("https://{}/password/reset?token=", scene.wire().target().host);
    let finding = match mails.last().and_then(|mail| mail.link()) {
        Some(link) if link.starts_with(&own) => Finding::Fine,
        Some(link) if link.contains(evil) => Finding::Breach(format!("the link leads to {evil}")),
        Some(_) => Finding::Unclear("the link leads somewhere else".into()),
        None => Finding::Unclear("no mail came".into()),
    };
    trial.found("the link in the mail", finding);
    trial.conclude().await
}

async fn guess(scene: &Scene) -> Outcome {
    let (control, thief, victim) = (scene.person(RecepB)?, scene.person(PatA1)?, scene.person(RecepA)?);
    let mut trial = Trial::begin(scene, recovery(scene, &control)).await?;
    let browser = scene.browser();
    reset_token(scene, &browser, &victim.account().email, 1).await?;
    for _ in 0..8 {
        let mut guesses = Vec::new();
        for _ in 0..12 {
            let random = [*Uuid::new_v4().as_bytes(), *Uuid::new_v4().as_bytes()].concat();
            guesses.push(resets(&browser, &BASE64URL.encode(random), &new_password()).await?);
        }
        for answer in try_join_all(guesses.iter().map(Request::send)).await? {
            let finding = match answer.status {
                400 => Finding::Fine,
                200 => Finding::Breach("a guess was right".into()),
                _ => Finding::Unclear(format!("it was answered {}", answer.summary())),
            };
            trial.found("a guess", finding);
        }
    }
    let token = reset_token(scene, &browser, &thief.account().email, 1).await?;
    let (csrf, password) = (browser.form_of("/password/forgot").await?, new_password());
    let hers = victim.account();
    let id = hers.id.to_string();
    let fields = [
        ("csrf", csrf.as_str()),
        ("token", &token),
        ("new_password", &password),
        ("email", &hers.email),
        ("account", &id),
        ("account_id", &id),
    ];
    browser.send(&browser.post("/password/reset", &fields)).await?;
    let taken = gets_in(scene, &victim, &password).await?;
    trial.found("her account", Finding::must(!taken, "opens with the password that the thief set"));
    let kept = gets_in(scene, &victim, &hers.password).await?;
    trial.found("her own password", Finding::must(kept, "does not work any more"));
    trial.conclude().await
}

/// What a page says, without what is new in each: nonce and token.
fn said(answer: &Answer) -> Option<String> {
    answer.text().split_once("<main>").map(|(_, main)| main.to_owned())
}

async fn bomb(scene: &Scene) -> Outcome {
    let (control, reception) = (scene.person(RecepB)?, scene.person(RecepA)?);
    let mut trial = Trial::begin(scene, recovery(scene, &control)).await?;
    let (browser, email) = (scene.browser(), reception.account().email.clone());
    let first = browser.send(&forgets(&browser, &email).await?).await?;
    scene.outbox().wait_for(&email, RESET, 1).await?;
    let mut last = first.clone();
    for _ in 0..9 {
        let mut requests = Vec::new();
        for _ in 0..11 {
            requests.push(forgets(&browser, &email).await?);
        }
        if let Some(answer) = try_join_all(requests.iter().map(Request::send)).await?.pop() {
            last = answer;
        }
    }
    let accepted = if last.status == 202 { Finding::Fine } else { Finding::Unclear(last.summary()) };
    trial.found("the hundredth request", accepted);
    let same = said(&first).is_some() && said(&first) == said(&last);
    trial.found("the hundredth answer", Finding::must(same, "tells that no more mails are sent"));
    // More than three would be there by then; that fewer never come is what waiting can't prove.
    let mails = scene.outbox().unless(&email, RESET, 4).await?.len();
    let finding = match mails {
        0 => Finding::Unclear("no mail came".into()),
        1..=3 => Finding::Fine,
        many => Finding::Breach(format!("{many} mails came")),
    };
    trial.found("her mailbox", finding);
    trial.conclude().await
}

/// What the operator's command prints: the token of the link.
async fn rescued(scene: &Scene, email: &str) -> Result<String, AttackError> {
    let service = scene.service()?;
    let arguments = ["admin", "rescue", "--email", email, "--without-factors"];
    let mut said = String::new();
    for _ in 0..10 {
        let (code, printed, errors) = service.command(service.settings(), &arguments).await?;
        if code == 0 {
            let value: Value = serde_json::from_str(&printed).unwrap_or_default();
            let link = value.get("reset_link").and_then(Value::as_str).unwrap_or_default();
            if let Some((_, token)) = link.split_once("/password/reset?token=") {
                return Ok(token.to_owned());
            }
        }
        said = errors;
        // The running service writes to the same file.
        if !said.contains("busy") {
            break;
        }
    }
    Err(AttackError::Setup(format!("the rescue ended with: {}", said.trim())))
}

async fn rescue(scene: &Scene) -> Outcome {
    let (control, admin) = (scene.person(RecepB)?, scene.person(AdminA1)?);
    let mut trial = Trial::begin(scene, recovery(scene, &control)).await?;
    let (browser, email) = (scene.browser(), admin.account().email.clone());
    let used = rescued(scene, &email).await?;
    let honest = new_password();
    scene.demand_page(&browser, &resets(&browser, &used, &honest).await?, 200).await?;
    let told = scene.outbox().wait_for(&email, NOTICE, 1).await?;
    trial.found("the mail about it", Finding::must(!told.is_empty(), "never came"));
    let opened = gets_in(scene, &admin, &honest).await?;
    let finding = if opened { Finding::Fine } else { Finding::Unclear("her own password does not".into()) };
    trial.found("her account", finding);
    let mine = format!("object_ids LIKE '%{}%'", admin.account().id);
    let mine =
        if scene.observer().is_postgres() { mine.replace("object_ids", "object_ids::text") } else { mine };
    let rows =
        scene.observer().rows("audit_events", &format!("event = 'account_rescued' AND {mine}")).await?;
    trial.found("the audit log", Finding::must(rows.len() == 1, format!("tells {} times of it", rows.len())));
    let again = resets(&browser, &used, &new_password()).await?;
    trial.refused("the link a second time", again, invalid("reset.token")).await;
    let late = rescued(scene, &email).await?;
    let mine = format!("account_id = {}", scene.observer().id(admin.account().id));
    let past = scene.observer().moment(-60);
    let sql = format!("UPDATE one_time_secrets SET expires_at = {past} WHERE {mine}");
    scene.observer().execute(&sql).await?;
    let again = resets(&browser, &late, &new_password()).await?;
    trial.refused("a link that is eleven minutes old", again, invalid("reset.token")).await;
    let still = gets_in(scene, &admin, &honest).await?;
    trial.found("her password", Finding::must(still, "was set by somebody else"));
    trial.conclude().await
}

async fn storage(scene: &Scene) -> Outcome {
    let (control, reception) = (scene.person(RecepB)?, scene.person(RecepA)?);
    let mut trial = Trial::begin(scene, recovery(scene, &control)).await?;
    let (browser, email) = (scene.browser(), reception.account().email.clone());
    let honest = reset_token(scene, &browser, &email, 1).await?;
    let mine = format!("account_id = {}", scene.observer().id(reception.account().id));
    let rows = scene.observer().rows("one_time_secrets", &mine).await?;
    let stored = rows.first().and_then(|row| row.bytes("secret_hash"));
    let stored = stored.ok_or_else(|| AttackError::Setup("no link is stored".into()))?;
    let hex: String = stored.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut forms = vec![hex, BASE64URL.encode(&stored)];
    forms.extend(String::from_utf8(stored));
    for form in forms {
        let attempt = resets(&browser, &form, &new_password()).await?;
        trial.refused("what is stored", attempt, invalid("reset.token")).await;
    }
    scene.demand_page(&browser, &resets(&browser, &honest, &new_password()).await?, 200).await?;
    trial.conclude().await
}

async fn admin_set(scene: &Scene) -> Outcome {
    let (control, reception, admin) = (scene.person(RecepB)?, scene.person(RecepA)?, scene.actor(AdminA1)?);
    let mut trial = Trial::begin(scene, recovery(scene, &control)).await?;
    let path = format!("{}/{}", admin.members_path(), reception.account().member);
    let password = new_password();
    for name in ["password", "password_hash", "new_password"] {
        let body = json!({ "display_name": Persona::RecepA.name(), name: password });
        let sets = admin.patch(&path).json(&body);
        let refusal = Refusal::problem(422, "unknown-member").audit_event("input_validation_fail");
        trial.refused("a password among a member's data", sets, refusal).await;
    }
    let taken = gets_in(scene, &reception, &password).await?;
    trial.found("her account", Finding::must(!taken, "opens with the administrator's password"));
    let shown = scene.demand(&admin.get(&path), 200).await?;
    let told = shown.mentions("password") || shown.mentions("argon2");
    trial.found("her data", Finding::must(!told, "tell of the password"));
    trial.conclude().await
}
