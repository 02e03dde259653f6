//! Why something was refused, for the audit log only: one closed list.
//!
//! Operators' rules match these words, so none may be made up on the way; and a proof of everything demands that each of them
//! was provoked (decision 132).

use crate::http::problem::Kind;
use std::fmt;

/// Why something was refused: `token.exp`, `scope`. There are no others than the constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reason(&'static str);

impl Reason {
    /// Where nothing more is to be said than what the client is told too.
    #[must_use]
    pub const fn of(kind: Kind) -> Self {
        Self(kind.slug())
    }

    /// As stored and exported.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

macro_rules! reasons {
    ($(#[$about:meta])+ $list:ident: $($name:ident $text:literal;)*) => {
        impl Reason {
            $(#[doc = concat!("`", $text, "`")] pub const $name: Self = Self($text);)*

            $(#[$about])+
            pub const $list: &'static [Self] = &[$(Self::$name,)*];
        }
    };
}

reasons! {
    /// The platform's own.
    OF_PLATFORM:
    // Access tokens of an issuer, and the members they name.
    ISSUER_UNAVAILABLE "issuer.unavailable";
    MEMBER_INACTIVE "member.inactive";
    MEMBER_UNKNOWN "member.unknown";
    TOKEN_ALG "token.alg";
    TOKEN_AMBIGUOUS "token.ambiguous";
    TOKEN_AUD "token.aud";
    TOKEN_CLAIMS "token.claims";
    TOKEN_EXP "token.exp";
    TOKEN_IAT "token.iat";
    TOKEN_ISS "token.iss";
    TOKEN_KID "token.kid";
    TOKEN_LIFETIME "token.lifetime";
    TOKEN_MALFORMED "token.malformed";
    TOKEN_MISSING "token.missing";
    TOKEN_NBF "token.nbf";
    TOKEN_REVOKED "token.revoked";
    TOKEN_SIGNATURE "token.signature";
    TOKEN_TYP "token.typ";
    // Proofs of possession.
    DPOP_ALG "dpop.alg";
    DPOP_AS_BEARER "dpop.as-bearer";
    DPOP_ATH "dpop.ath";
    DPOP_CRIT "dpop.crit";
    DPOP_HTM "dpop.htm";
    DPOP_HTU "dpop.htu";
    DPOP_IAT "dpop.iat";
    DPOP_JTI "dpop.jti";
    DPOP_KEY "dpop.key";
    DPOP_MALFORMED "dpop.malformed";
    DPOP_MISSING "dpop.missing";
    DPOP_NONCE "dpop.nonce";
    DPOP_OTHER_KEY "dpop.other-key";
    DPOP_PRIVATE_KEY "dpop.private-key";
    DPOP_REPLAYED "dpop.replayed";
    DPOP_SEVERAL "dpop.several";
    DPOP_SIGNATURE "dpop.signature";
    DPOP_TYP "dpop.typ";
    DPOP_UNBOUND "dpop.unbound";
    // API keys of programs.
    KEY_EXPIRED "key.expired";
    KEY_MALFORMED "key.malformed";
    KEY_NETWORKS "key.networks";
    KEY_REVOKED "key.revoked";
    KEY_UNKNOWN "key.unknown";
    NETWORK "network";
    // Who a client of the built-in provider is.
    ASSERTION_ALG "assertion.alg";
    ASSERTION_AUD "assertion.aud";
    ASSERTION_CRIT "assertion.crit";
    ASSERTION_EXP "assertion.exp";
    ASSERTION_IAT "assertion.iat";
    ASSERTION_ISS "assertion.iss";
    ASSERTION_JTI "assertion.jti";
    ASSERTION_KID "assertion.kid";
    ASSERTION_LIFETIME "assertion.lifetime";
    ASSERTION_MALFORMED "assertion.malformed";
    ASSERTION_REPLAYED "assertion.replayed";
    ASSERTION_SIGNATURE "assertion.signature";
    ASSERTION_TYP "assertion.typ";
    ASSERTION_TYPE "assertion.type";
    CLIENT_AMBIGUOUS "client.ambiguous";
    CLIENT_MEMBER "client.member";
    CLIENT_METHOD "client.method";
    CLIENT_NETWORK "client.network";
    CLIENT_UNAUTHENTICATED "client.unauthenticated";
    CLIENT_UNKNOWN "client.unknown";
    // What a client asks of it.
    CLIENT "client";
    CODE "code";
    CODE_CLIENT "code.client";
    CODE_EXPIRED "code.expired";
    CODE_REDIRECT_URI "code.redirect-uri";
    CODE_REUSED "code.reused";
    CODE_UNKNOWN "code.unknown";
    CODE_VERIFIER "code.verifier";
    CONSENT "consent";
    GRANT_TYPE "grant-type";
    ID_TOKEN_HINT "id-token-hint";
    MAX_AGE "max-age";
    NOT_PUSHED "not-pushed";
    PARAMETER_LENGTH "parameter.length";
    PKCE "pkce";
    PROMPT "prompt";
    REDIRECT_URI "redirect-uri";
    REFRESH_TOKEN "refresh-token";
    REFRESH_CLIENT "refresh.client";
    REFRESH_ENDED "refresh.ended";
    REFRESH_EXPIRED "refresh.expired";
    REFRESH_REUSED "refresh.reused";
    REFRESH_UNKNOWN "refresh.unknown";
    REQUEST_OBJECT "request-object";
    REQUEST_URI "request-uri";
    RESPONSE_MODE "response-mode";
    RESPONSE_TYPE "response-type";
    TOKEN "token";
    TRANSACTION "transaction";
    // Signing in.
    ACCOUNT_ABSENT "account.absent";
    ACCOUNT_DISABLED "account.disabled";
    ACCOUNT_OVERTAKEN "account.overtaken";
    MALFORMED "malformed";
    MFA_CHALLENGE "mfa.challenge";
    MFA_MISSING "mfa.missing";
    MFA_THROTTLED "mfa.throttled";
    MFA_WRONG "mfa.wrong";
    NO_ACCOUNT "no-account";
    PASSWORD "password";
    PASSWORD_CURRENT "password.current";
    REAUTH_OVERTAKEN "reauth.overtaken";
    REAUTH_STALE "reauth.stale";
    SESSION_ABSOLUTE "session.absolute";
    SESSION_ENDED "session.ended";
    SESSION_IDLE "session.idle";
    SESSION_INCOMPLETE "session.incomplete";
    SESSION_MISSING "session.missing";
    SESSION_OVERTAKEN "session.overtaken";
    SESSION_VOUCHED "session.vouched";
    SIGN_IN "sign-in";
    // Forms that another site made a browser send.
    CSRF_TOKEN "csrf-token";
    ORIGIN "origin";
    SEC_FETCH_SITE "sec-fetch-site";
    // Links that were mailed or printed.
    EMAIL "email";
    EMAIL_CHANGE_ACCOUNT "email-change.account";
    EMAIL_CHANGE_SHAPE "email-change.shape";
    EMAIL_CHANGE_TAKEN "email-change.taken";
    EMAIL_CHANGE_TOKEN "email-change.token";
    EMAIL_CHANGE_USED "email-change.used";
    INVITATION_ADMINISTRATOR "invitation.administrator";
    INVITATION_ORGANIZATION "invitation.organization";
    INVITATION_SETTLED "invitation.settled";
    INVITATION_TOKEN "invitation.token";
    RESET "reset";
    RESET_ACCOUNT "reset.account";
    RESET_OVERTAKEN "reset.overtaken";
    RESET_TOKEN "reset.token";
    RESET_USED "reset.used";
    WITHOUT_FACTORS "without-factors";
    // An organization's own provider.
    ID_TOKEN_ACR "id_token.acr";
    ID_TOKEN_ALG "id_token.alg";
    ID_TOKEN_AUD "id_token.aud";
    ID_TOKEN_AUTH_TIME "id_token.auth_time";
    ID_TOKEN_CLAIMS "id_token.claims";
    ID_TOKEN_ISS "id_token.iss";
    ID_TOKEN_KID "id_token.kid";
    ID_TOKEN_MALFORMED "id_token.malformed";
    ID_TOKEN_NONCE "id_token.nonce";
    ID_TOKEN_SIGNATURE "id_token.signature";
    ID_TOKEN_SUB "id_token.sub";
    ID_TOKEN_TIME "id_token.time";
    ID_TOKEN_TYP "id_token.typ";
    IDENTITY_ACCOUNT "identity.account";
    IDENTITY_DISABLED "identity.disabled";
    IDENTITY_DOMAIN "identity.domain";
    IDENTITY_EMAIL "identity.email";
    LINK_SESSION "link.session";
    LINK_TAKEN "link.taken";
    LOGIN_BROWSER "login.browser";
    LOGIN_CODE "login.code";
    LOGIN_DENIED "login.denied";
    LOGIN_EXPIRED "login.expired";
    LOGIN_ISS "login.iss";
    LOGIN_PROVIDER "login.provider";
    LOGIN_REPLAYED "login.replayed";
    LOGIN_STATE "login.state";
    LOGOUT_TOKEN_EVENTS "logout_token.events";
    LOGOUT_TOKEN_ISS "logout_token.iss";
    LOGOUT_TOKEN_JTI "logout_token.jti";
    LOGOUT_TOKEN_MISSING "logout_token.missing";
    LOGOUT_TOKEN_NOBODY "logout_token.nobody";
    LOGOUT_TOKEN_NONCE "logout_token.nonce";
    LOGOUT_TOKEN_REPLAYED "logout_token.replayed";
    LOGOUT_TOKEN_TIME "logout_token.time";
    METADATA_ENDPOINT "metadata.endpoint";
    METADATA_ISSUER "metadata.issuer";
    METADATA_PKCE "metadata.pkce";
    METADATA_UNREACHABLE "metadata.unreachable";
    PROVIDER "provider";
    TOKEN_ANSWER "token.answer";
    TOKEN_UNREACHABLE "token.unreachable";
    USERINFO "userinfo";
    USERINFO_SUB "userinfo.sub";
    // What the caller may do.
    GRANT_SCOPE "grant.scope";
    GRANT_SELF "grant.self";
    NOT_A_USER "not-a-user";
    OBJECT "object";
    ORGANIZATION "organization";
    ROLE "role";
    SCOPE "scope";
    SERVICE "service";
    STEP_UP "step-up";
    // Rates and quotas.
    ANONYMOUS "anonymous";
    INVITATION "invitation";
    MAIL "mail";
    MAIL_WITHHELD "mail.withheld";
    PRINCIPAL "principal";
    TENANT "tenant";
    UNPROVEN "unproven";
    VISITOR "visitor";
}

#[cfg(feature = "passkeys")]
reasons! {
    /// Of passkeys, which no proof is made of: a browser is needed for them.
    OF_PASSKEYS:
    PASSKEY "passkey";
}

reasons! {
    /// What only a domain can be made to refuse with, as nothing else uses uploads, upstreams and spending.
    OF_DOMAINS:
    // Files.
    CLEAN "clean";
    FILE_NAME_CHARACTER "file-name.character";
    FILE_NAME_DEVICE "file-name.device";
    FILE_NAME_EDGE "file-name.edge";
    FILE_NAME_FORM "file-name.form";
    FILE_NAME_LENGTH "file-name.length";
    FILE_TYPE_CONTENT "file-type.content";
    FILE_TYPE_NAME "file-type.name";
    MALWARE "malware";
    UPLOAD "upload";
    // Upstreams, and what they cost.
    SPEND_DAY "spend.day";
    SPEND_RATE "spend.rate";
    UPSTREAM_BUSY "upstream.busy";
    UPSTREAM_CREDENTIAL "upstream.credential";
    UPSTREAM_ENCODING "upstream.encoding";
    UPSTREAM_FAILING "upstream.failing";
    UPSTREAM_JSON "upstream.json";
    UPSTREAM_MEDIA_TYPE "upstream.media-type";
    UPSTREAM_RANGE "upstream.range";
    UPSTREAM_REDIRECT "upstream.redirect";
    UPSTREAM_RESTING "upstream.resting";
    UPSTREAM_SCHEMA "upstream.schema";
    UPSTREAM_SIZE "upstream.size";
    UPSTREAM_STATUS "upstream.status";
    UPSTREAM_SUBJECT "upstream.subject";
    UPSTREAM_TIMEOUT "upstream.timeout";
    UPSTREAM_TLS "upstream.tls";
    UPSTREAM_UNREACHABLE "upstream.unreachable";
    // Objects of a domain.
    BREAK_GLASS "break-glass";
    EXPORT "export";
    RELATION "relation";
    ROLE_DOCUMENT "role.document";
    ROLE_FIELD "role.field";
    SECOND_PERSON "second-person";
    STEP_UP_EACH "step-up.each";
}

#[cfg(test)]
mod tests {
    use super::Reason;
    use std::collections::HashSet;

    #[test]
    fn no_reason_is_listed_twice() {
        let all = Reason::OF_PLATFORM.iter().chain(Reason::OF_DOMAINS);
        let mut seen = HashSet::new();
        for reason in all {
            assert!(seen.insert(reason), "{}", reason.as_str());
        }
    }
}
