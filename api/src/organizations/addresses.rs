//! Where an organization's people can be written to.

use crate::{
    access::{Permission, Role},
    http::{call::Call, problem::Problem},
    identity::accounts,
    ids::{AccountId, MemberId},
    mail::Recipient,
    store::{
        prelude::*,
        schema::{members, organizations},
    },
};
use uuid::Uuid;

/// The most who are written to about one thing.
const MOST: i64 = 20;

/// The addresses of the organization's active members of a role, each with the organization's name, but not of this account.
/// People of other providers have no address here.
///
/// # Errors
/// When the database is gone.
pub async fn of_role<P: Permission>(
    call: &mut Call<P>,
    role: Role,
    except: Option<AccountId>,
) -> Result<Vec<(Recipient, String)>, Problem> {
    let (organization, issuer) = (call.tenant.organization(), call.identifier().to_owned());
    let except = except.map(|account| account.to_string()).unwrap_or_default();
    let found: Vec<(String, String)> = each!(call.tenant.connection(), |connection| members::table
        .inner_join(organizations::table)
        .filter(members::organization_id.eq(organization))
        .filter(members::issuer.eq(&issuer))
        .filter(members::role.eq(role.name()))
        .filter(members::subject.ne(&except))
        .filter(members::status.eq("active"))
        .order(members::created_at.asc())
        .limit(MOST)
        .select((members::subject, organizations::name))
        .load(connection))?;
    addresses(call, found).await
}

/// The address of one active member, with the organization's name.
///
/// # Errors
/// When the database is gone.
pub async fn of_member<P: Permission>(
    call: &mut Call<P>,
    member: MemberId,
) -> Result<Option<(Recipient, String)>, Problem> {
    let (organization, issuer) = (call.tenant.organization(), call.identifier().to_owned());
    let found: Vec<(String, String)> = each!(call.tenant.connection(), |connection| members::table
        .inner_join(organizations::table)
        .filter(members::organization_id.eq(organization))
        .filter(members::issuer.eq(&issuer))
        .filter(members::id.eq(member))
        .filter(members::status.eq("active"))
        .select((members::subject, organizations::name))
        .load(connection))?;
    Ok(addresses(call, found).await?.pop())
}

async fn addresses<P: Permission>(
    call: &mut Call<P>,
    found: Vec<(String, String)>,
) -> Result<Vec<(Recipient, String)>, Problem> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    call.tenant.identity().await?;
    let mut addresses = Vec::new();
    for (subject, organization) in found {
        let Ok(account) = Uuid::try_parse(&subject) else { continue };
        let account = accounts::by_id(call.tenant.transaction(), AccountId::from_uuid(account)).await?;
        let email = account.and_then(|account| account.email(&call.keyring).ok());
        if let Some(to) = email.and_then(|email| Recipient::parse(&email).ok()) {
            addresses.push((to, organization));
        }
    }
    Ok(addresses)
}
