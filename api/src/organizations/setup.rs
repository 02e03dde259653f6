//! What an operator does from the command line: the first organizations and their members.

use super::rows::{NewMember, NewOrganization};
use crate::{
    access::Role,
    audit::{self, Actor, Event, EventName, Outcome},
    clock::Clock,
    http::{
        problem::Problem,
        text::{Text, single_line},
    },
    identity::{
        self,
        import::{IdentityImportError, ImportedAccount, ImportedClient, MadeAccount},
    },
    ids::{MemberId, OrganizationId, RequestId},
    server::Administration,
    store::{
        Store,
        prelude::*,
        schema::{members, organizations},
        types::Moment,
    },
};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr};
use uuid::Uuid;

/// What is imported: accounts first, then the organizations whose members they are, then clients.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// Accounts of the built-in provider.
    #[serde(default)]
    pub accounts: Vec<ImportedAccount>,
    /// Applications that people may sign in to.
    #[serde(default)]
    pub clients: Vec<ImportedClient>,
    /// The organizations.
    #[serde(default)]
    pub organizations: Vec<NewTenant>,
}

/// An organization to make.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewTenant {
    /// Its name.
    pub name: Text,
    /// Whether patients may register themselves with it.
    #[serde(default)]
    pub self_registration: bool,
    /// Its members, with at least one administrator.
    pub members: Vec<NewSubject>,
}

/// A member to bind.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewSubject {
    /// The provider that vouches for them; the built-in one unless named.
    #[serde(default)]
    pub issuer: Option<Text>,
    /// Their name at the provider; at the built-in one, the e-mail address of an account of this import.
    pub subject: Text,
    /// How the organization calls them.
    pub display_name: Text,
    /// What they may do.
    pub role: Role,
}

/// What was made.
#[derive(Debug, Serialize)]
pub struct Imported {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    accounts: Vec<MadeAccount>,
    organizations: Vec<ImportedTenant>,
}

#[derive(Debug, Serialize)]
struct ImportedTenant {
    id: OrganizationId,
    name: String,
    members: Vec<ImportedMember>,
}

#[derive(Debug, Serialize)]
struct ImportedMember {
    id: MemberId,
    subject: String,
    role: Role,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A text is blank, too long, or holds line breaks.
    #[error("{0} must be one line of 1 to 255 characters")]
    Text(&'static str),
    /// Nobody could ever manage it.
    #[error("the organization {0:?} needs at least one member with the role admin")]
    NoAdministrator(String),
    /// Somebody manages it already.
    #[error(
        "the organization {0:?} ({1}) has an administrator, who invites others; for an administrator who lost the way in, see \
         `admin rescue`"
    )]
    Administered(String, OrganizationId),
    /// There is one of that name.
    #[error("there is an organization {0:?} already ({1}); give the new one another name")]
    Named(String, OrganizationId),
    /// No account of the import has this address.
    #[error("{0:?} is the address of no account in this import; name the issuer, or import the account")]
    NoAccount(String),
    /// An account or client can't be made.
    #[error(transparent)]
    Identity(#[from] IdentityImportError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Anything else that a request would be refused for.
    #[error("{0}")]
    Refused(Problem),
}

impl From<Problem> for ImportError {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

/// Makes the organizations; each with its members and audit rows, or not at all.
///
/// # Errors
/// [`ImportError`]; organizations before the one that failed are there.
pub async fn import(administration: &Administration, import: Import) -> Result<Imported, ImportError> {
    import.organizations.iter().try_for_each(check)?;
    let accounts = identity::import::accounts(administration, import.accounts).await?;
    let mut made = Vec::with_capacity(import.organizations.len());
    for mut tenant in import.organizations {
        bind(&mut tenant, &administration.identifier, &accounts)?;
        made.push(make(&administration.store, administration.clock, tenant).await?);
    }
    identity::import::clients(administration, import.clients).await?;
    Ok(Imported { accounts, organizations: made })
}

/// Puts accounts in the place of their addresses.
fn bind(tenant: &mut NewTenant, identifier: &str, accounts: &[MadeAccount]) -> Result<(), ImportError> {
    for member in &mut tenant.members {
        if member.issuer.is_none() {
            let account = accounts.iter().find(|account| account.email == member.subject.as_str());
            let account = account.ok_or_else(|| ImportError::NoAccount(member.subject.to_string()))?;
            member.issuer = Some(Text::compose(identifier));
            member.subject = Text::compose(&account.id.to_string());
        }
    }
    Ok(())
}

fn check(tenant: &NewTenant) -> Result<(), ImportError> {
    let line = |name: &'static str, text: &Text| {
        let fine = single_line(text).is_ok() && text.as_str().chars().count() <= 255;
        if fine { Ok(()) } else { Err(ImportError::Text(name)) }
    };
    line("name", &tenant.name)?;
    for member in &tenant.members {
        member.issuer.as_ref().map_or(Ok(()), |issuer| line("issuer", issuer))?;
        line("subject", &member.subject)?;
        line("display_name", &member.display_name)?;
    }
    if tenant.members.iter().any(|member| member.role == Role::Admin) {
        Ok(())
    } else {
        Err(ImportError::NoAdministrator(tenant.name.to_string()))
    }
}

async fn make(store: &Store, clock: Clock, tenant: NewTenant) -> Result<ImportedTenant, StoreError> {
    let id = OrganizationId::random();
    let now = Moment::from(clock.now());
    // Row-level security knows the new organization from the first statement on, so this needs no way around it.
    let mut transaction = store.begin(id, Mode::Write).await?;
    insert(&mut transaction, id, &tenant.name, tenant.self_registration, now).await?;
    let mut members_made = Vec::with_capacity(tenant.members.len());
    for subject in &tenant.members {
        let member = NewMember {
            id: MemberId::random(),
            organization_id: id,
            issuer: subject.issuer.as_ref().map(Text::as_str).unwrap_or_default(),
            subject: subject.subject.as_str(),
            display_name: subject.display_name.as_str(),
            role: subject.role.name(),
            status: "active",
            version: 1,
            created_at: now,
        };
        each!(transaction.connection(), |connection| {
            diesel::insert_into(members::table).values(&member).execute(connection)
        })?;
        members_made.push(ImportedMember {
            id: member.id,
            subject: subject.subject.to_string(),
            role: subject.role,
        });
    }
    let members = members_made.iter().map(|member| *member.id.as_uuid());
    audit::write(&mut transaction, &created(id, members)).await?;
    transaction.commit().await?;
    Ok(ImportedTenant { id, name: tenant.name.to_string(), members: members_made })
}

pub(super) async fn insert(
    transaction: &mut Transaction,
    id: OrganizationId,
    name: &Text,
    self_registration: bool,
    now: Moment,
) -> Result<(), StoreError> {
    let organization =
        NewOrganization { id, name: name.as_str(), status: "active", created_at: now, self_registration };
    each!(transaction.connection(), |connection| {
        diesel::insert_into(organizations::table).values(&organization).execute(connection)
    })?;
    Ok(())
}

/// The event of an organization that the operator made, with what came with it.
pub(super) fn created(id: OrganizationId, with: impl Iterator<Item = Uuid>) -> Event {
    Event {
        organization: Some(id),
        event: EventName::OrganizationCreated,
        outcome: Outcome::Success,
        reason: None,
        operation: "admin",
        actor: Actor::default(),
        object_type: Some("organization"),
        objects: std::iter::once(*id.as_uuid()).chain(with).collect(),
        source_address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        request: RequestId::random(),
        client_request: None,
    }
}
