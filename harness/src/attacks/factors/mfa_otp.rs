//! `mfa-otp`: a code works once, now, and can't be guessed.

use super::{both_factors, code_refused, let_in, wrong_code};
use crate::attacks::prelude::*;
use futures_util::future::join_all;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        MFA_OTP / "replay" = replay,
        needs: People,
        "The attacker has the clinician's password and looks over her shoulder.",
        "He types the code that she has just used; then the next one, in four browsers at once.",
    ),
    attack!(
        MFA_OTP / "old" = old,
        needs: People,
        "The attacker knows a code of a minute ago, and the one that comes next.",
        "He types them, and says what time it is.",
    ),
    attack!(
        MFA_OTP / "brute" = brute,
        needs: People,
        "The attacker has the clinician's password and guesses codes: five in one session, five in the next.",
        "Then he has the right one.",
    ),
    attack!(
        MFA_OTP / "recovery" = recovery,
        needs: People,
        "The clinician uses a recovery code. The attacker types it again.",
        "He has read the database, and looks for codes and seeds there.",
    ),
];

async fn replay(scene: &Scene) -> Outcome {
    let clinician = scene.person(ClinA1)?;
    let mut trial = Trial::begin(scene, both_factors(&clinician)).await?;
    clinician.let_the_code_change().await?;
    let (hers, his) = (clinician.with_password_only().await?, clinician.with_password_only().await?);
    time_enough().await;
    let code = clinician.code(0)?;
    let honest = hers.send(&clinician.code_form(&hers, &code).await?).await?;
    if !let_in(&honest) {
        return Err(AttackError::Setup(format!("her own code was answered {}", honest.summary())));
    }
    let again = clinician.code_form(&his, &code).await?;
    trial.refused("the same code again", again, code_refused("mfa.wrong")).await;

    clinician.let_the_code_change().await?;
    let mut forms = Vec::new();
    for _ in 0..4 {
        let browser = clinician.with_password_only().await?;
        forms.push(clinician.code_form(&browser, &clinician.code(0)?).await?);
    }
    let answers = join_all(forms.iter().map(Request::send)).await;
    let opened = answers.iter().flatten().filter(|answer| let_in(answer)).count();
    trial.found(
        "one code in four browsers at once",
        match opened {
            1 => Finding::Fine,
            0 => Finding::Unclear("the code opened none of them".into()),
            many => Finding::Breach(format!("it opened {many}")),
        },
    );
    trial.conclude().await
}

/// Waits until the present code has ten seconds to live, so that "the next code" is not the present one when it arrives.
async fn time_enough() {
    let left = 30 - crate::clock::unix_seconds().rem_euclid(30);
    if left < 10 {
        tokio::time::sleep(Duration::from_secs(left.unsigned_abs() + 1)).await;
    }
}

async fn old(scene: &Scene) -> Outcome {
    let clinician = scene.person(ClinA1)?;
    let mut trial = Trial::begin(scene, both_factors(&clinician)).await?;
    clinician.let_the_code_change().await?;
    for (story, steps) in [("the code of a minute ago", -2), ("the next code", 1)] {
        let browser = clinician.with_password_only().await?;
        time_enough().await;
        let form = clinician.code_form(&browser, &clinician.code(steps)?).await?;
        trial.refused(story, form, code_refused("mfa.wrong")).await;
    }
    let at = (crate::clock::unix_seconds() - 60).to_string();
    let browser = clinician.with_password_only().await?;
    let csrf = browser.form_of("/signin/factor").await?;
    let code = clinician.code(-2)?;
    let fields = [
        ("csrf", csrf.as_str()),
        ("factor", "totp"),
        ("code", &code),
        ("timestamp", &at),
        ("time", &at),
        ("t", &at),
    ];
    let form = browser.post("/signin/factor", &fields).header("x-timestamp", &at);
    trial.refused("with the time that it was", form, code_refused("mfa.wrong")).await;
    trial.conclude().await
}

