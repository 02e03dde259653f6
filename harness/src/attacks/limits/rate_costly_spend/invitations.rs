//! Invitations: mails in the organization's name, to addresses of an administrator's choice.

use super::{exactly, exceeded, taken};
use crate::attacks::prelude::*;
use serde_json::json;
use uuid::Uuid;

/// To one address in an hour.
const TO_ONE: usize = 3;
/// Of an organization in an hour.
const OF_ALL: usize = 50;

fn stranger() -> String {
    format!("{}@clinic.example", Uuid::new_v4().simple())
}

fn invite(by: &Actor, address: &str) -> Request {
    let path = format!("{}/invitations", by.organization_path());
    by.post(&path).json(&json!({ "email": address, "role": "reception" }))
}

pub(super) async fn pump(scene: &Scene) -> Outcome {
    let (thief, honest) = (scene.actor(AdminA1)?, scene.actor(AdminB)?);
    let control = Control::made_anew(201, || Ok::<_, AttackError>(invite(&honest, &stranger())));
    let mut trial = Trial::begin(scene, control).await?;
    let victim = stranger();
    let bombs = vec![invite(&thief, &victim); 6];
    let made = taken(&mut trial, &bombs).await?;
    trial.found("six to one stranger", exactly(TO_ONE, made));
    trial.refused("one more to them", invite(&thief, &victim), exceeded("invitation")).await;
    // Another spelling of the same mailbox.
    let shouted = victim.replace("@clinic", "@CLINIC");
    trial.refused("one more, spelled otherwise", invite(&thief, &shouted), exceeded("invitation")).await;
    let mails = scene.outbox().wait_for(&victim, "You are invited", TO_ONE).await?;
    trial.found("the mailbox", exactly(TO_ONE, mails.len()));

    let others: Vec<Request> = (0..60).map(|_| invite(&thief, &stranger())).collect();
    let mut made = taken(&mut trial, &others).await?;
    // A busy service may have turned some away for a moment: they come back.
    while made < OF_ALL - TO_ONE {
        match taken(&mut trial, &[invite(&thief, &stranger())]).await? {
            0 => break,
            more => made += more,
        }
    }
    trial.found("sixty strangers", exactly(OF_ALL - TO_ONE, made));
    let colleague = scene.actor(AdminA2)?;
    trial.refused("a colleague's", invite(&colleague, &stranger()), exceeded("invitation")).await;
    trial.conclude().await
}
