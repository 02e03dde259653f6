//! `crypto-aad-binding`: a sealed value opens in its own place only.

use crate::attacks::prelude::*;
use futures_util::future::join_all;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        CRYPTO_AAD_BINDING / "swap" = swap,
        needs: Clinic,
        "A thief with database access copies the sealed values of one patient into another's row, another column, another organization.",
        "He has an honest clinician read the record for him.",
    ),
    attack!(
        CRYPTO_AAD_BINDING / "flip" = flip,
        needs: Clinic,
        "The thief flips single bits of version, key id, nonce, ciphertext and tag, cuts the tag, and writes plain text marked as such.",
    ),
    attack!(
        CRYPTO_AAD_BINDING / "rollback" = rollback,
        needs: Clinic,
        "A patient's phone number was corrected.",
        "The thief puts yesterday's sealed bytes back.",
        "Many correct the patient at once: two seals for one version could be put in each other's place.",
    ),
    attack!(
        CRYPTO_AAD_BINDING / "record" = record,
        needs: Clinic,
        "The thief leaves the sealed texts alone and changes what stands beside them: whose record it is, who wrote it, what it is.",
    ),
];

/// Never a foreign or an old text: the record is refused, and the alarm is in the audit log.
fn broken(texts: &[&str]) -> Refusal {
    let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    Refusal::problem(500, "record-integrity")
        .audit("crypt_decrypt_fail", "record-integrity")
        .breach_if(move |answer| texts.iter().any(|text| answer.mentions(text)))
}

async fn sealed(scene: &Scene, patient: &Patient, column: &str) -> Result<Vec<u8>, AttackError> {
    let row = scene.observer().row("patients", patient.id).await?;
    row.bytes(column).ok_or_else(|| AttackError::Setup(format!("{column} is empty")))
}

/// Reads the patient while the column holds these bytes, then puts the honest ones back.
async fn with_bytes(
    scene: &Scene,
    trial: &mut Trial<'_>,
    story: &str,
    (reader, patient, column): (&Actor, &Patient, &str),
    bytes: &[u8],
    refusal: Refusal,
) -> Result<(), AttackError> {
    let honest = sealed(scene, patient, column).await?;
    let write = |bytes: Vec<u8>| async move {
        scene.observer().overwrite("patients", patient.id, column, &bytes).await
    };
    trial.honestly(write(bytes.to_vec())).await?;
    trial.refused(story, reader.get(&patient.path()), refusal.clone()).await;
    let correction = reader.patch(&patient.path()).json(&json!({ "given_name": "Laundered" }));
    trial.refused(&format!("{story}, to be sealed anew"), correction, refusal).await;
    trial.honestly(write(honest)).await
}

async fn swap(scene: &Scene) -> Outcome {
    let (clinician, foreigner) = (scene.actor(ClinA1)?, scene.actor(ClinB)?);
    let (x, y, z) = (scene.patient().await?, scene.patient().await?, scene.patient_in_b().await?);
    for (actor, patient, notes) in [
        (&clinician, &x, "notes about x"),
        (&clinician, &y, "notes about y"),
        (&foreigner, &z, "notes about z"),
    ] {
        scene.demand(&actor.patch(&patient.path()).json(&json!({ "notes": notes })), 200).await?;
    }
    let control = Control::new(clinician.get(&x.path()), 200)
        .and(Control::new(clinician.get(&y.path()), 200))
        .and(Control::new(foreigner.get(&z.path()), 200));
    let mut trial = Trial::begin(scene, control).await?;
    for (column, canary) in [
        ("national_id", &x.sent.national_id),
        ("phone", &x.sent.phone),
        ("notes", &"notes about x".to_owned()),
    ] {
        let taken = sealed(scene, &x, column).await?;
        for (story, place) in [
            ("into another patient's row", (&clinician, &y, column)),
            ("into another organization", (&foreigner, &z, column)),
        ] {
            with_bytes(scene, &mut trial, &format!("{column} {story}"), place, &taken, broken(&[canary]))
                .await?;
        }
        let other = if column == "phone" { "notes" } else { "phone" };
        let story = format!("{column} into {other}");
        with_bytes(scene, &mut trial, &story, (&clinician, &x, other), &taken, broken(&[])).await?;
    }
    trial.conclude().await
}

