//! What went wrong between this service and an upstream, in words of our own: the other side's may hold anything, and are
//! neither answered nor logged.

use crate::{
    audit::Reason,
    http::problem::{Kind, Problem},
};
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use std::{error::Error, fmt, io, time::Duration};

/// Why an answer is none: a word of ours for the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfit(pub Reason);

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The certificate does not verify, or TLS could not be agreed on.
    Tls,
    /// No connection, or one that broke.
    Unreachable,
    /// No answer in time.
    Timeout,
    /// It says that it fails, or has too much to do. Whether it may be over in a moment.
    Failing(bool),
    /// It sends us elsewhere. Nobody goes there.
    Redirected,
    /// It does not take our credential.
    Denied,
    /// What it answered is no answer.
    Invalid(Unfit),
    /// It failed lately, and is left alone for so long.
    Resting(Duration),
    /// Too much is asked at once.
    Busy,
}

impl Failure {
    pub(super) fn of(error: &reqwest::Error) -> Self {
        if is_tls(error) {
            Self::Tls
        } else if error.is_timeout() {
            Self::Timeout
        } else if error.is_redirect() {
            Self::Redirected
        } else {
            Self::Unreachable
        }
    }

    /// Whether the upstream itself is not well, for the breaker.
    pub(super) const fn is_outage(self) -> bool {
        matches!(self, Self::Tls | Self::Unreachable | Self::Timeout | Self::Failing(_))
    }

    /// Whether asking again at once may help.
    pub(super) const fn may_pass(self) -> bool {
        matches!(self, Self::Unreachable | Self::Failing(true))
    }

    /// For the audit log and the log.
    #[must_use]
    pub const fn reason(self) -> Reason {
        match self {
            Self::Tls => Reason::UPSTREAM_TLS,
            Self::Unreachable => Reason::UPSTREAM_UNREACHABLE,
            Self::Timeout => Reason::UPSTREAM_TIMEOUT,
            Self::Failing(_) => Reason::UPSTREAM_FAILING,
            Self::Redirected => Reason::UPSTREAM_REDIRECT,
            Self::Denied => Reason::UPSTREAM_CREDENTIAL,
            Self::Invalid(Unfit(reason)) => reason,
            Self::Resting(_) => Reason::UPSTREAM_RESTING,
            Self::Busy => Reason::UPSTREAM_BUSY,
        }
    }

    /// For the metrics: from a fixed list.
    pub(super) const fn label(&self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::Failing(_) => "failing",
            Self::Redirected => "redirected",
            Self::Denied => "denied",
            Self::Invalid(_) => "invalid",
            Self::Resting(_) => "resting",
            Self::Busy => "busy",
        }
    }

    /// The event's name in the log.
    pub(super) const fn event(self) -> &'static str {
        match self {
            Self::Tls => "backend_tls_failure",
            Self::Invalid(_) => "backend_answer_invalid",
            _ => "backend_call_failed",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason().fmt(formatter)
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let (kind, wait) = match failure {
            Failure::Tls | Failure::Unreachable | Failure::Redirected | Failure::Denied => {
                (Kind::UpstreamUnavailable, None)
            }
            Failure::Failing(_) => (Kind::UpstreamUnavailable, Some(1)),
            Failure::Invalid(_) => (Kind::UpstreamInvalid, None),
            Failure::Timeout => (Kind::UpstreamTimeout, Some(1)),
            Failure::Resting(wait) => (Kind::UpstreamResting, Some(wait.as_secs().saturating_add(1))),
            Failure::Busy => (Kind::UpstreamResting, Some(1)),
        };
        let problem = Self::new(kind).because(failure.reason()).failed(&failure);
        match wait {
            Some(seconds) => problem.with_header(RETRY_AFTER, HeaderValue::from(seconds)),
            None => problem,
        }
    }
}

/// Whether TLS refused, somewhere below the library's errors. `io::Error` hides the error that it wraps from `source`.
fn is_tls(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if error.is::<rustls::Error>() || wrapped.is_some_and(|inner| inner.is::<rustls::Error>()) {
            return true;
        }
        cause = match wrapped {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    false
}
