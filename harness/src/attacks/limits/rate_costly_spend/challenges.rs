//! A question whether an address wants to be told reaches whoever lives there.

use super::exceeded;
use crate::attacks::{Hook, prelude::*};

/// Of one administrator in an hour.
const AN_HOUR: usize = 20;

/// Another administrator names an address, and has it asked.
fn honest(scene: &Scene) -> Control<'_> {
    Control::checked(move || async move {
        let asked = Hook::open(scene, AdminA2).await;
        asked.map(drop).map_err(|error: AttackError| error.to_string())
    })
}

pub(super) async fn knocking(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, honest(scene)).await?;
    for _ in 0..AN_HOUR {
        let knock = async {
            let hook = Hook::pending(scene, AdminA1).await?;
            hook.tell(scene).await?;
            scene.demand(&hook.admin.delete(&hook.path()), 204).await
        };
        trial.honestly(knock).await?;
    }
    let hook = trial.honestly(Hook::pending(scene, AdminA1)).await?;
    let test = format!("{}/test", hook.path());
    trial.refused("once more, anew", hook.admin.post(&test), exceeded("spend.rate")).await;
    trial.conclude().await
}
