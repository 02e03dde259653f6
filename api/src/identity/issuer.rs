//! The trusted issuers and their keys, kept fresh in the background.
//!
//! One task per issuer fetches: at the start, every `jwks_refresh_seconds`, when the operator says so, and when a
//! token names a key that is not known: but for that last reason at most once a minute, or else anybody could make
//! the service hammer the provider with invented key ids.

use super::{
    TokenRefusal, discovery,
    jwks::{Key, Keys},
    provider::SigningKeys,
};
use crate::{
    audit::Reason,
    clock::Clock,
    protection::TOKEN_KEY_ROTATION,
    settings::{IssuerSettings, Settings, SettingsError},
};
use arc_swap::ArcSwapOption;
use brigandine_enforce::enforces;
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::{Notify, watch};

/// How often an unknown key id may cause a fetch.
const UNKNOWN_KEY_INTERVAL: Duration = Duration::from_secs(60);
/// How long a request waits for the fetch that it caused.
const PATIENCE: Duration = Duration::from_secs(4);
/// After so many refresh intervals without an answer, keys are no longer believed: a withdrawn key must not live on
/// because the provider can't be reached.
const STALE_AFTER: u32 = 12;
/// The first pause after a failed fetch; doubled up to the refresh interval.
const FIRST_RETRY: Duration = Duration::from_secs(1);

/// How often the built-in provider's keys are read from the database: other replicas may have made one.
const OWN_REFRESH: Duration = Duration::from_secs(60);

/// Where an issuer's keys come from.
enum Source {
    /// OpenID discovery.
    Discovery(reqwest::Client),
    /// The built-in provider.
    Own(SigningKeys),
}

impl Source {
    async fn fetch(&self, issuer: &str) -> Result<Keys, Box<dyn std::error::Error + Send + Sync>> {
        match self {
            Self::Discovery(client) => Ok(discovery::fetch(client, issuer).await?),
            Self::Own(keys) => Ok(keys.renew().await?),
        }
    }
}

/// One trusted issuer.
pub struct Issuer {
    identifier: String,
    audience: String,
    refresh: Duration,
    pub(crate) clock: Clock,
    pub(crate) keys: ArcSwapOption<Fetched>,
    wanted: Notify,
    done: watch::Sender<u64>,
    asked_for_unknown: Mutex<Option<Instant>>,
    fetches: AtomicU64,
}

/// An issuer's keys, and when they came.
pub(crate) struct Fetched {
    pub(crate) keys: Keys,
    pub(crate) at: Instant,
}

/// The trusted issuers by identifier.
pub(crate) struct Issuers {
    issuers: HashMap<String, Arc<Issuer>>,
    epoch: Arc<AtomicU64>,
}

impl Issuers {
    pub(super) fn start(
        settings: &Settings,
        own: Option<SigningKeys>,
        clock: Clock,
    ) -> Result<Self, SettingsError> {
        let epoch = Arc::new(AtomicU64::new(1));
        let mut issuers = HashMap::new();
        if let Some(keys) = own {
            let issuer = Arc::new(Issuer::own(settings.server.identifier(), clock));
            tokio::spawn(Arc::clone(&issuer).follow(Source::Own(keys), Arc::clone(&epoch)));
            issuers.insert(issuer.identifier.clone(), issuer);
        }
        for trusted in &settings.identity.issuers {
            let issuer = Arc::new(Issuer::new(trusted, settings.server.identifier(), clock));
            let client = discovery::client(trusted)?;
            tokio::spawn(Arc::clone(&issuer).follow(Source::Discovery(client), Arc::clone(&epoch)));
            issuers.insert(trusted.issuer.clone(), issuer);
        }
        Ok(Self { issuers, epoch })
    }

    /// The issuer that is called exactly so.
    pub(crate) fn named(&self, identifier: &str) -> Option<&Issuer> {
        self.issuers.get(identifier).map(Arc::as_ref)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Issuer> {
        self.issuers.values().map(Arc::as_ref)
    }

    /// Changes whenever any issuer's keys change.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }
}

impl Issuer {
    fn new(settings: &IssuerSettings, audience: &str, clock: Clock) -> Self {
        let audience = settings.audience.clone().unwrap_or_else(|| audience.to_owned());
        let refresh = Duration::from_secs(settings.jwks_refresh_seconds);
        Self::following(settings.issuer.clone(), audience, refresh, clock)
    }

    /// The built-in provider, which is its own audience.
    fn own(identifier: &str, clock: Clock) -> Self {
        Self::following(identifier.to_owned(), identifier.to_owned(), OWN_REFRESH, clock)
    }

