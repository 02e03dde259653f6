//! One attempt to sign in with a password.

use super::{
    Admission, Key, admit,
    device::{self, Device},
    reset,
};
use crate::{
    http::{
        problem::{Kind, Problem},
        visit::{Cookie, Visit},
    },
    identity::accounts::Email,
    protection::LOGIN_THROTTLE_ACCOUNT,
    store::prelude::*,
};
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use brigandine_enforce::enforces;

/// An attempt that may be made. It counts as failed until [`Attempt::succeeded`].
pub struct Attempt {
    key: Key,
    device: Option<Device>,
}

impl Attempt {
    /// Counts an attempt, by where it comes from and by the account that it is for, before anything is looked up.
    ///
    /// # Errors
    /// `too-many-logins`, `login-delayed`; the latter is the same for an account that does not exist.
    pub async fn begin(visit: &Visit, email: &Email) -> Result<Self, Problem> {
        let (service, now) = (&visit.service, visit.service.clock.now());
        let device = known_device(visit, email);
        service.limits.sign_in(visit.facts.address, device.is_some())?;
        let key = counted_as(visit, email, device.as_ref());
        let mut transaction = service.store.begin_identity(Mode::Write).await?;
        let admission = admit(&mut transaction, key, now).await?;
        transaction.commit().await?;
        match admission {
            Admission::Admitted { .. } => Ok(Self { key, device }),
            Admission::Delayed { seconds } => {
                let problem =
                    Problem::new(Kind::LoginDelayed).with_header(RETRY_AFTER, HeaderValue::from(seconds));
                // Each account's refusals are in the audit log, but a flood of them is not.
                let sampled = service.limits.samples(("login-delayed", key.bytes()));
                Err(if sampled { problem } else { problem.unrecorded() })
            }
        }
    }

    /// Takes the count back: it was the right password.
    ///
    /// # Errors
    /// From the database.
    pub async fn succeeded(&self, transaction: &mut Transaction) -> Result<(), StoreError> {
        reset(transaction, self.key).await
    }

    /// The cookie by which this browser is known from now on.
    #[must_use]
    pub fn remembered(&self, visit: &Visit, email: &Email) -> Option<Cookie> {
        let device = self.device.or_else(Device::random)?;
        let value = device.cookie(&visit.service.keyring, email.as_str(), visit.service.clock.now());
        Some(Cookie::lasting(device::COOKIE, value, device::LIFETIME))
    }
}

/// The browser that signed in to this account before. It is not made to wait for the guesses of strangers, who could
/// else keep the owner out (ASVS 6.1.1).
#[enforces(LOGIN_THROTTLE_ACCOUNT, answers = None)]
fn known_device(visit: &Visit, email: &Email) -> Option<Device> {
    let (service, now) = (&visit.service, visit.service.clock.now());
    let cookie = visit.cookie(device::COOKIE)?;
    Device::from_cookie(&service.keyring, email.as_str(), cookie, now)
}

/// Guesses at one account are counted together, wherever they come from: who has many addresses waits as everybody does
/// (ASVS 6.3.1; CWE-307).
#[enforces(LOGIN_THROTTLE_ACCOUNT, otherwise = crate::vulnerable::identity::throttle::counted_by_address)]
fn counted_as(visit: &Visit, email: &Email, device: Option<&Device>) -> Key {
    let keyring = &visit.service.keyring;
    match device {
        Some(device) => Key::known_device(keyring, email.as_str(), device),
        None => Key::anybody(keyring, email.as_str()),
    }
}
