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
        let device = visit
            .cookie(device::COOKIE)
            .filter(|_| LOGIN_THROTTLE_ACCOUNT.holds())
            .and_then(|cookie| Device::from_cookie(&service.keyring, email.as_str(), cookie, now));
        service.limits.sign_in(visit.facts.address, device.is_some())?;
        let key = match &device {
            Some(device) => Key::known_device(&service.keyring, email.as_str(), device),
            None => Key::anybody(&service.keyring, email.as_str()),
        };
        // A twin that counts each address by itself: whoever has many of them never waits.
        #[cfg(feature = "twin")]
        let key = if LOGIN_THROTTLE_ACCOUNT.holds() {
            key
        } else {
            Key::of_address(&service.keyring, email.as_str(), visit.facts.address)
        };
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