    fn following(identifier: String, audience: String, refresh: Duration, clock: Clock) -> Self {
        Self {
            identifier,
            audience,
            refresh,
            clock,
            keys: ArcSwapOption::empty(),
            wanted: Notify::new(),
            done: watch::Sender::new(0),
            asked_for_unknown: Mutex::new(None),
            fetches: AtomicU64::new(0),
        }
    }

    /// Exactly what its tokens say in `iss`.
    #[must_use]
    pub fn identifier(&self) -> &str {
        &self.identifier
    }

    /// What its tokens must say in `aud`.
    #[must_use]
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// How often its keys were asked for, for the metrics.
    #[must_use]
    pub fn fetches(&self) -> u64 {
        self.fetches.load(Ordering::Relaxed)
    }

    /// Whether its keys are at hand and fresh enough to be believed.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        self.current().is_some()
    }

    /// Asks for a fetch, now.
    pub fn refresh(&self) {
        self.wanted.notify_one();
    }

    pub(crate) fn current(&self) -> Option<Arc<Fetched>> {
        let age = |fetched: &Fetched| self.clock.instant().saturating_duration_since(fetched.at);
        self.keys.load_full().filter(|fetched| age(fetched) < self.refresh * STALE_AFTER)
    }

    /// The key of that id, or the only one; an unknown id may cause one fetch a minute.
    pub(crate) async fn key(&self, kid: Option<&str>) -> Result<Arc<Key>, TokenRefusal> {
        self.first_fetch().await;
        let mut known = self.current();
        if known.as_ref().is_none_or(|fetched| fetched.keys.find(kid).is_none()) && self.may_ask_for_unknown()
        {
            self.fetched_again().await;
            known = self.current();
        }
        let fetched = known.ok_or(TokenRefusal::NO_KEYS)?;
        fetched.keys.find(kid).cloned().ok_or(TokenRefusal::token(Reason::TOKEN_KID))
    }

    /// Waits for the fetch that the start began, so that the first requests are not refused for being early.
    async fn first_fetch(&self) {
        let mut done = self.done.subscribe();
        let _ = tokio::time::timeout(PATIENCE, done.wait_for(|&count| count > 0)).await;
    }

    /// Whether a key that is not known may cause a fetch now: once a minute, or else whoever invents names of keys makes the
    /// service hammer the provider (CWE-770).
    #[enforces(TOKEN_KEY_ROTATION, answers = true)]
    fn may_ask_for_unknown(&self) -> bool {
        let now = self.clock.instant();
        let mut asked = self.asked_for_unknown.lock().unwrap_or_else(PoisonError::into_inner);
        let may = asked.is_none_or(|before| now.saturating_duration_since(before) >= UNKNOWN_KEY_INTERVAL);
        if may {
            *asked = Some(now);
        }
        may
    }

    async fn fetched_again(&self) {
        let mut done = self.done.subscribe();
        self.refresh();
        // Late is as good as never here: the request goes on with the keys that are known.
        let _ = tokio::time::timeout(PATIENCE, done.changed()).await;
    }

    /// Keeps the keys fresh for as long as the process lives.
    async fn follow(self: Arc<Self>, source: Source, epoch: Arc<AtomicU64>) {
        let mut pause = FIRST_RETRY;
        loop {
            self.fetches.fetch_add(1, Ordering::Relaxed);
            let wait = match source.fetch(&self.identifier).await {
                Ok(keys) => {
                    self.replace(keys, &epoch);
                    pause = FIRST_RETRY;
                    self.refresh
                }
                Err(error) => {
                    tracing::warn!(issuer = self.identifier, error = %error, "Could not fetch an issuer's keys");
                    pause = (pause * 2).min(self.refresh);
                    pause
                }
            };
            self.done.send_modify(|count| *count += 1);
            let _ = tokio::time::timeout(wait, self.wanted.notified()).await;
        }
    }

    /// Puts the new keys in place of the old ones. What was verified by one that is gone is verified no longer.
    fn replace(&self, keys: Keys, epoch: &AtomicU64) {
        let before = self.exchange(keys);
        let now = self.keys.load_full();
        if before.zip(now).is_some_and(|(before, now)| now.keys.lack_any_of(&before.keys)) {
            epoch.fetch_add(1, Ordering::Release);
        }
    }

    /// Puts the new keys in place of all old ones, and answers those: a key that the provider withdrew, because it was
    /// stolen, verifies nothing from here on (OIDC Core §10.1.1).
    #[enforces(TOKEN_KEY_ROTATION, otherwise = crate::vulnerable::identity::tokens::issuer::keep_every_key)]
    fn exchange(&self, keys: Keys) -> Option<Arc<Fetched>> {
        self.keys.swap(Some(Arc::new(Fetched { keys, at: self.clock.instant() })))
    }
}
