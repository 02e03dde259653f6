//! Somebody with an account.

use super::{Authorization, Browser, Tokens};
use crate::{
    arena::{Account, Application, Arena, CLINIC_APP, Persona},
    attacks::Scene,
    client::{Answer, Request, Wire},
    verdict::AttackError,
};
use std::sync::Arc;
use totp_rs::{Builder, Secret};

/// Somebody with an account at the built-in provider.
#[derive(Clone)]
pub struct Person {
    wire: Arc<Wire>,
    arena: Arc<Arena>,
    account: Account,
}

impl Scene {
    /// The persona's account at the built-in provider; ask for it by `needs: People`. There are `AdminA1`, `ClinA1`,
    /// `RecepA`, `PatA1` and `RecepB`.
    ///
    /// # Errors
    /// When the attack did not ask for people, or the persona has no account.
    pub fn person(&self, persona: Persona) -> Result<Person, AttackError> {
        let missing =
            || AttackError::Setup(format!("{} has no account; the attack needs `People`", persona.name()));
        let account = self.account(persona).ok_or_else(missing)?.clone();
        Ok(Person { wire: self.wire().clone(), arena: self.arena(), account })
    }

    /// A browser that nobody has used.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser::new(self.wire().clone())
    }

    /// An application's way to tokens for whoever is signed in.
    #[must_use]
    pub fn authorization(&self, application: Application) -> Authorization {
        Authorization::new(self.wire().clone(), application)
    }
}

impl Person {
    /// The account.
    #[must_use]
    pub const fn account(&self) -> &Account {
        &self.account
    }

    /// The form that signs the person in, in this browser, with this password.
    ///
    /// # Errors
    /// When there is no sign-in page.
    pub async fn sign_in_form(&self, browser: &Browser, password: &str) -> Result<Request, AttackError> {
        let csrf = browser.form_of("/signin").await?;
        let fields = [("csrf", csrf.as_str()), ("email", &self.account.email), ("password", password)];
        Ok(browser.post("/signin", &fields))
    }

    /// Signs in, with a second factor where one is asked for, and answers the browser.
    ///
    /// # Errors
    /// When that does not work.
    pub async fn signed_in(&self) -> Result<Browser, AttackError> {
        let (browser, answer) = self.after_the_password().await?;
        if answer.header("location").is_some_and(|place| place.starts_with("/signin/factor")) {
            self.let_the_code_change().await?;
            let form = self.code_form(&browser, &self.code(0)?).await?;
            let answer = browser.send(&form).await?;
            if answer.status != 303 {
                return Err(self.stays_out(&answer));
            }
        }
        Ok(browser)
    }

    /// Shows the password and nothing else, and answers the browser: its session waits, where the person has a second
    /// factor.
    ///
    /// # Errors
    /// When the password is not taken.
    pub async fn with_password_only(&self) -> Result<Browser, AttackError> {
        Ok(self.after_the_password().await?.0)
    }

    async fn after_the_password(&self) -> Result<(Browser, Answer), AttackError> {
        let browser = Browser::new(self.wire.clone());
        let form = self.sign_in_form(&browser, &self.account.password).await?;
        let answer = browser.send(&form).await?;
        if answer.status == 303 && browser.cookie("__Host-session").is_some() {
            return Ok((browser, answer));
        }
        Err(self.stays_out(&answer))
    }

    fn stays_out(&self, answer: &Answer) -> AttackError {
        AttackError::Setup(format!("{} can't sign in: {}", self.account.email, answer.summary()))
    }

    /// The code that the person's authenticator shows this many half minutes from now.
    ///
    /// # Errors
    /// When the person has none.
    pub fn code(&self, steps: i64) -> Result<String, AttackError> {
        let none = || AttackError::Setup(format!("{} has no authenticator", self.account.email));
        let secret = self.account.seed.as_ref().and_then(|seed| Secret::try_from_base32(seed).ok());
        let totp = Builder::new().with_secret(secret.ok_or_else(none)?).build().map_err(|_| none())?;
        let at = crate::clock::unix_seconds() + 30 * steps;
        Ok(totp.generate(u64::try_from(at).map_err(|_| none())?).to_string())
    }

    /// The form that shows a code in this browser.
    ///
    /// # Errors
    /// When there is no page that asks for one.
    pub async fn code_form(&self, browser: &Browser, code: &str) -> Result<Request, AttackError> {
        let csrf = browser.form_of("/signin/factor").await?;
        Ok(browser.post("/signin/factor", &[("csrf", csrf.as_str()), ("factor", "totp"), ("code", code)]))
    }

    /// As if half a minute passed: the code that the authenticator shows now was not used yet. Honest people wait for
    /// that; an attack that signs the same person in again and again would take an hour.
    ///
    /// # Errors
    /// When the observer can't write.
    pub async fn let_the_code_change(&self) -> Result<(), AttackError> {
        let observer = &self.arena.observer;
        let account = observer.id(self.account.id);
        let sql = format!("UPDATE factors SET last_step = NULL WHERE account_id = {account}");
        observer.execute(&sql).await?;
        Ok(())
    }

    /// Signs in and lets the operator's own application have tokens.
    ///
    /// # Errors
    /// When that does not work.
    pub async fn tokens(&self) -> Result<(Browser, Tokens), AttackError> {
        let browser = self.signed_in().await?;
        let tokens = self.authorization(CLINIC_APP).tokens(&browser).await?;
        Ok((browser, tokens))
    }

    /// An application's request for the person's organization, to be bent.
    #[must_use]
    pub fn authorization(&self, application: Application) -> Authorization {
        Authorization::new(self.wire.clone(), application)
            .with("organization", &self.account.organization.to_string())
    }

    /// `GET /v1/me` with a token.
    #[must_use]
    pub fn me(&self, token: &str) -> Request {
        Request::new(self.wire.clone(), "GET", "/v1/me").bearer(token)
    }

    /// Whether an answer of `/v1/me` is about this person.
    #[must_use]
    pub fn is_me(&self, answer: &Answer) -> bool {
        answer.uuid("/id") == Some(self.account.member)
    }
}
