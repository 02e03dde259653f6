//! Events, and the rows they become.

use crate::{
    audit::Reason,
    clock::Clock,
    ids::{AuditEventId, MemberId, OrganizationId, RequestId},
    protection::AUDIT_NO_SENSITIVE,
    store::{
        schema::audit_events,
        types::{JsonText, Moment},
    },
};
use brigandine_enforce::enforces;
use diesel::Insertable;
use std::net::IpAddr;
use uuid::Uuid;

/// The version of the columns' meaning.
const SCHEMA_VERSION: i32 = 1;

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// The tenant whose auditor may read it; none while the caller's tenant is not established.
    pub organization: Option<OrganizationId>,
    /// What happened.
    pub event: EventName,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it failed: `token.exp`, `scope`; or the problem's kind, `validation-failed`.
    pub reason: Option<Reason>,
    /// The operation's id, as in the OpenAPI document.
    pub operation: &'static str,
    /// Who did it.
    pub actor: Actor,
    /// What kind of thing was touched: `patient`.
    pub object_type: Option<&'static str>,
    /// Which of them. Ids only, never values.
    pub objects: Vec<Uuid>,
    /// Where the request came from.
    pub source_address: IpAddr,
    /// The request's id, which its access line and its answer bear as well.
    pub request: RequestId,
    /// The id that the client gave the request, if it was well-formed.
    pub client_request: Option<String>,
}

/// Who did it, as far as it is known.
#[derive(Clone, Debug, Default)]
pub struct Actor {
    /// The member.
    pub member_id: Option<MemberId>,
    /// The token's issuer.
    pub issuer: Option<String>,
    /// The token's subject.
    pub subject: Option<String>,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was done.
    Success,
    /// It was refused, or went wrong.
    Failure,
}

impl Outcome {
    /// As stored: `success`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
        }
    }
}

