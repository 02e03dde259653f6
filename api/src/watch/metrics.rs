//! Counters, in the OpenMetrics text format. Labels come from fixed lists, so that no client can make them grow and no
//! personal value can get into one.

use crate::audit::EventName;
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
    unrecorded_refusals: Family<RefusalLabels, Counter>,
    password_hashes: Counter,
    upstreams: UpstreamMetrics,
    mails: MailMetrics,
    connections: ConnectionMetrics,
    strangers: Gauge,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    operation: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RefusalLabels {
    event: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("brigandine");
        let requests = Family::default();
        registry.register("requests", "Requests by operation and status", Family::clone(&requests));
        let unrouted: Counter = Counter::default();
        registry.register("unrouted_requests", "Requests that no operation took", unrouted.clone());
        let unrecorded_refusals = Family::default();
        registry.register(
            "unrecorded_refusals",
            "Refusals that the audit log does not hold, by event: there were many, or no operation was asked for",
            Family::clone(&unrecorded_refusals),
        );
        let password_hashes: Counter = Counter::default();
        registry.register("password_hashes", "Runs of argon2id", password_hashes.clone());
        let upstreams = UpstreamMetrics::default();
        upstreams.register(&mut registry);
        let mails = MailMetrics::default();
        mails.register(&mut registry);
        let connections = ConnectionMetrics::default();
        connections.register(&mut registry);
        let strangers = Gauge::default();
        registry.register(
            "limiter_strangers",
            "Sources and networks of unknown callers that are kept in mind, at the last look",
            strangers.clone(),
        );
        Self(Arc::new(Counters {
            registry,
            requests,
            unrouted,
            unrecorded_refusals,
            password_hashes,
            upstreams,
            mails,
            connections,
            strangers,
        }))
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

    /// Counts a refusal that the audit log does not hold.
    pub fn unrecorded_refusal(&self, event: EventName) {
        self.0.unrecorded_refusals.get_or_create(&RefusalLabels { event: event.as_str() }).inc();
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

    /// Counts mails; for those who write and send them.
    #[must_use]
    pub fn mails(&self) -> MailMetrics {
        self.0.mails.clone()
    }

    /// Counts connections; for the public listener.
    #[must_use]
    pub fn connections(&self) -> ConnectionMetrics {
        self.0.connections.clone()
    }

    /// Notes how many unknown callers the limiters keep in mind.
    pub fn strangers(&self, many: usize) {
        self.0.strangers.set(i64::try_from(many).unwrap_or(i64::MAX));
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

/// What became of mails. Cheap to clone.
#[derive(Clone, Default)]
pub struct MailMetrics {
    mails: Family<MailLabels, Counter>,
    dropped: Family<QueueLabels, Counter>,
    withheld: Family<WithheldLabels, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct MailLabels {
    kind: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct QueueLabels {
    queue: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WithheldLabels {
    kind: &'static str,
    limit: &'static str,
}

impl MailMetrics {
    fn register(&self, registry: &mut Registry) {
        registry.register("mails", "Mails by kind and outcome", self.mails.clone());
        registry.register("mails_dropped", "Mails for which a queue had no room", self.dropped.clone());
        registry.register("mails_withheld", "Mails over a limit by kind and limit", self.withheld.clone());
    }

    /// Counts a mail that left.
    pub fn delivered(&self, kind: &'static str) {
        self.mails.get_or_create(&MailLabels { kind, outcome: "delivered" }).inc();
    }

    /// Counts a mail that never left.
    pub fn given_up(&self, kind: &'static str) {
        self.mails.get_or_create(&MailLabels { kind, outcome: "given-up" }).inc();
    }

    /// Counts a mail for which there was no room.
    pub fn dropped(&self, queue: &'static str) {
        self.dropped.get_or_create(&QueueLabels { queue }).inc();
    }

    /// Counts a mail that was one too many for an address or the service.
    pub fn withheld(&self, kind: &'static str, limit: &'static str) {
        self.withheld.get_or_create(&WithheldLabels { kind, limit }).inc();
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

/// The public listener's connections. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct ConnectionMetrics {
    open: Gauge,
    refused: Counter,
}

impl ConnectionMetrics {
    fn register(&self, registry: &mut Registry) {
        registry.register("connections_open", "Open connections", self.open.clone());
        registry.register(
            "connections_refused",
            "Connections for which there was no place, in all or for their peer",
            self.refused.clone(),
        );
    }

    /// Counts one that was opened.
    pub fn opened(&self) {
        self.open.inc();
    }

    /// Counts one that was closed.
    pub fn closed(&self) {
        self.open.dec();
    }

    /// Counts one that was refused.
    pub fn refused(&self) {
        self.refused.inc();
    }
}
