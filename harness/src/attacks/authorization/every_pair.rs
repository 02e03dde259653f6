//! `authz-object-reference`, address by address: a child is found behind its own parent only.

use crate::{
    attacks::{
        furnished::{Done, done},
        prelude::*,
    },
    matrix::{Endpoint, Relation, call, endpoints},
};

pub(super) const ATTACKS: &[Attack] = &[attack!(
    AUTHZ_OBJECT_REFERENCE / "every-pair" = every_pair,
    needs: Clinic,
    "Every address with two ids, by every role that may call it: first honestly, so that it is known to work.",
    "Then with the child of another parent, with a child of B behind a parent of A, and with a parent of B before a child of A.",
)];

async fn every_pair(scene: &Scene) -> Outcome {
    let control = Control::new(scene.actor(AdminA1)?.get(&scene.actor(RecepA)?.path()), 200);
    let mut trial = Trial::begin(scene, control).await?;
    let pairs =
        endpoints().iter().filter(|endpoint| endpoint.path.matches('{').count() > 1 && !endpoint.over);
    for endpoint in pairs.filter(|endpoint| !endpoint.roles.is_empty()) {
        let mut called = false;
        for role in &endpoint.roles {
            if let Some(done) = trial.honestly(done(scene, endpoint, role)).await? {
                called = true;
                crossed(scene, endpoint, &done, &mut trial).await?;
            }
        }
        if !called {
            let story = format!("{} {}", endpoint.method, endpoint.path);
            trial.found(&story, Finding::Unclear("nobody's honest call succeeds".into()));
        }
    }
    trial.conclude().await
}

async fn crossed(
    scene: &Scene,
    endpoint: &'static Endpoint,
    done: &Done,
    trial: &mut Trial<'_>,
) -> Result<(), AttackError> {
    // What was done may have taken the child away; another one stands behind a parent of its own.
    let own = trial.honestly(call(scene, Some(&done.by), endpoint, done.relation)).await?;
    let foreign = trial.honestly(call(scene, Some(&done.by), endpoint, Relation::OtherOrganization)).await?;
    let (Some(mut attempt), Some(foreign)) = (own, foreign) else {
        return Err(AttackError::Setup(format!("there is no second {}", endpoint.path)));
    };
    let own = attempt.path.clone();
    for (story, path) in [
        ("another parent's child", mixed(endpoint.path, &done.path, &own)),
        ("B's child", mixed(endpoint.path, &own, &foreign.path)),
        ("B's parent", mixed(endpoint.path, &foreign.path, &own)),
    ] {
        // Where there is one parent only, and where the foreign child was behind A's own parent already.
        if path == own {
            continue;
        }
        let story = format!("{story}: {} {} by {}", endpoint.method, endpoint.path, done.by.persona().name());
        attempt.path = path;
        let request = attempt.by(&done.by, &endpoint.method);
        trial.refused(&story, request, Refusal::absent().audit_event("authz_fail")).await;
    }
    Ok(())
}

/// The address with the first id of one and the last id of the other.
fn mixed(template: &str, parents: &str, childs: &str) -> String {
    let last = template.split('/').rfind(|part| part.starts_with('{'));
    let parts = template.split('/').zip(parents.split('/').zip(childs.split('/')));
    let chosen = parts.map(|(part, (parent, child))| if Some(part) == last { child } else { parent });
    chosen.collect::<Vec<_>>().join("/")
}
