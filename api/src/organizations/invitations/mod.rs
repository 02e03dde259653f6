//! Invitations: how people become members with an account of the built-in provider.
//!
//! An invitation is bound to an organization, a role and an address. Administrators make them (`manage`), patients make
//! their own where the organization lets them (`register`), the operator makes the first administrator's (`setup` in
//! this folder's parent). Whoever reads the mail accepts (`accept`).

mod accept;
mod manage;
mod quota;
mod register;
pub(crate) mod rows;

use crate::{
    audit::EventName,
    http::{
        endpoint::{AuditRule, Endpoint},
        visit::Style,
    },
    identity::fields,
};
use actix_web::http::Method;

/// The endpoints of this folder.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    const INVITATIONS: &str = "/v1/organizations/{organization}/invitations";
    const INVITATION: &str = "/v1/organizations/{organization}/invitations/{invitation}";
    let invitation = |event| Some(AuditRule { event, object_type: "invitation" });
    vec![
        Endpoint::new(
            Method::GET,
            INVITATIONS,
            "listInvitations",
            "Lists the invitations.",
            invitation(EventName::SensitiveRead),
            manage::list,
        ),
        Endpoint::new(
            Method::POST,
            INVITATIONS,
            "inviteMember",
            "Invites somebody by mail; the answer does not tell whether they have an account.",
            invitation(EventName::InvitationCreated),
            manage::invite,
        ),
        Endpoint::new(
            Method::DELETE,
            INVITATION,
            "revokeInvitation",
            "Takes an invitation back.",
            invitation(EventName::InvitationRevoked),
            manage::revoke,
        ),
        Endpoint::visited(
            Method::GET,
            "/invitation",
            "showInvitation",
            "Shows what an invitation's link opens.",
            Style::Page,
            &[fields::LINK_TOKEN],
            accept::show,
        ),
        Endpoint::visited(
            Method::POST,
            "/invitation",
            "acceptInvitation",
            "Accepts an invitation, with a new account or the one that is signed in.",
            Style::Page,
            &[fields::CSRF, fields::LINK_TOKEN, fields::DISPLAY_NAME, fields::NEW_PASSWORD],
            accept::accept,
        ),
        Endpoint::visited(
            Method::GET,
            "/setup",
            "showSetUp",
            "Shows what the operator's link opens: an organization that nobody manages yet.",
            Style::Page,
            &[fields::LINK_TOKEN],
            accept::show,
        ),
        Endpoint::visited(
            Method::POST,
            "/setup",
            "setUp",
            "Makes an organization's first administrator.",
            Style::Page,
            &[fields::CSRF, fields::LINK_TOKEN, fields::EMAIL, fields::DISPLAY_NAME, fields::NEW_PASSWORD],
            accept::accept,
        ),
        Endpoint::visited(
            Method::GET,
            "/signup",
            "showSignUp",
            "Shows where patients register themselves.",
            Style::Page,
            &[fields::ORGANIZATION],
            register::show,
        ),
        Endpoint::visited(
            Method::POST,
            "/signup",
            "signUp",
            "Mails a link to go on with; the answer is the same for every address.",
            Style::Page,
            &[fields::CSRF, fields::ORGANIZATION, fields::EMAIL],
            register::register,
        ),
    ]
}
