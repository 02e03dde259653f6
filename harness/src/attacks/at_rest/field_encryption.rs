//! `crypto-field-encryption`: what a thief of the database reads.

use crate::attacks::prelude::*;
use aws_lc_rs::digest;
use base64::{Engine, prelude::BASE64_STANDARD};
use memchr::memmem;
use std::{collections::HashSet, fs, path::Path};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        CRYPTO_FIELD_ENCRYPTION / "dump" = dump,
        needs: Clinic,
        "A clinician writes notes about a patient and reads them back.",
        "A thief takes the database: every row, and the files under it with their write-ahead log.",
        "He looks for the national id, the phone number and the notes, plain and in the usual encodings.",
    ),
    attack!(
        CRYPTO_FIELD_ENCRYPTION / "nonce" = nonce,
        needs: Clinic,
        "The receptionist registers many patients with one phone number.",
        "The thief compares the stored bytes: equal texts must differ, and no nonce may come twice.",
    ),
    attack!(
        CRYPTO_FIELD_ENCRYPTION / "index" = index,
        needs: Clinic,
        "One person is a patient in both organizations.",
        "The thief compares the search indexes of the two, and tries hashes of the number he guesses.",
    ),
    attack!(
        CRYPTO_FIELD_ENCRYPTION / "ecb" = ecb,
        needs: Clinic,
        "The notes repeat one line a hundred times.",
        "The thief looks for what repeats in the stored bytes.",
    ),
];

/// Version, key id and nonce go before the ciphertext.
const HEADER: usize = 17;
const NONCE: std::ops::Range<usize> = 5..HEADER;

/// The ways in which a text may lie around.
fn forms(canary: &str) -> Vec<Vec<u8>> {
    let utf16 = |to: fn(u16) -> [u8; 2]| canary.encode_utf16().flat_map(to).collect::<Vec<u8>>();
    let base64 = BASE64_STANDARD.encode(canary);
    let hex: String = canary.bytes().map(|byte| format!("{byte:02x}")).collect();
    vec![
        canary.into(),
        // Whole groups only: what follows the canary would change the last one.
        base64.get(..canary.len() / 3 * 4).unwrap_or_default().into(),
        hex.clone().into(),
        hex.to_uppercase().into(),
        utf16(u16::to_le_bytes),
        utf16(u16::to_be_bytes),
        canary.bytes().rev().collect(),
    ]
}

fn holds(bytes: &[u8], canary: &str) -> bool {
    forms(canary).iter().any(|form| memmem::find(bytes, form).is_some())
}

async fn dump(scene: &Scene) -> Outcome {
    let clinician = scene.actor(ClinA1)?;
    let patient = scene.patient().await?;
    let notes = format!("diagnosis {}", Uuid::new_v4().simple());
    scene.demand(&clinician.patch(&patient.path()).json(&json!({ "notes": notes })), 200).await?;
    let expected = notes.clone();
    let control = Control::judged(clinician.get(&patient.path()), 200, move |answer| {
        answer.string("/notes").as_deref() == Some(&expected)
    });
    let mut trial = Trial::begin(scene, control).await?;
    let observer = scene.observer();
    let canaries = [
        ("the national id", &patient.sent.national_id),
        ("the phone number", &patient.sent.phone),
        ("the notes", &notes),
    ];

    let row = observer.row("patients", patient.id).await?;
    let mut haystacks = vec![("the row".to_owned(), row.everything().into_bytes())];
    for column in ["national_id", "national_id_index", "phone", "notes"] {
        haystacks.push((column.to_owned(), row.bytes(column).unwrap_or_default()));
    }
    let events =
        observer.rows("audit_events", &format!("organization_id = {}", observer.id(scene.a()))).await?;
    haystacks
        .push(("the audit log".into(), events.iter().map(Row::everything).collect::<String>().into_bytes()));
    haystacks.push(("the service's log".into(), observer.log.lines().join("\n").into_bytes()));
    if observer.is_postgres() {
        observer.execute("CHECKPOINT").await?;
        // The table's own file, searched where it lies.
        let found = |form: &[u8]| {
            format!(
                "(SELECT position({} in pg_read_binary_file(pg_relation_filepath('patients'))) AS at) f",
                observer.bytes(form)
            )
        };
        for (name, canary) in canaries {
            for form in forms(canary) {
                let rows = observer.rows(&found(&form), "at > 0").await?;
                trial.found(name, Finding::must(rows.is_empty(), "it stands in the table's file"));
            }
        }
    } else {
        files(scene.data_directory(), &mut haystacks)?;
        let known = haystacks.iter().any(|(_, bytes)| {
            holds(bytes, &patient.id.simple().to_string())
                || memmem::find(bytes, patient.id.as_bytes()).is_some()
        });
        trial.found(
            "the files",
            if known { Finding::Fine } else { Finding::Unclear("the patient's own id is in no file".into()) },
        );
    }
    for (place, bytes) in &haystacks {
        for (name, canary) in canaries {
            trial.found(name, Finding::must(!holds(bytes, canary), format!("it stands in {place}")));
        }
    }
    trial.conclude().await
}

