//! Nobody is a patient here by an address that was never shown to be theirs.

use crate::attacks::{accounts::new_password, oauth::whole_way, prelude::*};

/// The form that registers an address with A.
async fn registers(scene: &Scene, browser: &Browser, email: &str) -> Result<Request, AttackError> {
    let csrf = browser.form_of("/signup").await?;
    let organization = scene.a().to_string();
    Ok(browser.post("/signup", &[("csrf", &csrf), ("organization", &organization), ("email", email)]))
}

/// The last step, with whatever stands in for the link's token.
async fn joins(browser: &Browser, fields: &[(&str, &str)], password: &str) -> Result<Request, AttackError> {
    let csrf = browser.form_of("/signin").await?;
    let own = [("csrf", csrf.as_str()), ("display_name", "Newcomer"), ("new_password", password)];
    Ok(browser.post("/invitation", &[&own[..], fields].concat()))
}

pub(super) async fn verify_skip(scene: &Scene) -> Outcome {
    let person = scene.person(PatA1)?;
    let observer = scene.observer();
    let own = format!("id = {}", observer.id(scene.a()));
    observer.execute(&format!("UPDATE organizations SET self_registration = true WHERE {own}")).await?;
    let mut trial = Trial::begin(scene, whole_way(&person)).await?;
    let (browser, password) = (scene.browser(), new_password());
    let email = format!("{}@clinic.test", Uuid::new_v4().simple());
    scene.demand_page(&browser, &registers(scene, &browser, &email).await?, 202).await?;
    let mails = scene.outbox().wait_for(&email, "Your registration", 1).await?;
    if mails.len() != 1 {
        return Err(AttackError::Setup(format!("{} mails came instead of one", mails.len())));
    }
    let pending = format!("organization_id = {} AND kind = 'registration'", observer.id(scene.a()));
    let rows = observer.rows("invitations", &pending).await?;
    let id = rows.first().and_then(|row| row.uuid("id")).map(|id| id.to_string());
    let id = id.ok_or_else(|| AttackError::Setup("nothing waits for the link".into()))?;

    let organization = scene.a().to_string();
    let gone = || Refusal::page(400).audit("one_time_secret_refused", "invitation.token");
    let guess = "0".repeat(43);
    let entered = [("email", email.as_str()), ("organization", organization.as_str()), ("verified", "true")];
    for (story, token) in [
        ("without the link", None),
        ("with an empty one", Some("")),
        ("with the address", Some(email.as_str())),
        ("with the registration's id", Some(id.as_str())),
        ("with a guess", Some(guess.as_str())),
    ] {
        let token = token.map(|token| ("token", token));
        let fields: Vec<_> = entered.into_iter().chain(token).collect();
        trial.refused(story, joins(&browser, &fields, &password).await?, gone()).await;
    }
    let csrf = browser.form_of("/signin").await?;
    let fields = [("csrf", csrf.as_str()), ("email", &email), ("password", &password)];
    trial.refused("signs in", browser.post("/signin", &fields), Refusal::page(401)).await;
    let app = scene.authorization(CLINIC_APP).with("organization", &organization);
    trial
        .check("asks for a token", app.request(&browser), |answer| match answer.leads_to() {
            Some(place) if place.contains("code=") => Finding::Breach("a code was given".into()),
            Some(place) if place.starts_with("/signin?transaction=") => Finding::Fine,
            _ => Finding::Unclear(answer.summary()),
        })
        .await;
    // What the service's own provider never said, another one can't say for it.
    let (patient, slot) = (scene.actor(PatA2)?, trial.honestly(scene.slot_of(ClinA1)).await?);
    let token = patient.recipe().claim("sub", email.as_str()).sign()?;
    let record = trial.honestly(scene.patient()).await?;
    let book = patient.post(&slot.holds_path()).json(&json!({ "patient_id": record.id })).bearer(token);
    trial.refused("books", book, Refusal::invalid_token("member.unknown")).await;
    trial.conclude().await
}
