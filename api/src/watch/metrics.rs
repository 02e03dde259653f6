//! Counters, in the OpenMetrics text format. Labels come from fixed lists, so that no client can make them grow and no
//! personal value can get into one.

use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};
use std::sync::Arc;

/// The service's counters. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(Arc<Counters>);

struct Counters {
    registry: Registry,
    requests: Family<Labels, Counter>,
    unrouted: Counter,
    password_hashes: Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    operation: &'static str,
    status: u16,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("brigandine");
        let requests = Family::default();
        registry.register("requests", "Requests by operation and status", Family::clone(&requests));
        let unrouted: Counter = Counter::default();
        registry.register("unrouted_requests", "Requests that no operation took", unrouted.clone());
        let password_hashes: Counter = Counter::default();
        registry.register("password_hashes", "Runs of argon2id", password_hashes.clone());
        Self(Arc::new(Counters { registry, requests, unrouted, password_hashes }))
    }
}

impl Metrics {
    /// Counts a request.
    pub fn request(&self, operation: &'static str, status: u16) {
        if operation == "none" {
            self.0.unrouted.inc();
        }
        self.0.requests.get_or_create(&Labels { operation, status }).inc();
    }

    /// Counts runs of argon2id; for the threads that do them.
    #[must_use]
    pub fn password_hashes(&self) -> Counter {
        self.0.password_hashes.clone()
    }

    /// All counters as text.
    #[must_use]
    pub fn render(&self) -> String {
        let mut out = String::new();
        // Writing to a string does not fail.
        let _ = text::encode(&mut out, &self.0.registry);
        out
    }
}
