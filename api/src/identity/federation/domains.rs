//! Which e-mail domains an organization owns. An operator says so, from the command line, after having made sure.

use super::FederationRefusal;
use crate::{
    audit::{self, Actor, Event, EventName, Outcome},
    clock::Clock,
    ids::{OrganizationId, RequestId},
    store::{Store, prelude::*, schema::organization_domains, types::Moment},
};
use std::net::{IpAddr, Ipv4Addr};

/// The longest domain name (RFC 1035 §2.3.4).
const LONGEST: usize = 253;

/// Why a domain was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum DomainError {
    /// Not a domain name.
    #[error("is no domain name in lower case with at least one dot, such as clinic.example")]
    Malformed,
    /// Another organization's, or this one's already.
    #[error("the domain is recorded already")]
    Taken,
    /// No such organization.
    #[error("there is no organization with that id")]
    NoOrganization,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Letters, digits, hyphens and dots: punycode where a name has other letters, so that two that look alike differ.
fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    text.len() <= LONGEST && text.contains('.') && text.split('.').all(is_label)
}

/// Records that the organization owns the domain.
///
/// # Errors
/// [`DomainError`].
pub async fn record(
    store: &Store,
    clock: Clock,
    organization: OrganizationId,
    domain: &str,
) -> Result<(), DomainError> {
    if !is_domain(domain) {
        return Err(DomainError::Malformed);
    }
    let mut transaction = store.begin_unscoped(Mode::Write).await?;
    transaction.enter(organization).await?;
    let values = (
        organization_domains::domain.eq(domain),
        organization_domains::organization_id.eq(organization),
        organization_domains::verified_at.eq(Moment::from(clock.now())),
    );
    let recorded = each!(transaction.connection(), |c| {
        diesel::insert_into(organization_domains::table).values(values).execute(c)
    });
    match recorded.map_err(StoreError::from) {
        Ok(_) => {
            audit::write(&mut transaction, &event(organization)).await?;
            Ok(transaction.commit().await?)
        }
        Err(StoreError::UniqueViolation(_)) => Err(DomainError::Taken),
        Err(StoreError::ForeignKeyViolation) => Err(DomainError::NoOrganization),
        Err(other) => Err(other.into()),
    }
}

fn event(organization: OrganizationId) -> Event {
    Event {
        organization: Some(organization),
        event: EventName::DomainVerified,
        outcome: Outcome::Success,
        reason: None,
        operation: "verifyDomain",
        actor: Actor::default(),
        object_type: Some("organization"),
        objects: vec![*organization.as_uuid()],
        source_address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        request: RequestId::random(),
        client_request: None,
    }
}

/// Whose domain it is. In the identity realm.
///
/// # Errors
/// When the database fails.
pub async fn owner(
    transaction: &mut Transaction,
    domain: &str,
) -> Result<Option<OrganizationId>, FederationRefusal> {
    Ok(each!(transaction.connection(), |c| {
        organization_domains::table.find(domain).select(organization_domains::organization_id).first(c)
    })
    .optional()?)
}

#[cfg(test)]
mod tests {
    use super::is_domain;

    #[test]
    fn a_domain_is_written_in_one_way() {
        assert!(is_domain("clinic.example") && is_domain("xn--klnik-3ya.example"));
        for none in [
            "",
            "localhost",
            "Clinic.example",
            "clinic..example",
            "cl\u{ef}nic.example",
            "-a.example",
            "a.example.",
        ] {
            assert!(!is_domain(none), "{none}");
        }
    }
}
