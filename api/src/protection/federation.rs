//! Sign-in by an organization's own OpenID provider: whom others vouch for.

use super::{Facts, Family};

pub(super) const OIDC_TRANSACTION_BINDING: Facts = Facts {
    id: "oidc-transaction-binding",
    family: Family::Oauth,
    statement: "Our own OIDC login (relying party) accepts a callback only for a transaction this browser started: one-time `state`, `nonce`, PKCE verifier and expected issuer bound to a `__Host-` cookie, 10 min.",
    why: "A callback is only an address: whoever can make a browser open one could sign its owner in as somebody else, who then reads what they write.",
    owasp: &["API2:2023"],
    asvs: &["10.1.2", "10.2.1", "10.2.2", "7.6.2"],
    cwe: &[352, 346],
    references: &["RFC 9700 §2.1, §4.4.2, §4.7", "RFC 9207 §2.4", "OIDC Core §15.5.2"],
};

pub(super) const OIDC_ID_TOKEN: Facts = Facts {
    id: "oidc-id-token",
    family: Family::Oauth,
    statement: "ID tokens are validated in full: issuer metadata pinned, signature by that issuer's key, `aud`=client_id, `azp`, exp/iat, `nonce`, requested `acr`/`auth_time`.",
    why: "An ID token that was made for another application, or another sign-in, is genuine in everything but its purpose.",
    owasp: &["API2:2023"],
    asvs: &["10.5.1", "10.5.3", "10.5.4", "6.8.2", "6.8.4", "9.2.2"],
    cwe: &[347, 345],
    references: &["OIDC Core §3.1.3.7, §15.5.2", "OIDC Discovery §4.3"],
};

pub(super) const OIDC_ACCOUNT_LINKING: Facts = Facts {
    id: "oidc-account-linking",
    family: Family::Oauth,
    statement: "External identities are keyed by (`iss`,`sub`); e-mail is never a join key; linking to an existing account needs that account's own authentication.",
    why: "A provider writes into its tokens whatever address it likes; one that is believed opens every account.",
    owasp: &["API2:2023"],
    asvs: &["6.8.1", "10.5.2", "10.3.3"],
    cwe: &[287, 290],
    references: &["OIDC Core §5.7", "OAuth2 CS item 18"],
};
