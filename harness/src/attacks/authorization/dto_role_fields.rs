//! `dto-role-fields`: each role sees its own part of a patient, by whatever way it asks.

use super::members::{self, exactly};
use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        DTO_ROLE_FIELDS / "matrix" = matrix,
        needs: Clinic,
        "A clinician writes notes on a patient.",
        "Every role that may see patients or members reads them; what is there is compared with what the role may see.",
    ),
    attack!(
        DTO_ROLE_FIELDS / "records" = records,
        needs: Clinic,
        "A clinician writes a record, and amends it for a reason that is the staff's own.",
        "The patient reads it, its versions, and the list.",
    ),
    attack!(
        DTO_ROLE_FIELDS / "oracle" = oracle,
        needs: Clinic,
        "The receptionist filters and sorts by what she may not see.",
        "The patient asks who attends by filtering for it.",
    ),
    attack!(
        DTO_ROLE_FIELDS / "patch-echo" = patch_echo,
        needs: Clinic,
        "The receptionist corrects a phone number and reads the answer.",
        "She writes notes, which are not hers to write.",
    ),
    attack!(
        DTO_ROLE_FIELDS / "fields" = fields,
        needs: Clinic,
        "Readers ask for single fields by name: their own, another role's, and one that does not exist.",
        "A field of another role must look as one that does not exist, on records and in lists, in every version.",
    ),
    attack!(
        DTO_ROLE_FIELDS / "etag-oracle" = etag_oracle,
        needs: Clinic,
        "The receptionist, a program and the patient read a record before and after a clinician changed the notes.",
    ),
];

const NOTES: &str = "lorem-hiv-positive";

async fn noted(scene: &Scene) -> Result<Patient, AttackError> {
    let clinician = scene.actor(ClinA1)?;
    let member_id = Some(scene.actor(PatA1)?.id());
    let sent = NewPatient { member_id, attending_member_id: Some(clinician.id()), ..NewPatient::unique() };
    let patient = scene.patient_with(RecepA, sent).await?;
    scene.demand(&clinician.patch(&patient.path()).json(&json!({ "notes": NOTES })), 200).await?;
    Ok(patient)
}

/// The clinician sees the notes: they are there to be seen.
fn shows_notes<'a>(scene: &Scene, patient: &Patient) -> Result<Control<'a>, AttackError> {
    let request = scene.actor(ClinA1)?.get(&patient.path());
    Ok(Control::judged(request, 200, |answer: &Answer| answer.string("/notes").is_some()))
}

async fn matrix(scene: &Scene) -> Outcome {
    let patient = noted(scene).await?;
    let mut trial = Trial::begin(scene, shows_notes(scene, &patient)?).await?;

    for (persona, allowed) in [
        (ClinA1, members::PATIENT_FOR_CLINICIAN),
        (RecepA, members::PATIENT_FOR_RECEPTION),
        (SvcARo, members::PATIENT_FOR_SERVICE),
        (SvcARw, members::PATIENT_FOR_SERVICE),
        (PatA1, members::PATIENT_FOR_SELF),
    ] {
        let reader = scene.actor(persona)?;
        let story = format!("{} shows a patient", persona.name());
        trial.check(&story, reader.get(&patient.path()), |answer| exactly(answer, allowed)).await;
        let story = format!("{} lists patients", persona.name());
        let list = reader.get("/v1/patients");
        trial.check(&story, list, |answer| exactly(answer, members::PATIENT_SUMMARY)).await;
    }
    for (persona, allowed) in [
        (AdminA1, members::MEMBER_FOR_ADMIN),
        (AuditA, members::MEMBER_FOR_ADMIN),
        (ClinA1, members::MEMBER_FOR_COLLEAGUE),
        (RecepA, members::MEMBER_FOR_COLLEAGUE),
    ] {
        let reader = scene.actor(persona)?;
        for target in [reader.members_path(), reader.path()] {
            let story = format!("{} reads {target}", persona.name());
            trial.check(&story, reader.get(&target), |answer| exactly(answer, allowed)).await;
        }
    }
    trial.conclude().await
}