macro_rules! event_names {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal,)+) => {
        /// The vocabulary, after the OWASP Logging Vocabulary where it has a word.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum EventName {
            $($(#[$doc])+ $variant,)+
        }

        impl EventName {
            /// Every name.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// As stored and exported: `sensitive_read`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

event_names! {
    /// A token, or the member it names, was refused.
    AuthnTokenReject = "authn_token_reject",
    /// The caller lacks a scope, a role, or the object.
    AuthzFail = "authz_fail",
    /// The input was refused.
    InputValidationFail = "input_validation_fail",
    /// A rate limit was hit.
    ExcessRateLimitExceeded = "excess_rate_limit_exceeded",
    /// Personal data was read.
    SensitiveRead = "sensitive_read",
    /// A patient was registered.
    PatientRegistered = "patient_registered",
    /// A patient's data were corrected.
    PatientCorrected = "patient_corrected",
    /// A patient was discharged.
    PatientDischarged = "patient_discharged",
    /// A file was taken in.
    UploadStored = "upload_stored",
    /// A file was judged, or refused for what it is.
    UploadValidation = "upload_validation",
    /// A file was deleted.
    UploadDelete = "upload_delete",
    /// Somebody joined a patient's care team.
    CareRelationStarted = "care_relation_started",
    /// Somebody left a patient's care team.
    CareRelationEnded = "care_relation_ended",
    /// A clinical record was written.
    RecordWritten = "record_written",
    /// A clinical record was amended.
    RecordAmended = "record_amended",
    /// A clinician opened a patient's records without treating them.
    AuthzBreakGlass = "authz_break_glass",
    /// Personal data was read behind a broken glass.
    SensitiveReadBreakGlass = "sensitive_read_break_glass",
    /// Somebody judged whether the glass was broken rightly.
    BreakGlassReviewed = "break_glass_reviewed",
    /// Somebody asked for a patient's data as a file.
    ExportRequested = "export_requested",
    /// Somebody asked for it at an odd hour, or often.
    ExportAnomaly = "export_anomaly",
    /// What was asked was changed.
    ExportChanged = "export_changed",
    /// A second person allowed it.
    ExportApproved = "export_approved",
    /// It was refused.
    ExportRefused = "export_refused",
    /// The file was fetched.
    ExportDownloaded = "export_downloaded",
    /// A clinician's time was offered.
    SlotOffered = "slot_offered",
    /// A slot was taken back.
    SlotWithdrawn = "slot_withdrawn",
    /// A slot was held for a patient.
    AppointmentHeld = "appointment_held",
    /// An appointment was confirmed.
    AppointmentConfirmed = "appointment_confirmed",
    /// An appointment was cancelled.
    AppointmentCancelled = "appointment_cancelled",
    /// A patient came to an appointment.
    AppointmentCheckedIn = "appointment_checked_in",
    /// A patient was treated.
    AppointmentCompleted = "appointment_completed",
    /// Somebody waits for a slot.
    WaitingListJoined = "waiting_list_joined",
    /// Somebody waits no more.
    WaitingListLeft = "waiting_list_left",
    /// A step was tried that is not the next one.
    SequenceFail = "sequence_fail",
    /// A member was added.
    MemberAdded = "member_added",
    /// A member's role or status changed.
    PrivilegePermissionsChanged = "privilege_permissions_changed",
    /// A member's other data changed.
    MemberChanged = "member_changed",
    /// A member was removed.
    MemberRemoved = "member_removed",
    /// An organization was created.
    OrganizationCreated = "organization_created",
    /// A sealed value did not open: it was tampered with, or its key is gone.
    CryptDecryptFail = "crypt_decrypt_fail",
    /// A form that another site made a browser send.
    CrossSiteRefused = "cross_site_refused",
    /// Somebody signed in.
    AuthnLoginSuccess = "authn_login_success",
    /// Somebody did not get in.
    AuthnLoginFail = "authn_login_fail",
    /// Too many guesses at an account; no more are taken for a while.
    AuthnLoginLock = "authn_login_lock",
    /// A second factor, or new recovery codes, came to an account.
    FactorAdded = "factor_added",
    /// A second factor was taken from an account.
    FactorRemoved = "factor_removed",
    /// A second factor was offered that can't be one: a wrong first code, a passkey of another site.
    FactorRefused = "factor_refused",
    /// A session was ended.
    SessionEnded = "session_ended",
    /// A session was over.
    SessionExpired = "session_expired",
    /// Somebody let a client act for them.
    AuthorizationGranted = "authorization_granted",
    /// A client was given tokens.
    AuthnTokenCreated = "authn_token_created",
    /// A token was given back before its time.
    AuthnTokenRevoked = "authn_token_revoked",
    /// A code or refresh token came a second time: one of the two who had it is a thief.
    AuthnTokenReuse = "authn_token_reuse",
    /// A client's request was refused.
    OauthRequestRefused = "oauth_request_refused",
    /// An account was made.
    UserCreated = "user_created",
    /// An account's address was changed.
    UserUpdated = "user_updated",
    /// An account's password was changed.
    AuthnPasswordChange = "authn_password_change",
    /// Somebody who wanted to change an account did not know its password.
    AuthnPasswordChangeFail = "authn_password_change_fail",
    /// Somebody forgot a password; names the account only where a mail was sent.
    PasswordResetRequested = "password_reset_requested",
    /// Another address was asked for.
    EmailChangeRequested = "email_change_requested",
    /// Somebody began to register.
    RegistrationRequested = "registration_requested",
    /// Somebody was invited.
    InvitationCreated = "invitation_created",
    /// Somebody accepted an invitation, and is a member.
    InvitationAccepted = "invitation_accepted",
    /// An invitation was taken back.
    InvitationRevoked = "invitation_revoked",
    /// A mailed or printed link did not work: used, replaced, too old, or never made.
    OneTimeSecretRefused = "one_time_secret_refused",
    /// The operator made a link for a new password, for somebody who lost the way in.
    AccountRescued = "account_rescued",
    /// A provider's subject was linked with an account.
    IdentityLinked = "identity_linked",
    /// An organization's own provider was named, changed or removed.
    ProviderChanged = "provider_changed",
    /// The operator recorded that an organization owns an e-mail domain.
    DomainVerified = "domain_verified",
    /// A client was registered.
    ClientRegistered = "client_registered",
    /// A client was revoked.
    ClientRevoked = "client_revoked",
    /// An API key was made.
    ApiKeyCreated = "api_key_created",
    /// An API key was revoked.
    ApiKeyRevoked = "api_key_revoked",
    /// An address was named that events are to be told to.
    WebhookCreated = "webhook_created",
    /// A webhook's secret was replaced, or a delivery asked for.
    WebhookChanged = "webhook_changed",
    /// A webhook was removed.
    WebhookRemoved = "webhook_removed",
    /// An insurer was asked whether it pays for a patient.
    EligibilityChecked = "eligibility_checked",
    /// An organization has spent most of what it may spend in a day.
    SpendCapReached = "spend_cap_reached",
    /// An upstream did not answer, or not with an answer.
    UpstreamFailed = "upstream_failed",
    /// Somebody named an address that leads inside; nothing was sent there.
    MaliciousSsrf = "malicious_ssrf",
    /// A signing key was made, replaced or withdrawn.
    SigningKeyChanged = "signing_key_changed",
    /// A request that was done already was answered as the first time.
    RequestReplayed = "request_replayed",
    /// An operation was used that ends soon.
    DeprecatedUse = "deprecated_use",
    /// The request was refused for another reason.
    RequestRefused = "request_refused",
}

/// An event as it is stored.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = audit_events)]
pub(super) struct Row {
    id: AuditEventId,
    organization_id: Option<OrganizationId>,
    occurred_at: Moment,
    event: &'static str,
    outcome: &'static str,
    reason: Option<&'static str>,
    operation: &'static str,
    actor_member_id: Option<MemberId>,
    actor_issuer: Option<String>,
    actor_subject: Option<String>,
    object_type: Option<&'static str>,
    object_ids: JsonText,
    source_address: String,
    request_id: RequestId,
    client_request_id: Option<String>,
    schema_version: i32,
}

impl Row {
    pub(super) fn new(event: &Event, clock: Clock) -> Self {
        let ids = event.objects.iter().map(|id| id.as_hyphenated().to_string().into()).collect();
        Self {
            id: AuditEventId::random(),
            organization_id: event.organization,
            occurred_at: clock.now().into(),
            event: event.event.as_str(),
            outcome: event.outcome.as_str(),
            reason: event.reason.map(Reason::as_str),
            operation: event.operation,
            actor_member_id: event.actor.member_id,
            actor_issuer: event.actor.issuer.as_deref().map(storable),
            actor_subject: event.actor.subject.as_deref().map(storable),
            object_type: event.object_type,
            object_ids: JsonText(serde_json::Value::Array(ids)),
            source_address: source(event),
            request_id: event.request,
            client_request_id: event.client_request.as_deref().map(storable),
            schema_version: SCHEMA_VERSION,
        }
    }
}

/// Where a request came from: an address, and nothing of what was asked for with it, as people search for names and numbers
/// (CWE-532; ASVS 16.2.5).
#[enforces(AUDIT_NO_SENSITIVE, otherwise = crate::vulnerable::audit::address_and_target)]
fn source(event: &Event) -> String {
    event.source_address.to_canonical().to_string()
}

/// PostgreSQL's text can't hold NUL. A caller who sends one must not thereby keep the event out of the log.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}
