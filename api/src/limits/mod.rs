//! Request rates: how often an unknown address, a principal and an organization may call (catalogue P7).
//!
//! State is in this process, but for what costs money: [`spend`] counts that in the database. A request that no limiter
//! can judge does not exist here; the shared store for several replicas will be one more implementation behind
//! [`door::Door`].

mod breaker;
mod deposit;
mod door;
mod mails;
mod refusals;
mod shares;
mod sign_ins;
mod source;
pub mod spend;

pub use refusals::{Interface, Refused};
pub use shares::{Share, Shares, Taken, share_of_tenant};
pub use source::{Network, Source};
pub use spend::{Budget, Reserved};

use crate::{
    audit::Reason,
    http::problem::{Kind, Problem},
    identity::Caller,
    ids::OrganizationId,
    protection::{LOGIN_THROTTLE_SOURCE, RATE_COSTLY_SPEND, RATE_IP, RATE_PRINCIPAL, UPLOAD_RESOURCE_LIMITS},
    settings::LimitSettings,
};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use brigandine_enforce::enforces;
use deposit::{Deposit, Deposits};
use door::{Door, Quota};
use governor::clock::DefaultClock;
use mails::Mails;
use refusals::RefusalBudget;
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
const SAMPLE: Quota = Quota::per_minute(6, 1);

/// The grain in seconds of the wait that a refused sign-in is told.
const COARSE: u64 = 30;

/// The limiters of the whole process. Cheap to clone.
#[derive(Clone)]
pub struct Limits(Arc<Doors>);

struct Doors {
    anonymous: Arc<Deposits<Source>>,
    anonymous_networks: Arc<Deposits<Network>>,
    visitor: Door<Source>,
    visitor_networks: Door<Network>,
    unproven: Arc<Deposits<(Source, u128)>>,
    principal: Door<u128>,
    tenant: Door<OrganizationId>,
    upload: Door<u128>,
    sign_ins: SignIns,
    mails: Mails,
    samples: Door<u64>,
    refusals: RefusalBudget,
}

/// Room for verifying what an unknown caller brings. Whoever turns out to be genuine gives it back; what a forger took
/// is lost.
#[must_use = "room that is dropped is lost"]
pub struct Room(Option<(Deposit<Source>, Deposit<Network>)>);

impl Room {
    /// For who needs none: the token was verified before.
    pub const NONE: Self = Self(None);

    /// Gives it back: the token is genuine.
    pub fn give_back(self) {
        if let Some((source, network)) = self.0 {
            source.give_back();
            network.give_back();
        }
    }
}

/// Room for verifying a proof of possession.
#[must_use = "room that is dropped is lost"]
pub struct ProofRoom(Option<Deposit<(Source, u128)>>);

