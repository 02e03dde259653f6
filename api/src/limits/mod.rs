//! Request rates: how often an unknown address, a principal and an organization may call (catalogue P7).
//!
//! State is in this process, but for what costs money: [`spend`] counts that in the database. A request that no limiter
//! can judge does not exist here; the shared store for several replicas will be one more implementation behind
//! [`door::Door`].

mod breaker;
mod door;
mod sign_ins;
pub mod spend;

pub use spend::{Budget, Reserved};

use crate::{
    http::problem::{Kind, Problem},
    identity::Caller,
    ids::OrganizationId,
    protection::Protection,
    settings::LimitSettings,
};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use door::{Door, Hourly, Quota};
use sign_ins::SignIns;
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    net::IpAddr,
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT: HeaderName = HeaderName::from_static("ratelimit");

/// One audit row in so many seconds for each key that is over its limit: a flood must not become a flood of rows.
const SAMPLE: Quota = Quota { per_minute: 6, burst: 1 };

/// The grain in seconds of the wait that a refused sign-in is told.
const COARSE: u64 = 30;

/// The limiters of the whole process. Cheap to clone.
#[derive(Clone)]
pub struct Limits(Arc<Doors>);

struct Doors {
    anonymous: Door<Source>,
    visitor: Door<Source>,
    principal: Door<u128>,
    tenant: Door<OrganizationId>,
    upload: Door<u128>,
    sign_ins: SignIns,
    samples: Door<u64>,
}

/// Where an unknown caller comes from: an IPv4 address, or an IPv6 /64, which one household or server owns whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Source(u64);

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self(u64::from(address.to_bits())),
            // The upper half; no IPv6 network in use begins with 32 zero bits, so none meets an IPv4 address.
            IpAddr::V6(address) => Self(u64::try_from(address.to_bits() >> 64).unwrap_or(u64::MAX)),
        }
    }
}

/// Over the limit.
#[derive(Debug)]
pub struct Exceeded {
    problem: Problem,
    /// Whether this refusal is the one in many that the audit log keeps.
    pub sampled: bool,
}

impl From<Exceeded> for Problem {
    fn from(exceeded: Exceeded) -> Self {
        exceeded.problem
    }
}

impl Limits {
    /// Limiters with these rates.
    #[must_use]
    pub fn new(settings: &LimitSettings) -> Self {
        let quota = |per_minute: std::num::NonZeroU32, burst: std::num::NonZeroU32| Quota {
            per_minute: per_minute.get(),
            burst: burst.get(),
        };
        Self(Arc::new(Doors {
            anonymous: Door::new(quota(settings.anonymous_per_minute, settings.anonymous_burst)),
            visitor: Door::new(quota(settings.visitor_per_minute, settings.visitor_burst)),
            principal: Door::new(quota(settings.principal_per_minute, settings.principal_burst)),
            tenant: Door::new(quota(settings.tenant_per_minute, settings.tenant_burst)),
            upload: Door::hourly(Hourly(settings.upload_per_hour.get())),
            sign_ins: SignIns::new(settings),
            samples: Door::new(SAMPLE),
        }))
    }

    /// Counts a request whose caller is not known yet: no token, or one that was never verified.
    ///
    /// # Errors
    /// [`Exceeded`], before any work was done for the request.
    pub fn unknown(&self, address: IpAddr) -> Result<(), Exceeded> {
        if !Protection::RateIp.holds() {
            return Ok(());
        }
        let source = Source::from(address);
        match self.0.anonymous.knock(&source) {
            Ok(_) => Ok(()),
            Err(wait) => Err(self.exceeded("anonymous", wait, ("anonymous", source.0))),
        }
    }

    /// Counts a visit to the provider's pages and OAuth endpoints. A person who signs in makes a dozen, and an OAuth
    /// client serves many people from one address; what costs more than a page has limits of its own.
    ///
    /// # Errors
    /// [`Exceeded`].
    pub fn visitor(&self, address: IpAddr) -> Result<(), Exceeded> {
        if !Protection::RateIp.holds() {
            return Ok(());
        }
        let source = Source::from(address);
        match self.0.visitor.knock(&source) {
            Ok(_) => Ok(()),
            Err(wait) => Err(self.exceeded("visitor", wait, ("visitor", source.0))),
        }
    }

    /// Counts an attempt to sign in, by its source and by its network. While most attempts fail everywhere, a source gets
    /// far fewer, unless the browser is `known`.
    ///
    /// # Errors
    /// `too-many-logins`. The wait is told coarsely: fields that count down help whoever paces an attack.
    pub fn sign_in(&self, address: IpAddr, known: bool) -> Result<(), Problem> {
        if !Protection::LoginThrottleSource.holds() {
            return Ok(());
        }
        let Err(wait) = self.0.sign_ins.knock(address, known) else { return Ok(()) };
        let wait = Duration::from_secs(seconds(wait).next_multiple_of(COARSE));
        let problem = refused(Kind::TooManyLogins, "sign-in", wait);
        Err(if self.samples(("sign-in", address)) { problem } else { problem.unrecorded() })
    }

