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

pub use letter::{Letter, Mail, Notice};
pub use link::{Link, Links, Page};
pub use recipient::{InvalidRecipient, Recipient};

use crate::{
    clock::Clock,
    settings::{Settings, SettingsError},
};
use delivery::Delivery;
use lettre::message::Mailbox;
use std::sync::Arc;
use tokio::{runtime::Handle, sync::Semaphore};

/// Mails that may wait for the mail server at once; memory is bounded, whatever strangers ask for.
const WAITING: usize = 256;

/// Takes mails. Cheap to clone; shared by all workers.
#[derive(Clone)]
pub struct Mailer(Arc<Inner>);

struct Inner {
    delivery: Delivery,
    from: Mailbox,
    clock: Clock,
    slots: Arc<Semaphore>,
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
        let slots = Arc::new(Semaphore::new(WAITING));
        Ok(Self(Arc::new(Inner { delivery, from, clock, slots, runtime: Handle::current() })))
    }

    /// Queues a mail and returns at once.
    ///
    /// # Errors
    /// [`QueueFull`]; the log says so as well.
    pub fn post(&self, mail: Mail) -> Result<(), QueueFull> {
        let inner = &self.0;
        let Ok(slot) = Arc::clone(&inner.slots).try_acquire_owned() else {
            tracing::error!(mail.kind = mail.letter.kind(), "Too many mails are waiting; one was not taken");
            return Err(QueueFull);
        };
        let inner = Arc::clone(inner);
        let runtime = inner.runtime.clone();
        runtime.spawn(async move {
            inner.delivery.deliver(mail, &inner.from, inner.clock).await;
            drop(slot);
        });
        Ok(())
    }
}
