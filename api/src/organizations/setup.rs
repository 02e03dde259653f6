//! What an operator does from the command line: the first organizations and their members.

use super::rows::{NewMember, NewOrganization};
use crate::{
    access::Role,
    audit::{self, Actor, Event, EventName, Outcome},
    clock::Clock,
    http::text::{Text, single_line},
    ids::{MemberId, OrganizationId, RequestId},
    store::{
        Store,
        prelude::*,
        schema::{members, organizations},
        types::Moment,
    },
};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr};

/// Organizations to make.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// The organizations.
    pub organizations: Vec<NewTenant>,
}

/// An organization to make.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewTenant {
    /// Its name.
    pub name: Text,
    /// Its members, with at least one administrator.
    pub members: Vec<NewSubject>,
}

/// A member to bind.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewSubject {
    /// The trusted provider that vouches for them.
    pub issuer: Text,
    /// Their name at the provider.
    pub subject: Text,
    /// How the organization calls them.
    pub display_name: Text,
    /// What they may do.
    pub role: Role,
}

/// What was made.
#[derive(Debug, Serialize)]
pub struct Imported {
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
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes the organizations; each with its members and audit rows, or not at all.
///
/// # Errors
/// [`ImportError`]; organizations before the one that failed are there.
pub async fn import(store: &Store, clock: Clock, import: Import) -> Result<Imported, ImportError> {
    import.organizations.iter().try_for_each(check)?;
    let mut made = Vec::with_capacity(import.organizations.len());
    for tenant in import.organizations {
        made.push(make(store, clock, tenant).await?);
    }
    Ok(Imported { organizations: made })
}

fn check(tenant: &NewTenant) -> Result<(), ImportError> {
    let line = |name: &'static str, text: &Text| {
        let fine = single_line(text).is_ok() && text.as_str().chars().count() <= 255;
        if fine { Ok(()) } else { Err(ImportError::Text(name)) }
    };
    line("name", &tenant.name)?;
    for member in &tenant.members {
        line("issuer", &member.issuer)?;
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
    let organization = NewOrganization { id, name: tenant.name.as_str(), status: "active", created_at: now };
    each!(transaction.connection(), |connection| {
        diesel::insert_into(organizations::table).values(&organization).execute(connection)
    })?;
    let mut members_made = Vec::with_capacity(tenant.members.len());
    for subject in &tenant.members {
        let member = NewMember {
            id: MemberId::random(),
            organization_id: id,
            issuer: subject.issuer.as_str(),
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
    let event = Event {
        organization: Some(id),
        event: EventName::OrganizationCreated,
        outcome: Outcome::Success,
        reason: None,
        operation: "admin",
        actor: Actor::default(),
        object_type: Some("organization"),
        objects: std::iter::once(*id.as_uuid())
            .chain(members_made.iter().map(|member| *member.id.as_uuid()))
            .collect(),
        source_address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        request: RequestId::random(),
        client_request: None,
    };
    audit::write(&mut transaction, &event).await?;
    transaction.commit().await?;
    Ok(ImportedTenant { id, name: tenant.name.to_string(), members: members_made })
}