async fn records(scene: &Scene) -> Outcome {
    let patient = scene.record_of(PatA1).await?;
    scene.cares(ClinA1, &patient).await?;
    let record = scene.record_by(ClinA1, &patient).await?;
    let (clinician, oneself) = (scene.actor(ClinA1)?, scene.actor(PatA1)?);
    let amendment = json!({ "body": "Lungs clear.", "reason": "He smokes in secret." });
    let amends = clinician.post(&format!("{}/amendments", record.path())).json(&amendment);
    scene.demand(&amends, 201).await?;
    let shown = Control::judged(clinician.get(&record.path()), 200, |answer| answer.mentions("in secret"));
    let mut trial = Trial::begin(scene, shown).await?;

    let versions = format!("{}/versions", record.path());
    for (reader, allowed) in
        [(&clinician, members::RECORD_FOR_CLINICIAN), (&oneself, members::RECORD_FOR_SELF)]
    {
        let list = reader.get(&patient.records_path());
        trial.check("the list", list, |answer| exactly(answer, members::RECORD_SUMMARY)).await;
        for target in [&record.path(), &versions] {
            trial.check(target, reader.get(target), |answer| exactly(answer, allowed)).await;
        }
    }
    trial.conclude().await
}

async fn oracle(scene: &Scene) -> Outcome {
    let patient = noted(scene).await?;
    let mut trial = Trial::begin(scene, shows_notes(scene, &patient)?).await?;
    let (reception, oneself) = (scene.actor(RecepA)?, scene.actor(PatA1)?);

    let unknown =
        || Refusal::problem(400, "unknown-parameter").audit("input_validation_fail", "unknown-parameter");
    for query in
        ["notes=lorem-hiv-positive", "q=hiv", "national_id=ID1", "phone=%2B49", "metadata=x", "version=2"]
    {
        trial.refused(query, reception.get(&format!("/v1/patients?{query}")), unknown()).await;
    }
    for order in ["notes", "-notes", "national_id", "metadata"] {
        let refusal = Refusal::invalid("validation-failed", "?sort");
        trial.refused(order, reception.get(&format!("/v1/patients?sort={order}")), refusal).await;
    }
    for persona in [ClinA1, ClinA2] {
        let asked = format!("/v1/patients?attending_member_id={}", scene.actor(persona)?.id());
        trial.refused("a patient asks who attends", oneself.get(&asked), unknown()).await;
    }
    trial.conclude().await
}

async fn patch_echo(scene: &Scene) -> Outcome {
    let patient = noted(scene).await?;
    let mut trial = Trial::begin(scene, shows_notes(scene, &patient)?).await?;
    let (reception, program) = (scene.actor(RecepA)?, scene.actor(SvcARw)?);

    let phone = reception.patch(&patient.path()).json(&json!({ "phone": "+4930555010" }));
    let echo = trial.honestly(phone.send()).await?;
    trial.found("the echo of a correction", exactly(&echo, members::PATIENT_FOR_RECEPTION));
    let register = reception.post("/v1/patients").json(&NewPatient::unique().body());
    let echo = trial.honestly(register.send()).await?;
    trial.found("the echo of a registration", exactly(&echo, members::PATIENT_FOR_RECEPTION));
    let register = program.post("/v1/patients").json(&NewPatient::unique().body());
    let echo = trial.honestly(register.send()).await?;
    trial.found("the echo for a program", exactly(&echo, members::PATIENT_FOR_SERVICE));

    let not_hers = || Refusal::problem(403, "forbidden").audit("authz_fail", "role.field");
    for body in [json!({ "notes": "fine" }), json!({ "notes": null }), json!({ "notes": "", "phone": null })]
    {
        trial
            .refused("reception writes notes", reception.patch(&patient.path()).json(&body), not_hers())
            .await;
    }
    for writer in [reception, program] {
        let mut body = NewPatient::unique().body();
        if let Some(members) = body.as_object_mut() {
            members.insert("notes".into(), json!("fine"));
        }
        trial.refused("registered with notes", writer.post("/v1/patients").json(&body), not_hers()).await;
    }
    trial.conclude().await
}