    /// Notes what came of an attempt to sign in.
    pub fn signed_in(&self, succeeded: bool) {
        self.0.sign_ins.note(succeeded);
    }

    /// Counts a request of a known principal, and says in the header fields what is left (RateLimit draft-11 §3, §4).
    ///
    /// # Errors
    /// [`Exceeded`].
    pub fn known(&self, caller: &Caller, headers: &mut HeaderMap) -> Result<(), Exceeded> {
        if !Protection::RatePrincipal.holds() {
            return Ok(());
        }
        let principal = &self.0.principal;
        let verdict = principal.knock(&caller.fingerprint());
        let (left, wait) = match verdict {
            Ok(left) => (left, principal.refill_seconds(left)),
            Err(wait) => (0, seconds(wait)),
        };
        let quota = principal.quota();
        describe(headers, POLICY, format_args!("\"principal\";q={};w=60", quota.per_minute));
        describe(headers, LEFT, format_args!("\"principal\";r={left};t={wait}"));
        if let Err(wait) = verdict {
            return Err(self.exceeded("principal", wait, ("principal", caller.fingerprint())));
        }
        match self.0.tenant.knock(&caller.organization()) {
            Ok(_) => Ok(()),
            Err(wait) => Err(self.exceeded("tenant", wait, ("tenant", caller.organization()))),
        }
    }

    /// Counts what a request does beyond what a single one would: the second and every further item of a batch.
    ///
    /// # Errors
    /// [`Exceeded`].
    pub fn further(&self, caller: &Caller, items: NonZeroU32) -> Result<(), Exceeded> {
        if !Protection::RatePrincipal.holds() {
            return Ok(());
        }
        if let Err(wait) = self.0.principal.knock_often(&caller.fingerprint(), items) {
            return Err(self.exceeded("principal", wait, ("principal", caller.fingerprint())));
        }
        match self.0.tenant.knock_often(&caller.organization(), items) {
            Ok(()) => Ok(()),
            Err(wait) => Err(self.exceeded("tenant", wait, ("tenant", caller.organization()))),
        }
    }

    /// Counts an upload of a known principal, before its body is read.
    ///
    /// # Errors
    /// [`Exceeded`].
    pub fn upload(&self, caller: &Caller) -> Result<(), Exceeded> {
        if !Protection::UploadResourceLimits.holds() {
            return Ok(());
        }
        match self.0.upload.knock(&caller.fingerprint()) {
            Ok(_) => Ok(()),
            Err(wait) => Err(self.exceeded("upload", wait, ("upload", caller.fingerprint()))),
        }
    }

    fn exceeded(&self, reason: &'static str, wait: Duration, key: impl Hash) -> Exceeded {
        Exceeded { problem: refused(Kind::QuotaExceeded, reason, wait), sampled: self.samples(key) }
    }

    /// Whether this refusal is the one in many of its kind that the audit log keeps.
    pub fn samples(&self, key: impl Hash) -> bool {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        self.0.samples.knock(&hasher.finish()).is_ok()
    }

    /// Forgets keys whose buckets are full again. Called on a timer; without it every address ever seen stays.
    pub fn forget_idle(&self) {
        self.0.anonymous.forget_idle();
        self.0.visitor.forget_idle();
        self.0.principal.forget_idle();
        self.0.tenant.forget_idle();
        self.0.upload.forget_idle();
        self.0.sign_ins.forget_idle();
        self.0.samples.forget_idle();
    }
}

fn refused(kind: Kind, reason: &'static str, wait: Duration) -> Problem {
    Problem::new(kind).because(reason).with_header(RETRY_AFTER, HeaderValue::from(seconds(wait)))
}

/// Whole seconds, and never 0: "try again in 0 seconds" makes a client spin.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)).max(1)
}

fn describe(headers: &mut HeaderMap, name: HeaderName, value: std::fmt::Arguments<'_>) {
    if let Ok(value) = HeaderValue::from_str(&value.to_string()) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::{Limits, Source};
    use crate::settings::LimitSettings;
    use std::net::IpAddr;

    #[test]
    fn an_address_may_burst_and_is_then_refused_with_a_wait() {
        let limits = Limits::new(&LimitSettings::default());
        let address: IpAddr = "192.0.2.1".parse().unwrap();
        assert_eq!((0..100).filter(|_| limits.unknown(address).is_ok()).count(), 20);
        let refused = limits.unknown(address).unwrap_err();
        assert!(!refused.sampled, "the first refusal was the sample");
        assert!(limits.unknown("192.0.2.2".parse().unwrap()).is_ok());
    }

    #[test]
    fn a_network_of_ipv6_addresses_is_one_source() {
        let source = |text: &str| Source::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(source("2001:db8::1"), source("2001:db8::ffff:1"));
        assert_ne!(source("2001:db8::1"), source("2001:db8:0:1::1"));
        assert_eq!(source("::ffff:192.0.2.1"), source("192.0.2.1"));
    }
}
