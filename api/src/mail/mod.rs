//! Mail: what accounts are told, and how it leaves.
//!
//! A [`Letter`] is one of a few kinds; its recipient is an address that was parsed, its links begin with the service's own
//! base URL. Nothing of a request becomes a header or an address of a link, so neither can be injected.
//!
//! Sending never holds up an answer: [`Mailer::post`] only queues, and how long the mail server takes says nothing to
//! whoever asked. Without an SMTP server mails are left in a folder (`outbox`).
//!
//! What strangers ask for is counted (`postage`) and waits apart from what accounts are told (`queue`).

mod delivery;
mod letter;
mod link;
mod outbox;
mod postage;
mod queue;
mod recipient;
mod smtp;
#[cfg(test)]
mod tests;

pub use letter::{Letter, Mail, Notice, Queue};
pub use link::{Link, Links, Page};
pub use postage::{Asked, Postage, stamp, withheld};
pub use recipient::{InvalidRecipient, Recipient};

use crate::{
    clock::Clock,
    settings::{Settings, SettingsError},
    watch::MailMetrics,
};
use delivery::Delivery;
use lettre::message::Mailbox;
use queue::{Queues, Slot};
use std::{fmt, io, sync::Arc, time::Duration};
use tokio::{runtime::Handle, sync::Semaphore};

/// How often work before a mail is tried, and the pause between.
const TRIES: usize = 5;
const PAUSE: Duration = Duration::from_millis(500);

/// Takes mails. Cheap to clone; shared by all workers.
#[derive(Clone)]
pub struct Mailer(Arc<Inner>);

struct Inner {
    delivery: Delivery,
    from: Mailbox,
    clock: Clock,
    queues: Queues,
    metrics: MailMetrics,
    /// Whose work before a mail is done now.
    turns: Arc<Semaphore>,
    /// Where mails are sent from: not the worker that answers, whose next answers would be later for it.
    runtime: Handle,
}

/// No room for another mail.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("too many mails are waiting")]
pub struct QueueFull;

impl Mailer {
    /// Prepares to send as the settings say. To be called on the runtime that shall do the sending.
    ///
    /// # Errors
    /// When the CA file can't be read, or the outbox can't be made.
    pub fn start(settings: &Settings, clock: Clock, metrics: MailMetrics) -> Result<Self, SettingsError> {
        let from = settings.mail.from(&settings.server)?;
        let delivery = match &settings.mail.host {
            Some(host) => Delivery::Smtp(smtp::transport(settings, host)?),
            None => Delivery::Outbox(outbox::Outbox::open(settings, clock)?),
        };
        match &delivery {
            Delivery::Smtp(_) => {
                tracing::info!(host = settings.mail.host.as_deref(), "Mails go to the SMTP server");
            }
            Delivery::Outbox(outbox) => tracing::warn!(
                folder = %outbox.folder().display(),
                "No mail.host is set: mails are not sent but left in the outbox folder"
            ),
        }
        let (queues, turns) = (Queues::new(metrics.clone()), Arc::new(Semaphore::new(1)));
        let runtime = Handle::current();
        Ok(Self(Arc::new(Inner { delivery, from, clock, queues, metrics, turns, runtime })))
    }

    /// Queues a mail and returns at once.
    ///
    /// # Errors
    /// [`QueueFull`]; the log and the metrics say so as well.
    pub fn post(&self, mail: Mail) -> Result<(), QueueFull> {
        let slot = self.0.queues.admit(&mail)?;
        self.queue(slot, async { Some(mail) });
        Ok(())
    }

    /// Does work that may end in a mail, after the answer has left: how long it takes, and whether there was anything to
    /// do, is nothing that whoever asked can measure. One at a time, so that a flood of it keeps nobody else from the
    /// database; work that fails is tried again a few times.
    ///
    /// # Errors
    /// [`QueueFull`]; the log and the metrics say so as well.
    pub fn later<E, F>(
        &self,
        queue: Queue,
        work: impl Fn() -> F + Send + Sync + 'static,
    ) -> Result<(), QueueFull>
    where
        E: fmt::Display + Send,
        F: Future<Output = Result<Option<Mail>, E>> + Send,
    {
        let slot = self.0.queues.enter(queue)?;
        let turns = Arc::clone(&self.0.turns);
        self.queue(slot, async move {
            for _ in 0..TRIES {
                let turn = turns.acquire().await;
                let outcome = work().await;
                drop(turn);
                match outcome {
                    Ok(mail) => return mail,
                    Err(error) => tracing::error!(error = %error, "The work before a mail failed"),
                }
                tokio::time::sleep(PAUSE).await;
            }
            None
        });
        Ok(())
    }

    /// Removes mails from the outbox that nobody will read any more.
    ///
    /// # Errors
    /// From the file system.
    pub async fn forget_old(&self) -> io::Result<()> {
        let Delivery::Outbox(outbox) = &self.0.delivery else { return Ok(()) };
        let outbox = outbox.clone();
        tokio::task::spawn_blocking(move || outbox.forget_old()).await.map_err(io::Error::other)?
    }

    fn queue(&self, slot: Slot, work: impl Future<Output = Option<Mail>> + Send + 'static) {
        let inner = Arc::clone(&self.0);
        self.0.runtime.spawn(async move {
            if let Some(mail) = work.await {
                inner.delivery.deliver(mail, &inner.from, inner.clock, &inner.metrics).await;
            }
            drop(slot);
        });
    }
}
