//! Somebody with an account.

use super::{Authorization, Browser, Tokens};
use crate::{
    arena::{Account, Application, CLINIC_APP, Persona},
    attacks::Scene,
    client::{Answer, Request, Wire},
    verdict::AttackError,
};
use std::sync::Arc;

/// Somebody with an account at the built-in provider.
#[derive(Clone)]
pub struct Person {
    wire: Arc<Wire>,
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
        Ok(Person { wire: self.wire().clone(), account })
    }

    /// A browser that nobody has used.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser::new(self.wire().clone())
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

    /// Signs in with one factor and answers the browser.
    ///
    /// # Errors
    /// When that does not work.
    pub async fn signed_in(&self) -> Result<Browser, AttackError> {
        let browser = Browser::new(self.wire.clone());
        let form = self.sign_in_form(&browser, &self.account.password).await?;
        let answer = browser.send(&form).await?;
        if answer.status == 303 && browser.cookie("__Host-session").is_some() {
            return Ok(browser);
        }
        Err(AttackError::Setup(format!("{} can't sign in: {}", self.account.email, answer.summary())))
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