fn files(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) -> Result<(), AttackError> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files(&path, found)?;
        } else {
            // The shared-memory file beside the log may go away while we look.
            found.push((path.display().to_string(), fs::read(&path).unwrap_or_default()));
        }
    }
    Ok(())
}

/// How many values are compared: few enough for a second, many enough for a counter or a seed that starts anew.
const PATIENTS: usize = 24;

async fn nonce(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let phone = NewPatient::unique().phone;
    let first = scene.patient().await?;
    let mut trial = Trial::begin(scene, Control::new(reception.get(&first.path()), 200)).await?;
    let (mut nonces, mut values) = (HashSet::new(), HashSet::new());
    for by in [RecepA, RecepB].into_iter().cycle().take(PATIENTS) {
        let new = NewPatient { phone: phone.clone(), ..NewPatient::unique() };
        let patient = trial.honestly(scene.patient_with(by, new)).await?;
        let mut rows = vec![scene.observer().row("patients", patient.id).await?];
        let same = scene.actor(by)?.patch(&patient.path()).json(&json!({ "phone": phone }));
        trial.honestly(scene.demand(&same, 200)).await?;
        rows.push(scene.observer().row("patients", patient.id).await?);
        for sealed in rows.iter().flat_map(|row| [row.bytes("phone"), row.bytes("national_id")]) {
            let sealed = sealed.unwrap_or_default();
            let fresh = nonces.insert(sealed.get(NONCE).unwrap_or_default().to_vec());
            trial.found("the nonces", Finding::must(fresh, "a nonce was used twice"));
            let body = sealed.get(HEADER..).unwrap_or_default().to_vec();
            trial.found(
                "the ciphertexts",
                Finding::must(values.insert(body), "equal texts have equal ciphertexts"),
            );
        }
    }
    trial.conclude().await
}

async fn index(scene: &Scene) -> Outcome {
    let person = NewPatient::unique();
    let again = NewPatient { national_id: person.national_id.clone(), ..NewPatient::unique() };
    let number = person.national_id.clone();
    let here = scene.patient_with(RecepA, person).await?;
    let there = scene.patient_with(RecepB, again).await?;
    let control = Control::new(scene.actor(RecepA)?.get(&here.path()), 200);
    let mut trial = Trial::begin(scene, control).await?;
    let row = |id| scene.observer().row("patients", id);
    let here = row(here.id).await?.bytes("national_id_index").unwrap_or_default();
    let there = row(there.id).await?.bytes("national_id_index").unwrap_or_default();
    let length = if here.len() == 16 {
        Finding::Fine
    } else {
        Finding::Unclear(format!("an index of {} bytes", here.len()))
    };
    trial.found("the index", length);
    trial.found("two organizations", Finding::must(here != there, "a person has the same index in both"));

    // A dictionary attack: the number as it is, as it is compared, and with what a program may put around it.
    let purpose = "patients.national_id";
    for spelling in [number.clone(), number.to_lowercase()] {
        let text = spelling.as_bytes();
        let framed = [&purpose.len().to_be_bytes(), purpose.as_bytes(), text].concat();
        let salted = [scene.a().as_bytes().as_slice(), text].concat();
        for guess in [text.to_vec(), framed, salted, [purpose.as_bytes(), text].concat()] {
            for algorithm in
                [&digest::SHA256, &digest::SHA384, &digest::SHA512, &digest::SHA1_FOR_LEGACY_USE_ONLY]
            {
                let hash = digest::digest(algorithm, &guess);
                let known = hash.as_ref().get(..16) == here.get(..16);
                trial.found(
                    "a dictionary",
                    Finding::must(!known, "the index is a hash that anybody can compute"),
                );
            }
        }
    }
    trial.conclude().await
}

async fn ecb(scene: &Scene) -> Outcome {
    let clinician = scene.actor(ClinA1)?;
    let patient = scene.patient().await?;
    let notes = "sixteen letters\n".repeat(100);
    let expected = notes.clone();
    scene.demand(&clinician.patch(&patient.path()).json(&json!({ "notes": notes })), 200).await?;
    let control = Control::judged(clinician.get(&patient.path()), 200, move |answer| {
        answer.string("/notes").as_deref() == Some(&expected)
    });
    let mut trial = Trial::begin(scene, control).await?;
    let sealed = scene.observer().row("patients", patient.id).await?.bytes("notes").unwrap_or_default();
    let long = if sealed.len() >= 1600 {
        Finding::Fine
    } else {
        Finding::Unclear("the notes are not stored there".into())
    };
    trial.found("the notes", long);
    for offset in 0..16 {
        let blocks: Vec<_> = sealed.get(offset..).unwrap_or_default().chunks_exact(16).collect();
        let distinct: HashSet<_> = blocks.iter().collect();
        trial.found(
            "the blocks",
            Finding::must(distinct.len() == blocks.len(), "blocks of the ciphertext repeat"),
        );
    }
    trial.conclude().await
}
