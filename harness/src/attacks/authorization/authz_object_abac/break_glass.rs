//! The way in for emergencies, and what it costs.

use super::{Case, hidden};
use crate::attacks::prelude::*;

const REASON: &str = "Found unconscious in the waiting room.";
const ALERT: &str = "Something needs your attention";

fn breaks(by: &Actor, patient: &Patient) -> Request {
    by.post(&patient.break_glass_path()).json(&json!({ "reason": REASON }))
}

/// A patient whom nobody treats: the honest emergency, as often as wanted.
fn honest<'a>(scene: &Scene, patient: &Patient) -> Result<Control<'a>, AttackError> {
    let (clinician, patient) = (scene.actor(ClinA1)?, patient.clone());
    Ok(Control::made_anew(201, move || breaks(&clinician, &patient)))
}

pub(super) async fn no_reason(scene: &Scene) -> Outcome {
    let patient = scene.patient().await?;
    let clinician = scene.actor(ClinA1)?;
    let mut trial = Trial::begin(scene, honest(scene, &patient)?).await?;
    let glass = clinician.post(&patient.break_glass_path());
    for body in [
        json!({}),
        json!({ "reason": "" }),
        json!({ "reason": "emergency" }),
        json!({ "reason": " ".repeat(40) }),
        json!({ "reason": "\u{200b}\u{2800}".repeat(40) }),
        json!({ "reason": format!("a{}b", " ".repeat(40)) }),
    ] {
        let refusal = Refusal::invalid("validation-failed", "/reason");
        trial.refused(&body.to_string(), glass.clone().json(&body), refusal).await;
    }
    let hour_ago = clinician.recipe().claim("auth_time", crate::clock::unix_seconds() - 3600).sign()?;
    let one_factor = clinician.recipe().claim("acr", "1").sign()?;
    for (story, token) in [("signed in an hour ago", hour_ago), ("with one factor", one_factor)] {
        let refusal =
            Refusal::problem(401, "insufficient-user-authentication").audit("authz_fail", "step-up");
        trial.refused(story, breaks(&clinician, &patient).bearer(token), refusal).await;
    }
    trial.conclude().await
}

pub(super) async fn beyond(scene: &Scene) -> Outcome {
    let (case, other) = (Case::of(scene).await?, Case::of(scene).await?);
    let unattended = scene.patient().await?;
    let (curious, colleague) = (scene.actor(ClinA2)?, scene.actor(ClinA1)?);
    let mut trial = Trial::begin(scene, case.control(scene)?).await?;

    let glass = trial.honestly(scene.demand(&breaks(&curious, &case.patient), 201)).await?;
    trial.honestly(scene.demand(&curious.get(&case.record.path()), 200)).await?;
    trial.refused("another patient's record", curious.get(&other.record.path()), hidden()).await;
    trial.honestly(scene.demand(&breaks(&curious, &unattended), 201)).await?;
    let records = unattended.records_path();
    trial.honestly(scene.demand(&curious.get(&records), 200)).await?;
    trial.refused("by a colleague's broken glass", colleague.get(&records), hidden()).await;

    let id = glass.uuid("/id").ok_or_else(|| AttackError::Setup("a broken glass has no id".into()))?;
    trial.honestly(expire(scene, id)).await?;
    for request in case.ways(&curious) {
        trial.refused(&format!("the hour is over: {}", request.describe()), request, hidden()).await;
    }
    trial.conclude().await
}

/// Two hours later.
async fn expire(scene: &Scene, glass: Uuid) -> Result<(), AttackError> {
    let observer = scene.observer();
    let (opened, over, id) = (observer.moment(-7200), observer.moment(-3600), observer.id(glass));
    let sql =
        format!("UPDATE break_glass_accesses SET opened_at = {opened}, expires_at = {over} WHERE id = {id}");
    observer.execute(&sql).await?;
    Ok(())
}

pub(super) async fn unseen(scene: &Scene) -> Outcome {
    let case = Case::of(scene).await?;
    let (curious, auditor) = (scene.actor(ClinA2)?, scene.actor(AuditA)?);
    let officer = scene.person(AdminA1)?;
    let mut trial = Trial::begin(scene, case.control(scene)?).await?;

    let glass = trial.honestly(scene.demand(&breaks(&curious, &case.patient), 201)).await?;
    trial.found("the breaking is told apart", told(scene, &glass, "authz_break_glass").await?);
    let mails = scene.outbox().wait_for(&officer.account().email, ALERT, 1).await?;
    trial.found("somebody is told at once", Finding::must(!mails.is_empty(), "no alert came"));
    let read = trial.honestly(scene.demand(&curious.get(&case.record.path()), 200)).await?;
    trial.found("the reading is told apart", told(scene, &read, "sensitive_read_break_glass").await?);

    let id = glass.uuid("/id").ok_or_else(|| AttackError::Setup("a broken glass has no id".into()))?;
    let review = |by: &Actor, verdict: &str| {
        let body = json!({ "verdict": verdict, "note": "Nobody was unconscious." });
        by.post(&format!("/v1/break-glass/{id}/review")).json(&body)
    };
    let unlimited = curious.with_scopes(EVERY_SCOPE)?;
    trial.refused("she reviews herself", review(&unlimited, "justified"), Refusal::forbidden()).await;
    let queue = trial.honestly(scene.demand(&auditor.get("/v1/break-glass?reviewed=false"), 200)).await?;
    trial.found("it waits for a review", Finding::must(queue.mentions(&id.to_string()), "it is in no queue"));
    trial.honestly(scene.demand(&review(&auditor, "unjustified"), 200)).await?;
    let judged = Refusal::problem(409, "conflict").audit("input_validation_fail", "conflict");
    trial.refused("judged anew", review(&auditor, "justified"), judged).await;
    trial
        .refused("by the auditor of B", review(&scene.actor(AuditB)?, "justified"), Refusal::hidden("object"))
        .await;
    trial.conclude().await
}

