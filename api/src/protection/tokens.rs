//! Access tokens: who is calling.

#![expect(missing_docs, reason = "what a protection states, and why, is in its fields")]

use super::{Family, Protection, clause};

pub static TOKEN_REQUIRED: Protection = Protection {
    id: "token-required",
    family: Family::Tokens,
    clauses: &[
        clause("Whatever is not public refuses requests without a credential", &["none"]),
        clause("whether a document names it or not", &["undocumented"]),
        clause("or with none that is one", &["empty"]),
    ],
    why: "The commonest hole of all is the one operation where somebody forgot to ask who is calling.",
    owasp: &["API2:2023", "API5:2023"],
    asvs: &["8.2.1", "8.3.1", "6.3.4"],
    cwe: &[306],
    references: &["RFC 6750 §3, §3.1", "RFC 9110 §11.6.1, §15.5.2", "REST CS \"Access Control\""],
};

pub static TOKEN_SIGNATURE: Protection = Protection {
    id: "token-signature",
    family: Family::Tokens,
    clauses: &[
        clause(
            "A token counts only after its signature verified over the bytes as received",
            &["tamper", "strip", "splice", "zero-sig"],
        ),
        clause("by the issuer's key", &["foreign-key"]),
    ],
    why: "Claims are only text; without the signature anybody is whoever they write they are.",
    owasp: &["API2:2023"],
    asvs: &["9.1.1", "6.8.2"],
    cwe: &[347],
    references: &["RFC 7515 §5.2", "RFC 8725 §3.3", "RFC 9068 §4"],
};

