//! What refusals are called in the audit log.

use super::problem::{Kind, Problem};
use crate::audit::EventName;

/// The event and the reason. Failures of our own are in the log with their cause instead.
pub(super) fn event_of(problem: &Problem) -> Option<(EventName, &'static str)> {
    let slug = problem.kind().slug();
    Some(match problem.kind() {
        Kind::Unauthenticated | Kind::InvalidToken | Kind::InvalidDpop | Kind::AmbiguousCredentials => {
            (EventName::AuthnTokenReject, problem.reason().unwrap_or(slug))
        }
        Kind::LoginTransactionInvalid | Kind::LoginDenied | Kind::LinkRequired => {
            (EventName::AuthnLoginFail, problem.reason().unwrap_or(slug))
        }
        Kind::InsufficientScope
        | Kind::InsufficientUserAuthentication
        | Kind::MfaEnrolmentRequired
        | Kind::Forbidden
        | Kind::NotAUser
        | Kind::ClientNetwork
        | Kind::SecondPersonRequired
        | Kind::GrantExceedsGrantor => (EventName::AuthzFail, problem.reason().unwrap_or(slug)),
        Kind::NotFound => (EventName::AuthzFail, problem.reason().unwrap_or("object")),
        Kind::LinkGone | Kind::ResetTokenInvalid => {
            (EventName::OneTimeSecretRefused, problem.reason().unwrap_or(slug))
        }
        Kind::InvalidAuthorization | Kind::InvalidRedirectUri => {
            (EventName::OauthRequestRefused, problem.reason().unwrap_or(slug))
        }
        Kind::UrlNotAllowed => (EventName::MaliciousSsrf, slug),
        Kind::CrossSite => (EventName::CrossSiteRefused, problem.reason().unwrap_or(slug)),
        Kind::InvalidTransition | Kind::Expired => (EventName::SequenceFail, slug),
        Kind::QuotaExceeded
        | Kind::TooManyLogins
        | Kind::HoldLimit
        | Kind::TooFast
        | Kind::ReviewRequired => (EventName::ExcessRateLimitExceeded, problem.reason().unwrap_or(slug)),
        Kind::LoginDelayed => (EventName::AuthnLoginLock, problem.reason().unwrap_or(slug)),
        Kind::RecordIntegrity => (EventName::CryptDecryptFail, slug),
        Kind::FileTypeNotAllowed | Kind::FileNameInvalid => {
            (EventName::UploadValidation, problem.reason().unwrap_or(slug))
        }
        Kind::UpstreamUnavailable | Kind::UpstreamResting | Kind::UpstreamTimeout | Kind::UpstreamInvalid => {
            (EventName::UpstreamFailed, problem.reason().unwrap_or(slug))
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
        | Kind::BadRequest => (EventName::RequestRefused, slug),
        _ => (EventName::InputValidationFail, slug),
    })
}
