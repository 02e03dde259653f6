//! Delivers what is due.
//!
//! Every replica runs one; each message is claimed in the database before it is sent, so that no two send it at once. A replica
//! that dies with a claim lets it lapse, and another sends the message again: at least once, never at the same time.

mod attempt;
mod claim;
mod schedule;
#[cfg(test)]
mod tests;

use crate::{
    limits::{Shares, share_of_tenant},
    service::Service,
};
use chrono::TimeDelta;
use claim::Room;
use std::{sync::Arc, time::Duration};

/// Messages that are sent at once.
const AT_ONCE: usize = 32;
/// …of one organization.
const SHARE: usize = 8;
/// How often somebody looks without being woken: retries, and what another replica left.
const TICK: Duration = Duration::from_secs(1);
/// What is fresh is left to the replica that wrote it, which was woken.
const FRESH: TimeDelta = TimeDelta::seconds(2);

/// Delivers as long as the service runs.
pub(crate) async fn deliver(service: Arc<Service>) {
    let places = Shares::of(AT_ONCE, share_of_tenant);
    let room = Room { places: &places, share: SHARE };
    loop {
        let woken = tokio::select! {
            () = service.deliveries.rung() => true,
            () = tokio::time::sleep(TICK) => false,
        };
        let most = places.free().min(claim::MOST);
        let age = if woken { TimeDelta::zero() } else { FRESH };
        match claim::due(&service, room, age).await {
            Ok(claimed) => {
                // As many as could be taken: there may be more.
                if !claimed.is_empty() && claimed.len() == most {
                    service.deliveries.ring();
                }
                for one in claimed {
                    // Only this loop takes places, and it claimed no more than are free.
                    let Ok(place) = places.try_take(one.organization, SHARE) else { continue };
                    let (service, places) = (Arc::clone(&service), places.clone());
                    tokio::spawn(async move {
                        attempt::attempt(Arc::clone(&service), one).await;
                        let kept_others_waiting =
                            places.free() == 0 || places.held(one.organization) >= SHARE;
                        drop(place);
                        if kept_others_waiting {
                            service.deliveries.ring();
                        }
                    });
                }
            }
            Err(error) => {
                tracing::warn!(error = %error, "Webhooks were not delivered; tried again in a second")
            }
        }
    }
}
