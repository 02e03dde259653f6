//! Patients with a canary in every field.

use serde_json::{Value, json};
use uuid::Uuid;

/// What is sent to register a patient; every text is unique in the run.
#[derive(Clone, Debug)]
pub struct NewPatient {
    /// A name of letters only.
    pub given_name: String,
    /// A name of letters only.
    pub family_name: String,
    /// `1984-03-27`
    pub birth_date: String,
    /// Sealed at rest, unique in an organization.
    pub national_id: String,
    /// Sealed at rest.
    pub phone: String,
    /// A text inside the free-form metadata.
    pub metadata_canary: String,
    /// The patient's own login, if it has one.
    pub member_id: Option<Uuid>,
    /// The clinician who attends.
    pub attending_member_id: Option<Uuid>,
}

impl NewPatient {
    /// Somebody new.
    #[must_use]
    pub fn unique() -> Self {
        let random = Uuid::new_v4();
        let digits: String = random.as_bytes().iter().map(|byte| char::from(b'0' + byte % 10)).collect();
        let letters: String = random.as_bytes().iter().map(|byte| char::from(b'a' + byte % 26)).collect();
        let part = |text: &str, from: usize, to: usize| text.get(from..to).unwrap_or_default().to_owned();
        Self {
            given_name: format!("Gwen{}", part(&letters, 0, 8)),
            family_name: format!("Falk{}", part(&letters, 8, 16)),
            birth_date: "1984-03-27".into(),
            national_id: format!("ID{}", part(&digits, 0, 12)),
            phone: format!("+4930{}", part(&digits, 4, 13)),
            metadata_canary: format!("metadata-{}", random.simple()),
            member_id: None,
            attending_member_id: None,
        }
    }

    /// The body of `POST /v2/patients`.
    #[must_use]
    pub fn body_v2(&self) -> Value {
        let mut body = self.body();
        if let Some(fields) = body.as_object_mut() {
            fields.remove("given_name");
            fields.remove("family_name");
            fields.insert("name".into(), json!({ "given": self.given_name, "family": self.family_name }));
        }
        body
    }

    /// The body of `POST /v1/patients`.
    #[must_use]
    pub fn body(&self) -> Value {
        let mut body = json!({
            "given_name": self.given_name,
            "family_name": self.family_name,
            "birth_date": self.birth_date,
            "national_id": self.national_id,
            "phone": self.phone,
            "metadata": { "canary": self.metadata_canary },
        });
        if let Some(fields) = body.as_object_mut() {
            if let Some(id) = self.member_id {
                fields.insert("member_id".into(), json!(id));
            }
            if let Some(id) = self.attending_member_id {
                fields.insert("attending_member_id".into(), json!(id));
            }
        }
        body
    }
}

/// A registered patient.
#[derive(Clone, Debug)]
pub struct Patient {
    /// Its id in the service.
    pub id: Uuid,
    /// What was sent: the canaries.
    pub sent: NewPatient,
}

impl Patient {
    /// Somebody like this one whom nobody registered.
    #[must_use]
    pub fn absent(self) -> Self {
        Self { id: Uuid::new_v4(), ..self }
    }

    /// `/v1/patients/{patient}`
    #[must_use]
    pub fn path(&self) -> String {
        format!("/v1/patients/{}", self.id)
    }

    /// `/v1/patients/{patient}/discharge`
    #[must_use]
    pub fn discharge_path(&self) -> String {
        format!("{}/discharge", self.path())
    }
}