async fn etag_oracle(scene: &Scene) -> Outcome {
    let patient = noted(scene).await?;
    let clinician = scene.actor(ClinA1)?;
    let mut trial = Trial::begin(scene, shows_notes(scene, &patient)?).await?;

    let mut requests = Vec::new();
    for persona in [RecepA, SvcARo, PatA1] {
        let reader = scene.actor(persona)?;
        requests.push((format!("{} shows", persona.name()), reader.get(&patient.path())));
        requests.push((format!("{} lists", persona.name()), reader.get("/v1/patients")));
    }
    let mut before = Vec::new();
    for (story, request) in &requests {
        let answer = request.send().await?;
        if story.ends_with("shows") && answer.header("etag").is_none() {
            trial.found(story, Finding::Unclear("carries no ETag".into()));
        }
        before.push(answer);
    }
    let change = clinician.patch(&patient.path()).json(&json!({ "notes": "worse" }));
    trial.honestly(scene.demand(&change, 200)).await?;
    for ((story, request), before) in requests.into_iter().zip(before) {
        let after = request.send().await?;
        trial.alike(&story, &[Some(before), Some(after)]);
    }
    trial.conclude().await
}

async fn fields(scene: &Scene) -> Outcome {
    let patient = noted(scene).await?;
    let mut trial = Trial::begin(scene, shows_notes(scene, &patient)?).await?;
    let no_such = || Refusal::problem(400, "unknown-field").audit("input_validation_fail", "unknown-field");
    for version in ["/v1", "/v2"] {
        let (one, list) = (format!("{version}/patients/{}", patient.id), format!("{version}/patients"));
        for (persona, hidden) in [
            (RecepA, &["notes", "version", "registered_by"][..]),
            (SvcARo, &["notes", "phone", "national_id"][..]),
            (PatA1, &["notes", "metadata", "attending_member_id"][..]),
        ] {
            let reader = scene.actor(persona)?;
            for name in hidden {
                for target in [&one, &list] {
                    let story = format!("{} asks {target} for {name}", persona.name());
                    let asked = reader.get(&format!("{target}?fields=id,{name}"));
                    let known = trial.refused(&story, asked, no_such()).await;
                    let asked = reader.get(&format!("{target}?fields=id,nothing"));
                    let unknown = trial.refused(&story, asked, no_such()).await;
                    trial.alike(&story, &[known, unknown]);
                }
            }
            let part = reader.get(&format!("{one}?fields=id,status")).send().await?;
            trial.found("a part", exactly(&part, &["id", "status"]));
            let part = reader.get(&format!("{list}?fields=id")).send().await?;
            let only = part.json().pointer("/items/0").and_then(Value::as_object).map(|item| item.len());
            trial.found(
                "a part of a list",
                if only == Some(1) { Finding::Fine } else { Finding::Unclear(part.summary()) },
            );
        }
        let reader = scene.actor(RecepA)?;
        trial.honestly(scene.patient()).await?;
        let page = reader.get(&format!("{list}?limit=1&fields=id")).send().await?;
        let cursor = page.string("/next").unwrap_or_default();
        for rest in ["", "&fields=id,status"] {
            let request = reader.get(&format!("{list}?limit=1{rest}&cursor={cursor}"));
            trial
                .refused("a cursor for other fields", request, Refusal::problem(400, "invalid-cursor"))
                .await;
        }
        for twice in ["fields=id,id", "fields="] {
            let refusal = Refusal::invalid("validation-failed", "?fields");
            trial.refused(twice, reader.get(&format!("{one}?{twice}")), refusal).await;
        }
    }
    trial.conclude().await
}
