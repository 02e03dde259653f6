//! Counters, in the OpenMetrics text format. Labels come from fixed lists, so that no client can make them grow and no
//! personal value can get into one.

use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
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
    upstreams: UpstreamMetrics,
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
        let upstreams = UpstreamMetrics::default();
        upstreams.register(&mut registry);
        Self(Arc::new(Counters { registry, requests, unrouted, password_hashes, upstreams }))
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

    /// Counts what is asked of upstreams; for the clients that ask.
    #[must_use]
    pub fn upstreams(&self) -> UpstreamMetrics {
        self.0.upstreams.clone()
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

/// What is asked of upstreams. Cheap to clone.
#[derive(Clone, Default)]
pub struct UpstreamMetrics {
    calls: Family<CallLabels, Counter>,
    breakers: Family<BreakerLabels, Gauge>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    upstream: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BreakerLabels {
    upstream: &'static str,
}

impl UpstreamMetrics {
    fn register(&self, registry: &mut Registry) {
        registry.register("upstream_calls", "Questions to upstreams by outcome", self.calls.clone());
        registry.register(
            "upstream_breaker_open",
            "1 while an upstream is left alone because it failed",
            self.breakers.clone(),
        );
    }

    /// Counts a question.
    pub fn call(&self, upstream: &'static str, outcome: &'static str) {
        self.calls.get_or_create(&CallLabels { upstream, outcome }).inc();
    }

    /// Says whether an upstream is left alone.
    pub fn breaker(&self, upstream: &'static str, open: bool) {
        self.breakers.get_or_create(&BreakerLabels { upstream }).set(i64::from(open));
    }
}