async fn flip(scene: &Scene) -> Outcome {
    let clinician = scene.actor(ClinA1)?;
    let patient = scene.patient().await?;
    let mut trial = Trial::begin(scene, Control::new(clinician.get(&patient.path()), 200)).await?;
    let honest = sealed(scene, &patient, "phone").await?;
    let place = (&clinician, &patient, "phone");
    let phone = patient.sent.phone.as_str();
    let last = honest.len().saturating_sub(1);
    for (story, at) in [
        ("version", 0),
        ("key id", 1),
        ("key id's end", 4),
        ("nonce", 5),
        ("nonce's end", 16),
        ("ciphertext", 17),
        ("tag", last.saturating_sub(15)),
        ("tag's end", last),
    ] {
        let mut bytes = honest.clone();
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1;
        }
        with_bytes(scene, &mut trial, &format!("a bit of the {story}"), place, &bytes, broken(&[phone]))
            .await?;
    }
    let marked = |mark: u8| [&[mark], "+666666666".as_bytes()].concat();
    let shorter = |cut: usize| honest.get(..honest.len().saturating_sub(cut)).unwrap_or_default().to_vec();
    let mut unmarked = honest.clone();
    if let Some(version) = unmarked.first_mut() {
        *version = 0xff;
    }
    for (story, bytes) in [
        ("the tag cut to 8 bytes", shorter(8)),
        ("no tag", shorter(16)),
        ("the header only", honest.get(..17).unwrap_or_default().to_vec()),
        ("half a header", honest.get(..9).unwrap_or_default().to_vec()),
        ("nothing", Vec::new()),
        ("a byte more", [honest.as_slice(), &[0]].concat()),
        ("zeroes", vec![0; honest.len()]),
        ("plain text", "+666666666".into()),
        ("plain text, marked as version 0", marked(0)),
        ("plain text, marked as version 1", marked(1)),
        ("a version of the future", unmarked),
    ] {
        with_bytes(scene, &mut trial, story, place, &bytes, broken(&[phone, "+666666666"])).await?;
    }
    trial.conclude().await
}

async fn rollback(scene: &Scene) -> Outcome {
    let clinician = scene.actor(ClinA1)?;
    let patient = scene.patient().await?;
    let mut trial = Trial::begin(scene, Control::new(clinician.get(&patient.path()), 200)).await?;
    let columns = ["phone", "national_id"];
    let mut yesterday = Vec::new();
    for column in columns {
        yesterday.push(sealed(scene, &patient, column).await?);
    }
    let correction = clinician.patch(&patient.path()).json(&json!({ "phone": "+4989555000" }));
    trial.honestly(scene.demand(&correction, 200)).await?;
    for (column, old) in columns.into_iter().zip(&yesterday) {
        let refusal = broken(&[&patient.sent.phone]);
        with_bytes(scene, &mut trial, column, (&clinician, &patient, column), old, refusal).await?;
    }
    let version = |row: &Row| row.integer("version").unwrap_or_default();
    let before = version(&scene.observer().row("patients", patient.id).await?);
    let corrections = (0..12).map(|number| {
        clinician.patch(&patient.path()).json(&json!({ "given_name": format!("Name {number}") }))
    });
    let corrections: Vec<_> = corrections.collect();
    let answers =
        trial.honestly(async { Ok::<_, AttackError>(join_all(corrections.iter().map(Request::send)).await) });
    let mut made = 0;
    for answer in answers.await? {
        match answer?.status {
            200 => made += 1,
            412 | 503 => {}
            other => trial.found("many at once", Finding::Unclear(format!("answered {other}"))),
        }
    }
    let after = version(&scene.observer().row("patients", patient.id).await?);
    let told = format!("{made} corrections were answered, and there are {} new versions", after - before);
    trial.found("many at once", Finding::must(after - before == made && made > 0, told));
    trial
        .check("the corrected number", clinician.get(&patient.path()), |answer| {
            if answer.string("/phone").as_deref() == Some("+4989555000") {
                Finding::Fine
            } else {
                Finding::Unclear(answer.summary())
            }
        })
        .await;
    trial.conclude().await
}

async fn record(scene: &Scene) -> Outcome {
    let (author, thief) = (scene.actor(ClinA1)?, scene.actor(ClinA2)?);
    let (patient, other) = (scene.patient().await?, scene.patient().await?);
    scene.cares(ClinA1, &patient).await?;
    scene.cares(ClinA2, &other).await?;
    let record = scene.record_by(ClinA1, &patient).await?;
    let honest = author.get(&record.path());
    let mut trial = Trial::begin(scene, Control::new(honest.clone(), 200)).await?;

    let observer = scene.observer();
    let (row, of_other) = (observer.id(record.id), observer.id(other.id));
    let set = |column: &str, value: &str| format!("UPDATE records SET {column} = {value} WHERE id = {row}");
    let by_thief = observer.id(thief.id());
    for (story, column, value, back, reader) in [
        (
            "moved to a patient whom the thief treats",
            "patient_id",
            of_other,
            observer.id(patient.id),
            thief.get(&record.path_behind(other.id)),
        ),
        (
            "written by the thief, who may read what he wrote",
            "author_member_id",
            by_thief,
            observer.id(author.id()),
            thief.get(&record.path()),
        ),
        ("a diagnosis becomes a note", "kind", "'note'".into(), "'diagnosis'".into(), honest.clone()),
        ("with a version that was never written", "version", "2".into(), "1".into(), honest),
    ] {
        trial.honestly(observer.execute(&set(column, &value))).await?;
        trial.refused(story, reader, broken(&[&record.canary])).await;
        trial.honestly(observer.execute(&set(column, &back))).await?;
    }
    trial.conclude().await
}
