//! Slots and appointments for an attack to play with.

use super::{Patient, Scene};
use crate::{
    arena::Persona,
    client::{Request, Sends},
    verdict::AttackError,
};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicI64, Ordering};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

/// A slot's length.
const QUARTER: Duration = Duration::minutes(15);

/// Time that a clinician offers.
#[derive(Clone, Debug)]
pub struct Slot {
    /// Its id in the service.
    pub id: Uuid,
}

impl Slot {
    /// `/v1/slots/{slot}`
    #[must_use]
    pub fn path(&self) -> String {
        format!("/v1/slots/{}", self.id)
    }

    /// `/v1/slots/{slot}/holds`
    #[must_use]
    pub fn holds_path(&self) -> String {
        format!("{}/holds", self.path())
    }
}

/// A patient's appointment.
#[derive(Clone, Debug)]
pub struct Appointment {
    /// Its id in the service.
    pub id: Uuid,
    of_b: bool,
    clinician: Persona,
}

impl Appointment {
    /// `/v1/appointments/{appointment}`
    #[must_use]
    pub fn path(&self) -> String {
        format!("/v1/appointments/{}", self.id)
    }

    /// A step of it, by whose it is to take.
    ///
    /// # Errors
    /// When the persona takes no part.
    pub fn step(&self, scene: &Scene, step: &str) -> Result<Request, AttackError> {
        let reception = if self.of_b { Persona::RecepB } else { Persona::RecepA };
        let by = scene.actor(if step == "complete" { self.clinician } else { reception })?;
        Ok(by.post(&format!("{}/{step}", self.path())))
    }

    /// A minute later: time enough to have read what is confirmed.
    ///
    /// # Errors
    /// When the observer can't write.
    pub async fn held_for_a_minute(&self, scene: &Scene) -> Result<(), AttackError> {
        self.set(scene, "created_at", -60).await
    }

    /// No time has passed since it was held, as long as nobody takes half a minute more.
    ///
    /// # Errors
    /// When the observer can't write.
    pub async fn held_this_moment(&self, scene: &Scene) -> Result<(), AttackError> {
        self.set(scene, "created_at", 30).await
    }

    /// Eleven minutes later: nobody confirmed it.
    ///
    /// # Errors
    /// When the observer can't write.
    pub async fn held_too_long(&self, scene: &Scene) -> Result<(), AttackError> {
        self.set(scene, "held_until", -60).await
    }

    async fn set(&self, scene: &Scene, column: &str, seconds: i64) -> Result<(), AttackError> {
        let observer = scene.observer();
        let (moment, id) = (observer.moment(seconds), observer.id(self.id));
        observer.execute(&format!("UPDATE appointments SET {column} = {moment} WHERE id = {id}")).await?;
        Ok(())
    }
}

/// The body of `POST /v1/slots`.
#[must_use]
pub(crate) fn new_slot(clinician: Uuid, starts_at: OffsetDateTime) -> Value {
    let text = |time: OffsetDateTime| time.format(&Rfc3339).unwrap_or_default();
    json!({ "clinician_member_id": clinician, "starts_at": text(starts_at), "ends_at": text(starts_at + QUARTER) })
}

/// A time from the day after tomorrow on that no other slot of this run has.
#[must_use]
pub(crate) fn next_time() -> OffsetDateTime {
    static QUARTERS: AtomicI64 = AtomicI64::new(0);
    let number = QUARTERS.fetch_add(1, Ordering::Relaxed);
    midnight(2) + QUARTER * i32::try_from(number % 16_000).unwrap_or_default()
}

/// Midnight in so many days.
#[must_use]
pub(crate) fn midnight(days: i64) -> OffsetDateTime {
    let now = OffsetDateTime::from_unix_timestamp(crate::clock::unix_seconds());
    (now.unwrap_or(OffsetDateTime::UNIX_EPOCH) + Duration::days(days)).replace_time(time::Time::MIDNIGHT)
}

impl Scene {
    /// A new slot that a clinician offers.
    ///
    /// # Errors
    /// When that does not work.
    pub async fn slot_of(&self, clinician: Persona) -> Result<Slot, AttackError> {
        self.slot_at(clinician, next_time()).await
    }

    /// A new slot of a clinician at this time.
    ///
    /// # Errors
    /// When that does not work.
    pub async fn slot_at(&self, clinician: Persona, starts_at: OffsetDateTime) -> Result<Slot, AttackError> {
        let clinician = self.actor(clinician)?;
        let request = clinician.post("/v1/slots").json(&new_slot(clinician.id(), starts_at));
        let id = self.demand(&request, 201).await?.uuid("/id");
        Ok(Slot { id: id.ok_or_else(|| AttackError::Setup("a new slot has no id".into()))? })
    }

    /// An appointment that reception holds for a patient in a new slot of this clinician.
    ///
    /// # Errors
    /// When that does not work.
    pub async fn hold(&self, clinician: Persona, patient: &Patient) -> Result<Appointment, AttackError> {
        let slot = self.slot_of(clinician).await?;
        let by = if clinician.is_of_b() { Persona::RecepB } else { Persona::RecepA };
        self.held(by, clinician, &slot, patient).await
    }

    /// An appointment that somebody holds for a patient in this slot.
    ///
    /// # Errors
    /// When that does not work.
    pub async fn held(
        &self,
        by: Persona,
        clinician: Persona,
        slot: &Slot,
        patient: &Patient,
    ) -> Result<Appointment, AttackError> {
        let request = self.actor(by)?.post(&slot.holds_path()).json(&json!({ "patient_id": patient.id }));
        let id = self.demand(&request, 201).await?.uuid("/id");
        let id = id.ok_or_else(|| AttackError::Setup("a hold has no id".into()))?;
        Ok(Appointment { id, of_b: clinician.is_of_b(), clinician })
    }
}
