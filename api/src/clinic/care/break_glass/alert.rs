//! The alert: a broken glass is told to somebody while it still counts.

use crate::{
    access::{Role, permission::BreakGlass},
    http::{endpoint::Call, problem::Problem},
    mail::{Letter, Mail},
    organizations::addresses,
    protection::Protection,
};

/// Writes to the auditors; where none has an address here, to the administrators, who appoint them.
pub(super) async fn tell_auditors(call: &mut Call<BreakGlass>) -> Result<(), Problem> {
    if !Protection::AuthzObjectAbac.holds() {
        return Ok(());
    }
    let mut to = addresses::of_role(call, Role::Auditor).await?;
    if to.is_empty() {
        to = addresses::of_role(call, Role::Admin).await?;
    }
    let (organization, member) = (call.tenant.organization(), call.allowed.member());
    tracing::warn!(organization.id = %organization, member.id = %member, "The glass was broken");
    if to.is_empty() {
        tracing::error!(organization.id = %organization, "Nobody has an address to be told of it");
    }
    for (to, organization) in to {
        call.mail(Mail {
            to,
            letter: Letter::Alert {
                organization,
                what: "A clinician opened the records of a patient whom they do not treat",
                next: "Read the reason they gave, and say whether it was justified",
            },
        });
    }
    Ok(())
}
