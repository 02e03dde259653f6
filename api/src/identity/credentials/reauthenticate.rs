//! Whether it is the owner of an account who wants to change its credentials, and not somebody at a browser left open or
//! with a stolen cookie: they know the password and, if the account has a second factor, showed it within the last five
//! minutes.

use crate::{
    access::step_up,
    audit::EventName,
    http::{
        problem::{Kind, Problem},
        visit::{Refusal, Visit},
    },
    identity::{
        passwords::Password,
        sessions::Owner,
        throttle::{self, Admission, Key},
    },
    protection::Protection,
    store::{Mode, Transaction},
};
use actix_web::http::header::{HeaderValue, RETRY_AFTER};

/// What a refused change is called in the audit log.
pub(super) const REFUSED: EventName = EventName::AuthnPasswordChangeFail;

impl Owner {
    /// Whether a second factor, where the account has one, was shown a moment ago.
    ///
    /// # Errors
    /// `insufficient-user-authentication`, with the challenge of RFC 9470.
    pub(super) fn check_fresh(&self, visit: &Visit) -> Result<(), Refusal> {
        let has_factor = self.session.acr.as_deref() == Some("2");
        if self.signed_in_lately(visit) || !has_factor || !Protection::CredentialChangeReauth.holds() {
            return Ok(());
        }
        Err(step_up("reauth.stale").into())
    }

    /// Verifies the current password in the form. A wrong one counts as a guess at the account, as at the sign-in.
    ///
    /// # Errors
    /// `login-delayed`, when there were too many. The inner error is a sentence for the form.
    pub(super) async fn check_password(
        &self,
        visit: &Visit,
        email: &str,
    ) -> Result<Result<(), &'static str>, Refusal> {
        const WRONG: &str = "The current password is not right.";
        if !Protection::CredentialChangeReauth.holds() {
            return Ok(Ok(()));
        }
        let (service, now) = (&visit.service, visit.service.clock.now());
        let given = visit.form.get("password").and_then(|text| Password::parse(text).ok());
        let (Some(given), Some(stored)) = (given, self.account.password_hash.as_deref()) else {
            return Ok(Err(WRONG));
        };
        let key = Key::anybody(&service.keyring, email);
        let mut transaction = service.store.begin_identity(Mode::Write).await?;
        let admission = throttle::admit(&mut transaction, key, now).await?;
        transaction.commit().await?;
        if let Admission::Delayed { seconds } = admission {
            let problem = Problem::new(Kind::LoginDelayed).because("password.current");
            return Err(problem.with_header(RETRY_AFTER, HeaderValue::from(seconds)).into());
        }
        let verification = service.passwords.verify(&given, Some(stored)).await.map_err(Problem::from)?;
        Ok(if verification.matches { Ok(()) } else { Err(WRONG) })
    }

    /// Takes the guess back that the right password was counted as.
    pub(super) async fn forgive(
        &self,
        visit: &Visit,
        transaction: &mut Transaction,
        email: &str,
    ) -> Result<(), Refusal> {
        Ok(throttle::reset(transaction, Key::anybody(&visit.service.keyring, email)).await?)
    }
}
