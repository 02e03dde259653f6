//! Who treats is not who is treated.

use super::{Case, hidden};
use crate::attacks::prelude::*;

pub(super) async fn oneself(scene: &Scene) -> Outcome {
    let case = Case::about(scene, scene.record_of(PatA2).await?).await?;
    let (admin, reception, both) = (scene.actor(AdminA1)?, scene.actor(RecepA)?, scene.actor(PatA2)?);
    // While she is a patient and nothing else, it is her right.
    scene.demand(&both.with_scopes(EVERY_SCOPE)?.get(&case.record.path()), 200).await?;
    let mut trial = Trial::begin(scene, case.control(scene)?).await?;

    let hired = admin.patch(&both.path()).json(&json!({ "role": "clinician" }));
    trial.honestly(scene.demand(&hired, 200)).await?;
    let clinician = both.with_scopes(EVERY_SCOPE)?;
    let mut ways = case.ways(&clinician);
    let emergency = json!({ "reason": "Found unconscious in the waiting room." });
    ways.push(clinician.post(&case.patient.break_glass_path()).json(&emergency));
    for request in &ways {
        trial.refused(&request.describe(), request.clone(), hidden()).await;
    }
    let place = reception.post(&case.patient.care_team_path()).json(&json!({ "member_id": clinician.id() }));
    trial.honestly(scene.demand(&place, 201)).await?;
    for request in ways {
        trial.refused(&format!("on the team: {}", request.describe()), request, hidden()).await;
    }
    trial.conclude().await
}
