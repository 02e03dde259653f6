//! Passwords: read, judged, hashed and verified.
//!
//! - `password`: what a person typed.
//! - `policy`: which passwords may be chosen.
//! - `pepper`: the key that the hashes need and the database does not hold.
//! - `stored`: the hash in its PHC string.
//! - `hashers`: the threads that run argon2id.

pub(crate) mod hashers;
mod password;
mod pepper;
mod policy;
mod stored;
#[cfg(test)]
mod tests;

pub use password::{MOST, Password, Unusable};
pub use policy::{LEAST_ALONE, LEAST_WITH_SECOND_FACTOR, Violation};

use crate::{
    http::problem::Problem,
    protection::{ACCOUNT_ENUMERATION, PW_HASH_ARGON2ID},
    settings::{Settings, SettingsError},
};
use aws_lc_rs::{constant_time::verify_slices_are_equal, rand::fill};
use brigandine_enforce::enforces;
use hashers::{Hashers, Work};
use pepper::{Pepper, Peppers};
use prometheus_client::metrics::counter::Counter;
use std::{fmt, sync::Arc};
use stored::{Cost, SALT, Stored};

/// Hashes and verifies passwords. Cheap to clone.
#[derive(Clone)]
pub struct Passwords(Arc<Inner>);

struct Inner {
    hashers: Hashers,
    peppers: Peppers,
    cost: Cost,
    forbidden_words: Vec<String>,
}

/// Why a password was not hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too many wait already.
    #[error("too many passwords wait to be hashed")]
    Overloaded,
    /// A hashing thread is gone, or there are no random numbers.
    #[error("hashing a password failed")]
    Failed,
}

impl From<PasswordError> for Problem {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Overloaded => Self::overloaded(&error),
            PasswordError::Failed => Self::internal(&error),
        }
    }
}

/// What came out of a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verification {
    /// Whether it is the account's password.
    pub matches: bool,
    /// Whether it is, and was hashed for less than is asked for today, or with a former pepper: hash it anew and store that.
    pub outdated: bool,
}

impl Verification {
    const REFUSED: Self = Self { matches: false, outdated: false };
}

impl Passwords {
    /// Reads the peppers and starts the hashing threads. `executed` counts runs of argon2id.
    ///
    /// # Errors
    /// When a pepper can't be read or made, or no thread can be started.
    pub fn start(settings: &Settings, executed: &Counter) -> Result<Self, SettingsError> {
        let given = &settings.passwords;
        let peppers = Peppers::open(settings)?;
        let cost = Cost { memory_kib: given.memory_kib, passes: given.iterations, lanes: given.parallelism };
        let refuse = |advice: String| SettingsError::new("passwords", advice);
        let usual = cost.params(&[]).map_err(|error| refuse(error.to_string()))?.block_count();
        let hashers = Hashers::start(given.threads, given.waiting(), usual, executed)
            .map_err(|error| refuse(format!("no hashing thread can be started: {error}")))?;
        let mut forbidden_words = given.forbidden_words.clone();
        forbidden_words.extend(settings.server.base_url.host_str().map(str::to_owned));
        Ok(Self(Arc::new(Inner { hashers, peppers, cost, forbidden_words })))
    }

    /// Judges a password that somebody wants to have. `context` is what an attacker of this account would try first: the
    /// names of the organization and of the person, and the e-mail address.
    ///
    /// # Errors
    /// [`Violation`].
    pub fn judge(
        &self,
        password: &Password,
        second_factor_enforced: bool,
        context: &[&str],
    ) -> Result<(), Violation> {
        let ours = self.0.forbidden_words.iter().map(String::as_str);
        let context = policy::Context::of(ours.chain(context.iter().copied()));
        policy::check(password, second_factor_enforced, &context)
    }

    /// Hashes a password for storing: slowly, with a salt, and with a pepper that the database does not hold. A thief
    /// of the table learns neither the password nor who else has it (ASVS 11.4.2).
    ///
    /// # Errors
    /// [`PasswordError`].
    #[enforces(PW_HASH_ARGON2ID, otherwise = crate::vulnerable::identity::passwords::hash_fast)]
    pub async fn hash(&self, password: &Password) -> Result<String, PasswordError> {
        let pepper = self.0.peppers.current().ok_or(PasswordError::Failed)?;
        let work = self.work(pepper, password)?;
        let (salt, params) = (work.salt.clone(), work.params.clone());
        let output = *self.0.hashers.run(work).await?;
        Ok(Stored { params, salt, output }.to_string())
    }

    /// Whether a password is the one that was hashed. Without a stored hash (no such account, or one without a password)
    /// the same work is done for nothing, so that the time does not tell.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub async fn verify(
        &self,
        password: &Password,
        stored: Option<&str>,
    ) -> Result<Verification, PasswordError> {
        match stored {
            Some(stored) => self.compare(password, stored).await,
            None => self.refuse_as_slowly(password).await,
        }
    }

    /// Refuses a password with as much work as it takes to compare one, so that the time does not tell who exists
    /// (CWE-208; ASVS 6.3.8).
    #[enforces(ACCOUNT_ENUMERATION, answers = Ok(Verification::REFUSED))]
    async fn refuse_as_slowly(&self, password: &Password) -> Result<Verification, PasswordError> {
        let pepper = self.0.peppers.current().ok_or(PasswordError::Failed)?;
        self.0.hashers.run(self.work(pepper, password)?).await?;
        Ok(Verification::REFUSED)
    }

    /// Computes the hash of what was given as the stored one was computed, and compares the two in constant time
    /// (ASVS 11.4.2).
    #[enforces(PW_HASH_ARGON2ID, otherwise = crate::vulnerable::identity::passwords::compare_fast)]
    async fn compare(&self, password: &Password, stored: &str) -> Result<Verification, PasswordError> {
        let Some((stored, pepper)) = self.read(stored) else { return self.refuse_as_slowly(password).await };
        let work = Work { input: pepper.season(password), salt: stored.salt, params: stored.params.clone() };
        let tag = self.0.hashers.run(work).await?;
        let matches = verify_slices_are_equal(tag.as_slice(), &stored.output).is_ok();
        let current = self.0.peppers.current().is_some_and(|current| current.id() == pepper.id());
        let outdated = matches && (!current || self.0.cost.exceeds(&stored.params));
        Ok(Verification { matches, outdated })
    }

    fn read(&self, text: &str) -> Option<(Stored, &Pepper)> {
        let known = Stored::parse(text).and_then(|stored| {
            let id = argon2::KeyId::new(stored.params.keyid()).ok()?;
            Some((stored, self.0.peppers.by_id(&id)?))
        });
        if known.is_none() {
            tracing::error!(
                "A stored password hash can't be read, or its pepper is not at hand; its account can't sign in"
            );
        }
        known
    }

    /// The work of a new hash.
    fn work(&self, pepper: &Pepper, password: &Password) -> Result<Work, PasswordError> {
        let mut salt = vec![0; SALT];
        fill(&mut salt).map_err(|_| PasswordError::Failed)?;
        let params = self.0.cost.params(pepper.id()).map_err(|_| PasswordError::Failed)?;
        Ok(Work { input: pepper.season(password), salt, params })
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Passwords")
    }
}
