//! Where SQLite's blocking calls run.
//!
//! diesel-async's own runner waits with `block_in_place` when a query's future is dropped, and that panics on the
//! current-thread runtimes of actix: a client that hangs up would take a worker's request down with it. Here each connection has one
//! thread and a queue. A dropped query is finished and forgotten, and what is sent after it (the ROLLBACK) runs after it.

use diesel_async::sync_connection_wrapper::SpawnBlocking;
use futures_util::future::BoxFuture;
use std::{error::Error, io, sync::mpsc, thread};
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// One thread, one queue.
#[derive(Debug)]
pub struct Offload {
    jobs: mpsc::Sender<Job>,
}

impl Offload {
    /// Starts the thread; it ends when this is dropped.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn start() -> io::Result<Self> {
        let (jobs, queue) = mpsc::channel::<Job>();
        thread::Builder::new().name("sqlite".into()).spawn(move || {
            for job in queue {
                job();
            }
        })?;
        Ok(Self { jobs })
    }
}

impl SpawnBlocking for Offload {
    fn spawn_blocking<'a, R>(
        &mut self,
        task: impl FnOnce() -> R + Send + 'static,
    ) -> BoxFuture<'a, Result<R, Box<dyn Error + Send + Sync + 'static>>>
    where
        R: Send + 'static,
    {
        let (answer, outcome) = oneshot::channel();
        // Nobody may be listening any more; the work is done all the same.
        let job = move || drop(answer.send(task()));
        let sent = self.jobs.send(Box::new(job)).map_err(|_| "the SQLite thread has ended");
        Box::pin(async move {
            sent?;
            Ok(outcome.await?)
        })
    }

    /// The trait leaves no way to say that no thread was left: the queue is closed then, and every query fails.
    fn get_runtime() -> Self {
        Self::start().unwrap_or_else(|_| Self { jobs: mpsc::channel().0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        sync::{
            Arc,
            atomic::{AtomicBool, Ordering},
        },
        time::Duration,
    };

    #[tokio::test]
    async fn a_dropped_query_does_not_panic_and_what_follows_waits_for_it() {
        let mut offload = Offload::start().unwrap();
        let finished = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&finished);
        drop(offload.spawn_blocking(move || {
            thread::sleep(Duration::from_millis(50));
            flag.store(true, Ordering::SeqCst);
        }));
        let seen = offload.spawn_blocking(move || finished.load(Ordering::SeqCst)).await.unwrap();
        assert!(seen);
    }
}
