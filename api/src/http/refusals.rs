//! What refusals are called in the audit log.

use super::problem::{Kind, Problem};
use crate::audit::{EventName, Reason};

/// The event and the reason. Failures of our own are in the log with their cause instead.
pub(super) fn event_of(problem: &Problem) -> Option<(EventName, Reason)> {
    let kind = Reason::of(problem.kind());
    Some(match problem.kind() {
        Kind::Unauthenticated | Kind::InvalidToken | Kind::InvalidDpop | Kind::AmbiguousCredentials => {
            (EventName::AuthnTokenReject, problem.reason().unwrap_or(kind))
        }
        Kind::LoginTransactionInvalid | Kind::LoginDenied | Kind::LinkRequired => {
            (EventName::AuthnLoginFail, problem.reason().unwrap_or(kind))
        }
        Kind::InsufficientScope
        | Kind::InsufficientUserAuthentication
        | Kind::MfaEnrolmentRequired
        | Kind::Forbidden
        | Kind::NotAUser
        | Kind::ClientNetwork
        | Kind::SecondPersonRequired
        | Kind::GrantExceedsGrantor => (EventName::AuthzFail, problem.reason().unwrap_or(kind)),
        Kind::NotFound => (EventName::AuthzFail, problem.reason().unwrap_or(Reason::OBJECT)),
        Kind::LinkGone | Kind::ResetTokenInvalid => {
            (EventName::OneTimeSecretRefused, problem.reason().unwrap_or(kind))
        }
        Kind::InvalidAuthorization | Kind::UnknownClient | Kind::InvalidRedirectUri => {
            (EventName::OauthRequestRefused, problem.reason().unwrap_or(kind))
        }
        Kind::UrlNotAllowed => (EventName::MaliciousSsrf, kind),
        Kind::CrossSite => (EventName::CrossSiteRefused, problem.reason().unwrap_or(kind)),
        Kind::InvalidTransition | Kind::Expired => (EventName::SequenceFail, kind),
        Kind::QuotaExceeded
        | Kind::TooManyLogins
        | Kind::HoldLimit
        | Kind::TooFast
        | Kind::ReviewRequired => (EventName::ExcessRateLimitExceeded, problem.reason().unwrap_or(kind)),
        Kind::LoginDelayed => (EventName::AuthnLoginLock, problem.reason().unwrap_or(kind)),
        Kind::RecordIntegrity => (EventName::CryptDecryptFail, kind),
        Kind::FileTypeNotAllowed | Kind::FileNameInvalid => {
            (EventName::UploadValidation, problem.reason().unwrap_or(kind))
        }
        Kind::UpstreamUnavailable | Kind::UpstreamResting | Kind::UpstreamTimeout | Kind::UpstreamInvalid => {
            (EventName::UpstreamFailed, problem.reason().unwrap_or(kind))
        }
        Kind::InternalError
        | Kind::DependencyUnavailable
        | Kind::Overloaded
        | Kind::UploadsUnavailable
        | Kind::UpstreamNotConfigured => return None,
        Kind::UriTooLong | Kind::HeaderFieldsTooLarge | Kind::MisdirectedRequest | Kind::MethodNotAllowed => {
            return None;
        }
        Kind::NotAcceptable
        | Kind::UnsupportedMediaType
        | Kind::RequestTimeout
        | Kind::ContentTooLarge
        | Kind::PreconditionFailed
        | Kind::Sunset
        | Kind::PreconditionRequired
        | Kind::InvalidPrecondition
        | Kind::IdempotencyInProgress
        | Kind::UploadTooLarge
        | Kind::BadRequest => (EventName::RequestRefused, kind),
        _ => (EventName::InputValidationFail, kind),
    })
}
