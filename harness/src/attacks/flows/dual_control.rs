//! `flow-dual-control`: nobody carries a patient's history out alone.

use crate::attacks::{
    exports::{Export, new_export},
    prelude::*,
};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        FLOW_DUAL_CONTROL / "self" = oneself,
        needs: People.and(Clinic),
        "A receptionist asks for an export, is made an administrator, and approves what she asked for.",
        "A clinician asks by the hospital's sign-in, and approves by her own account, which is an administrator's.",
        "A program with every scope approves.",
    ),
    attack!(
        FLOW_DUAL_CONTROL / "alter" = alter,
        needs: Clinic,
        "An administrator looks at a request. Before she approves, it becomes another one.",
        "Somebody else changes it; she approves without having looked.",
    ),
    attack!(
        FLOW_DUAL_CONTROL / "late" = late,
        needs: Clinic,
        "An administrator approves after a day, approves twice, approves what was refused, and refuses what was approved.",
        "So does the administrator of B.",
    ),
    attack!(
        FLOW_DUAL_CONTROL / "skip" = skip,
        needs: Clinic,
        "Whoever asked fetches the file before anybody approved, after it was refused, and two days after the approval.",
        "Others fetch what was approved for her.",
    ),
    attack!(
        FLOW_DUAL_CONTROL / "race" = race,
        needs: Clinic,
        "Two administrators approve one request twenty times at the same moment.",
        "An auditor looks for who asked and who approved.",
    ),
];

/// Reception asks, an administrator approves, reception fetches.
fn honest(scene: &Scene) -> Control<'_> {
    Control::checked(move || async move {
        let made = async {
            let patient = scene.patient().await?;
            let export = scene.approved_export(RecepA, &patient, "json").await?;
            scene.demand(&export.download(scene)?, 200).await
        };
        match made.await {
            Ok(answer) if answer.mentions("family_name") => Ok(()),
            Ok(answer) => Err(format!("the export is {}", answer.summary())),
            Err(error) => Err(AttackError::to_string(&error)),
        }
    })
}

fn second_person() -> Refusal {
    Refusal::problem(403, "second-person-required").audit("authz_fail", "second-person")
}

fn out_of_order() -> Refusal {
    Refusal::problem(409, "invalid-transition").audit("sequence_fail", "invalid-transition")
}

fn over() -> Refusal {
    Refusal::problem(410, "expired").audit("sequence_fail", "expired")
}

async fn promoted(scene: &Scene, member: Uuid) -> Result<(), AttackError> {
    let admin = scene.actor(AdminA1)?;
    let path = format!("{}/{member}", admin.members_path());
    scene.demand(&admin.patch(&path).json(&json!({ "role": "admin" })), 200).await.map(drop)
}

async fn oneself(scene: &Scene) -> Outcome {
    let patient = scene.patient().await?;
    scene.cares(ClinA1, &patient).await?;
    let mut trial = Trial::begin(scene, honest(scene)).await?;
    const DECIDING: &str = "exports:read exports:approve";

    let own = trial.honestly(scene.export(MultiInA, &patient, "json")).await?;
    let rising = scene.actor(MultiInA)?;
    trial.honestly(promoted(scene, rising.id())).await?;
    let approves = rising.with_scopes(DECIDING)?.post(&format!("{}/approve", own.path()));
    trial.refused("the same member, promoted", approves, second_person()).await;

    let (clinician, person) = (scene.actor(ClinA1)?, scene.person(ClinA1)?);
    let account = person.account();
    let observer = scene.observer();
    let now = observer.moment(0);
    let link = format!(
        "INSERT INTO linked_identities (id, issuer, subject, account_id, organization_id, created_at, last_used_at) \
         VALUES ({}, '{}', '{}', {}, {}, {now}, {now})",
        observer.id(Uuid::new_v4()),
        clinician.issuer(),
        clinician.subject(),
        observer.id(account.id),
        observer.id(scene.a()),
    );
    trial.honestly(observer.execute(&link)).await?;
    trial.honestly(promoted(scene, account.member)).await?;
    let hers = trial.honestly(scene.export(ClinA1, &patient, "json")).await?;
    let app = person.authorization(CLINIC_APP).with("scope", DECIDING);
    let tokens = app.tokens(&person.signed_in().await?).await?;
    let approves = scene.anyone().post(&format!("{}/approve", hers.path())).bearer(&tokens.access);
    trial.refused("the same person, by another account", approves, second_person()).await;

    let program = scene.actor(SvcARw)?.with_scopes(EVERY_SCOPE)?;
    let approves = program.post(&format!("{}/approve", hers.path()));
    let no_person = Refusal::problem(403, "not-a-user").audit("authz_fail", "service");
    trial.refused("a program", approves, no_person).await;
    let reception = scene.actor(RecepA)?.with_scopes(EVERY_SCOPE)?;
    let approves = reception.post(&format!("{}/approve", hers.path()));
    trial.refused("a colleague who is no administrator", approves, Refusal::forbidden()).await;
    trial.conclude().await
}

