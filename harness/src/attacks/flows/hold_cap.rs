//! `flow-hold-cap`: nobody books a clinic's day away.

use crate::attacks::{
    booking::{Appointment, Slot, midnight},
    prelude::*,
};
use std::sync::atomic::{AtomicI64, Ordering};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        FLOW_HOLD_CAP / "hoard" = hoard,
        needs: Clinic,
        "A patient's script holds slot after slot, on different days.",
    ),
    attack!(
        FLOW_HOLD_CAP / "day" = day,
        needs: Clinic,
        "A clinician offers ten slots on one day.",
        "A patient takes two of them and wants a third. A program takes two for two patients and wants a third.",
    ),
    attack!(
        FLOW_HOLD_CAP / "fast" = fast,
        needs: Clinic,
        "A script holds and confirms in the same moment, as the patient and as a program.",
    ),
    attack!(
        FLOW_HOLD_CAP / "churn" = churn,
        needs: Clinic,
        "People wait for a slot. A patient's script holds one and gives it back, again and again, so that they are told in vain.",
        "It books and cancels in turn. It holds one anew whenever the hold has run out. So does a program, for patient after patient.",
    ),
    attack!(
        FLOW_HOLD_CAP / "bookings" = bookings,
        needs: Clinic,
        "A patient confirms five appointments in one day, and a sixth.",
    ),
    attack!(
        FLOW_HOLD_CAP / "cancel" = cancel,
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
        // At the same moment, however slow the machine is.
        trial.honestly(held.held_this_moment(scene)).await?;
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

/// Somebody who waits for any slot.
async fn waits(scene: &Scene) -> Result<(), AttackError> {
    let patient = scene.patient().await?;
    let join = scene.actor(RecepA)?.post("/v1/waiting-list").json(&json!({ "patient_id": patient.id }));
    scene.demand(&join, 201).await.map(drop)
}

/// How many of those who wait were told.
async fn told(scene: &Scene) -> Result<usize, AttackError> {
    let of_a = format!("organization_id = {} AND notified_at IS NOT NULL", scene.observer().id(scene.a()));
    Ok(scene.observer().rows("waiting_list", &of_a).await?.len())
}

async fn churn(scene: &Scene) -> Outcome {
    let (script, own) = (scene.actor(PatA1)?, scene.record_of(PatA1).await?);
    for _ in 0..3 {
        waits(scene).await?;
    }
    let mut trial = Trial::begin(scene, honest(scene)).await?;
    let cancels = |held: &Appointment| script.post(&format!("{}/cancel", held.path()));

    let slot = trial.honestly(scene.slot_at(ClinA1, midnight(200))).await?;
    for _ in 0..2 {
        let booked = trial.honestly(booked(scene, PatA1, ClinA1, &slot, &own)).await?;
        trial.honestly(scene.demand(&cancels(&booked), 200)).await?;
    }
    let once = told(scene).await?;
    trial.found("a slot that was booked and given back twice", Finding::must(once == 1, "not one was told"));

    let slot = trial.honestly(scene.slot_at(ClinA1, midnight(201))).await?;
    for _ in 0..3 {
        let held = trial.honestly(scene.held(PatA1, ClinA1, &slot, &own)).await?;
        trial.honestly(scene.demand(&cancels(&held), 200)).await?;
        let as_before = told(scene).await? == once;
        trial.found("a slot that was only held", Finding::must(as_before, "who waits was told of it"));
    }
    trial.refused("held a fourth time", hold(&script, &slot, &own), capped()).await;

    let slot = trial.honestly(scene.slot_at(ClinA1, midnight(202))).await?;
    for _ in 0..3 {
        let held = trial.honestly(scene.held(PatA1, ClinA1, &slot, &own)).await?;
        trial.honestly(held.held_too_long(scene)).await?;
    }
    trial.refused("after three that ran out", hold(&script, &slot, &own), capped()).await;
    for number in 0..4 {
        let slot = trial.honestly(scene.slot_at(ClinA1, midnight(203 + number))).await?;
        let held = trial.honestly(scene.held(PatA1, ClinA1, &slot, &own)).await?;
        trial.honestly(scene.demand(&cancels(&held), 200)).await?;
    }
    let slot = trial.honestly(scene.slot_at(ClinA1, midnight(210))).await?;
    trial.refused("let go ten times today", hold(&script, &slot, &own), capped()).await;

    let program = scene.actor(SvcARw)?;
    let slot = trial.honestly(scene.slot_at(ClinA1, midnight(211))).await?;
    for _ in 0..3 {
        let patient = trial.honestly(scene.patient()).await?;
        let held = trial.honestly(scene.held(SvcARw, ClinA1, &slot, &patient)).await?;
        trial.honestly(held.held_too_long(scene)).await?;
    }
    let patient = trial.honestly(scene.patient()).await?;
    trial.refused("by a program, for a fourth patient", hold(&program, &slot, &patient), capped()).await;
    trial.conclude().await
}
