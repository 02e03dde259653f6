//! Tenants and their members.

pub mod addresses;
pub mod alerts;
pub mod api_clients;
pub mod audit_log;
pub(crate) mod endings;
pub mod found;
pub mod invitations;
pub mod members;
pub mod people;
pub mod rescue;
pub(crate) mod rows;
pub mod setup;
mod show;
mod views;

use crate::{
    audit::EventName,
    http::{
        deprecation::Deprecation,
        endpoint::{AuditRule, Endpoint},
    },
};
use actix_web::http::Method;

/// What webhooks can be told of, whatever the domain.
pub const EVENT_TYPES: [&str; 2] = [members::CHANGED, members::REMOVED];

/// The endpoints of this folder.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    const MEMBERS: &str = "/v1/organizations/{organization}/members";
    const MEMBER: &str = "/v1/organizations/{organization}/members/{member}";
    let mut endpoints = api_clients::endpoints();
    let member = |event| Some(AuditRule { event, object_type: "member" });
    endpoints.extend([
        Endpoint::new(
            Method::GET,
            "/v1/me",
            "showMe",
            "Shows who you are in this organization.",
            None,
            show::me,
        ),
        Endpoint::new(
            Method::GET,
            "/v1/organizations/{organization}",
            "showOrganization",
            "Shows the organization.",
            None,
            show::organization,
        )
        // The token names the organization already; a name in the path can only be right or refused.
        .deprecated(Deprecation::new((2026, 11, 24), (2029, 12, 1), "/v2/organization")),
        Endpoint::new(
            Method::GET,
            "/v2/organization",
            "showOwnOrganization",
            "Shows the organization that the token is for.",
            None,
            show::organization,
        ),
        Endpoint::new(
            Method::GET,
            MEMBERS,
            "listMembers",
            "Lists the members.",
            member(EventName::SensitiveRead),
            members::list,
        ),
        Endpoint::new(
            Method::POST,
            MEMBERS,
            "addMember",
            "Binds a subject of a trusted issuer to the organization.",
            member(EventName::MemberAdded),
            members::add,
        ),
        Endpoint::new(
            Method::GET,
            MEMBER,
            "showMember",
            "Shows a member.",
            member(EventName::SensitiveRead),
            members::show,
        ),
        Endpoint::new(
            Method::PATCH,
            MEMBER,
            "changeMember",
            "Changes a member's name, role or status.",
            member(EventName::MemberChanged),
            members::change,
        ),
        Endpoint::new(
            Method::DELETE,
            MEMBER,
            "removeMember",
            "Removes a member; their tokens stop working with the next request.",
            member(EventName::MemberRemoved),
            members::remove,
        ),
        Endpoint::new(
            Method::GET,
            "/v1/audit-events",
            "listAuditEvents",
            "Lists the organization's audit events, newest first.",
            Some(AuditRule { event: EventName::SensitiveRead, object_type: "audit_event" }),
            audit_log::list,
        ),
    ]);
    endpoints
}
