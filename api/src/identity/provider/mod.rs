//! The built-in OpenID provider: OAuth 2.1 practice (RFC 9700) and OpenID Connect Core, so that the service runs with
//! nothing beside it.
//!
//! There is no implicit flow and no password grant. Codes are bound to client, redirect URI and PKCE, live a minute and
//! work once; refresh tokens are rotated, and one that comes twice ends everything that came of the same authorization.
//!
//! - `authorize`: what a client asks for, who must sign in first, and the code.
//! - `applications`: what somebody allowed, for them to take back.
//! - `token`: what a code or refresh token is changed for, and what programs get in their own name.
//! - `clients`: who may ask. `client_auth` and `client_keys`: how they show that it is them.
//! - `introspect`, `revoke`: what a client learns of its tokens, and how it gives them back.
//! - `keys`: what signs. `requests`: what waits while somebody signs in. `hint`: whom a client means.

pub mod applications;
pub(crate) mod authorization;
mod authorize;
pub(crate) mod claims;
pub mod client_auth;
pub mod client_keys;
pub(crate) mod clients;
mod discovery;
pub(crate) mod grants;
mod hint;
mod introspect;
mod keys;
mod logout;
pub mod registration;
mod requests;
mod revoke;
pub(crate) mod sign_in;
pub(crate) mod token;
mod userinfo;

pub use client_keys::ClientKeys;
pub use clients::{Client, ClientKind, NewClient, Profile, register};
pub use keys::{KeyError, SigningKeys};

use crate::{
    http::{
        endpoint::Endpoint,
        visit::{
            Field,
            Style::{FrontChannel, OAuth, Page},
        },
    },
    identity::fields,
};
use actix_web::http::Method;

pub(crate) use authorize::organization::{Membership, of as memberships};
pub(crate) use requests::freshness;

/// The running provider.
pub struct Provider {
    /// What signs.
    pub keys: SigningKeys,
}

/// What a request to the authorization endpoint may say.
const AUTHORIZATION: &[Field] = &[
    fields::CLIENT_ID,
    fields::REQUEST_URI,
    fields::RESPONSE_TYPE,
    fields::REDIRECT_URI,
    fields::SCOPE,
    fields::STATE,
    fields::NONCE,
    fields::CODE_CHALLENGE,
    fields::CODE_CHALLENGE_METHOD,
    fields::ORGANIZATION,
    fields::PROMPT,
    fields::MAX_AGE,
    fields::ACR_VALUES,
    fields::LOGIN_HINT,
    fields::ID_TOKEN_HINT,
    fields::DPOP_JKT,
];

/// What a pushed one may say: the same, and who pushes it.
const PUSHED: &[Field] = &[
    fields::CLIENT_ID,
    fields::CLIENT_ASSERTION_TYPE,
    fields::CLIENT_ASSERTION,
    fields::RESPONSE_TYPE,
    fields::REDIRECT_URI,
    fields::SCOPE,
    fields::STATE,
    fields::NONCE,
    fields::CODE_CHALLENGE,
    fields::CODE_CHALLENGE_METHOD,
    fields::ORGANIZATION,
    fields::PROMPT,
    fields::MAX_AGE,
    fields::ACR_VALUES,
    fields::LOGIN_HINT,
    fields::ID_TOKEN_HINT,
    fields::DPOP_JKT,
];

/// The endpoints of the provider.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let mut endpoints = vec![
        Endpoint::public(
            "/.well-known/openid-configuration",
            "describeProvider",
            "Says what the built-in provider can do (OpenID Connect Discovery, RFC 8414).",
            discovery::openid,
        ),
        Endpoint::public(
            "/.well-known/oauth-authorization-server",
            "describeAuthorizationServer",
            "The same, where OAuth clients look for it (RFC 8414 §3).",
            discovery::oauth,
        ),
        Endpoint::public(
            "/oauth2/jwks",
            "showKeys",
            "The provider's public keys (RFC 7517).",
            discovery::jwks,
        ),
        Endpoint::visited(
            Method::GET,
            "/oauth2/authorize",
            "authorize",
            "Asks for a code on behalf of whoever uses the browser (RFC 6749 §4.1.1).",
            Page,
            AUTHORIZATION,
            authorize::authorize,
        ),
        Endpoint::visited(
            Method::POST,
            "/oauth2/authorize",
            "authorizeByForm",
            "The same, by a form of the client's own page (OpenID Connect Core §3.1.2.1).",
            FrontChannel,
            AUTHORIZATION,
            authorize::by_form,
        ),
        Endpoint::visited(
            Method::GET,
            "/oauth2/continue",
            "continueAuthorization",
            "Goes on with an authorization after a sign-in.",
            Page,
            &[fields::TRANSACTION],
            authorize::go_on,
        ),
        Endpoint::visited(
            Method::POST,
            "/signin/organization",
            "chooseOrganization",
            "Chooses the organization that a client will work with.",
            Page,
            &[fields::CSRF, fields::TRANSACTION, fields::ORGANIZATION],
            authorize::choose,
        ),
        Endpoint::visited(
            Method::POST,
            "/oauth2/consent",
            "consent",
            "Says whether a client may have what it asks for.",
            Page,
            &[fields::CSRF, fields::TRANSACTION, fields::DECISION],
            authorize::consent,
        ),
        Endpoint::visited(
            Method::POST,
            "/oauth2/par",
            "pushAuthorization",
            "Takes an authorization request from the client itself (RFC 9126).",
            OAuth,
            PUSHED,
            authorize::push,
        )
        .making(),
        Endpoint::visited(
            Method::POST,
            "/oauth2/token",
            "exchange",
            "Gives tokens for a code or a refresh token, or to a program in its own name (RFC 6749 §3.2).",
            OAuth,
            &[
                fields::GRANT_TYPE,
                fields::CLIENT_ID,
                fields::CLIENT_ASSERTION_TYPE,
                fields::CLIENT_ASSERTION,
                fields::AUTHORIZATION_CODE,
                fields::REDIRECT_URI,
                fields::CODE_VERIFIER,
                fields::REFRESH_TOKEN,
                fields::SCOPE,
            ],
            token::exchange,
        ),
        Endpoint::visited(
            Method::POST,
            "/oauth2/revoke",
            "revoke",
            "Ends a token before its time (RFC 7009).",
            OAuth,
            &[
                fields::TOKEN_ASKED_ABOUT,
                fields::TOKEN_TYPE_HINT,
                fields::CLIENT_ID,
                fields::CLIENT_ASSERTION_TYPE,
                fields::CLIENT_ASSERTION,
            ],
            revoke::revoke,
        )
        .silent(),
        Endpoint::visited(
            Method::POST,
            "/oauth2/introspect",
            "introspect",
            "Says whether an access token of the client's own still stands (RFC 7662).",
            OAuth,
            &[
                fields::TOKEN_ASKED_ABOUT,
                fields::TOKEN_TYPE_HINT,
                fields::CLIENT_ID,
                fields::CLIENT_ASSERTION_TYPE,
                fields::CLIENT_ASSERTION,
            ],
            introspect::introspect,
        ),
    ];
    endpoints.extend(userinfo::endpoints());
    endpoints.extend(sign_in::endpoints());
    endpoints.extend(logout::endpoints());
    endpoints.extend(applications::endpoints());
    endpoints
}
