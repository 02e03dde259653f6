//! The confused deputy: whoever gathers a file for somebody has no rights to lend them.

use crate::attacks::{exports::new_export, prelude::*};

/// A patient with clinical notes and a record, both with canaries.
struct Case {
    patient: Patient,
    relation: Uuid,
    clinical: [String; 2],
}

impl Case {
    async fn of(scene: &Scene) -> Result<Self, AttackError> {
        let patient = scene.patient().await?;
        let relation = scene.cares(ClinA1, &patient).await?;
        let record = scene.record_by(ClinA1, &patient).await?;
        let notes = format!("liver-{}", Uuid::new_v4().simple());
        let writes = scene.actor(ClinA1)?.patch(&patient.path()).json(&json!({ "notes": notes }));
        scene.demand(&writes, 200).await?;
        Ok(Self { patient, relation, clinical: [record.canary, notes] })
    }
}

/// Who treats the patient has everything in both forms.
fn honest<'a>(scene: &'a Scene, case: &'a Case) -> Control<'a> {
    Control::checked(move || async move {
        let fetched = async {
            let mut answers = Vec::new();
            for format in ["json", "csv"] {
                let export = scene.approved_export(ClinA1, &case.patient, format).await?;
                answers.push(scene.demand(&export.download(scene)?, 200).await?);
            }
            Ok(answers)
        };
        let answers = fetched.await.map_err(|error: AttackError| error.to_string())?;
        let whole = |answer: &Answer| {
            let wanted = case.clinical.iter().chain([&case.patient.sent.family_name]);
            wanted.into_iter().all(|text| answer.mentions(text))
        };
        if answers.iter().all(whole) { Ok(()) } else { Err("the export lacks something".into()) }
    })
}

fn without(answer: &Answer, hidden: &[String], shown: Option<&str>) -> Finding {
    let clear = match shown.is_none_or(|shown| answer.mentions(shown)) && answer.status == 200 {
        true => Finding::Fine,
        false => Finding::Unclear(answer.summary()),
    };
    let leaks = hidden.iter().any(|text| answer.mentions(text));
    Finding::must(!leaks, "the export holds what its reader may not read").and(clear)
}

pub(super) async fn deputy(scene: &Scene) -> Outcome {
    let case = Case::of(scene).await?;
    let mut trial = Trial::begin(scene, honest(scene, &case)).await?;
    let name = &case.patient.sent.family_name;
    for format in ["json", "csv"] {
        let export = trial.honestly(scene.approved_export(RecepA, &case.patient, format)).await?;
        let fetches = export.download(scene)?;
        trial
            .check(&format!("reception, {format}"), fetches, |answer| {
                without(answer, &case.clinical, Some(name))
            })
            .await;
    }
    let export = trial.honestly(scene.approved_export(ClinA1, &case.patient, "json")).await?;
    let clinician = scene.actor(ClinA1)?;
    let narrow = clinician.with_scopes("exports:download patients:read")?;
    let fetches = export.download(scene)?.bearer(narrow.token());
    let (record, _) = case.clinical.split_at(1);
    trial.check("a token without records:read", fetches, |answer| without(answer, record, Some(name))).await;
    let narrow = clinician.with_scopes("exports:download")?;
    let fetches = export.download(scene)?.bearer(narrow.token());
    let everything = [case.clinical.as_slice(), std::slice::from_ref(name)].concat();
    trial.check("a token for exports only", fetches, |answer| without(answer, &everything, None)).await;

    let stranger = scene.actor(ClinA2)?.post(&case.patient.exports_path()).json(&new_export("json"));
    trial.refused("who does not treat the patient", stranger, Refusal::hidden("relation")).await;
    let ends = format!("{}/{}", case.patient.care_team_path(), case.relation);
    let reception = scene.actor(RecepA)?;
    trial.honestly(scene.demand(&reception.delete(&ends), 204)).await?;
    trial.refused("who treated the patient", export.download(scene)?, Refusal::hidden("relation")).await;
    trial.honestly(scene.cares(ClinA1, &case.patient)).await?;
    trial.conclude().await
}
