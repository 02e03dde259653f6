//! `flow-hold-cap`: nobody books a clinic's day away.

use crate::attacks::{
    booking::{Appointment, Slot, midnight},
    prelude::*,
};
use std::sync::atomic::{AtomicI64, Ordering};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        FlowHoldCap / "hoard" = hoard,
        needs: Clinic,
        "A patient's script holds slot after slot, on different days.",
    ),
    attack!(
        FlowHoldCap / "day" = day,
        needs: Clinic,
        "A clinician offers ten slots on one day.",
        "A patient takes two of them and wants a third. A program takes two for two patients and wants a third.",
    ),
    attack!(
        FlowHoldCap / "fast" = fast,
        needs: Clinic,
        "A script holds and confirms in the same moment, as the patient and as a program.",
    ),
    attack!(
        FlowHoldCap / "bookings" = bookings,
        needs: Clinic,
        "A patient confirms five appointments in one day, and a sixth.",
    ),
    attack!(
        FlowHoldCap / "cancel" = cancel,
        needs: Clinic,
        "A patient books three appointments for today and tomorrow, cancels each hours before, and books on.",
    ),
];

fn capped() -> Refusal {
    Refusal::problem(429, "hold-limit")
        .header("retry-after", "600")
        .audit("excess_rate_limit_exceeded", "hold-limit")
}

fn hold(by: &Actor, slot: &Slot, patient: &Patient) -> Request {
    by.post(&slot.holds_path()).json(&json!({ "patient_id": patient.id }))
}

/// A day that nobody else's honest booking is on: a patient has one slot in five of each.
fn another_day() -> time::OffsetDateTime {
    static DAYS: AtomicI64 = AtomicI64::new(0);
    midnight(3 + DAYS.fetch_add(1, Ordering::Relaxed) % 180)
}

/// Another patient holds, reads, and confirms.
fn honest(scene: &Scene) -> Control<'_> {
    Control::checked(move || async move {
        let made = async {
            let patient = scene.known_record_of(PatA2).await?;
            let slot = scene.slot_at(ClinA2, another_day()).await?;
            booked(scene, PatA2, ClinA2, &slot, &patient).await
        };
        made.await.map(drop).map_err(|error: AttackError| error.to_string())
    })
}

/// Holds and, a minute later, confirms.
async fn booked(
    scene: &Scene,
    by: Persona,
    clinician: Persona,
    slot: &Slot,
    patient: &Patient,
) -> Result<Appointment, AttackError> {
    let held = scene.held(by, clinician, slot, patient).await?;
    held.held_for_a_minute(scene).await?;
    scene.demand(&scene.actor(by)?.post(&format!("{}/confirm", held.path())), 200).await?;
    Ok(held)
}

async fn hoard(scene: &Scene) -> Outcome {
    let (script, own) = (scene.actor(PatA1)?, scene.record_of(PatA1).await?);
    let mut slots = Vec::new();
    for number in 0..6 {
        slots.push(scene.slot_at(ClinA1, midnight(200 + number)).await?);
    }
    let mut trial = Trial::begin(scene, honest(scene)).await?;
    let (first, rest) = slots.split_at(3);
    for slot in first {
        trial.honestly(scene.demand(&hold(&script, slot, &own), 201)).await?;
    }
    for slot in rest {
        trial.refused("one slot more", hold(&script, slot, &own), capped()).await;
    }
    trial.conclude().await
}

async fn day(scene: &Scene) -> Outcome {
    let (script, own) = (scene.actor(PatA1)?, scene.record_of(PatA1).await?);
    let program = scene.actor(SvcARw)?;
    let mut slots = Vec::new();
    for number in 0..10 {
        slots.push(scene.slot_at(ClinA1, midnight(200) + time::Duration::minutes(20 * number)).await?);
    }
    let mut patients = Vec::new();
    for _ in 0..3 {
        patients.push(scene.patient().await?);
    }
    let mut trial = Trial::begin(scene, honest(scene)).await?;
    let mut slots = slots.iter();
    let mut next = || slots.next().ok_or_else(|| AttackError::Setup("too few slots".into()));
    for _ in 0..2 {
        trial.honestly(scene.demand(&hold(&script, next()?, &own), 201)).await?;
    }
    trial.refused("the patient's third of ten", hold(&script, next()?, &own), capped()).await;
    let mut patients = patients.iter();
    for patient in patients.by_ref().take(2) {
        trial.honestly(scene.demand(&hold(&program, next()?, patient), 201)).await?;
    }
    for patient in patients {
        trial.refused("the program's third of ten", hold(&program, next()?, patient), capped()).await;
    }
    trial.conclude().await
}

async fn fast(scene: &Scene) -> Outcome {
    let (own, other) = (scene.record_of(PatA1).await?, scene.patient().await?);
    let mut trial = Trial::begin(scene, honest(scene)).await?;
    for (persona, patient) in [(PatA1, &own), (SvcARw, &other)] {
        let slot = trial.honestly(scene.slot_of(ClinA1)).await?;
        let held = trial.honestly(scene.held(persona, ClinA1, &slot, patient)).await?;
        let confirm = scene.actor(persona)?.post(&format!("{}/confirm", held.path()));
        let refusal = Refusal::problem(422, "too-fast").audit("excess_rate_limit_exceeded", "too-fast");
        trial.refused(persona.name(), confirm, refusal).await;
    }
    trial.conclude().await
}

async fn bookings(scene: &Scene) -> Outcome {
    let (script, own) = (scene.actor(PatA1)?, scene.record_of(PatA1).await?);
    let mut trial = Trial::begin(scene, honest(scene)).await?;
    for number in 0..5 {
        let slot = trial.honestly(scene.slot_at(ClinA1, midnight(200 + number))).await?;
        trial.honestly(booked(scene, PatA1, ClinA1, &slot, &own)).await?;
    }
    let slot = trial.honestly(scene.slot_at(ClinA1, midnight(210))).await?;
    let sixth = trial.honestly(scene.held(PatA1, ClinA1, &slot, &own)).await?;
    trial.honestly(sixth.held_for_a_minute(scene)).await?;
    trial.refused("the sixth", script.post(&format!("{}/confirm", sixth.path())), capped()).await;
    trial.conclude().await
}

async fn cancel(scene: &Scene) -> Outcome {
    let (script, own) = (scene.actor(PatA1)?, scene.record_of(PatA1).await?);
    let mut trial = Trial::begin(scene, honest(scene)).await?;
    let soon = time::OffsetDateTime::from_unix_timestamp(crate::clock::unix_seconds())
        .map_err(|error| AttackError::Setup(error.to_string()))?;
    for number in 0..3 {
        let at = soon + time::Duration::hours(2 + number);
        let slot = trial.honestly(scene.slot_at(ClinA1, at)).await?;
        let booked = trial.honestly(booked(scene, PatA1, ClinA1, &slot, &own)).await?;
        let cancels = script.post(&format!("{}/cancel", booked.path()));
        trial.honestly(scene.demand(&cancels, 200)).await?;
        let other = scene.actor(RecepA)?;
        let somebody = trial.honestly(scene.patient()).await?;
        // What was given back is free for others, at once.
        trial.honestly(scene.demand(&hold(&other, &slot, &somebody), 201)).await?;
    }
    let slot = trial.honestly(scene.slot_of(ClinA1)).await?;
    let refusal =
        Refusal::problem(409, "review-required").audit("excess_rate_limit_exceeded", "review-required");
    trial.refused("books on", hold(&script, &slot, &own), refusal).await;
    trial.conclude().await
}
