//! Access tokens: who is calling.

use super::{Facts, Family};

pub(super) const TOKEN_REQUIRED: Facts = Facts {
    id: "token-required",
    family: Family::Tokens,
    statement: "Every operation not on the explicit public list refuses requests without a valid credential, before any routing side effect.",
    why: "The commonest hole of all is the one operation where somebody forgot to ask who is calling.",
    owasp: &["API2:2023", "API5:2023"],
    asvs: &["8.2.1", "8.3.1", "6.3.4"],
    cwe: &[306],
    references: &["RFC 6750 §3, §3.1", "RFC 9110 §11.6.1, §15.5.2", "REST CS \"Access Control\""],
};

pub(super) const TOKEN_SIGNATURE: Facts = Facts {
    id: "token-signature",
    family: Family::Tokens,
    statement: "A token is accepted only after its signature verified over the exact received bytes.",
    why: "Claims are only text; without the signature anybody is whoever they write they are.",
    owasp: &["API2:2023"],
    asvs: &["9.1.1", "6.8.2"],
    cwe: &[347],
    references: &["RFC 7515 §5.2", "RFC 8725 §3.3", "RFC 9068 §4"],
};

pub(super) const TOKEN_ALGORITHM: Facts = Facts {
    id: "token-algorithm",
    family: Family::Tokens,
    statement: "One asymmetric algorithm per issuer key (EdDSA; ES256 allowed), chosen from the key, never from the header; `none` and every HMAC algorithm are refused.",
    why: "Whoever may choose the algorithm chooses `none`, or makes a public key serve as an HMAC secret.",
    owasp: &["API2:2023"],
    asvs: &["9.1.2"],
    cwe: &[347, 327, 757],
    references: &[
        "RFC 8725 §2.1, §3.1, §3.2",
        "FAPI 2.0 SP \"Cryptography and secrets\" item 1",
        "JWT CS \"Key type confusion\"",
        "ASVS App. C (RSASSA-PKCS1-v1_5 disallowed)",
    ],
};

pub(super) const TOKEN_KEY_SOURCE: Facts = Facts {
    id: "token-key-source",
    family: Family::Tokens,
    statement: "Verification keys come only from the pre-configured issuer JWKS; `jwk`, `jku`, `x5u`, `x5c` are ignored and `kid` is an opaque lookup in an in-memory map.",
    why: "A token that brings its own key, or says where to fetch it, is a letter of recommendation that the bearer wrote.",
    owasp: &["API2:2023", "API7:2023"],
    asvs: &["9.1.3"],
    cwe: &[347, 345, 918, 22, 89],
    references: &[
        "RFC 7515 §4.1.2-§4.1.6",
        "RFC 8725 §3.10",
        "JWT CS \"Trusting key material named in the token header\"",
        "CVE-2018-0114",
    ],
};

pub(super) const TOKEN_KEY_ROTATION: Facts = Facts {
    id: "token-key-rotation",
    family: Family::Tokens,
    statement: "Signing keys rotate (new kid published before use, old kid verified only until its last token expired, then gone); unknown-kid lookups cannot be used to hammer the JWKS endpoint.",
    why: "A stolen signing key works until it is forgotten, and invented key ids can turn the service against its own provider.",
    owasp: &["API2:2023", "API4:2023"],
    asvs: &["11.1.1", "13.3.4", "11.2.2"],
    cwe: &[324, 770],
    references: &["OIDC Core §10.1.1", "RFC 7517 §4.5", "FAPI 2.0 SP \"Key Compromise\""],
};

pub(super) const TOKEN_TIME_WINDOW: Facts = Facts {
    id: "token-time-window",
    family: Family::Tokens,
    statement: "`exp`, `nbf`, `iat` are required integers and enforced with ≤10 s skew; lifetime (exp−iat) is capped at 600 s whatever the token says.",
    why: "A token that never ends is a password that nobody can change.",
    owasp: &["API2:2023"],
    asvs: &["9.2.1"],
    cwe: &[613],
    references: &[
        "RFC 7519 §4.1.4-§4.1.6",
        "RFC 9068 §2.2, §4",
        "FAPI 2.0 SP AS general (accept ≤10 s future, reject >60 s)",
    ],
};

pub(super) const TOKEN_ISSUER: Facts = Facts {
    id: "token-issuer",
    family: Family::Tokens,
    statement: "`iss` must equal the one configured issuer byte for byte, and the verifying key must belong to that issuer.",
    why: "A provider trusted for patients must not be able to make staff.",
    owasp: &["API2:2023"],
    asvs: &["9.1.3", "6.8.1", "10.3.3"],
    cwe: &[345, 346],
    references: &["RFC 8725 §3.8", "RFC 9068 §4", "OIDC Discovery §4.3"],
};

