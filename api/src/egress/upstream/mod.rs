//! APIs that the **operator** named in the settings: an insurer's, say. Where they are is trusted; what they answer is not.
//!
//! - [`breaker`]: an upstream that fails is left alone for a while.
//! - [`answer`]: how much of an answer is read, and of what kind.
//! - [`failure`]: what went wrong, and what of it a client is told.
//!
//! A question is asked in two steps: [`Upstream::admit`] gives a [`Turn`] or refuses at once, and only a turn can ask. So
//! whatever a question costs can be reserved in between, and nothing is reserved for what is never sent.

mod answer;
mod breaker;
mod failure;
mod insurer;
mod window;

pub use failure::{Failure, Unfit};
pub use insurer::Insurer;

use super::client;
use crate::{
    clock::Clock,
    ids::OrganizationId,
    limits::{Share, Shares},
    protection::{TENANT_ISOLATION, UPSTREAM_LIMITS},
    settings::{InsurerSettings, SettingsError},
    watch::UpstreamMetrics,
};
use breaker::{Breaker, Pass, Turned};
use bytes::Bytes;
use reqwest::{
    Client, Method,
    header::{self, HeaderMap, HeaderName, HeaderValue},
    tls::Version,
};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use url::Url;
use uuid::Uuid;
use window::Window;

/// For everything together, all tries (catalogue P6); connecting has its own bound in `client`.
const TOTAL: Duration = Duration::from_secs(5);
/// A question is asked once, and again at most twice.
const TRIES: u32 = 3;
/// The shortest wait before it is asked again; doubled each time, and stretched by chance, so that many who failed together
/// do not come back together.
const PAUSE: Duration = Duration::from_millis(100);
/// Questions at once.
const AT_ONCE: usize = 20;
/// …of one organization.
const SHARE: usize = 10;
/// So many answers that are none, in so short a time, are nobody's slip.
const SUSPICIOUS: usize = 3;
const SUSPICIOUS_WITHIN: Duration = Duration::from_secs(300);

/// The key by which an upstream knows a question that comes again, as `Idempotency-Key` is widely understood.
const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// An API that the operator named. Cheap to clone; shared by all workers.
#[derive(Clone)]
pub struct Upstream(Arc<Inner>);

struct Inner {
    name: &'static str,
    url: Url,
    client: Client,
    headers: HeaderMap,
    turns: Shares<OrganizationId>,
    breaker: Breaker,
    oddities: Mutex<Window>,
    clock: Clock,
    metrics: UpstreamMetrics,
}

impl Upstream {
    /// Prepares the client; `resolve` finds the files that the settings name.
    ///
    /// # Errors
    /// When a file can't be read, or its content is no certificate or credential.
    pub fn new(
        name: &'static str,
        settings: &InsurerSettings,
        resolve: impl Fn(&Path) -> PathBuf,
        clock: Clock,
        metrics: UpstreamMetrics,
    ) -> Result<Self, SettingsError> {
        let key = |part: &str| format!("upstream.{name}.{part}");
        let token = settings.credential(&key("token_file"), &resolve)?;
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", token.as_str()))
            .map_err(|_| SettingsError::new(key("token"), "holds a character that no header field may"))?;
        authorization.set_sensitive(true);
        let json = HeaderValue::from_static("application/json");
        let headers = HeaderMap::from_iter([
            (header::AUTHORIZATION, authorization),
            (header::CONTENT_TYPE, json.clone()),
            (header::ACCEPT, json),
            (header::ACCEPT_ENCODING, HeaderValue::from_static("identity")),
        ]);
        let roots = settings.root_certificate_file.as_deref().map(&resolve);
        let authority = key("root_certificate_file");
        let builder = client::trusting(roots.as_deref(), &authority)?.tls_version_min(Version::TLS_1_2);
        #[cfg(feature = "twin")]
        let builder = super::weak::upstream(builder);
        Ok(Self(Arc::new(Inner {
            name,
            url: settings.url.clone(),
            client: client::build(builder, &authority)?,
            headers,
            turns: Shares::of(AT_ONCE, &TENANT_ISOLATION),
            breaker: Breaker::new(Duration::from_secs(settings.rest_seconds.into())),
            oddities: Mutex::new(Window::new(SUSPICIOUS, SUSPICIOUS_WITHIN)),
            clock,
            metrics,
        })))
    }

    /// Whether a question may be asked now.
    ///
    /// # Errors
    /// [`Failure::Resting`] while the upstream is left alone, [`Failure::Busy`] when too much is asked at once.
    pub fn admit(&self, organization: OrganizationId) -> Result<Turn, Failure> {
        let inner = &*self.0;
        if !UPSTREAM_LIMITS.holds() {
            return Ok(Turn { upstream: self.clone(), pass: Pass::Usual, spent: false, _place: None });
        }
        let refuse = |failure: Failure| {
            inner.metrics.call(inner.name, failure.label());
            failure
        };
        let place = inner.turns.try_take(organization, SHARE).map_err(|_| refuse(Failure::Busy))?;
        let pass = inner.breaker.admit(inner.clock.instant());
        let pass = pass.map_err(|wait| refuse(Failure::Resting(wait)))?;
        Ok(Turn { upstream: self.clone(), pass, spent: false, _place: Some(place) })
    }
}

