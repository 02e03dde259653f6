//! Whether it is the owner of an account who wants to change its credentials, and not somebody at a browser left open or
//! with a stolen cookie: they know the password and, if the account has a second factor, showed it within the last five
//! minutes.

use crate::{
    access::step_up,
    audit::{Event, EventName, Outcome, Reason},
    http::{
        problem::{Kind, Problem},
        visit::{Refusal, Visit},
    },
    identity::{
        account_events::{self, By},
        passwords::Password,
        sessions::Owner,
        throttle::{self, Admission, Key},
    },
    protection::CREDENTIAL_CHANGE_REAUTH,
    store::{Mode, Transaction},
};
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use brigandine_enforce::enforces;

impl Owner {
    /// Whether a second factor, where the account has one, was shown a moment ago.
    ///
    /// # Errors
    /// `insufficient-user-authentication`, with the challenge of RFC 9470.
    #[enforces(CREDENTIAL_CHANGE_REAUTH)]
    pub(super) fn check_fresh(&self, visit: &Visit) -> Result<(), Refusal> {
        let has_factor = self.session.acr.as_deref() == Some("2");
        if self.signed_in_lately(visit) || !has_factor {
            return Ok(());
        }
        Err(step_up(Reason::REAUTH_STALE).into())
    }

    /// Verifies the current password in the form. A wrong one counts as a guess at the account, as at the sign-in.
    ///
    /// # Errors
    /// `login-delayed`, when there were too many. The inner error is a sentence for the form.
    #[enforces(CREDENTIAL_CHANGE_REAUTH, answers = Ok(Ok(())))]
    pub(super) async fn check_password(
        &self,
        visit: &Visit,
        email: &str,
    ) -> Result<Result<(), &'static str>, Refusal> {
        const WRONG: &str = "The current password is not right.";
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
            let problem = Problem::new(Kind::LoginDelayed).because(Reason::PASSWORD_CURRENT);
            return Err(problem.with_header(RETRY_AFTER, HeaderValue::from(seconds)).into());
        }
        let verification = service.passwords.verify(&given, Some(stored)).await.map_err(Problem::from)?;
        Ok(if verification.matches { Ok(()) } else { Err(WRONG) })
    }

    /// Says in the log of every organization of the account that its password was guessed at.
    ///
    /// # Errors
    /// When the database is gone.
    pub(super) async fn record_wrong_password(&self, visit: &Visit) -> Result<(), Refusal> {
        let (service, account) = (&visit.service, self.account.id);
        let event = Event {
            object_type: Some("account"),
            objects: vec![*account.as_uuid()],
            ..visit.event(
                EventName::AuthnPasswordChangeFail,
                Outcome::Failure,
                Some(Reason::PASSWORD_CURRENT),
            )
        };
        let mut transaction = service.store.begin_identity(Mode::Write).await?;
        let by = By::Themselves(&self.session.origin);
        account_events::record(&mut transaction, &service.identifier, account, by, &event).await?;
        Ok(transaction.commit().await?)
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
