//! The honest request that must succeed before and after the attack.

use super::AttackError;
use crate::client::{Answer, Request};
use std::{future::Future, pin::Pin};

type Running<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

/// A request, or a failure to make one.
pub trait Made {
    /// The request.
    ///
    /// # Errors
    /// Why there is none.
    fn made(self) -> Result<Request, String>;
}

impl Made for Request {
    fn made(self) -> Result<Request, String> {
        Ok(self)
    }
}

impl Made for Result<Request, AttackError> {
    fn made(self) -> Result<Request, String> {
        self.map_err(|error| error.to_string())
    }
}

/// The honest request that must succeed before and after the attack.
///
/// ```ignore
/// Control::new(reception.get("/v1/patients"), 200)
/// Control::judged(reception.get(&patient.path()), 200, move |answer| answer.mentions(&patient.sent.family_name))
/// Control::made_anew(201, move || reception.post("/v1/patients").json(&fresh_patient()))
/// ```
pub struct Control<'a> {
    run: Box<dyn Fn() -> Running<'a> + Send + Sync + 'a>,
}

impl<'a> Control<'a> {
    /// The request must be answered with this very status.
    #[must_use]
    pub fn new(request: Request, status: u16) -> Self {
        Self::made_anew(status, move || request.clone())
    }

    /// As [`Control::new`], and the answer must also satisfy the judge.
    #[must_use]
    pub fn judged(
        request: Request,
        status: u16,
        judge: impl Fn(&Answer) -> bool + Clone + Send + Sync + 'a,
    ) -> Self {
        Self::checked(move || {
            let (request, judge) = (request.clone(), judge.clone());
            async move {
                let answer = expect(&request, status).await?;
                if judge(&answer) {
                    return Ok(());
                }
                Err(format!("{} answered {status}, but not with what it should", request.describe()))
            }
        })
    }

    /// For requests that can't be repeated (they create something, or need a new token): made anew each time. The
    /// closure may fail: `Control::made_anew(200, || Ok(scene.actor(GuestA)?.get("/v1/me")))`.
    #[must_use]
    pub fn made_anew<R: Made>(status: u16, make: impl Fn() -> R + Send + Sync + 'a) -> Self {
        Self::checked(move || {
            let request = make().made();
            async move { expect(&request?, status).await.map(drop) }
        })
    }

    /// Anything honest that must work, when it is not one request: several, a command, a file.
    #[must_use]
    pub fn checked<F>(run: impl Fn() -> F + Send + Sync + 'a) -> Self
    where
        F: Future<Output = Result<(), String>> + Send + 'a,
    {
        Self { run: Box::new(move || Box::pin(run())) }
    }

    /// Both must succeed.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let (first, second) = (std::sync::Arc::new(self), std::sync::Arc::new(other));
        Self::checked(move || {
            let (first, second) = (first.clone(), second.clone());
            async move {
                (first.run)().await?;
                (second.run)().await
            }
        })
    }

    pub(super) async fn succeeds(&self, when: &str) -> Result<(), AttackError> {
        (self.run)().await.map_err(|why| AttackError::Control(format!("{when} the attack: {why}")))
    }
}

async fn expect(request: &Request, status: u16) -> Result<Answer, String> {
    let answer =
        request.send_patiently().await.map_err(|error| format!("{}: {error}", request.describe()))?;
    if answer.status == status {
        return Ok(answer);
    }
    Err(format!("{} should answer {status} but answered {}", request.describe(), answer.summary()))
}
