//! Delivers what is due.
//!
//! Every replica runs one; each message is claimed in the database before it is sent, so that no two send it at once. A replica
//! that dies with a claim lets it lapse, and another sends the message again: at least once, never at the same time.

mod attempt;
mod claim;
mod schedule;
#[cfg(test)]
mod tests;

pub(crate) use claim::forget_old;

use crate::service::Service;
use chrono::TimeDelta;
use std::{sync::Arc, time::Duration};
use tokio::task::JoinSet;

/// Messages that are sent at once.
const AT_ONCE: usize = 32;
/// How often somebody looks without being woken: retries, and what another replica left.
const TICK: Duration = Duration::from_secs(1);
/// What is fresh is left to the replica that wrote it, which was woken.
const FRESH: TimeDelta = TimeDelta::seconds(2);

/// Delivers as long as the service runs.
pub(crate) async fn deliver(service: Arc<Service>) {
    let mut running = JoinSet::new();
    loop {
        let woken = tokio::select! {
            () = service.deliveries.rung() => true,
            () = tokio::time::sleep(TICK) => false,
        };
        while running.try_join_next().is_some() {}
        let room = AT_ONCE.saturating_sub(running.len());
        let age = if woken { TimeDelta::zero() } else { FRESH };
        match claim::due(&service, room, age).await {
            Ok(claimed) => {
                // As many as could be taken: there may be more.
                if !claimed.is_empty() && claimed.len() == room.min(claim::MOST) {
                    service.deliveries.ring();
                }
                for one in claimed {
                    running.spawn(attempt::attempt(Arc::clone(&service), one));
                }
            }
            Err(error) => {
                tracing::warn!(error = %error, "Webhooks were not delivered; tried again in a second")
            }
        }
    }
}
