//! Who may not open a document does not destroy it.

use super::{Case, hidden};
use crate::attacks::prelude::*;

pub(super) async fn erase(scene: &Scene) -> Outcome {
    let case = Case::of(scene).await?;
    let (treats, colleague) = (scene.actor(ClinA1)?, scene.actor(ClinA2)?);
    let (reception, other_reception) = (scene.actor(RecepA)?, scene.actor(MultiInA)?);
    let mut documents = Vec::new();
    for story in ["unread", "opened in an emergency", "another's", "too late"] {
        documents.push(scene.judged(RecepA, &NewFile::pdf(story), &case.patient).await?.0);
    }
    let &[unread, opened, anothers, late] = documents.as_slice() else {
        return Err(AttackError::Setup("too few documents".into()));
    };
    let erases = |by: &Actor, document: Uuid| by.delete(&format!("/v1/documents/{document}"));
    let mut trial = Trial::begin(scene, case.control(scene)?).await?;

    trial.refused("a colleague, to open it", colleague.downloads(unread), hidden()).await;
    trial.refused("a colleague", erases(&colleague, unread), hidden()).await;
    let emergency = json!({ "reason": "Found unconscious in the waiting room." });
    let glass = colleague.post(&case.patient.break_glass_path()).json(&emergency);
    trial.honestly(scene.demand(&glass, 201)).await?;
    trial.honestly(scene.demand(&colleague.downloads(opened), 200)).await?;
    trial.refused("behind a broken glass", erases(&colleague, opened), hidden()).await;

    let not_own = || Refusal::problem(403, "forbidden").audit("authz_fail", "role.document");
    let by_another = erases(&other_reception, anothers);
    trial.refused("a receptionist who did not add it", by_another, not_own()).await;
    trial.honestly(added_hours_ago(scene, late)).await?;
    trial.refused("the one who added it, two hours later", erases(&reception, late), not_own()).await;

    // Who may, may.
    trial.honestly(scene.demand(&erases(&treats, case.document), 204)).await?;
    let mistake = NewFile::pdf("of another patient");
    let (mistake, _) = trial.honestly(scene.judged(RecepA, &mistake, &case.patient)).await?;
    trial.honestly(scene.demand(&erases(&reception, mistake), 204)).await?;
    trial.conclude().await
}

/// Lets two hours pass since the document came.
async fn added_hours_ago(scene: &Scene, document: Uuid) -> Result<(), AttackError> {
    let observer = scene.observer();
    let (past, id) = (observer.moment(-7200), observer.id(document));
    observer.execute(&format!("UPDATE documents SET created_at = {past} WHERE id = {id}")).await?;
    Ok(())
}