pub static TOKEN_ALGORITHM: Protection = Protection {
    id: "token-algorithm",
    family: Family::Tokens,
    clauses: &[
        clause("EdDSA or ES256, chosen by the key, never by the header", &["other-asym", "key-alg-mismatch"]),
        clause("`none` is refused in every spelling", &["none"]),
        clause("HMAC is refused", &["confusion"]),
    ],
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

pub static TOKEN_KEY_SOURCE: Protection = Protection {
    id: "token-key-source",
    family: Family::Tokens,
    clauses: &[
        clause("Keys come from configured issuers only, never from the token", &["jwk", "jku"]),
        clause(
            "`kid` is a name and nothing else; without it an issuer's only key is meant",
            &["kid-path", "kid-sql"],
        ),
        clause("each issuer's keys are its own", &["kid-cross"]),
    ],
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

pub static TOKEN_KEY_ROTATION: Protection = Protection {
    id: "token-key-rotation",
    family: Family::Tokens,
    clauses: &[
        clause("A key counts as long as its issuer publishes it", &["retired"]),
        clause("a withdrawn one stops at once when the operator says so", &["emergency"]),
        clause("unknown keys do not make the service ask again and again", &["kid-flood"]),
    ],
    why: "A stolen signing key works until it is forgotten, and invented key ids can turn the service against its own provider.",
    owasp: &["API2:2023", "API4:2023"],
    asvs: &["11.1.1", "13.3.4", "11.2.2"],
    cwe: &[324, 770],
    references: &["OIDC Core §10.1.1", "RFC 7517 §4.5", "FAPI 2.0 SP \"Key Compromise\""],
};

pub static TOKEN_TIME_WINDOW: Protection = Protection {
    id: "token-time-window",
    family: Family::Tokens,
    clauses: &[
        clause("`exp` is required, a number, with 10 s of leeway", &["expired", "no-exp"]),
        clause("nothing from the future", &["not-yet"]),
        clause("no token lives longer than 600 s", &["long"]),
    ],
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

pub static TOKEN_ISSUER: Protection = Protection {
    id: "token-issuer",
    family: Family::Tokens,
    clauses: &[
        clause("`iss` is a configured issuer byte for byte", &["wrong", "missing"]),
        clause("the key is that issuer's", &["cross"]),
    ],
    why: "A provider trusted for patients must not be able to make staff.",
    owasp: &["API2:2023"],
    asvs: &["9.1.3", "6.8.1", "10.3.3"],
    cwe: &[345, 346],
    references: &["RFC 8725 §3.8", "RFC 9068 §4", "OIDC Discovery §4.3"],
};

pub static TOKEN_AUDIENCE: Protection = Protection {
    id: "token-audience",
    family: Family::Tokens,
    clauses: &[
        clause("`aud` is this API's identifier, and nobody else's beside it", &["sibling"]),
        clause("it is there", &["missing"]),
        clause("it is compared whole", &["prefix"]),
    ],
    why: "A token for one service, in the hands of that service, must open no other.",
    owasp: &["API2:2023"],
    asvs: &["9.2.3", "9.2.4", "10.3.1"],
    cwe: &[863, 287],
    references: &["RFC 7519 §4.1.3", "RFC 8725 §3.9", "RFC 9068 §4", "RFC 9700 §2.3, §4.10.2", "RFC 8707 §2"],
};

pub static TOKEN_TYPE: Protection = Protection {
    id: "token-type",
    family: Family::Tokens,
    clauses: &[
        clause("Only `at+jwt` authorises: no ID token", &["id-token"]),
        clause("nothing else that calls itself otherwise, or nothing", &["typ-jwt"]),
        clause("no session, waiting for a factor or not, no code and no other handle", &["pending"]),
        clause("nor does an access token serve as an assertion, a hint or a proof", &["reverse"]),
    ],
    why: "ID tokens and access tokens look alike and are signed with the same key; only one of them is a permission.",
    owasp: &["API2:2023"],
    asvs: &["9.2.2"],
    cwe: &[287, 345],
    references: &["RFC 8725 §3.11, §3.12", "RFC 9068 §2.1, §4, §5", "OIDC Back-Channel Logout §2.6"],
};

pub static TOKEN_CLAIMS_STRICT: Protection = Protection {
    id: "token-claims-strict",
    family: Family::Tokens,
    clauses: &[
        clause("Required claims are there once, with the exact type", &["missing-each", "wrong-type"]),
        clause("no claim twice; those that nobody asks for are ignored, whatever they hold", &["duplicate"]),
        clause("unknown `crit` is refused", &["crit"]),
        clause("a token has one spelling", &["segments"]),
    ],
    why: "Two readers that understand one token differently are two different callers in one request.",
    owasp: &["API2:2023"],
    asvs: &["15.3.5", "1.5.3", "10.3.2", "10.3.3"],
    cwe: &[1287, 436, 843],
    references: &["RFC 9068 §2.2", "RFC 7515 §4.1.11 (crit)", "RFC 7519 §4 (duplicates)"],
};

pub static TOKEN_TRANSPORT: Protection = Protection {
    id: "token-transport",
    family: Family::Tokens,
    clauses: &[
        clause("Tokens are taken from one `Authorization` field", &["double"]),
        clause("never from URL, body, cookie or other fields", &["query", "body", "cookie"]),
    ],
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

pub static TOKEN_REVOCATION: Protection = Protection {
    id: "token-revocation",
    family: Family::Tokens,
    clauses: &[
        clause("Signing out makes access tokens useless at once", &["after-logout"]),
        clause("so does giving back an access or refresh token", &["after-revoke"]),
        clause("in every spelling", &["malleate"]),
        clause("on every process, after a restart", &["restart"]),
    ],
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

pub static TOKEN_SENDER_CONSTRAINED: Protection = Protection {
    id: "token-sender-constrained",
    family: Family::Tokens,
    clauses: &[
        clause("A token bound to a DPoP key works with that key only", &["as-bearer", "other-key"]),
        clause("for one method, address, token and moment", &["claims"]),
        clause("once, on all replicas", &["replay"]),
        clause("by one proof of the right kind", &["header"]),
        clause(
            "a token bound to a client certificate, which nobody can show here, works for nobody",
            &["mtls"],
        ),
    ],
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
