//! What is done beside the requests, on timers.

use crate::{
    http::tls::Certificates,
    organizations::{api_clients::reminders, endings},
    service::Service,
    store::growth,
};
use std::{convert::Infallible, fmt::Display, future::Future, sync::Arc, time::Duration};

const HOUR: Duration = Duration::from_secs(60 * 60);
/// How often limiters forget who has not called for a while.
const FORGET_EVERY: Duration = Duration::from_secs(30);

pub(super) fn begin(service: &Arc<Service>, certificates: Arc<Certificates>) {
    let clock = service.clock;
    tokio::spawn(every(HOUR, move || {
        certificates.renew(clock);
        certificates.warn_of_expiry(clock);
    }));
    let limits = service.limits.clone();
    tokio::spawn(every(FORGET_EVERY, move || limits.forget_idle()));
    hourly(service, "Old rows were not removed", |service| async move {
        growth::sweep(&service.store, service.clock.now()).await;
        Ok::<_, Infallible>(())
    });
    hourly(service, "Old mails were not removed from the outbox", |service| async move {
        service.mailer.forget_old().await
    });
    hourly(service, "Nobody was reminded of API keys that expire", |service| async move {
        reminders::remind(&service).await
    });
    hourly(service, "Nobody was told of operations that end", |service| async move {
        endings::remind(&service).await
    });
}

async fn every(period: Duration, work: impl Fn() + Send) {
    let mut timer = tokio::time::interval(period);
    loop {
        timer.tick().await;
        work();
    }
}

/// Does this every hour, and says so in the log when it can't.
fn hourly<W, F, E>(service: &Arc<Service>, undone: &'static str, work: W)
where
    W: Fn(Arc<Service>) -> F + Send + 'static,
    F: Future<Output = Result<(), E>> + Send,
    E: Display + Send,
{
    let service = Arc::clone(service);
    tokio::spawn(async move {
        let mut timer = tokio::time::interval(HOUR);
        loop {
            timer.tick().await;
            if let Err(error) = work(Arc::clone(&service)).await {
                tracing::warn!(error = %error, "{undone}; tried again in an hour");
            }
        }
    });
}
