//! The kinds of failure: one row each.

use actix_web::http::StatusCode;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $status:ident $slug:literal $title:literal;)*) => {
        /// The kinds of failure. Their slugs are part of the interface: clients branch on `type`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kind { $($(#[$doc])* $name,)* }

        impl Kind {
            /// All of them, for the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The last segment of `type`.
            #[must_use]
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)* }
            }

            /// The status of the answer.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// The fixed sentence that a person may read.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

kinds! {
    /// The message can't be understood at all.
    BadRequest BAD_REQUEST "bad-request" "The request is not understood.";
    /// More than one credential came.
    AmbiguousCredentials BAD_REQUEST "ambiguous-credentials" "Send exactly one credential.";
    /// Not JSON.
    MalformedJson BAD_REQUEST "malformed-json" "The body is not valid JSON.";
    /// JSON that two readers would understand differently.
    AmbiguousInput BAD_REQUEST "ambiguous-input" "The body can be read in more than one way.";
    /// JSON beyond the limits of shape.
    JsonTooComplex BAD_REQUEST "json-too-complex" "The body is nested too deep or has too many parts.";
    /// A link for a new password that was used or replaced, is too old, or never was.
    ResetTokenInvalid BAD_REQUEST "reset-token-invalid" "This link was used or replaced, or is too old.";
    /// A query parameter came twice.
    DuplicateParameter BAD_REQUEST "duplicate-parameter" "A query parameter is given more than once.";
    /// A query parameter that does not exist.
    UnknownParameter BAD_REQUEST "unknown-parameter" "A query parameter is not known here.";
    /// A member was asked for that the caller does not see, or that does not exist: the two look the same.
    UnknownField BAD_REQUEST "unknown-field" "There is no such field for you to ask for.";
    /// A cursor that was not issued for this list to this caller.
    InvalidCursor BAD_REQUEST "invalid-cursor" "The cursor does not belong to this list.";
    /// The operation is done once per key, and none came.
    IdempotencyKeyRequired BAD_REQUEST "idempotency-key-required" "Send an Idempotency-Key: a UUID of your own for this request.";
    /// More than one key, or no UUID.
    InvalidIdempotencyKey BAD_REQUEST "invalid-idempotency-key" "The Idempotency-Key is one UUID, in lower case with hyphens.";
    /// `If-Match` that is no list of entity tags.
    InvalidPrecondition BAD_REQUEST "invalid-precondition" "If-Match is not understood.";
    /// An application's request to sign somebody in is not in order.
    InvalidAuthorization BAD_REQUEST "invalid-authorization-request" "The application's request is not in order.";
    /// An application that nobody registered, or none is named.
    UnknownClient BAD_REQUEST "unknown-client" "No application is registered here under the client_id of this request.";
    /// An application wants the answer at an address that it is not registered with.
    InvalidRedirectUri BAD_REQUEST "invalid-redirect-uri" "The application is not registered with the address it asked for.";
    /// No credential came.
    Unauthenticated UNAUTHORIZED "unauthenticated" "This operation needs an access token.";
    /// A credential came and was refused; why is for the audit log only.
    InvalidToken UNAUTHORIZED "invalid-token" "The access token is not valid here.";
    /// A proof of possession that is missing, wrong, used before, or without our nonce.
    InvalidDpop UNAUTHORIZED "invalid-dpop" "The proof of possession is not valid here.";
    /// A factor must be shown again, or a second one (RFC 9470).
    InsufficientUserAuthentication UNAUTHORIZED "insufficient-user-authentication" "Confirm first that it is you.";
    /// The token's scopes do not cover the operation.
    InsufficientScope FORBIDDEN "insufficient-scope" "The access token does not cover this operation.";
    /// The caller's role does not cover the operation.
    Forbidden FORBIDDEN "forbidden" "You may not do this.";
    /// The role needs a second factor, and the caller signed in with one.
    MfaEnrolmentRequired FORBIDDEN "mfa-enrolment-required" "Your role needs a second factor: set one up, then sign in with it.";
    /// A program asked for what is for people.
    NotAUser FORBIDDEN "not-a-user" "This is for people; a program can't do it.";
    /// A program called from outside its networks.
    ClientNetwork FORBIDDEN "client-network" "This credential may not be used from here.";
    /// Somebody tried to give more than they hold.
    GrantExceedsGrantor FORBIDDEN "grant-exceeds-grantor" "You can't give rights that you may not give.";
    /// What came back from a provider does not belong to a sign-in of this browser.
    LoginTransactionInvalid BAD_REQUEST "login-transaction-invalid" "This sign-in is not valid, or no longer.";
    /// The provider sent somebody back without vouching for them.
    LoginDenied FORBIDDEN "login-denied" "Your organization's provider did not sign you in.";
    /// The sign-in of a provider leads to no account.
    LinkRequired CONFLICT "link-required" "No account is linked with this sign-in.";
    /// Whoever asked for something that two must want can't also allow it, under whatever name.
    SecondPersonRequired FORBIDDEN "second-person-required" "Somebody else than who asked for this must decide.";
    /// A form that another site sent.
    CrossSite FORBIDDEN "cross-site" "This form was not sent from its own page.";
    /// Absent, or hidden from the caller: the two look the same.
    NotFound NOT_FOUND "not-found" "There is nothing here for you.";
    /// The path exists with other methods, which `Allow` names.
    MethodNotAllowed METHOD_NOT_ALLOWED "method-not-allowed" "This path does not take that method.";
    /// The client takes no JSON.
    NotAcceptable NOT_ACCEPTABLE "not-acceptable" "Answers are application/json only.";
    /// The body did not arrive in time.
    RequestTimeout REQUEST_TIMEOUT "request-timeout" "The body did not arrive in time.";
    /// The change collides with what is there.
    Conflict CONFLICT "conflict" "This collides with what is already recorded.";
    /// The first request with this key is still being done.
    IdempotencyInProgress CONFLICT "idempotency-in-progress" "The first request with this key is still being done.";
    /// Somebody else has the slot, or it is over.
    SlotTaken CONFLICT "slot-taken" "This slot can't be booked any more.";
    /// A step that can't be taken from here.
    InvalidTransition CONFLICT "invalid-transition" "This step is not the next one.";
    /// Somebody who cancelled late too often.
    ReviewRequired CONFLICT "review-required" "Please ask reception to book for you.";
    /// A mailed or printed link that was used or replaced, is too old, or never was.
    LinkGone BAD_REQUEST "link-gone" "This link was used or replaced, or is too old.";
    /// What was to be decided, or fetched, within a time that is over.
    Expired GONE "expired" "The time for this is over.";
    /// An operation after its last day; `Link` names what succeeds it.
    Sunset GONE "sunset" "This operation has ended; use its successor.";
    /// The change would leave an organization without an administrator.
    LastAdmin CONFLICT "last-admin" "An organization keeps at least one administrator.";
    /// The factor is the last one, and a role of the account needs one.
    LastFactor CONFLICT "last-factor" "Your role needs a second factor: set up another one first.";
    /// The object is another than the client saw.
    PreconditionFailed PRECONDITION_FAILED "precondition-failed" "This has changed since you looked; look again.";
    /// A file that nobody has judged yet, or that was rejected.
    FileNotReady CONFLICT "file-not-ready" "This file is not, or will never be, ready.";
    /// The files of a member, or of an organization, would take too much room.
    StorageQuotaExceeded CONFLICT "storage-quota-exceeded" "There is no room for this file; delete others first.";
    /// More than is handed out in one file.
    ExportTooLarge CONFLICT "export-too-large" "This is too much for one file; ask the operator for it.";
    /// Too many bytes.
    ContentTooLarge PAYLOAD_TOO_LARGE "content-too-large" "The body is too large.";
    /// A file with too many bytes.
    UploadTooLarge PAYLOAD_TOO_LARGE "upload-too-large" "The file is too large.";
    /// A target beyond 4 KiB.
    UriTooLong URI_TOO_LONG "uri-too-long" "The request target is too long.";
    /// A body of another type than JSON.
    UnsupportedMediaType UNSUPPORTED_MEDIA_TYPE "unsupported-media-type" "This operation takes no body of that type, and none that is encoded.";
    /// A host that is not served here.
    MisdirectedRequest MISDIRECTED_REQUEST "misdirected-request" "This host is not served here.";
    /// Well-formed, but a rule is broken.
    ValidationFailed UNPROCESSABLE_ENTITY "validation-failed" "A value breaks a rule.";
    /// A member that the operation does not take.
    UnknownMember UNPROCESSABLE_ENTITY "unknown-member" "The body has a member that this operation does not take.";
    /// A character that no text may hold.
    IllegalCharacter UNPROCESSABLE_ENTITY "illegal-character" "A text holds a character that is not allowed.";
    /// A reference to something absent or hidden.
    UnknownReference UNPROCESSABLE_ENTITY "unknown-reference" "A reference points to nothing that you can see.";
    /// The key was used for another request.
    IdempotencyMismatch UNPROCESSABLE_ENTITY "idempotency-mismatch" "This Idempotency-Key was used for another request.";
    /// An address that the service does not call for anybody.
    UrlNotAllowed UNPROCESSABLE_ENTITY "url-not-allowed" "This address can't be called from here.";
    /// A file whose name, declared type and content do not agree, or that is of no kind that is taken.
    FileTypeNotAllowed UNPROCESSABLE_ENTITY "file-type-not-allowed" "The file is not what it is said to be, or of a kind that is not taken.";
    /// A name that a file could not safely have.
    FileNameInvalid UNPROCESSABLE_ENTITY "file-name-invalid" "Name the file as Content-Disposition: attachment; filename*=UTF-8''report.pdf, by a name that is safe to keep.";
    /// Faster than anybody reads.
    TooFast UNPROCESSABLE_ENTITY "too-fast" "Read it first, then confirm.";
    /// A page size outside 1 to 100.
    LimitOutOfRange UNPROCESSABLE_ENTITY "limit-out-of-range" "The limit is a whole number from 1 to 100.";
    /// An update that does not say which state it was made for.
    PreconditionRequired PRECONDITION_REQUIRED "precondition-required" "Send If-Match with the ETag of what you saw.";
    /// Too many requests.
    QuotaExceeded TOO_MANY_REQUESTS "quota-exceeded" "Too many requests; try again later.";
    /// More of a clinic's time than one may take.
    HoldLimit TOO_MANY_REQUESTS "hold-limit" "You hold or booked as much as you may; try again later.";
    /// Too many wrong passwords for one account.
    LoginDelayed TOO_MANY_REQUESTS "login-delayed" "Too many attempts for this account; try again later.";
    /// Too many sign-ins from one place.
    TooManyLogins TOO_MANY_REQUESTS "too-many-logins" "Too many attempts from your network; try again later.";
    /// Header fields beyond 16 KiB or 64 fields.
    HeaderFieldsTooLarge REQUEST_HEADER_FIELDS_TOO_LARGE "header-fields-too-large" "The header fields are too large.";
    /// A bug; the request id leads to the log.
    InternalError INTERNAL_SERVER_ERROR "internal-error" "Something failed on our side.";
    /// Stored data does not match its seal.
    RecordIntegrity INTERNAL_SERVER_ERROR "record-integrity" "A record can't be opened.";
    /// Something that the service depends on does not answer.
    DependencyUnavailable SERVICE_UNAVAILABLE "dependency-unavailable" "Try again in a moment.";
    /// Nobody could look at the file.
    UploadsUnavailable SERVICE_UNAVAILABLE "uploads-unavailable" "Files can't be taken in here.";
    /// An API that an answer comes from does not work, or can't be trusted to be itself.
    UpstreamUnavailable BAD_GATEWAY "upstream-unavailable" "Whoever knows the answer can't be asked at the moment.";
    /// It failed lately, or too much is asked of it: it is not asked.
    UpstreamResting SERVICE_UNAVAILABLE "upstream-unavailable" "Whoever knows the answer can't be asked at the moment.";
    /// It did not answer in time.
    UpstreamTimeout GATEWAY_TIMEOUT "upstream-unavailable" "Whoever knows the answer can't be asked at the moment.";
    /// It answered with what is no answer; nothing of it is kept.
    UpstreamInvalid BAD_GATEWAY "upstream-invalid" "The answer that came makes no sense; it was thrown away.";
    /// The operator named nobody who could be asked.
    UpstreamNotConfigured SERVICE_UNAVAILABLE "upstream-not-configured" "This service is not connected to an insurer.";
    /// More costly work than can be done at once.
    Overloaded SERVICE_UNAVAILABLE "overloaded" "Too much is going on; try again in a moment.";
}

