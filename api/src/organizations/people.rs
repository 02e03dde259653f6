//! Who is one person, under however many names: members are subjects of issuers, and somebody may be several of them.

use crate::{
    access::Permission,
    http::{
        call::Call,
        problem::{Kind, Problem},
    },
    identity::federation::identities,
    ids::{AccountId, MemberId},
    store::{prelude::*, schema::members},
};
use uuid::Uuid;

/// As much as the service knows of who somebody is.
#[derive(Debug, PartialEq, Eq)]
enum Person {
    /// The owner of an account, whichever way they signed in.
    Account(AccountId),
    /// Somebody whom only another provider knows.
    Subject(String, String),
}

/// Whether the caller and this member of the organization are one person: the same member, two of one account, or one
/// of an account and one of a provider's subject that is linked with it. Sessions and tokens say nothing of it: anybody
/// can have another one.
///
/// # Errors
/// When the database is gone.
pub async fn is_caller<P: Permission>(call: &mut Call<P>, member: MemberId) -> Result<bool, Problem> {
    if call.allowed.member() == member {
        return Ok(true);
    }
    let organization = call.tenant.organization();
    let other: Option<(String, String)> = each!(call.tenant.connection(), |connection| members::table
        .filter(members::organization_id.eq(organization))
        .filter(members::id.eq(member))
        .select((members::issuer, members::subject))
        .first(connection))
    .optional()?;
    let other = other.ok_or(Kind::InternalError)?;
    let caller = (call.caller().issuer().to_owned(), call.caller().subject().to_owned());
    call.tenant.identity().await?;
    Ok(person(call, caller).await? == person(call, other).await?)
}

/// The caller's account at the built-in provider, by whichever way they signed in.
///
/// # Errors
/// When the database is gone.
pub async fn account<P: Permission>(call: &mut Call<P>) -> Result<Option<AccountId>, Problem> {
    let caller = (call.caller().issuer().to_owned(), call.caller().subject().to_owned());
    call.tenant.identity().await?;
    Ok(match person(call, caller).await? {
        Person::Account(account) => Some(account),
        Person::Subject(..) => None,
    })
}

async fn person<P: Permission>(
    call: &mut Call<P>,
    (issuer, subject): (String, String),
) -> Result<Person, Problem> {
    if issuer == call.identifier()
        && let Ok(account) = Uuid::try_parse(&subject)
    {
        return Ok(Person::Account(AccountId::from_uuid(account)));
    }
    let linked = identities::find(call.tenant.transaction(), (&issuer, &subject)).await?;
    Ok(linked.map_or(Person::Subject(issuer, subject), Person::Account))
}
