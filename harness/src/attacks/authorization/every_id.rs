//! `authz-object-access`, address by address: whatever takes an id takes none of another organization's.

use crate::{
    attacks::{furnished::done, prelude::*},
    matrix::{Relation, call, endpoints},
};
use brigandine_api::protection::DB_RLS_FORCED;

pub(super) const ATTACKS: &[Attack] = &[attack!(
    AUTHZ_OBJECT_ACCESS / "every-id" = every_id,
    twin: Twin::Layered(&[&DB_RLS_FORCED]),
    "Every address with an id, by every role that may call it: first honestly, so that it is known to work.",
    "Then with the id of an object of B that would do.",
)];

async fn every_id(scene: &Scene) -> Outcome {
    let control = Control::new(scene.actor(AdminA1)?.get(&scene.actor(RecepA)?.path()), 200);
    let mut trial = Trial::begin(scene, control).await?;
    // Sessions are people's own, whatever their organization: `session-termination/foreign`.
    let named =
        endpoints().iter().filter(|it| it.path.contains('{') && !it.path.contains("{session}") && !it.over);
    for endpoint in named.filter(|endpoint| !endpoint.roles.is_empty()) {
        let mut called = false;
        for role in &endpoint.roles {
            let Some(done) = trial.honestly(done(scene, endpoint, role)).await? else { continue };
            called = true;
            let foreign = call(scene, Some(&done.by), endpoint, Relation::OtherOrganization);
            let missing = || AttackError::Setup(format!("B has nothing for {}", endpoint.path));
            let foreign = trial.honestly(foreign).await?.ok_or_else(missing)?;
            let story = format!("{} {} by {role}", endpoint.method, endpoint.path);
            let request = foreign.by(&done.by, &endpoint.method);
            trial.refused(&story, request, Refusal::absent().audit_event("authz_fail")).await;
        }
        if !called {
            let story = format!("{} {}", endpoint.method, endpoint.path);
            trial.found(&story, Finding::Unclear("nobody's honest call succeeds".into()));
        }
    }
    trial.conclude().await
}
