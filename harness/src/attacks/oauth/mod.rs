//! OAuth 2.0 and OpenID Connect: who is given a token.

use super::Attack;

mod oauth_client_auth;

pub(super) const ATTACKS: &[&[Attack]] = &[oauth_client_auth::ATTACKS];
