//! Mails that wait to be sent. What strangers ask for waits in queues of its own, so that however many they ask for, and
//! however slow the mail server is, there is room for the notice that tells somebody of a thief.

use super::{Mail, QueueFull, letter::Queue};
use crate::{protection::RATE_COSTLY_SPEND, watch::MailMetrics};
use brigandine_enforce::enforces;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Mails of one queue that may wait at once; memory is bounded, whatever is asked for.
pub(super) const WAITING: usize = 256;
/// Notices and alerts to one recipient that may wait at once: one account or organization can't fill the queue of all.
pub(super) const TO_ONE: usize = 16;

/// The queues.
pub(super) struct Queues {
    registrations: Arc<Semaphore>,
    resets: Arc<Semaphore>,
    members: Arc<Semaphore>,
    notices: Arc<Semaphore>,
    recipients: Recipients,
    metrics: MailMetrics,
}

/// How many mails wait for each recipient.
type Recipients = Arc<Mutex<HashMap<String, usize>>>;

/// A place in a queue, given back when it is dropped.
pub(super) struct Slot {
    _permit: OwnedSemaphorePermit,
    recipient: Option<(Recipients, String)>,
}

impl Queues {
    pub(super) fn new(metrics: MailMetrics) -> Self {
        let queue = || Arc::new(Semaphore::new(WAITING));
        Self {
            registrations: queue(),
            resets: queue(),
            members: queue(),
            notices: queue(),
            recipients: Recipients::default(),
            metrics,
        }
    }

    /// Each kind of mail waits in a queue of its own: what strangers ask for takes no room from what accounts are told
    /// (OWASP API4).
    #[enforces(RATE_COSTLY_SPEND, answers = &self.registrations)]
    pub(super) fn of(&self, queue: Queue) -> &Arc<Semaphore> {
        match queue {
            Queue::Registrations => &self.registrations,
            Queue::Resets => &self.resets,
            Queue::Members => &self.members,
            Queue::Notices => &self.notices,
        }
    }

    /// A place for work that may end in a mail.
    pub(super) fn enter(&self, queue: Queue) -> Result<Slot, QueueFull> {
        match Arc::clone(self.of(queue)).try_acquire_owned() {
            Ok(permit) => Ok(Slot { _permit: permit, recipient: None }),
            Err(_) => Err(self.full(queue)),
        }
    }

    /// A place for a mail.
    pub(super) fn admit(&self, mail: &Mail) -> Result<Slot, QueueFull> {
        let queue = mail.letter.queue();
        let mut slot = self.enter(queue)?;
        let to = mail.to.address().to_string();
        let mut recipients = self.recipients.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = recipients.entry(to.clone()).or_default();
        if *waiting >= TO_ONE {
            drop(recipients);
            return Err(self.full(queue));
        }
        *waiting = waiting.saturating_add(1);
        slot.recipient = Some((Arc::clone(&self.recipients), to));
        Ok(slot)
    }

    fn full(&self, queue: Queue) -> QueueFull {
        self.metrics.dropped(queue.name());
        tracing::error!(mail.queue = queue.name(), "Too many mails are waiting; one was not taken");
        QueueFull
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let Some((recipients, to)) = self.recipient.take() else { return };
        let mut recipients = recipients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waiting) = recipients.get_mut(&to) {
            *waiting = waiting.saturating_sub(1);
            if *waiting == 0 {
                recipients.remove(&to);
            }
        }
    }
}
