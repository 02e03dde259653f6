//! Sign-in by an organization's own OpenID provider: whom others vouch for.

#![expect(missing_docs, reason = "what a protection states, and why, is in its fields")]

use super::{Family, Protection, clause};

pub static OIDC_TRANSACTION_BINDING: Protection = Protection {
    id: "oidc-transaction-binding",
    family: Family::Oauth,
    clauses: &[
        clause("A callback is taken only in the browser that began", &["login-csrf"]),
        clause("once", &["replay"]),
        clause("from the provider that was asked", &["mixup"]),
        clause("within 10 minutes", &["stale"]),
    ],
    why: "A callback is only an address: whoever can make a browser open one could sign its owner in as somebody else, who then reads what they write.",
    owasp: &["API2:2023"],
    asvs: &["10.1.2", "10.2.1", "10.2.2", "7.6.2"],
    cwe: &[352, 346],
    references: &["RFC 9700 §2.1, §4.4.2, §4.7", "RFC 9207 §2.4", "OIDC Core §15.5.2"],
};

pub static OIDC_ID_TOKEN: Protection = Protection {
    id: "oidc-id-token",
    family: Family::Oauth,
    clauses: &[
        clause("ID tokens are verified in full: signature by the issuer's key", &["sig"]),
        clause("audience and authorized party", &["aud"]),
        clause("nonce", &["nonce"]),
        clause("times, and the time of the sign-in, which must come where it was asked for", &["time"]),
        clause("pinned metadata", &["metadata"]),
    ],
    why: "An ID token that was made for another application, or another sign-in, is genuine in everything but its purpose.",
    owasp: &["API2:2023"],
    asvs: &["10.5.1", "10.5.3", "10.5.4", "6.8.2", "6.8.4", "9.2.2"],
    cwe: &[347, 345],
    references: &["OIDC Core §3.1.3.7, §15.5.2", "OIDC Discovery §4.3"],
};

pub static OIDC_ACCOUNT_LINKING: Protection = Protection {
    id: "oidc-account-linking",
    family: Family::Oauth,
    clauses: &[
        clause("External identities are keyed by issuer and subject", &["sub-collision"]),
        clause("an e-mail address joins nothing", &["email-takeover"]),
        clause(
            "who is only vouched for by an organization's provider changes nothing of the account",
            &["vouched"],
        ),
        clause("and stays in that organization, whatever they show or accept later", &["raised", "invited"]),
        clause("uses up no tries of its owner", &["attempts"]),
        clause("and pushes out none of their sessions", &["crowd"]),
        clause("programs of a provider are no people", &["client-as-user"]),
    ],
    why: "A provider writes into its tokens whatever address it likes; one that is believed opens every account.",
    owasp: &["API2:2023"],
    asvs: &["6.8.1", "10.5.2", "10.3.3"],
    cwe: &[287, 290],
    references: &["OIDC Core §5.7", "OAuth2 CS item 18"],
};
