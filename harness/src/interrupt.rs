//! Being told to stop: a run then removes what it made instead of dying on the spot.

use tokio::signal::unix::{SignalKind, signal};

/// Waits for Ctrl-C, for SIGTERM, or for the terminal to be closed.
pub(crate) async fn interrupted() {
    let mut kinds = Vec::new();
    for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()] {
        // What can't be listened for keeps its usual effect, which is to end the process.
        kinds.extend(signal(kind));
    }
    let heard = kinds.iter_mut().map(|kind| Box::pin(kind.recv()));
    if heard.len() > 0 {
        futures_util::future::select_all(heard).await;
    } else {
        std::future::pending::<()>().await;
    }
}