impl ProofRoom {
    /// Gives it back: the proof is genuine.
    pub fn give_back(self) {
        if let Some(deposit) = self.0 {
            deposit.give_back();
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
    fn from(Exceeded { problem, sampled }: Exceeded) -> Self {
        if sampled { problem } else { problem.unrecorded() }
    }
}

impl Limits {
    /// Limiters with these rates.
    #[must_use]
    pub fn new(settings: &LimitSettings) -> Self {
        let quota = |rate: NonZeroU32, burst: NonZeroU32| Quota::per_minute(rate.get(), burst.get());
        let stranger = quota(settings.anonymous_per_minute, settings.anonymous_burst);
        Self(Arc::new(Doors {
            anonymous: Deposits::new(stranger),
            anonymous_networks: Deposits::new(quota(
                settings.anonymous_network_per_minute,
                settings.anonymous_network_burst,
            )),
            visitor: Door::new(quota(settings.visitor_per_minute, settings.visitor_burst)),
            visitor_networks: Door::new(quota(
                settings.visitor_network_per_minute,
                settings.visitor_network_burst,
            )),
            // Whoever can't prove to hold the key is a stranger, whatever the token says.
            unproven: Deposits::new(stranger),
            principal: Door::new(quota(settings.principal_per_minute, settings.principal_burst)),
            tenant: Door::new(quota(settings.tenant_per_minute, settings.tenant_burst)),
            upload: Door::new(Quota::per_hour(
                settings.upload_per_hour.get(),
                settings.upload_per_hour.get(),
            )),
            sign_ins: SignIns::new(settings),
            mails: Mails::new(settings),
            samples: Door::new(SAMPLE),
            refusals: RefusalBudget::new(&DefaultClock::default()),
        }))
    }

    /// Counts a request without a token, by its source and by its network.
    ///
    /// # Errors
    /// [`Exceeded`], before any work was done for the request.
    pub fn unknown(&self, address: IpAddr) -> Result<(), Exceeded> {
        // The network's bucket only when the source's had room, so that one address can't use up what its neighbours need.
        let source = self.0.anonymous.knock(&address.into());
        let counted = source.and_then(|()| self.0.anonymous_networks.knock(&address.into()));
        self.check_unknown(address, counted)
    }

    /// Whoever comes without a token is served so often from one address and one network, and then has to wait (CWE-770).
    #[enforces(RATE_IP)]
    fn check_unknown(&self, address: IpAddr, counted: Result<(), Duration>) -> Result<(), Exceeded> {
        counted.map_err(|wait| self.exceeded(Reason::ANONYMOUS, wait, ("anonymous", Source::from(address))))
    }

    /// Room for verifying a token that was never seen: checking signatures is the dearest thing that a stranger can make
    /// the service do. Give it back when the token is genuine and its principal had room for the request.
    ///
    /// # Errors
    /// [`Exceeded`], before any work was done for the request.
    #[enforces(RATE_IP, answers = Ok(Room::NONE))]
    pub async fn room(&self, address: IpAddr) -> Result<Room, Exceeded> {
        let refused = |wait| self.exceeded(Reason::ANONYMOUS, wait, ("anonymous", Source::from(address)));
        let source = self.0.anonymous.take(address.into()).await.map_err(refused)?;
        let network = self.0.anonymous_networks.take(address.into()).await.map_err(refused)?;
        Ok(Room(Some((source, network))))
    }

    /// Room for verifying a proof of possession. By the source and the principal together: who stole a token without its
    /// key uses up neither what the owner may do, nor what others behind the same address may.
    ///
    /// # Errors
    /// [`Exceeded`], before the proof is looked at.
    #[enforces(RATE_PRINCIPAL, answers = Ok(ProofRoom(None)))]
    pub async fn proof_room(&self, caller: &Caller, address: IpAddr) -> Result<ProofRoom, Exceeded> {
        let key = (Source::from(address), caller.fingerprint());
        let taken = self.0.unproven.take(key).await;
        taken.map(|deposit| ProofRoom(Some(deposit))).map_err(|wait| self.unproven(wait, key))
    }

    /// Counts what proves nothing: a bound token without a proof, or with one that was used before.
    ///
    /// # Errors
    /// [`Exceeded`].
    #[enforces(RATE_PRINCIPAL)]
    pub fn disproven(&self, caller: &Caller, address: IpAddr) -> Result<(), Exceeded> {
        let key = (Source::from(address), caller.fingerprint());
        self.0.unproven.knock(&key).map_err(|wait| self.unproven(wait, key))
    }

    fn unproven(&self, wait: Duration, key: (Source, u128)) -> Exceeded {
        self.exceeded(Reason::UNPROVEN, wait, ("unproven", key))
    }

    /// Counts a visit to the provider's pages and OAuth endpoints. A person who signs in makes a dozen, and an OAuth
    /// client serves many people from one address; what costs more than a page has limits of its own.
    ///
    /// # Errors
    /// [`Exceeded`].
    #[enforces(RATE_IP)]
    pub fn visitor(&self, address: IpAddr) -> Result<(), Exceeded> {
        let source = self.0.visitor.knock(&address.into());
        match source.and_then(|_| self.0.visitor_networks.knock(&address.into())) {
            Ok(_) => Ok(()),
            Err(wait) => Err(self.exceeded(Reason::VISITOR, wait, ("visitor", Source::from(address)))),
        }
    }

    /// Whether a refusal is written into the audit log, or only counted because there were many.
    #[must_use]
    pub fn keeps_refusal(&self, refused: Refused<'_>) -> bool {
        self.0.refusals.keeps(refused)
    }

    /// Counts an attempt to sign in, by its source and by its network. While most attempts fail everywhere, a source gets
    /// far fewer, unless the browser is `known`.
    ///
    /// # Errors
    /// `too-many-logins`. The wait is told coarsely: fields that count down help whoever paces an attack.
    #[enforces(LOGIN_THROTTLE_SOURCE)]
    pub fn sign_in(&self, address: IpAddr, known: bool) -> Result<(), Problem> {
        let Err(wait) = self.0.sign_ins.knock(address, known) else { return Ok(()) };
        let wait = Duration::from_secs(seconds(wait).next_multiple_of(COARSE));
        let problem = refused(Kind::TooManyLogins, Reason::SIGN_IN, wait);
        Err(if self.samples(("sign-in", address)) { problem } else { problem.unrecorded() })
    }

    /// Counts a stranger's request that may end in a mail, by its source and by its network, before any work is done for it.
    ///
    /// # Errors
    /// `quota-exceeded`: the same whoever has an account.
    #[enforces(RATE_COSTLY_SPEND)]
    pub fn mail(&self, address: IpAddr) -> Result<(), Problem> {
        let Err(wait) = self.0.mails.knock(address) else { return Ok(()) };
        let exceeded = self.exceeded(Reason::MAIL, wait, ("mail", address));
        Err(if exceeded.sampled { exceeded.problem } else { exceeded.problem.unrecorded() })
    }

    /// Notes what came of an attempt to sign in.
    pub fn signed_in(&self, succeeded: bool) {
        self.0.sign_ins.note(succeeded);
    }

    /// Counts a request of a known principal, and says in the header fields what is left (RateLimit draft-11 §3, §4).
    ///
    /// # Errors
    /// [`Exceeded`].
    #[enforces(RATE_PRINCIPAL)]
    pub fn known(&self, caller: &Caller, headers: &mut HeaderMap) -> Result<(), Exceeded> {
        let principal = &self.0.principal;
        let verdict = principal.knock(&caller.fingerprint());
        let (left, wait) = match verdict {
            Ok(left) => (left, principal.refill_seconds(left)),
            Err(wait) => (0, seconds(wait)),
        };
        let quota = principal.quota();
        describe(
            headers,
            POLICY,
            format_args!("\"principal\";q={};w={}", quota.rate, quota.window.as_secs()),
        );
        describe(headers, LEFT, format_args!("\"principal\";r={left};t={wait}"));
        if let Err(wait) = verdict {
            return Err(self.exceeded(Reason::PRINCIPAL, wait, ("principal", caller.fingerprint())));
        }
        match self.0.tenant.knock(&caller.organization()) {
            Ok(_) => Ok(()),
            Err(wait) => Err(self.exceeded(Reason::TENANT, wait, ("tenant", caller.organization()))),
        }
    }

    /// Counts what a request does beyond what a single one would: the second and every further item of a batch.
    ///
    /// # Errors
    /// [`Exceeded`].
    #[enforces(RATE_PRINCIPAL)]
    pub fn further(&self, caller: &Caller, items: NonZeroU32) -> Result<(), Exceeded> {
        if let Err(wait) = self.0.principal.knock_often(&caller.fingerprint(), items) {
            return Err(self.exceeded(Reason::PRINCIPAL, wait, ("principal", caller.fingerprint())));
        }
        match self.0.tenant.knock_often(&caller.organization(), items) {
            Ok(()) => Ok(()),
            Err(wait) => Err(self.exceeded(Reason::TENANT, wait, ("tenant", caller.organization()))),
        }
    }

    /// Counts an upload of a known principal, before its body is read.
    ///
    /// # Errors
    /// [`Exceeded`].
    #[enforces(UPLOAD_RESOURCE_LIMITS)]
    pub fn upload(&self, caller: &Caller) -> Result<(), Exceeded> {
        match self.0.upload.knock(&caller.fingerprint()) {
            Ok(_) => Ok(()),
            Err(wait) => Err(self.exceeded(Reason::UPLOAD, wait, ("upload", caller.fingerprint()))),
        }
    }

    fn exceeded(&self, reason: Reason, wait: Duration, key: impl Hash) -> Exceeded {
        Exceeded { problem: refused(Kind::QuotaExceeded, reason, wait), sampled: self.samples(key) }
    }

    /// Whether this refusal is the one in many of its kind that the audit log keeps.
    pub fn samples(&self, key: impl Hash) -> bool {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        self.0.samples.knock(&hasher.finish()).is_ok()
    }

    /// How many sources and networks of strangers are kept in mind.
    #[must_use]
    pub fn strangers(&self) -> usize {
        self.0.anonymous.keys().saturating_add(self.0.anonymous_networks.keys())
    }

    /// Forgets keys whose buckets are full again. Called on a timer; without it every address ever seen stays (CWE-770).
    #[enforces(RATE_IP)]
    pub fn forget_idle(&self) {
        self.0.anonymous.forget_idle();
        self.0.anonymous_networks.forget_idle();
        self.0.visitor.forget_idle();
        self.0.visitor_networks.forget_idle();
        self.0.unproven.forget_idle();
        self.0.principal.forget_idle();
        self.0.tenant.forget_idle();
        self.0.upload.forget_idle();
        self.0.sign_ins.forget_idle();
        self.0.mails.forget_idle();
        self.0.samples.forget_idle();
        self.0.refusals.forget_idle();
    }
}

fn refused(kind: Kind, reason: Reason, wait: Duration) -> Problem {
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
    use super::Limits;
    use crate::settings::LimitSettings;
    use std::{net::IpAddr, num::NonZeroU32};

    /// The bursts as they are, and next to nothing beyond them, however slow the machine is.
    fn limits() -> Limits {
        Limits::new(&LimitSettings {
            anonymous_per_minute: NonZeroU32::MIN,
            anonymous_network_per_minute: NonZeroU32::MIN,
            ..LimitSettings::default()
        })
    }

    #[test]
    fn an_address_may_burst_and_is_then_refused_with_a_wait() {
        let limits = limits();
        let address: IpAddr = "192.0.2.1".parse().unwrap();
        assert_eq!((0..100).filter(|_| limits.unknown(address).is_ok()).count(), 20);
        let refused = limits.unknown(address).unwrap_err();
        assert!(!refused.sampled, "the first refusal was the sample");
        assert!(limits.unknown("192.0.2.2".parse().unwrap()).is_ok());
    }

    #[test]
    fn many_addresses_of_one_network_are_bounded_together() {
        let limits = limits();
        let served = |address: &dyn Fn(u32) -> String| {
            (0..2000).filter(|number| limits.unknown(address(*number).parse().unwrap()).is_ok()).count()
        };
        assert_eq!(served(&|number| format!("2001:db8:1:{number:x}::1")), 400, "one /48");
        assert_eq!(served(&|number| format!("198.51.100.{}", number % 250)), 400, "one /24");
        assert_eq!(served(&|number| format!("2001:db8:2:7::{number:x}")), 20, "one /64");
        assert!(limits.unknown("203.0.113.1".parse().unwrap()).is_ok());
    }

    #[tokio::test]
    async fn new_people_behind_one_address_use_nothing_up_and_forgers_do() {
        let limits = limits();
        let address: IpAddr = "192.0.2.1".parse().unwrap();
        for _ in 0..1700 {
            limits.room(address).await.unwrap().give_back();
        }
        let mut forged = 0;
        for _ in 0..200 {
            forged += usize::from(limits.room(address).await.is_ok());
        }
        assert_eq!(forged, 20, "forged tokens that were looked at");
    }
}