async fn tag(scene: &Scene, export: &Export, by: Persona) -> Result<String, AttackError> {
    let answer = scene.demand(&scene.actor(by)?.get(&export.path()), 200).await?;
    let tag = answer.header("etag").map(str::to_owned);
    tag.ok_or_else(|| AttackError::Setup("an export has no tag".into()))
}

async fn alter(scene: &Scene) -> Outcome {
    let patient = scene.patient().await?;
    let mut trial = Trial::begin(scene, honest(scene)).await?;
    let changed =
        || Refusal::problem(412, "precondition-failed").audit("request_refused", "precondition-failed");
    let unseen =
        || Refusal::problem(428, "precondition-required").audit("request_refused", "precondition-required");
    for (story, change) in [
        ("another form", json!({ "format": "csv" })),
        ("another reason", json!({ "reason": "An old friend of mine would like to have it." })),
    ] {
        let export = trial.honestly(scene.export(RecepA, &patient, "json")).await?;
        let seen = tag(scene, &export, AdminA1).await?;
        let alters = scene.actor(RecepA)?.patch(&export.path()).json(&change);
        let stranger = scene.actor(MultiInA)?.patch(&export.path()).json(&change);
        trial.refused("somebody else changes it", stranger, Refusal::hidden("object")).await;
        trial.honestly(scene.demand(&alters, 200)).await?;
        let approves = export.decision(scene, AdminA1, "approve")?.without("if-match");
        trial.refused(story, approves.clone().header("if-match", &seen), changed()).await;
    }
    let export = trial.honestly(scene.export(RecepA, &patient, "json")).await?;
    let approves = export.decision(scene, AdminA1, "approve")?.without("if-match");
    trial.refused("unseen", approves, unseen()).await;
    // What is approved does not change any more; but a twin may have approved it already.
    let other = trial.honestly(scene.approved_export(RecepA, &patient, "json")).await?;
    let alters = scene.actor(RecepA)?.patch(&other.path()).json(&json!({ "format": "csv" }));
    trial.refused("after the approval", alters, out_of_order()).await;
    trial.conclude().await
}

async fn late(scene: &Scene) -> Outcome {
    let patient = scene.patient().await?;
    let mut trial = Trial::begin(scene, honest(scene)).await?;
    let old = trial.honestly(scene.export(RecepA, &patient, "json")).await?;
    let of_b = old.decision(scene, AdminB, "approve")?;
    trial.refused("the administrator of B", of_b, Refusal::hidden("object")).await;
    trial.honestly(old.is_over(scene)).await?;
    trial.refused("after a day", old.decision(scene, AdminA1, "approve")?, over()).await;

    let twice = trial.honestly(scene.approved_export(RecepA, &patient, "json")).await?;
    for admin in [AdminA1, AdminA2] {
        trial.refused("twice", twice.decision(scene, admin, "approve")?, out_of_order()).await;
    }
    let unsaid = twice.decision(scene, AdminA2, "refuse")?;
    trial.refused("refuses what is approved", unsaid, out_of_order()).await;

    let refused = trial.honestly(scene.export(RecepA, &patient, "json")).await?;
    trial.honestly(scene.demand(&refused.decision(scene, AdminA1, "refuse")?, 200)).await?;
    let anew = refused.decision(scene, AdminA2, "approve")?;
    trial.refused("what was refused", anew, out_of_order()).await;
    trial.conclude().await
}