/// The right to ask one question. Dropped without a question, it is as if it had never been given.
pub struct Turn {
    upstream: Upstream,
    pass: Pass,
    spent: bool,
    _place: Option<Share>,
}

impl Turn {
    /// Asks by POST, and understands the answer with `read`. A question only looks: it may come twice, and carries a key by
    /// which the upstream can tell, so that it is paid once.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn ask<A>(
        mut self,
        question: Bytes,
        read: impl FnOnce(&[u8]) -> Result<A, Unfit>,
    ) -> Result<A, Failure> {
        self.spent = true;
        let inner = &*self.upstream.0;
        let answered = if UPSTREAM_LIMITS.holds() {
            match tokio::time::timeout(TOTAL, inner.tries(question, self.pass)).await {
                Ok(answered) => answered,
                Err(_) => {
                    inner.turned(inner.breaker.failed(inner.clock.instant()));
                    Err(Failure::Timeout)
                }
            }
        } else {
            inner.once(&question, Uuid::new_v4()).await
        };
        let outcome = answered.and_then(|body| read(&body).map_err(Failure::Invalid));
        inner.note(&outcome);
        outcome
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.pass == Pass::Probe && !self.spent {
            let inner = &*self.upstream.0;
            inner.breaker.give_back(inner.clock.instant());
        }
    }
}

impl Inner {
    async fn tries(&self, question: Bytes, pass: Pass) -> Result<Bytes, Failure> {
        let key = Uuid::new_v4();
        let mut tried = 0;
        loop {
            let outcome = self.once(&question, key).await;
            tried += 1;
            let now = self.clock.instant();
            let Err(failure) = outcome else {
                self.turned(self.breaker.succeeded());
                return outcome;
            };
            if !failure.is_outage() {
                // It is there, and quick; that its answer is no good is another matter.
                self.turned(self.breaker.succeeded());
                return Err(failure);
            }
            let turned = self.breaker.failed(now);
            self.turned(turned);
            if tried >= TRIES || !failure.may_pass() || pass == Pass::Probe || self.breaker.is_open() {
                return Err(failure);
            }
            tokio::time::sleep(pause(tried)).await;
        }
    }

    async fn once(&self, question: &Bytes, key: Uuid) -> Result<Bytes, Failure> {
        let request = self
            .client
            .request(Method::POST, self.url.clone())
            .headers(self.headers.clone())
            .header(KEY, key.as_hyphenated().to_string())
            .body(question.clone());
        answer::read(request.send().await.map_err(|error| Failure::of(&error))?).await
    }

    /// One line for each failure, with words of our own: what the upstream said may hold anything.
    fn note<A>(&self, outcome: &Result<A, Failure>) {
        let label = outcome.as_ref().map_or_else(Failure::label, |_| "answered");
        self.metrics.call(self.name, label);
        let Err(failure) = outcome else { return };
        tracing::warn!(upstream = self.name, reason = failure.reason().as_str(), "{}", failure.event());
        if matches!(failure, Failure::Invalid(_)) {
            let mut oddities = self.oddities.lock().unwrap_or_else(PoisonError::into_inner);
            if oddities.is_full_with(self.clock.instant()) {
                tracing::error!(
                    upstream = self.name,
                    "upstream_suspicious: its answers are no answers, again and again"
                );
            }
        }
    }

    fn turned(&self, turned: Turned) {
        match turned {
            Turned::Nothing => {}
            Turned::Open => {
                self.metrics.breaker(self.name, true);
                tracing::error!(
                    upstream = self.name,
                    "upstream_breaker_open: it fails, and is left alone for a while"
                );
            }
            Turned::Closed => {
                self.metrics.breaker(self.name, false);
                tracing::info!(upstream = self.name, "upstream_breaker_closed: it answers again");
            }
        }
    }
}

/// From once to twice the doubled pause.
fn pause(tried: u32) -> Duration {
    let base = PAUSE.saturating_mul(1 << tried.saturating_sub(1).min(8));
    let chance = Uuid::new_v4().as_fields().0 % 1000;
    base + base.saturating_mul(chance) / 1000
}

#[cfg(test)]
mod tests {
    use super::{PAUSE, pause};

    #[test]
    fn pauses_grow_and_differ() {
        for tried in 1..3 {
            let base = PAUSE * 2_u32.pow(tried - 1);
            let pauses: Vec<_> = (0..50).map(|_| pause(tried)).collect();
            assert!(pauses.iter().all(|pause| (base..base * 2).contains(pause)), "{pauses:?}");
            assert!(pauses.windows(2).any(|pair| pair[0] != pair[1]));
        }
    }
}
