//! Exports: a patient's whole history is asked for seldom.

use super::{exactly, exceeded, taken};
use crate::attacks::{exports::new_export, prelude::*};

/// The receptionist of B asks for one.
fn honest(scene: &Scene) -> Control<'_> {
    Control::checked(move || async move {
        let made = async {
            let patient = scene.patient_in_b().await?;
            let of_b = scene.observer().id(scene.b());
            let past = scene.observer().moment(-200_000);
            let sql =
                format!("UPDATE patient_exports SET requested_at = {past} WHERE organization_id = {of_b}");
            scene.observer().execute(&sql).await?;
            let asks = scene.actor(RecepB)?.post(&patient.exports_path()).json(&new_export("json"));
            scene.demand(&asks, 201).await
        };
        made.await.map(drop).map_err(|error: AttackError| error.to_string())
    })
}

pub(super) async fn export(scene: &Scene) -> Outcome {
    let patient = scene.patient().await?;
    let mut trial = Trial::begin(scene, honest(scene)).await?;
    let asks = |by: Persona| {
        Ok::<_, AttackError>(scene.actor(by)?.post(&patient.exports_path()).json(&new_export("json")))
    };
    let own = vec![asks(RecepA)?; 5];
    let made = taken(&mut trial, &own).await?;
    trial.found("five at once", exactly(2, made));
    trial.refused("a third in an hour", asks(RecepA)?, exceeded("export")).await;
    for by in [MultiInA, RecepA, RecepA] {
        trial.honestly(scene.exports_were_hours_ago(2)).await?;
        for _ in 0..2 {
            trial.honestly(scene.demand(&asks(by)?, 201)).await?;
        }
    }
    trial.honestly(scene.exports_were_hours_ago(2)).await?;
    let odd = trial.honestly(scene.demand(&asks(RecepA)?, 201)).await?;
    let id = odd.request_id().ok_or_else(|| AttackError::Setup("no request id".into()))?;
    let events = scene.observer().audit_events_of(id).await?;
    let told = events.iter().any(|row| row.text("event").as_deref() == Some("export_anomaly"));
    trial.found("the third of one in a day", Finding::must(told, "nobody is told"));
    let colleagues = [RecepA, MultiInA, SuspendedA, ExmemberA, SuspendedA];
    let last = colleagues.into_iter().map(asks).collect::<Result<Vec<_>, _>>()?;
    let made = taken(&mut trial, &last).await?;
    trial.found("five for the last one of the day", exactly(1, made));
    trial.refused("the eleventh of a day", asks(ExmemberA)?, exceeded("export")).await;
    trial.conclude().await
}
