//! Letters that warn the people of an organization.

use super::{addresses, people};
use crate::{
    access::{Permission, Role},
    audit::EventName,
    http::{call::Call, problem::Problem},
    mail::{Letter, Mail},
};

/// What somebody must hear of.
#[derive(Clone, Copy, Debug)]
pub struct Alert {
    /// Its name in the logs.
    pub event: EventName,
    /// What happened.
    pub what: &'static str,
    /// What to do next.
    pub next: &'static str,
}

/// Tells whoever has the first of these roles that anybody with an address has, but never whoever did it: one person may be
/// a clinician and an auditor. The log says so too, and when there was nobody to tell.
///
/// # Errors
/// When the database can't be asked.
pub async fn tell<P: Permission>(
    call: &mut Call<P>,
    roles: &[Role],
    Alert { event, what, next }: Alert,
) -> Result<(), Problem> {
    let (organization, member) = (call.tenant.organization(), call.allowed.member());
    tracing::warn!(organization.id = %organization, member.id = %member, "{}: {what}", event.as_str());
    let doer = people::account(call).await?;
    let mut to = Vec::new();
    for &role in roles {
        if to.is_empty() {
            to = addresses::of_role(call, role, doer).await?;
        }
    }
    if to.is_empty() {
        tracing::error!(organization.id = %organization, "Nobody has an address to be told of it");
    }
    for (to, organization) in to {
        call.mail(Mail { to, letter: Letter::Alert { organization, what, next } });
    }
    Ok(())
}