impl Kind {
    /// What only happens where several write at once. SQLite has one writer at a time: whoever waited for a request under the
    /// same key finds its answer, and whoever was demoted meanwhile is no administrator who could demote the last one.
    pub const OF_POSTGRES: &'static [Self] = &[Self::IdempotencyInProgress, Self::LastAdmin];

    /// What only a domain answers, as nothing else has appointments, uploads, upstreams, or records that somebody could spoil.
    pub const OF_DOMAINS: &'static [Self] = &[
        Self::InternalError,
        Self::RecordIntegrity,
        Self::UnknownField,
        Self::UnknownReference,
        Self::SecondPersonRequired,
        Self::SlotTaken,
        Self::InvalidTransition,
        Self::ReviewRequired,
        Self::Expired,
        Self::FileNotReady,
        Self::StorageQuotaExceeded,
        Self::ExportTooLarge,
        Self::UploadTooLarge,
        Self::FileTypeNotAllowed,
        Self::FileNameInvalid,
        Self::TooFast,
        Self::HoldLimit,
        Self::UploadsUnavailable,
        Self::UpstreamUnavailable,
        Self::UpstreamResting,
        Self::UpstreamTimeout,
        Self::UpstreamInvalid,
        Self::UpstreamNotConfigured,
    ];
}
