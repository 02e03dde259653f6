//! npm `standardwebhooks`, the reference verifier of the specification, on real deliveries.

use super::{Steps, node::Node, story};
use crate::{
    arena::Persona,
    attacks::{Hook, Scene, something_happens},
    catcher::Arrival,
    client::Sends,
    verdict::AttackError,
};
use serde_json::{Value, json};

const SCRIPT: &str = "standardwebhooks.mjs";

pub(super) async fn tell(scene: &Scene, steps: &mut Steps) -> Result<(), AttackError> {
    let hook = Hook::open(scene, Persona::AdminA1).await?;
    let other = Hook::open(scene, Persona::AdminA2).await?;
    let event = next_event(scene, &hook).await?;
    let rotated = scene.demand(&hook.admin.post(&format!("{}/rotate-secret", hook.path())), 200).await?;
    let setup = json!({
        "secret": hook.secret,
        "other": other.secret,
        "event": as_received(&event),
        "fresh": rotated.string("/signing_secret"),
        "rotated": as_received(&next_event(scene, &hook).await?),
    });
    let (peer, _) = Node::start(SCRIPT, &setup).await?;
    story::hear(peer, steps).await
}

/// What the endpoint is told when a member is renamed.
async fn next_event(scene: &Scene, hook: &Hook) -> Result<Arrival, AttackError> {
    let before = scene.catcher().arrivals(&hook.token).len();
    something_happens(scene, "Renamed").await?;
    let arrival = scene.catcher().wait_for(&hook.token, before.saturating_add(1)).await;
    arrival.ok_or_else(|| AttackError::Setup("the event does not arrive".into()))
}

fn as_received(arrival: &Arrival) -> Value {
    let headers: serde_json::Map<String, Value> =
        arrival.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    json!({ "headers": headers, "body": arrival.body })
}
