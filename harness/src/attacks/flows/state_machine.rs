//! `flow-state-machine`: one step after the other, each by whose it is.

use super::verify_skip;
use crate::attacks::{booking::Appointment, prelude::*};
use brigandine_api::protection::{AUTHZ_FUNCTION_MATRIX, AUTHZ_OBJECT_ACCESS};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        FLOW_STATE_MACHINE / "skip" = skip,
        needs: Clinic,
        "Reception and the clinician try every step from every state where it is not the next one.",
    ),
    attack!(
        FLOW_STATE_MACHINE / "replay" = replay,
        needs: Clinic,
        "A hold expired, and the slot is somebody else's. The first one confirms, and cancels, what they held.",
        "Ten confirm, and ten cancel, at the same moment.",
    ),
    attack!(
        FLOW_STATE_MACHINE / "actor" = actor,
        needs: Clinic,
        twin: Twin::Also(&[&AUTHZ_FUNCTION_MATRIX, &AUTHZ_OBJECT_ACCESS]),
        "The patient checks in, reception says that she was treated, another clinician and another patient take steps.",
    ),
    attack!(
        FLOW_STATE_MACHINE / "verify-skip" = verify_skip::verify_skip,
        needs: People.and(Clinic),
        "Somebody registers as a patient with an address that is not theirs. The link goes there, and is not opened.",
        "They go on with the next steps as if it had been: join, sign in, authorize, book.",
    ),
];

const STEPS: [&str; 4] = ["confirm", "check-in", "complete", "cancel"];

fn out_of_order() -> Refusal {
    Refusal::problem(409, "invalid-transition").audit("sequence_fail", "invalid-transition")
}

/// Every step of a new appointment, in order.
fn honest(scene: &Scene) -> Control<'_> {
    Control::checked(move || async move {
        let made = async {
            let patient = scene.patient().await?;
            let appointment = scene.hold(ClinA1, &patient).await?;
            walk(scene, &appointment, &["confirm", "check-in", "complete"]).await
        };
        made.await.map_err(|error: AttackError| error.to_string())
    })
}

async fn walk(scene: &Scene, appointment: &Appointment, steps: &[&str]) -> Result<(), AttackError> {
    for step in steps {
        scene.demand(&appointment.step(scene, step)?, 200).await?;
    }
    Ok(())
}

async fn skip(scene: &Scene) -> Outcome {
    let patient = scene.patient().await?;
    let mut trial = Trial::begin(scene, honest(scene)).await?;
    for (state, way, fitting) in [
        ("held", &[][..], &["confirm", "cancel"][..]),
        ("confirmed", &["confirm"], &["check-in", "cancel"]),
        ("checked in", &["confirm", "check-in"], &["complete"]),
        ("completed", &["confirm", "check-in", "complete"], &[]),
        ("cancelled", &["cancel"], &[]),
        ("cancelled after it was confirmed", &["confirm", "cancel"], &[]),
        ("expired", &[], &[]),
    ] {
        let appointment = trial.honestly(scene.hold(ClinA1, &patient)).await?;
        trial.honestly(walk(scene, &appointment, way)).await?;
        if state == "expired" {
            trial.honestly(appointment.held_too_long(scene)).await?;
        }
        for step in STEPS.into_iter().filter(|step| !fitting.contains(step)) {
            let request = appointment.step(scene, step)?;
            trial.refused(&format!("{step} when {state}"), request, out_of_order()).await;
        }
    }
    trial.conclude().await
}

async fn replay(scene: &Scene) -> Outcome {
    let (first, second) = (scene.patient().await?, scene.patient().await?);
    let slot = scene.slot_of(ClinA1).await?;
    let mut trial = Trial::begin(scene, honest(scene)).await?;

    let old = trial.honestly(scene.held(RecepA, ClinA1, &slot, &first)).await?;
    trial.honestly(old.held_too_long(scene)).await?;
    let new = trial.honestly(scene.held(RecepA, ClinA1, &slot, &second)).await?;
    for step in ["confirm", "cancel"] {
        trial.refused(&format!("{step} what expired"), old.step(scene, step)?, out_of_order()).await;
    }
    trial.honestly(walk(scene, &new, &["confirm"])).await?;
    trial.refused("confirm twice", new.step(scene, "confirm")?, out_of_order()).await;

    let contested = trial.honestly(scene.hold(ClinA1, &first)).await?;
    let (confirm, cancel) = (contested.step(scene, "confirm")?, contested.step(scene, "cancel")?);
    let both = futures_util::future::join(confirm.send_together(10), cancel.send_together(10));
    let (confirmed, cancelled) = trial.honestly(async { Ok::<_, AttackError>(both.await) }).await?;
    let done = |answers: &[Result<Answer, ClientError>]| {
        answers.iter().filter(|answer| answer.as_ref().is_ok_and(Answer::succeeded)).count()
    };
    let (confirmed, cancelled) = (done(&confirmed), done(&cancelled));
    let told = format!("{confirmed} confirmed and {cancelled} cancelled one appointment");
    trial.found("all at once", Finding::must(confirmed <= 1 && cancelled <= 1, told));
    trial.conclude().await
}

async fn actor(scene: &Scene) -> Outcome {
    let own = scene.record_of(PatA1).await?;
    let mut trial = Trial::begin(scene, honest(scene)).await?;
    let booked = trial.honestly(scene.hold(ClinA1, &own)).await?;
    let step = |by: &Actor, step: &str| by.post(&format!("{}/{step}", booked.path()));
    let unlimited = |persona| Ok::<_, AttackError>(scene.actor(persona)?.with_scopes(EVERY_SCOPE)?);
    let (patient, other) = (unlimited(PatA1)?, unlimited(PatA2)?);
    let (reception, colleague) = (unlimited(RecepA)?, unlimited(ClinA2)?);

    trial.refused("another patient confirms", step(&other, "confirm"), Refusal::hidden("object")).await;
    trial.refused("another patient cancels", step(&other, "cancel"), Refusal::hidden("object")).await;
    trial.honestly(walk(scene, &booked, &["confirm"])).await?;
    trial.refused("the patient checks in", step(&patient, "check-in"), Refusal::forbidden()).await;
    trial.honestly(walk(scene, &booked, &["check-in"])).await?;
    trial.refused("reception completes", step(&reception, "complete"), Refusal::forbidden()).await;
    let hidden = Refusal::hidden("object");
    trial.refused("another clinician completes", step(&colleague, "complete"), hidden).await;
    trial.refused("the patient completes", step(&patient, "complete"), Refusal::forbidden()).await;
    trial.conclude().await
}
