//! What was asked of the providers lately: metadata and keys.
//!
//! Unlike a trusted issuer, a provider is asked only when somebody signs in there. What it said is kept for minutes; a
//! failure for seconds, so that nobody can make the service hammer a provider that is down.

use super::{
    Federation, FederationRefusal, Inner,
    metadata::{Document, Metadata},
    providers::{Provider, ProviderId},
};
use crate::{
    audit::Reason,
    identity::{
        discovery, documents,
        jwks::{self, Key, Keys, Uses},
    },
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long an answer is believed.
const FRESH: Duration = Duration::from_secs(300);
/// How long a failure is remembered, and how often an unknown key id may cause a new question.
const PATIENCE: Duration = Duration::from_secs(10);
/// Providers held at once. Beyond it all are asked anew.
const MOST: usize = 1000;

/// A provider, as it is known now.
pub(super) struct Known {
    pub(super) metadata: Metadata,
    keys: Keys,
    at: Instant,
}

enum Asked {
    Known(Arc<Known>),
    Failed(Reason, Instant),
}

/// By the provider's row and its version: a changed provider is another one.
#[derive(Default)]
pub(super) struct Cache(Mutex<HashMap<(ProviderId, i32), Asked>>);

impl Cache {
    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn get(&self, provider: &Provider, now: Instant) -> Option<Result<Arc<Known>, FederationRefusal>> {
        let asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let age = |at: &Instant| now.saturating_duration_since(*at);
        match asked.get(&(provider.id, provider.version))? {
            Asked::Known(known) if age(&known.at) < FRESH => Some(Ok(Arc::clone(known))),
            Asked::Failed(reason, at) if age(at) < PATIENCE => {
                Some(Err(FederationRefusal::Unavailable(*reason)))
            }
            _ => None,
        }
    }

    fn keep(&self, provider: &Provider, asked: Asked) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.clear();
        }
        all.insert((provider.id, provider.version), asked);
    }
}

impl Federation {
    /// The provider's metadata and keys, asked for if they are not at hand.
    pub(super) async fn known(&self, provider: &Provider) -> Result<Arc<Known>, FederationRefusal> {
        match self.0.known.get(provider, self.0.clock.instant()) {
            Some(known) => known,
            None => self.ask(provider).await,
        }
    }

    /// The provider's key of that name, or its only one; an unknown one may cause a new question.
    pub(super) async fn key(
        &self,
        provider: &Provider,
        kid: Option<&str>,
    ) -> Result<Arc<Key>, FederationRefusal> {
        let mut known = self.known(provider).await?;
        let age = self.0.clock.instant().saturating_duration_since(known.at);
        if known.keys.find(kid).is_none() && age >= PATIENCE {
            known = self.ask(provider).await?;
        }
        known.keys.find(kid).cloned().ok_or(FederationRefusal::Invalid(Reason::ID_TOKEN_KID))
    }

    async fn ask(&self, provider: &Provider) -> Result<Arc<Known>, FederationRefusal> {
        let answer = self.fetch(provider).await.map(Arc::new);
        let asked = match &answer {
            Ok(known) => Asked::Known(Arc::clone(known)),
            Err(error) => {
                let reason = error.reason().unwrap_or(Reason::METADATA_UNREACHABLE);
                tracing::warn!(provider.id = %provider.id, reason = reason.as_str(), "A provider can't be used");
                Asked::Failed(reason, self.0.clock.instant())
            }
        };
        self.0.known.keep(provider, asked);
        answer
    }

    async fn fetch(&self, provider: &Provider) -> Result<Known, FederationRefusal> {
        let Inner { client, outside, .. } = &*self.0;
        let address = super::metadata::endpoint(&discovery::address(&provider.issuer), provider, outside)?;
        let unreachable = |error: documents::DocumentError| {
            tracing::warn!(provider.id = %provider.id, error = %error, "Could not ask a provider");
            FederationRefusal::Unavailable(Reason::METADATA_UNREACHABLE)
        };
        let document: Document = documents::get(client, address.as_str()).await.map_err(unreachable)?;
        let metadata = document.checked(provider, outside)?;
        let keys = jwks::fetch(client, metadata.jwks_uri.as_str(), Uses::IdTokens).await;
        let keys = keys.map_err(unreachable)?;
        Ok(Known { metadata, keys, at: self.0.clock.instant() })
    }
}
