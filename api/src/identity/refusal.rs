//! Why a credential was refused. The client learns the kind only; the reason is for the audit log.

use crate::{
    audit::Reason,
    http::problem::{Kind, Problem},
};
use actix_web::http::header::{HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};

/// A refused credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenRefusal {
    kind: Kind,
    reason: Reason,
}

impl TokenRefusal {
    /// No credential that this API takes.
    pub(crate) const MISSING: Self = Self { kind: Kind::Unauthenticated, reason: Reason::TOKEN_MISSING };
    /// More than one credential: two readers could pick different ones.
    pub(super) const AMBIGUOUS: Self =
        Self { kind: Kind::AmbiguousCredentials, reason: Reason::TOKEN_AMBIGUOUS };
    /// The issuer's keys are not at hand; nobody can tell whether the token is good.
    pub(super) const NO_KEYS: Self =
        Self { kind: Kind::DependencyUnavailable, reason: Reason::ISSUER_UNAVAILABLE };

    /// A token that is not valid here.
    #[must_use]
    pub const fn token(reason: Reason) -> Self {
        Self { kind: Kind::InvalidToken, reason }
    }

    /// The reason for the audit log.
    #[must_use]
    pub const fn reason(self) -> Reason {
        self.reason
    }
}

impl From<TokenRefusal> for Problem {
    /// With the challenge of RFC 6750 §3: no `error` when no credential was sent. Then bound tokens are offered too
    /// (RFC 9449 §7.1).
    fn from(refusal: TokenRefusal) -> Self {
        let problem = Self::new(refusal.kind).because(refusal.reason);
        let challenge = match refusal.kind {
            Kind::Unauthenticated => r#"Bearer realm="clinic""#,
            Kind::InvalidToken => r#"Bearer realm="clinic", error="invalid_token""#,
            Kind::DependencyUnavailable => {
                return problem.with_header(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => return problem,
        };
        let problem = problem.with_header(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        if refusal.kind == Kind::Unauthenticated {
            let bound = HeaderValue::from_static(r#"DPoP algs="EdDSA ES256""#);
            return problem.with_header(WWW_AUTHENTICATE, bound);
        }
        problem
    }
}
