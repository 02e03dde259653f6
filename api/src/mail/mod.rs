//! Mail: what accounts are told, and how it leaves.
//!
//! A [`Letter`] is one of a few kinds; its recipient is an address that was parsed, its links begin with the service's own
//! base URL. Nothing of a request becomes a header or an address of a link, so neither can be injected.
//!
//! Sending never holds up an answer: [`Mailer::post`] only queues, and how long the mail server takes says nothing to
//! whoever asked. Without an SMTP server mails are left in a folder (`outbox`).

mod delivery;
mod letter;
mod link;
mod outbox;
mod recipient;
mod smtp;
#[cfg(test)]
mod tests;
#[cfg(feature = "twin")]
mod weak;

pub use letter::{Letter, Mail, Notice};
pub use link::{Link, Links, Page};
pub use recipient::{InvalidRecipient, Recipient};

use crate::{
    clock::Clock,
    settings::{Settings, SettingsError},
};
use delivery::Delivery;
use lettre::message::Mailbox;
use std::{fmt, sync::Arc, time::Duration};
use tokio::{runtime::Handle, sync::Semaphore};

/// Mails that may wait for the mail server at once; memory is bounded, whatever strangers ask for.
const WAITING: usize = 256;
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
    slots: Arc<Semaphore>,
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
    pub fn start(settings: &Settings, clock: Clock) -> Result<Self, SettingsError> {
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
        let (slots, turns) = (Arc::new(Semaphore::new(WAITING)), Arc::new(Semaphore::new(1)));
        Ok(Self(Arc::new(Inner { delivery, from, clock, slots, turns, runtime: Handle::current() })))
    }

    /// Queues a mail and returns at once.
    ///
    /// # Errors
    /// [`QueueFull`]; the log says so as well.
    pub fn post(&self, mail: Mail) -> Result<(), QueueFull> {
        self.queue(async { Some(mail) })
    }

    /// Does work that may end in a mail, after the answer has left: how long it takes, and whether there was anything to
    /// do, is nothing that whoever asked can measure. One at a time, so that a flood of it keeps nobody else from the
    /// database; work that fails is tried again a few times.
    ///
    /// # Errors
    /// [`QueueFull`]; the log says so as well.
    pub fn later<E, F>(&self, work: impl Fn() -> F + Send + Sync + 'static) -> Result<(), QueueFull>
    where
        E: fmt::Display + Send,
        F: Future<Output = Result<Option<Mail>, E>> + Send,
    {
        let turns = Arc::clone(&self.0.turns);
        self.queue(async move {
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
        })
    }

    fn queue(&self, work: impl Future<Output = Option<Mail>> + Send + 'static) -> Result<(), QueueFull> {
        let inner = Arc::clone(&self.0);
        let Ok(slot) = Arc::clone(&inner.slots).try_acquire_owned() else {
            tracing::error!("Too many mails are waiting; one was not taken");
            return Err(QueueFull);
        };
        self.0.runtime.spawn(async move {
            if let Some(mail) = work.await {
                inner.delivery.deliver(mail, &inner.from, inner.clock).await;
            }
            drop(slot);
        });
        Ok(())
    }
}
