//! The alert: an organization that has spent most of its day's money hears of it while there is some left.

use crate::{
    access::{Role, permission::CheckEligibility},
    http::{endpoint::Call, problem::Problem},
    mail::{Letter, Mail},
    organizations::addresses,
};

/// Writes to the administrators, who know what is normal.
pub(super) async fn tell_administrators(call: &mut Call<CheckEligibility>) -> Result<(), Problem> {
    let (organization, member) = (call.tenant.organization(), call.allowed.member());
    tracing::warn!(organization.id = %organization, member.id = %member, "spend_cap_reached: eligibility checks");
    let to = addresses::of_role(call, Role::Admin).await?;
    if to.is_empty() {
        tracing::error!(organization.id = %organization, "Nobody has an address to be told of it");
    }
    for (to, organization) in to {
        call.mail(Mail {
            to,
            letter: Letter::Alert {
                organization,
                what: "Four fifths of what may be spent on eligibility checks today are spent",
                next: "Look who asks so often; at the end of it nobody can ask until midnight (UTC)",
            },
        });
    }
    Ok(())
}
