//! Who is on the care team, and when.

use super::{Case, hidden};
use crate::attacks::prelude::*;

pub(super) async fn none(scene: &Scene) -> Outcome {
    let case = Case::of(scene).await?;
    let colleague = scene.actor(ClinA2)?;
    let other = scene.patient().await?;
    scene.cares(ClinA2, &other).await?;
    let mut trial = Trial::begin(scene, case.control(scene)?).await?;
    for request in case.ways(&colleague) {
        trial.refused(&request.describe(), request, hidden()).await;
    }
    for request in case.ways(&scene.actor(ClinB)?) {
        trial.refused(&format!("of B: {}", request.describe()), request, Refusal::hidden("object")).await;
    }
    let behind = colleague.get(&case.record.path_behind(other.id));
    trial.refused("behind a patient whom the colleague treats", behind, Refusal::hidden("object")).await;
    trial.conclude().await
}

pub(super) async fn ended(scene: &Scene) -> Outcome {
    let case = Case::of(scene).await?;
    let (reception, colleague) = (scene.actor(RecepA)?, scene.actor(ClinA2)?);
    let mut trial = Trial::begin(scene, case.control(scene)?).await?;

    let relation = trial.honestly(scene.cares(ClinA2, &case.patient)).await?;
    trial.honestly(scene.demand(&colleague.get(&case.record.path()), 200)).await?;
    let place = format!("{}/{relation}", case.patient.care_team_path());
    trial.honestly(scene.demand(&reception.delete(&place), 204)).await?;
    for request in case.ways(&colleague) {
        trial.refused(&format!("ended: {}", request.describe()), request, hidden()).await;
    }
    let (id, past, future) = (colleague.id(), "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z");
    for (story, body) in [
        ("begins later", json!({ "member_id": id, "starts_at": future })),
        ("over before", json!({ "member_id": id, "starts_at": past, "ends_at": "2020-01-02T00:00:00Z" })),
    ] {
        let add = reception.post(&case.patient.care_team_path()).json(&body);
        trial.honestly(scene.demand(&add, 201)).await?;
        for request in case.ways(&colleague) {
            trial.refused(&format!("{story}: {}", request.describe()), request, hidden()).await;
        }
    }
    trial.conclude().await
}

pub(super) async fn self_admission(scene: &Scene) -> Outcome {
    let case = Case::of(scene).await?;
    let curious = scene.actor(ClinA2)?;
    let mut trial = Trial::begin(scene, case.control(scene)?).await?;

    let myself = json!({ "member_id": curious.id() });
    let join = || curious.post(&case.patient.care_team_path()).json(&myself);
    trial.refused("she puts herself on the team", join(), hidden()).await;
    let attending = json!({ "attending_member_id": curious.id() });
    let correct = curious.patch(&case.patient.path()).json(&attending);
    trial.honestly(scene.demand(&correct, 200)).await?;
    trial.refused("as the attending one", curious.get(&case.record.path()), hidden()).await;
    trial.refused("as the attending one, joining", join(), hidden()).await;

    let emergency = json!({ "reason": "Found unconscious in the waiting room." });
    let glass = curious.post(&case.patient.break_glass_path()).json(&emergency);
    trial.honestly(scene.demand(&glass, 201)).await?;
    trial.honestly(scene.demand(&curious.get(&case.record.path()), 200)).await?;
    trial.refused("behind the broken glass, to stay", join(), hidden()).await;
    trial.conclude().await
}