pub(super) const TOKEN_AUDIENCE: Facts = Facts {
    id: "token-audience",
    family: Family::Tokens,
    statement: "`aud` must contain this API's identifier; ID tokens, tokens for sibling services and tokens without audience are refused.",
    why: "A token for one service, in the hands of that service, must open no other.",
    owasp: &["API2:2023"],
    asvs: &["9.2.3", "9.2.4", "10.3.1"],
    cwe: &[863, 287],
    references: &["RFC 7519 §4.1.3", "RFC 8725 §3.9", "RFC 9068 §4", "RFC 9700 §2.3, §4.10.2", "RFC 8707 §2"],
};

pub(super) const TOKEN_TYPE: Facts = Facts {
    id: "token-type",
    family: Family::Tokens,
    statement: "Only `typ: at+jwt` access tokens authorise; ID tokens, refresh tokens, MFA-pending tokens, logout tokens, client assertions and DPoP proofs are never accepted as access tokens, and vice versa.",
    why: "ID tokens and access tokens look alike and are signed with the same key; only one of them is a permission.",
    owasp: &["API2:2023"],
    asvs: &["9.2.2"],
    cwe: &[287, 345],
    references: &["RFC 8725 §3.11, §3.12", "RFC 9068 §2.1, §4, §5", "OIDC Back-Channel Logout §2.6"],
};

pub(super) const TOKEN_CLAIMS_STRICT: Facts = Facts {
    id: "token-claims-strict",
    family: Family::Tokens,
    statement: "Required claims (`iss sub aud exp iat jti client_id scope org`) must be present once with the exact JSON type; unknown `crit` headers and duplicate members are refused.",
    why: "Two readers that understand one token differently are two different callers in one request.",
    owasp: &["API2:2023"],
    asvs: &["15.3.5", "1.5.3", "10.3.2", "10.3.3"],
    cwe: &[1287, 436, 843],
    references: &["RFC 9068 §2.2", "RFC 7515 §4.1.11 (crit)", "RFC 7519 §4 (duplicates)"],
};

pub(super) const TOKEN_TRANSPORT: Facts = Facts {
    id: "token-transport",
    family: Family::Tokens,
    statement: "Access tokens are taken only from exactly one `Authorization` header; never from URL, body, cookie or alternative headers.",
    why: "What stands in a URL ends up in logs, histories and referrers; what stands in a cookie is sent by any page.",
    owasp: &["API2:2023"],
    asvs: &["14.2.1"],
    cwe: &[598, 522],
    references: &[
        "RFC 6750 §2.3, §5.3",
        "RFC 9700 §4.3.2",
        "FAPI 2.0 SP \"Requirements for resource servers\" items 1-2",
    ],
};

pub(super) const TOKEN_REVOCATION: Facts = Facts {
    id: "token-revocation",
    family: Family::Tokens,
    statement: "Logout, revocation, password change, role change and deactivation make outstanding access tokens unusable within 1 s, keyed by (`iss`,`jti`) and session id, not by the token string.",
    why: "A token that outlives the sign-out is a sign-out that did not happen.",
    owasp: &["API2:2023"],
    asvs: &["7.4.1", "10.4.9", "7.4.2"],
    cwe: &[613],
    references: &[
        "RFC 7009 §2.1, §2.2",
        "RFC 7662 §2.2",
        "JWT CS \"JWT denylist\" (malleability warning)",
        "FAPI 2.0 SP RS item 3",
    ],
};

pub(super) const TOKEN_SENDER_CONSTRAINED: Facts = Facts {
    id: "token-sender-constrained",
    family: Family::Tokens,
    statement: "Tokens carrying `cnf` (DPoP `jkt` or mTLS `x5t#S256`) work only with the matching key, per request, once.",
    why: "A bearer token is cash: whoever finds it in a log, a crash dump or a proxy spends it.",
    owasp: &["API2:2023"],
    asvs: &["10.3.5", "10.4.14"],
    cwe: &[294, 522],
    references: &[
        "RFC 9449 §4.3, §6.1, §7.1, §7.2, §9, §11.1",
        "RFC 8705 §3",
        "RFC 9700 §2.2.1, §4.10.1",
        "FAPI 2.0 SP RS item 5",
    ],
};
