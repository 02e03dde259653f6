//! `authz-object-access`: an id is a name and no right.

use crate::{attacks::prelude::*, matrix::has_clinic};

const BEHIND_ROWS: Twin = Twin::Layered(&[Protection::DbRlsForced]);

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        AuthzObjectAccess / "read" = read,
        needs: Clinic,
        "Two patients of one clinic each have a record and a login.",
        "One of them, and one who has no record yet, put the other's id into the address, also of what clinicians wrote.",
    ),
    attack!(
        AuthzObjectAccess / "cross-tenant" = cross_tenant,
        twin: BEHIND_ROWS,
        "A clinician works in A, and has a patient there.",
        "Everybody in B who may read patients or members asks for A's by id, with their own valid tokens.",
    ),
    attack!(
        AuthzObjectAccess / "write" = write,
        needs: Clinic,
        twin: BEHIND_ROWS,
        "Staff of B correct and discharge a patient of A.",
        "The administrator of B renames, suspends and removes a member of A.",
    ),
    attack!(
        AuthzObjectAccess / "swap-type" = swap_type,
        needs: Clinic,
        twin: BEHIND_ROWS,
        "The administrator of A puts the id of B's member behind her own organization's address.",
        "Her staff put members', patients' and organizations' ids where the other kind belongs.",
    ),
];

fn hidden() -> Refusal {
    Refusal::hidden("object")
}

async fn read(scene: &Scene) -> Outcome {
    let (owner, other) = (scene.actor(PatA1)?, scene.actor(PatA2)?);
    let record = scene.record_of(PatA1).await?;
    let nobodys = scene.patient().await?;
    scene.cares(ClinA1, &record).await?;
    let written = scene.record_by(ClinA1, &record).await?;
    let shows_own = {
        let name = record.sent.family_name.clone();
        Control::judged(owner.get(&record.path()), 200, move |answer| answer.mentions(&name))
    };
    let mut trial = Trial::begin(scene, shows_own).await?;

    trial.refused("a patient without a record asks for another's", other.get(&record.path()), hidden()).await;
    let own = trial.honestly(scene.record_of(PatA2)).await?;
    trial.refused("a patient with a record asks for another's", other.get(&record.path()), hidden()).await;
    trial.refused("and the other way round", owner.get(&own.path()), hidden()).await;
    trial.refused("a record that belongs to no login", other.get(&nobodys.path()), hidden()).await;
    let not_own = || Refusal::hidden("relation");
    trial.refused("another's clinical records", other.get(&record.records_path()), not_own()).await;
    trial.refused("another's clinical record", other.get(&written.path()), not_own()).await;
    trial.refused("behind one's own record", other.get(&written.path_behind(own.id)), hidden()).await;
    trial.conclude().await
}

async fn cross_tenant(scene: &Scene) -> Outcome {
    let owner = scene.actor(RecepA)?;
    let record = if has_clinic() { Some(scene.record_of(PatA1).await?) } else { None };
    let member = scene.actor(ClinA1)?;
    let mut control = Control::new(owner.get(&member.path()), 200);
    if let Some(record) = &record {
        control = control.and(Control::new(owner.get(&record.path()), 200));
    }
    let mut trial = Trial::begin(scene, control).await?;

    if let Some(record) = &record {
        for persona in [RecepB, ClinB, PatB, MultiInB] {
            let intruder = scene.actor(persona)?;
            trial.refused(persona.name(), intruder.get(&record.path()), hidden()).await;
        }
    }
    for persona in [AdminB, AuditB, RecepB] {
        let intruder = scene.actor(persona)?;
        let address = format!("{}/{}", intruder.members_path(), member.id());
        trial.refused(persona.name(), intruder.get(&address), hidden()).await;
    }
    trial.conclude().await
}

async fn write(scene: &Scene) -> Outcome {
    let patient = scene.patient().await?;
    let (reception, clinician, admin) = (scene.actor(RecepB)?, scene.actor(ClinB)?, scene.actor(AdminB)?);
    let corrects_own = {
        let own = scene.patient_in_b().await?;
        Control::new(reception.patch(&own.path()).json(&json!({ "family_name": "Berg" })), 200)
    };
    let mut trial = Trial::begin(scene, corrects_own).await?;

    let name = json!({ "family_name": "Stolen" });
    trial.refused("reception corrects", reception.patch(&patient.path()).json(&name), hidden()).await;
    trial.refused("a clinician corrects", clinician.patch(&patient.path()).json(&name), hidden()).await;
    let notes = json!({ "notes": "planted" });
    trial.refused("a clinician adds notes", clinician.patch(&patient.path()).json(&notes), hidden()).await;
    trial.refused("a clinician discharges", clinician.post(&patient.discharge_path()), hidden()).await;

    let address = format!("{}/{}", admin.members_path(), scene.actor(RecepA)?.id());
    for change in
        [json!({ "display_name": "Nobody" }), json!({ "status": "suspended" }), json!({ "role": "service" })]
    {
        trial.refused(&change.to_string(), admin.patch(&address).json(&change), hidden()).await;
    }
    trial.refused("the administrator removes", admin.delete(&address), hidden()).await;
    trial.conclude().await
}

async fn swap_type(scene: &Scene) -> Outcome {
    let (admin, reception) = (scene.actor(AdminA1)?, scene.actor(RecepA)?);
    let patient = scene.patient().await?;
    let control = Control::new(admin.get(&reception.path()), 200)
        .and(Control::new(reception.get(&patient.path()), 200));
    let mut trial = Trial::begin(scene, control).await?;

    for persona in [AdminB, RecepB, PatB] {
        let address = format!("{}/{}", admin.members_path(), scene.actor(persona)?.id());
        trial.refused("a member of B behind A's address", admin.get(&address), hidden()).await;
    }
    let member_as_patient = format!("/v1/patients/{}", reception.id());
    trial.refused("a member as a patient", reception.get(&member_as_patient), hidden()).await;
    let organization_as_patient = format!("/v1/patients/{}", scene.a());
    trial.refused("an organization as a patient", reception.get(&organization_as_patient), hidden()).await;
    let patient_as_member = format!("{}/{}", admin.members_path(), patient.id);
    trial.refused("a patient as a member", admin.get(&patient_as_member), hidden()).await;
    trial.refused("a patient as a member, removed", admin.delete(&patient_as_member), hidden()).await;
    trial.conclude().await
}
