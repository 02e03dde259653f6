//! `authz-object-abac`: a role opens no records and no documents; treating the patient does.

mod break_glass;
mod erase;
mod oneself;
mod relation;

use crate::attacks::prelude::*;

pub(in crate::attacks) const ATTACKS: &[Attack] = &[
    attack!(
        AUTHZ_OBJECT_ABAC / "no-relation" = relation::none,
        needs: Clinic,
        "A clinician treats a patient and writes a record.",
        "A colleague of the same clinic, who does not, lists, reads, amends and writes, and opens a document.",
    ),
    attack!(
        AUTHZ_OBJECT_ABAC / "ended" = relation::ended,
        needs: Clinic,
        "A clinician's place on the care team has ended, or begins tomorrow.",
        "She reads on. So does one whose place ended by itself.",
    ),
    attack!(
        AUTHZ_OBJECT_ABAC / "self-admission" = relation::self_admission,
        needs: Clinic,
        "A clinician puts herself on the care team, makes herself the attending one, and asks a colleague's place to end.",
        "She tries again behind a broken glass.",
    ),
    attack!(
        AUTHZ_OBJECT_ABAC / "self" = oneself::oneself,
        needs: Clinic,
        "A patient of the clinic becomes a clinician of it. Her own file is there, with a colleague's records.",
        "As a clinician she opens it: as it is, put on its care team by reception, and by breaking the glass.",
    ),
    attack!(
        AUTHZ_OBJECT_ABAC / "erase" = erase::erase,
        needs: Clinic,
        "A clinician treats a patient whose documents a colleague may not open.",
        "The colleague deletes one; so she does behind a broken glass, and so do receptionists.",
    ),
    attack!(
        AUTHZ_OBJECT_ABAC / "glass-no-reason" = break_glass::no_reason,
        needs: Clinic,
        "A clinician breaks the glass without a reason, with one that says nothing, and after a sign-in of an hour ago.",
    ),
    attack!(
        AUTHZ_OBJECT_ABAC / "glass-beyond" = break_glass::beyond,
        needs: Clinic,
        "A clinician broke the glass for one patient.",
        "She reads another patient's records, and this one's when the hour is over. A colleague uses her access.",
    ),
    attack!(
        AUTHZ_OBJECT_ABAC / "glass-one-sign-in" = break_glass::one_sign_in,
        needs: Clinic,
        "Somebody has the token of a clinician who signed in a minute ago.",
        "They open patient after patient, also with tokens that the application refreshed since.",
    ),
    attack!(
        AUTHZ_OBJECT_ABAC / "glass-cap" = break_glass::cap,
        needs: Clinic,
        "A clinician signs in for each patient, and opens eleven in a day. So does a colleague.",
        "A third, of a clinic in which the glass was broken thirty times today, opens one more.",
    ),
    attack!(
        AUTHZ_OBJECT_ABAC / "glass-unseen" = break_glass::unseen,
        needs: People.and(Clinic),
        "A clinician breaks the glass, reads, and hopes that nobody hears of it.",
        "She reviews herself, and reviews anew what was judged.",
    ),
];

/// As if there were no such patient.
fn hidden() -> Refusal {
    Refusal::hidden("relation")
}

/// The patient whom `ClinA1` treats, with a record and a document, and the honest reading of them.
struct Case {
    patient: Patient,
    record: crate::attacks::care::Record,
    document: uuid::Uuid,
}

impl Case {
    async fn of(scene: &Scene) -> Result<Self, AttackError> {
        Self::about(scene, scene.patient().await?).await
    }

    async fn about(scene: &Scene, patient: Patient) -> Result<Self, AttackError> {
        scene.cares(ClinA1, &patient).await?;
        let record = scene.record_by(ClinA1, &patient).await?;
        let (document, _) = scene.judged(RecepA, &NewFile::pdf("X-ray of the chest"), &patient).await?;
        Ok(Self { patient, record, document })
    }

    fn control<'a>(&self, scene: &Scene) -> Result<Control<'a>, AttackError> {
        let canary = self.record.canary.clone();
        let request = scene.actor(ClinA1)?.get(&self.record.path());
        Ok(Control::judged(request, 200, move |answer| answer.mentions(&canary)))
    }

    fn document_path(&self) -> String {
        format!("/v1/documents/{}", self.document)
    }

    fn content_path(&self) -> String {
        format!("{}/content", self.document_path())
    }

    /// Every way to the records and the document.
    fn ways(&self, by: &Actor) -> Vec<Request> {
        let (body, _) = crate::attacks::care::new_record();
        let amendment = json!({ "body": "All fine.", "reason": "none" });
        vec![
            by.get(&self.patient.records_path()),
            by.get(&self.record.path()),
            by.get(&format!("{}/versions", self.record.path())),
            by.get(&self.content_path()),
            by.post(&self.patient.records_path()).json(&body),
            by.post(&format!("{}/amendments", self.record.path())).json(&amendment),
            by.delete(&self.document_path()),
        ]
    }
}
