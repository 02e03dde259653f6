//! Exports of patients' data for an attack to play with.

use super::{Patient, Scene};
use crate::{
    arena::Persona,
    client::{Request, Sends},
    verdict::AttackError,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// A request for a patient's data.
#[derive(Clone, Debug)]
pub struct Export {
    /// Its id in the service.
    pub id: Uuid,
    /// Who asked.
    pub by: Persona,
}

impl Export {
    /// `/v1/exports/{export}`
    #[must_use]
    pub fn path(&self) -> String {
        format!("/v1/exports/{}", self.id)
    }

    /// A decision of this name: `approve` or `refuse`.
    ///
    /// # Errors
    /// When the persona takes no part.
    pub fn decision(&self, scene: &Scene, by: Persona, name: &str) -> Result<Request, AttackError> {
        Ok(scene.actor(by)?.post(&format!("{}/{name}", self.path())))
    }

    /// Whoever asked fetches the file.
    ///
    /// # Errors
    /// When the persona takes no part.
    pub fn download(&self, scene: &Scene) -> Result<Request, AttackError> {
        Ok(scene.actor(self.by)?.get(&self.content_path()))
    }

    /// `/v1/exports/{export}/content`
    #[must_use]
    pub fn content_path(&self) -> String {
        format!("{}/content", self.path())
    }

    /// Moves its end: to decide, or to fetch.
    ///
    /// # Errors
    /// When the observer can't write.
    pub async fn is_over(&self, scene: &Scene) -> Result<(), AttackError> {
        let observer = scene.observer();
        let (past, id) = (observer.moment(-60), observer.id(self.id));
        observer.execute(&format!("UPDATE patient_exports SET expires_at = {past} WHERE id = {id}")).await?;
        Ok(())
    }
}

/// The body of `POST /v1/patients/{patient}/exports`.
#[must_use]
pub(crate) fn new_export(format: &str) -> Value {
    json!({ "format": format, "reason": "The patient asked for everything at the desk." })
}

impl Patient {
    /// `/v1/patients/{patient}/exports`
    #[must_use]
    pub fn exports_path(&self) -> String {
        format!("{}/exports", self.path())
    }
}

impl Scene {
    /// Lets so many hours pass for the quotas of exports, and for nothing else.
    ///
    /// # Errors
    /// When the observer can't write.
    pub async fn exports_were_hours_ago(&self, hours: i64) -> Result<(), AttackError> {
        let observer = self.observer();
        let (past, a, b) = (observer.moment(-3600 * hours), observer.id(self.a()), observer.id(self.b()));
        let sql = format!(
            "UPDATE patient_exports SET requested_at = {past} \
             WHERE organization_id IN ({a}, {b}) AND requested_at > {past}"
        );
        observer.execute(&sql).await?;
        Ok(())
    }

    /// An export that somebody asks for, on a day when nobody has asked for one.
    ///
    /// # Errors
    /// When that does not work.
    pub async fn export(&self, by: Persona, patient: &Patient, format: &str) -> Result<Export, AttackError> {
        self.exports_were_hours_ago(30).await?;
        let request = self.actor(by)?.post(&patient.exports_path()).json(&new_export(format));
        let id = self.demand(&request, 201).await?.uuid("/id");
        Ok(Export { id: id.ok_or_else(|| AttackError::Setup("a new export has no id".into()))?, by })
    }

    /// As [`Scene::export`], approved by an administrator.
    ///
    /// # Errors
    /// When that does not work.
    pub async fn approved_export(
        &self,
        by: Persona,
        patient: &Patient,
        format: &str,
    ) -> Result<Export, AttackError> {
        let export = self.export(by, patient, format).await?;
        let admin = if by.is_of_b() { Persona::AdminB } else { Persona::AdminA1 };
        self.demand(&export.decision(self, admin, "approve")?, 200).await?;
        Ok(export)
    }
}
