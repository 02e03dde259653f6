//! What stands in the arena before anybody looks: people as their names say, and something in every list.

use crate::{
    arena::Persona,
    attacks::{NewPatient, Patient, Scene},
    matrix::has_clinic,
    verdict::AttackError,
};

/// Suspends and removes those who are called so, and fills the lists of the example domain.
pub(super) async fn furnish(scene: &Scene) -> Result<(), AttackError> {
    scene.suspended().await?;
    scene.exmember().await?;
    if !has_clinic() {
        return Ok(());
    }
    let grace = registered(scene, Persona::PatA1, "Grace", "Hopper").await?;
    let alan = registered(scene, Persona::PatA2, "Alan", "Turing").await?;
    let mary = registered(scene, Persona::PatB, "Mary", "Seacole").await?;
    for (clinician, patient) in [(Persona::ClinA1, &grace), (Persona::ClinA2, &alan), (Persona::ClinB, &mary)]
    {
        scene.cares(clinician, patient).await?;
        scene.record_by(clinician, patient).await?;
        scene.hold(clinician, patient).await?;
        scene.slot_of(clinician).await?;
    }
    Ok(())
}

/// The record of a patient who can sign in.
async fn registered(
    scene: &Scene,
    persona: Persona,
    given_name: &str,
    family_name: &str,
) -> Result<Patient, AttackError> {
    let by = if persona.is_of_b() { Persona::RecepB } else { Persona::RecepA };
    let sent = NewPatient {
        given_name: given_name.into(),
        family_name: family_name.into(),
        member_id: Some(scene.actor(persona)?.id()),
        ..NewPatient::unique()
    };
    scene.patient_with(by, sent).await
}