async fn skip(scene: &Scene) -> Outcome {
    let patient = scene.patient().await?;
    let mut trial = Trial::begin(scene, honest(scene)).await?;
    let not_ready =
        || Refusal::problem(409, "file-not-ready").audit("input_validation_fail", "file-not-ready");
    let export = trial.honestly(scene.export(RecepA, &patient, "csv")).await?;
    trial.refused("nobody has approved", export.download(scene)?, not_ready()).await;
    trial.honestly(scene.demand(&export.decision(scene, AdminA1, "refuse")?, 200)).await?;
    trial.refused("refused", export.download(scene)?, not_ready()).await;

    let approved = trial.honestly(scene.approved_export(RecepA, &patient, "csv")).await?;
    for other in [MultiInA, RecepB] {
        let fetches = scene.actor(other)?.get(&approved.content_path());
        trial.refused(other.name(), fetches, Refusal::hidden("object")).await;
    }
    let admin = scene.actor(AdminA1)?.with_scopes(EVERY_SCOPE)?;
    let fetches = admin.get(&approved.content_path());
    trial.refused("the administrator who approved", fetches, Refusal::forbidden()).await;
    trial.honestly(approved.is_over(scene)).await?;
    trial.refused("two days later", approved.download(scene)?, over()).await;
    trial.conclude().await
}

async fn race(scene: &Scene) -> Outcome {
    let patient = scene.patient().await?;
    let mut trial = Trial::begin(scene, honest(scene)).await?;
    let export = trial.honestly(scene.export(RecepA, &patient, "json")).await?;
    let seen = tag(scene, &export, AdminA1).await?;
    let mut all = Vec::new();
    for admin in [AdminA1, AdminA2] {
        let approves =
            export.decision(scene, admin, "approve")?.without("if-match").header("if-match", &seen);
        all.extend(std::iter::repeat_n(approves, 10));
    }
    let all = futures_util::future::join_all(all.iter().map(Request::send_patiently));
    let answers = trial.honestly(async { Ok::<_, AttackError>(all.await) }).await?;
    let mut approvals = Vec::new();
    for answer in answers {
        match answer? {
            answer if answer.status == 200 => approvals.push(answer),
            answer if matches!(answer.status, 409 | 412) => {}
            answer => trial.found("all at once", Finding::Unclear(answer.summary())),
        }
    }
    let told = format!("approved {} times", approvals.len());
    trial.found("all at once", Finding::must(approvals.len() == 1, told));

    let asked = scene.actor(RecepA)?.id();
    for approval in &approvals {
        let id = approval.request_id().ok_or_else(|| AttackError::Setup("no request id".into()))?;
        let rows = scene.observer().audit_events_of(id).await?;
        let both = rows.iter().any(|row| {
            let objects = row.text("object_ids").unwrap_or_default();
            row.text("event").as_deref() == Some("export_approved")
                && row.uuid("actor_member_id") == approval.uuid("/decided_by")
                && objects.contains(&asked.to_string())
                && objects.contains(&patient.id.to_string())
        });
        trial.found("the audit log", Finding::must(both, "does not name who asked and who approved"));
    }
    let again = scene.actor(RecepA)?.post(&patient.exports_path()).json(&new_export("json"));
    let unlike = Refusal::insufficient_scope("exports:write");
    let narrow = scene.actor(RecepA)?.with_scopes("exports:read exports:download")?;
    trial.refused("a token that only reads", again.bearer(narrow.token()), unlike).await;
    trial.conclude().await
}
