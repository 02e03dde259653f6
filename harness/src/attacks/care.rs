//! Care teams and clinical records for an attack to play with.

use super::{Patient, Scene};
use crate::{arena::Persona, client::Sends, verdict::AttackError};
use serde_json::{Value, json};
use uuid::Uuid;

/// A clinical record with a canary in its text.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its id in the service.
    pub id: Uuid,
    /// Whose.
    pub patient: Uuid,
    /// A text that stands in no other record.
    pub canary: String,
}

impl Record {
    /// `/v1/patients/{patient}/records/{record}`
    #[must_use]
    pub fn path(&self) -> String {
        self.path_behind(self.patient)
    }

    /// The same record behind a patient of the attack's choice.
    #[must_use]
    pub fn path_behind(&self, patient: Uuid) -> String {
        format!("/v1/patients/{patient}/records/{}", self.id)
    }
}

/// A body of `POST …/records`, and the canary in it.
#[must_use]
pub(crate) fn new_record() -> (Value, String) {
    let canary = format!("lungs-{}", Uuid::new_v4().simple());
    (json!({ "kind": "diagnosis", "body": format!("Rales on both sides. {canary}") }), canary)
}

impl Scene {
    /// Reception puts a clinician on the patient's care team. Gives the relation's id.
    ///
    /// # Errors
    /// When that does not work.
    pub async fn cares(&self, clinician: Persona, patient: &Patient) -> Result<Uuid, AttackError> {
        let by = if clinician.is_of_b() { Persona::RecepB } else { Persona::RecepA };
        let body = json!({ "member_id": self.actor(clinician)?.id() });
        let request = self.actor(by)?.post(&patient.care_team_path()).json(&body);
        let id = self.demand(&request, 201).await?.uuid("/id");
        id.ok_or_else(|| AttackError::Setup("a new care relation has no id".into()))
    }

    /// A new patient whom `ClinA1` treats.
    ///
    /// # Errors
    /// When that does not work.
    pub async fn treated_patient(&self) -> Result<Patient, AttackError> {
        let patient = self.patient().await?;
        self.cares(Persona::ClinA1, &patient).await?;
        Ok(patient)
    }

    /// A record that a clinician on the patient's care team writes.
    ///
    /// # Errors
    /// When that does not work.
    pub async fn record_by(&self, clinician: Persona, patient: &Patient) -> Result<Record, AttackError> {
        let (body, canary) = new_record();
        let request = self.actor(clinician)?.post(&patient.records_path()).json(&body);
        let id = self.demand(&request, 201).await?.uuid("/id");
        let id = id.ok_or_else(|| AttackError::Setup("a new record has no id".into()))?;
        Ok(Record { id, patient: patient.id, canary })
    }
}

impl Patient {
    /// `/v1/patients/{patient}/care-team`
    #[must_use]
    pub fn care_team_path(&self) -> String {
        format!("{}/care-team", self.path())
    }

    /// `/v1/patients/{patient}/records`
    #[must_use]
    pub fn records_path(&self) -> String {
        format!("{}/records", self.path())
    }

    /// `/v1/patients/{patient}/break-glass`
    #[must_use]
    pub fn break_glass_path(&self) -> String {
        format!("{}/break-glass", self.path())
    }
}