async fn brute(scene: &Scene) -> Outcome {
    // Another person's way in is the control: this one's is closed for an hour afterwards.
    let (admin, clinician) = (scene.person(AdminA1)?, scene.person(ClinA1)?);
    let mut trial = Trial::begin(scene, both_factors(&admin)).await?;
    clinician.let_the_code_change().await?;
    for (round, reason) in [("the first session", "mfa.challenge"), ("the second session", "mfa.challenge")] {
        let browser = clinician.with_password_only().await?;
        for _ in 0..5 {
            let guess = clinician.code_form(&browser, &wrong_code(&clinician)?).await?;
            trial.refused("a guess", guess, code_refused("mfa.wrong")).await;
        }
        let right = clinician.code_form(&browser, &clinician.code(0)?).await?;
        trial.refused(&format!("the right code, sixth in {round}"), right, code_refused(reason)).await;
        // On a twin it was taken, and would be used.
        clinician.let_the_code_change().await?;
    }
    let browser = clinician.with_password_only().await?;
    let right = clinician.code_form(&browser, &clinician.code(0)?).await?;
    trial.refused("the right code in a third session", right, code_refused("mfa.throttled")).await;
    trial.conclude().await
}

async fn recovery(scene: &Scene) -> Outcome {
    let clinician = scene.person(ClinA1)?;
    let mut trial = Trial::begin(scene, both_factors(&clinician)).await?;
    let browser = clinician.signed_in().await?;
    let csrf = browser.form_of("/account").await?;
    let page =
        scene.demand(&browser.post("/account/factors/recovery", &[("csrf", csrf.as_str())]), 200).await?;
    let codes = codes_on(&page);
    let [first, ..] = codes.as_slice() else {
        return Err(AttackError::Setup("no recovery codes were shown".into()));
    };

    let honest = typed(&clinician, first).await?.send_patiently().await?;
    if !let_in(&honest) {
        return Err(AttackError::Setup(format!("her recovery code was answered {}", honest.summary())));
    }
    trial.refused("used before", typed(&clinician, first).await?, code_refused("mfa.wrong")).await;

    let account = scene.observer().id(clinician.account().id);
    let rows = scene.observer().rows("recovery_codes", &format!("account_id = {account}")).await?;
    trial.found("the table of codes", Finding::must(rows.len() == 10, "does not hold ten rows"));
    for row in &rows {
        let hash = row.text("code_hash").unwrap_or_default();
        trial.found("a stored code", Finding::must(hash.starts_with("$argon2id$"), "is no argon2id hash"));
    }
    let stored: String = rows.iter().map(Row::everything).collect();
    for code in &codes {
        let secret: String = code.chars().skip(2).filter(|letter| *letter != '-').collect();
        trial.found("a code", Finding::must(!stored.contains(&secret), "is stored in clear"));
    }
    let factors = scene.observer().rows("factors", &format!("account_id = {account}")).await?;
    let seed = clinician.account().seed.clone().unwrap_or_default();
    let hex: String = seed.bytes().map(|byte| format!("{byte:02x}")).collect();
    let clear = factors.iter().any(|row| {
        let all = row.everything().to_lowercase();
        all.contains(&hex) || all.contains(&seed.to_lowercase())
    });
    trial.found("the seed", Finding::must(!clear && !factors.is_empty(), "is stored in clear"));
    trial.conclude().await
}

/// The codes on the page that shows them once.
pub(in crate::attacks) fn codes_on(page: &Answer) -> Vec<String> {
    let text = page.text();
    let inside = text.split("<code>").skip(1);
    inside.filter_map(|rest| Some(rest.split_once("</code>")?.0.to_owned())).collect()
}

/// The form that shows a recovery code, after the password.
async fn typed(person: &Person, code: &str) -> Result<Request, AttackError> {
    let browser = person.with_password_only().await?;
    let csrf = browser.form_of("/signin/factor").await?;
    Ok(browser.post("/signin/factor", &[("csrf", csrf.as_str()), ("factor", "recovery"), ("code", code)]))
}
