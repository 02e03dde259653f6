//! Why a proof was refused.

use crate::{
    audit::Reason,
    http::problem::{Kind, Problem},
};
use actix_web::http::header::{HeaderName, HeaderValue, WWW_AUTHENTICATE};

/// The header that brings a proof.
pub(super) const DPOP: &str = "dpop";
/// The header that hands out a nonce.
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// A refused proof. The client learns the kind only; the reason is for the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DpopRefusal {
    /// More than one came: two readers could pick different ones.
    Several,
    /// It is not valid here.
    Invalid(Reason),
    /// It does not belong to the access token, or there should be none.
    Token(Reason),
    /// It lacks a nonce of this server, or brings an old one: the client tries again with a new one.
    Nonce,
}

impl DpopRefusal {
    /// The error code of the token endpoint and of the challenge (RFC 9449 §5, §7.1, §8).
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Several | Self::Invalid(_) => "invalid_dpop_proof",
            Self::Token(_) => "invalid_token",
            Self::Nonce => "use_dpop_nonce",
        }
    }

    /// The reason for the audit log.
    #[must_use]
    pub const fn reason(self) -> Reason {
        match self {
            Self::Several => Reason::DPOP_SEVERAL,
            Self::Invalid(reason) | Self::Token(reason) => reason,
            Self::Nonce => Reason::DPOP_NONCE,
        }
    }

    /// The answer of the resource server, with its challenge and a nonce for the next try.
    #[must_use]
    pub fn problem(self, nonce: &str) -> Problem {
        let kind = if self == Self::Several { Kind::AmbiguousCredentials } else { Kind::InvalidDpop };
        let problem = Problem::new(kind).because(self.reason());
        let challenge = match self {
            Self::Several => return problem,
            Self::Invalid(_) => r#"DPoP error="invalid_dpop_proof", algs="EdDSA ES256""#,
            Self::Token(_) => r#"DPoP error="invalid_token", algs="EdDSA ES256""#,
            Self::Nonce => r#"DPoP error="use_dpop_nonce", algs="EdDSA ES256""#,
        };
        let problem = problem.with_header(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        match HeaderValue::from_str(nonce) {
            Ok(nonce) => problem.with_header(DPOP_NONCE, nonce),
            Err(_) => problem,
        }
    }
}
