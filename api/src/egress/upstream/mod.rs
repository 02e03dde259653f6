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
    limits::{Share, Shares, share_of_tenant},
    protection::{UPSTREAM_LIMITS, UPSTREAM_TLS},
    settings::{InsurerSettings, SettingsError},
    watch::UpstreamMetrics,
};
use breaker::{Breaker, Pass, Turned};
use brigandine_enforce::enforces;
use bytes::Bytes;
use reqwest::{
    Client, ClientBuilder, Method,
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
        let builder = verifying(roots.as_deref(), &authority)?;
        Ok(Self(Arc::new(Inner {
            name,
            url: settings.url.clone(),
            client: client::build(builder, &authority)?,
            headers,
            turns: Shares::of(AT_ONCE, share_of_tenant),
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
        let refuse = |failure: Failure| {
            inner.metrics.call(inner.name, failure.label());
            failure
        };
        let place = inner.place(organization).map_err(refuse)?;
        let pass = inner.pass().map_err(refuse)?;
        Ok(Turn { upstream: self.clone(), pass, spent: false, _place: place })
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
        let answered = inner.bounded(question, self.pass).await;
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
    /// A place among the questions that are asked at once: a slow upstream holds no more of the service than these (OWASP
    /// API10).
    #[enforces(UPSTREAM_LIMITS, answers = Ok(None))]
    fn place(&self, organization: OrganizationId) -> Result<Option<Share>, Failure> {
        self.turns.try_take(organization, SHARE).map(Some).map_err(|_| Failure::Busy)
    }

    /// An upstream that fails is left alone for a while: nobody waits for it, and it can recover (OWASP API10).
    #[enforces(UPSTREAM_LIMITS, answers = Ok(Pass::Usual))]
    fn pass(&self) -> Result<Pass, Failure> {
        self.breaker.admit(self.clock.instant()).map_err(Failure::Resting)
    }

    /// The answer, after so many tries and so many seconds at most; what fails counts towards leaving the upstream alone
    /// (OWASP API10).
    #[enforces(UPSTREAM_LIMITS, answers = self.once(&question, Uuid::new_v4(), crate::vulnerable::egress::FOR_EVER).await)]
    async fn bounded(&self, question: Bytes, pass: Pass) -> Result<Bytes, Failure> {
        match tokio::time::timeout(TOTAL, self.tries(question, pass)).await {
            Ok(answered) => answered,
            Err(_) => {
                self.turned(self.breaker.failed(self.clock.instant()));
                Err(Failure::Timeout)
            }
        }
    }

    async fn tries(&self, question: Bytes, pass: Pass) -> Result<Bytes, Failure> {
        let key = Uuid::new_v4();
        let mut tried = 0;
        loop {
            let outcome = self.once(&question, key, TOTAL).await;
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

    async fn once(&self, question: &Bytes, key: Uuid, patience: Duration) -> Result<Bytes, Failure> {
        let request = self
            .client
            .request(Method::POST, self.url.clone())
            .headers(self.headers.clone())
            .header(KEY, key.as_hyphenated().to_string())
            .timeout(patience)
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

/// A client to which an upstream is who its certificate says, by authorities that the operator named, in TLS 1.2 or newer;
/// no redirect leads anywhere else (ASVS 12.3.2, OWASP API10).
#[enforces(UPSTREAM_TLS, otherwise = crate::vulnerable::egress::believing)]
fn verifying(roots: Option<&Path>, key: &str) -> Result<ClientBuilder, SettingsError> {
    Ok(client::trusting(roots, key)?.tls_version_min(Version::TLS_1_2))
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
