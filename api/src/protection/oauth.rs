//! OAuth 2.0 and OpenID Connect: who is given a token.

#![expect(missing_docs, reason = "what a protection states, and why, is in its fields")]

use super::{Family, Protection, clause};

pub static OAUTH_REDIRECT_EXACT: Protection = Protection {
    id: "oauth-redirect-exact",
    family: Family::Oauth,
    clauses: &[
        clause("A redirect URI is a registered one, letter by letter", &["variants"]),
        clause("without one, a code goes to the only address that is registered, if there is one", &["omit"]),
        clause("no address of the service redirects to others'", &["open-redirect"]),
    ],
    why: "Whoever may name the address that the code goes to is given the code.",
    owasp: &["API2:2023"],
    asvs: &["10.4.1", "3.7.2"],
    cwe: &[601],
    references: &["RFC 9700 §2.1, §4.1.3, §4.11", "OIDC Core §3.1.2.1", "FAPI 2.0 SP AS item 7"],
};

pub static OAUTH_PKCE: Protection = Protection {
    id: "oauth-pkce",
    family: Family::Oauth,
    clauses: &[
        clause("Every code flow needs PKCE", &["no-challenge"]),
        clause("S256 only", &["plain"]),
        clause("the verifier fits, or nothing is given", &["wrong", "downgrade"]),
    ],
    why: "A code travels through browsers, histories and logs; alone it must be worth nothing.",
    owasp: &["API2:2023"],
    asvs: &["10.4.6", "10.2.1"],
    cwe: &[294, 345],
    references: &[
        "RFC 7636 §4.3-§4.6",
        "RFC 9700 §2.1.1, §4.8",
        "FAPI 2.0 SP \"Authorization endpoint flows\" item 5",
    ],
};

pub static OAUTH_CODE_SINGLE_USE: Protection = Protection {
    id: "oauth-code-single-use",
    family: Family::Oauth,
    clauses: &[
        clause("A code lives 60 s", &["late"]),
        clause("it works once; its second use ends what came of the first", &["reuse", "race"]),
        clause("for the client and redirect URI that it was made for", &["cross-client"]),
    ],
    why: "A code that works twice works once more for whoever read it over a shoulder.",
    owasp: &["API2:2023"],
    asvs: &["10.4.2", "10.4.3"],
    cwe: &[294, 362],
    references: &[
        "RFC 6749 §4.1.2, §10.5",
        "RFC 9700 §4.5",
        "RFC 9449 §10",
        "FAPI 2.0 SP (60 s",
        "reject reused code)",
    ],
};

pub static OAUTH_GRANTS: Protection = Protection {
    id: "oauth-grants",
    family: Family::Oauth,
    clauses: &[
        clause("Only code, refresh and client credentials exist", &["implicit", "ropc"]),
        clause("each client uses its registered grants and ways only", &["direct", "cc-public"]),
        clause("a pushed request counts once, for its client, for a minute", &["request-uri"]),
        clause("nobody's data goes to an application that they did not allow, or no longer", &["consent"]),
        clause(
            "a consent counts at once, for the browser, account, organization and scopes that were asked",
            &["consent-planted"],
        ),
    ],
    why: "Every way to a token that nobody needs is one that nobody watches.",
    owasp: &["API2:2023"],
    asvs: &["10.4.4", "10.4.11", "10.4.12", "10.4.13", "10.6.1", "10.7.1", "10.7.2", "10.7.3"],
    cwe: &[287, 269],
    references: &[
        "RFC 9700 §2.1.2, §2.4",
        "RFC 9126 §2.1-§2.3, §4, §5, §7.3",
        "FAPI 2.0 SP \"Authorization endpoint flows\" items 1-4",
    ],
};

pub static OAUTH_REFRESH_REUSE: Protection = Protection {
    id: "oauth-refresh-reuse",
    family: Family::Oauth,
    clauses: &[
        clause("Refresh tokens rotate, and an old one ends the whole family", &["reuse"]),
        clause("they are their client's", &["other-client"]),
        clause("they never widen the scope", &["widen"]),
        clause("nor make what was allowed last longer", &["absolute"]),
        clause("they are stored as hashes", &["storage"]),
    ],
    why: "A refresh token is the longest-lived thing that can be stolen; its second use is the only sign of the theft.",
    owasp: &["API2:2023"],
    asvs: &["10.4.5", "10.4.8", "10.4.9", "7.2.3", "11.5.1"],
    cwe: &[613, 294, 256],
    references: &[
        "RFC 6749 §6, §10.4",
        "RFC 9700 §2.2.2, §4.14.2",
        "FAPI 2.0 SP AS item 10 (no rotation for confidential + sender-constrained)",
    ],
};

pub static OAUTH_CLIENT_AUTH: Protection = Protection {
    id: "oauth-client-auth",
    family: Family::Oauth,
    clauses: &[
        clause("Confidential clients authenticate by `private_key_jwt` wherever they act", &["anon"]),
        clause(
            "an assertion counts once, here and on every replica, for this server, and for 60 s",
            &["replay"],
        ),
        clause("in one way, the registered one, for itself", &["mix"]),
        clause("introspection answers about a client's own tokens only", &["peek"]),
    ],
    why: "Codes, refresh tokens and what tokens say are given to whoever passes for the client they belong to.",
    owasp: &["API2:2023"],
    asvs: &["10.4.10", "10.4.16", "13.2.1"],
    cwe: &[306, 294, 287],
    references: &[
        "RFC 9700 §2.5",
        "RFC 7523 §3",
        "OIDC Core §9",
        "RFC 7662 §2.1, §4",
        "RFC 7009 §2.1",
        "RFC 9126 §2",
    ],
};
