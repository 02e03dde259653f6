//! How a visit is refused.

use crate::{
    audit::{EventName, Reason},
    http::problem::{Kind, Problem},
    store::StoreError,
};
use actix_web::http::{
    StatusCode,
    header::{HeaderName, HeaderValue},
};

macro_rules! errors {
    ($($(#[$doc:meta])* $name:ident $status:ident $code:literal $sentence:literal;)*) => {
        /// The error codes of OAuth and OpenID Connect. The sentences are fixed and repeat nothing.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum OAuthError { $($(#[$doc])* $name,)* }

        impl OAuthError {
            /// The value of `error`.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The value of `error_description`.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence,)* }
            }

            pub(super) const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }
        }
    };
}

errors! {
    /// RFC 6749 §5.2.
    InvalidRequest BAD_REQUEST "invalid_request" "A parameter is missing, wrong, or given more than once.";
    /// RFC 6749 §5.2.
    InvalidClient UNAUTHORIZED "invalid_client" "The client is unknown or did not prove who it is.";
    /// RFC 6749 §5.2.
    InvalidGrant BAD_REQUEST "invalid_grant" "The code or refresh token is not valid here, or no longer.";
    /// RFC 6749 §5.2.
    UnauthorizedClient BAD_REQUEST "unauthorized_client" "This client may not use this kind of request.";
    /// RFC 6749 §5.2.
    UnsupportedGrantType BAD_REQUEST "unsupported_grant_type" "This kind of grant does not exist here.";
    /// RFC 6749 §5.2.
    InvalidScope BAD_REQUEST "invalid_scope" "A scope is unknown, or more than may be given.";
    /// RFC 6749 §4.1.2.1.
    UnsupportedResponseType BAD_REQUEST "unsupported_response_type" "The response type is code.";
    /// RFC 6749 §4.1.2.1.
    AccessDenied FORBIDDEN "access_denied" "It was not allowed.";
    /// OpenID Connect Core §3.1.2.6.
    LoginRequired BAD_REQUEST "login_required" "Somebody must sign in first.";
    /// OpenID Connect Core §3.1.2.6.
    InteractionRequired BAD_REQUEST "interaction_required" "Somebody must choose or confirm something first.";
    /// OpenID Connect Core Error Code unmet_authentication_requirements 1.0.
    UnmetAuthenticationRequirements BAD_REQUEST "unmet_authentication_requirements" "Whoever signed in could not do so as thoroughly as was asked.";
    /// OpenID Connect Core §3.1.2.6.
    RequestNotSupported BAD_REQUEST "request_not_supported" "Request objects are not taken; push the request (RFC 9126).";
    /// OpenID Connect Core §3.1.2.6, RFC 9126.
    InvalidRequestUri BAD_REQUEST "invalid_request_uri" "The request_uri is not known, or was used.";
    /// RFC 8707 §2.
    InvalidTarget BAD_REQUEST "invalid_target" "That resource is not served here.";
    /// RFC 9449 §5.
    InvalidDpopProof BAD_REQUEST "invalid_dpop_proof" "The DPoP proof is not valid for this request.";
    /// RFC 9449 §8.
    UseDpopNonce BAD_REQUEST "use_dpop_nonce" "Repeat the request with the nonce of the DPoP-Nonce field.";
}

/// A refused visit.
#[derive(Debug)]
pub enum Refusal {
    /// In the words of RFC 9457; on pages it is shown as a page.
    Problem(Problem),
    /// In the words of RFC 6749 §5.2.
    OAuth {
        /// What the client is told.
        error: OAuthError,
        /// What the audit log is told.
        event: EventName,
        /// Why, for the audit log only.
        reason: Reason,
        /// Further fields of the answer.
        headers: Vec<(HeaderName, HeaderValue)>,
    },
}

impl Refusal {
    /// An OAuth error, with its reason for the audit log.
    #[must_use]
    pub const fn oauth(error: OAuthError, reason: Reason) -> Self {
        Self::OAuth { error, event: EventName::OauthRequestRefused, reason, headers: Vec::new() }
    }

    /// The same refusal, by a more telling name in the audit log.
    #[must_use]
    pub fn known_as(self, event: EventName) -> Self {
        match self {
            Self::OAuth { error, reason, headers, .. } => Self::OAuth { error, event, reason, headers },
            problem @ Self::Problem(_) => problem,
        }
    }

    /// Adds a field to the answer.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        match &mut self {
            Self::OAuth { headers, .. } => headers.push((name, value)),
            Self::Problem(problem) => {
                let with = std::mem::replace(problem, Problem::new(Kind::InternalError));
                *problem = with.with_header(name, value);
            }
        }
        self
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<Kind> for Refusal {
    fn from(kind: Kind) -> Self {
        Self::Problem(kind.into())
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Problem(error.into())
    }
}