/// Whether the audit log calls the request by this name.
async fn told(scene: &Scene, answer: &Answer, event: &str) -> Result<Finding, AttackError> {
    let id =
        answer.request_id().ok_or_else(|| AttackError::Setup("an answer without a request id".into()))?;
    let events = scene.observer().audit_events_of(id).await?;
    let named = events.iter().any(|row| row.text("event").as_deref() == Some(event));
    Ok(Finding::must(named, format!("no {event} in the audit log")))
}

/// Of one clinician by whatever sign-in is fresh, of one clinician, and of a clinic; in a day.
const BY_ONE_SIGN_IN: i64 = 3;
const OF_MEMBER: i64 = 10;

/// The token of a sign-in so many seconds before now.
fn signed_in(by: &Actor, seconds_ago: i64) -> Result<String, AttackError> {
    Ok(by.recipe().claim("auth_time", crate::clock::unix_seconds() - seconds_ago).sign()?)
}

pub(super) async fn one_sign_in(scene: &Scene) -> Outcome {
    let (case, patient) = (Case::of(scene).await?, scene.patient().await?);
    let thief = scene.actor(ClinA2)?;
    let now = crate::clock::unix_seconds();
    let at = |seconds: i64| thief.recipe().claim("auth_time", now + seconds).sign();
    let challenge = r#"Bearer error="insufficient_user_authentication", acr_values="2", max_age="0""#;
    let each = || {
        Refusal::problem(401, "insufficient-user-authentication")
            .header("www-authenticate", challenge)
            .audit("authz_fail", "step-up.each")
    };
    let mut trial = Trial::begin(scene, case.control(scene)?).await?;
    for _ in 0..BY_ONE_SIGN_IN {
        trial.honestly(scene.demand(&breaks(&thief, &patient).bearer(at(-60)?), 201)).await?;
    }
    let fourth = |token: String| breaks(&thief, &patient).bearer(token);
    trial.refused("the fourth", fourth(at(-60)?), each()).await;
    trial.refused("by an earlier sign-in", fourth(at(-90)?), each()).await;
    trial.honestly(scene.demand(&fourth(at(-30)?), 201)).await?;
    trial.refused("the fifth, by the sign-in of the fourth", fourth(at(-30)?), each()).await;
    trial.conclude().await
}

pub(super) async fn cap(scene: &Scene) -> Outcome {
    let (case, patient) = (Case::of(scene).await?, scene.patient().await?);
    let mut trial = Trial::begin(scene, case.control(scene)?).await?;
    let mut seconds_ago = 100;
    let capped = || {
        Refusal::problem(429, "quota-exceeded")
            .header_has("retry-after", "")
            .audit("excess_rate_limit_exceeded", "break-glass")
    };
    for (round, persona) in [ClinA1, ClinA2, ClinA1].into_iter().enumerate() {
        let clinician = scene.actor(persona)?;
        for _ in 0..OF_MEMBER {
            seconds_ago -= 1;
            let opens = breaks(&clinician, &patient).bearer(signed_in(&clinician, seconds_ago)?);
            trial.honestly(scene.demand(&opens, 201)).await?;
        }
        seconds_ago -= 1;
        let one_more = breaks(&clinician, &patient).bearer(signed_in(&clinician, seconds_ago)?);
        trial.refused(&format!("one more by {}, {round}", persona.name()), one_more, capped()).await;
        // What she opened was somebody else's doing: so only the clinic's number counts.
        trial.honestly(was_opened_by(scene, persona, RecepA)).await?;
    }
    for persona in [ClinA1, ClinA2] {
        let clinician = scene.actor(persona)?;
        let one_more = breaks(&clinician, &patient).bearer(signed_in(&clinician, 1)?);
        trial.refused("the thirty-first of the clinic", one_more, capped()).await;
    }
    trial.honestly(a_day_passes(scene)).await?;
    trial.honestly(scene.demand(&breaks(&scene.actor(ClinA1)?, &patient), 201)).await?;
    trial.conclude().await
}

async fn was_opened_by(scene: &Scene, persona: Persona, other: Persona) -> Result<(), AttackError> {
    let observer = scene.observer();
    let (from, to) = (observer.id(scene.actor(persona)?.id()), observer.id(scene.actor(other)?.id()));
    let sql = format!("UPDATE break_glass_accesses SET member_id = {to} WHERE member_id = {from}");
    observer.execute(&sql).await?;
    Ok(())
}

async fn a_day_passes(scene: &Scene) -> Result<(), AttackError> {
    let observer = scene.observer();
    let (past, a) = (observer.moment(-90_000), observer.id(scene.a()));
    let sql = format!("UPDATE break_glass_accesses SET opened_at = {past} WHERE organization_id = {a}");
    observer.execute(&sql).await?;
    Ok(())
}
