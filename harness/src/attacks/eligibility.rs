//! Questions to the insurer for an attack to play with.

use super::{Actor, Patient, Scene};
use crate::{
    client::{Request, Sends},
    verdict::Control,
};
use serde_json::{Value, json};

/// The body of `POST /v1/patients/{patient}/eligibility`.
#[must_use]
pub(crate) fn question(card: &str) -> Value {
    json!({ "payer": "basis-nord", "member_no": card })
}

impl Patient {
    /// `/v1/patients/{patient}/eligibility`
    #[must_use]
    pub fn eligibility_path(&self) -> String {
        format!("{}/eligibility", self.path())
    }
}

impl Actor {
    /// Asks whether the insurer pays for the patient with this card.
    #[must_use]
    pub fn checks(&self, patient: &Patient, card: &str) -> Request {
        self.post(&patient.eligibility_path()).json(&question(card))
    }
}

impl Scene {
    /// An honest question is answered and stored, and asked again it is answered without the insurer.
    pub(crate) fn asks_the_insurer<'a>(&'a self, by: &'a Actor, patient: &'a Patient) -> Control<'a> {
        Control::checked(move || async move {
            let insurer = self.insurer().map_err(|error| error.to_string())?;
            let card = insurer.card();
            for round in ["first", "second"] {
                let answer =
                    by.checks(patient, &card).send_patiently().await.map_err(|error| error.to_string())?;
                if answer.status != 200 || answer.string("/status").as_deref() != Some("active") {
                    return Err(format!("the {round} honest question: {}", answer.summary()));
                }
            }
            match insurer.questions(&card).len() {
                1 => Ok(()),
                came => Err(format!("the insurer was asked {came} times for two honest questions")),
            }
        })
    }
}
