//! OAuth 2.0 and OpenID Connect: who is given a token.

use super::Attack;

mod client_auth;
mod code_single_use;
mod every_lifetime;
mod grants;
mod logout_token;
mod outrun;
mod pkce;
mod redirect_exact;
mod refresh_reuse;
mod session_termination;
mod session_timeouts;
mod token_revocation;

pub(super) const ATTACKS: &[&[Attack]] = &[
    token_revocation::ATTACKS,
    redirect_exact::ATTACKS,
    pkce::ATTACKS,
    code_single_use::ATTACKS,
    grants::ATTACKS,
    client_auth::ATTACKS,
    refresh_reuse::ATTACKS,
    session_timeouts::ATTACKS,
    every_lifetime::ATTACKS,
    session_termination::ATTACKS,
    outrun::ATTACKS,
    logout_token::ATTACKS,
];

/// A person gets tokens, and they work: the whole way, each time anew.
pub(super) fn whole_way<'a>(person: &'a crate::attacks::Person) -> crate::verdict::Control<'a> {
    crate::verdict::Control::checked(move || async move {
        let (_, tokens) = person.tokens().await.map_err(|error| error.to_string())?;
        let answer = person.me(&tokens.access).send_patiently().await.map_err(|error| error.to_string())?;
        if person.is_me(&answer) { Ok(()) } else { Err(format!("/v1/me answered {}", answer.summary())) }
    })
}

/// The browser is asked to sign in, and given no code.
fn asked_to_sign_in(answer: &crate::client::Answer) -> crate::verdict::Finding {
    use crate::verdict::Finding;
    let place = answer.leads_to().unwrap_or_default();
    if place.contains("code=") {
        return Finding::Breach("a code was given".into());
    }
    let asked = place.starts_with("/signin?transaction=");
    if asked { Finding::Fine } else { Finding::Unclear(format!("it was answered {}", answer.summary())) }
}
