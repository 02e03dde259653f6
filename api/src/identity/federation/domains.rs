//! Which e-mail domains an organization owns. An operator says so, from the command line, after having made sure.

use super::FederationRefusal;
use crate::{
    clock::Clock,
    ids::OrganizationId,
    store::{Store, prelude::*, schema::organization_domains, types::Moment},
};

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

/// The domain of an e-mail address, as it is recorded.
#[must_use]
pub fn of_email(email: &str) -> Option<String> {
    let (_, domain) = email.rsplit_once('@')?;
    Some(domain.to_ascii_lowercase()).filter(|domain| is_domain(domain))
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
        Ok(_) => Ok(transaction.commit().await?),
        Err(StoreError::UniqueViolation(_)) => Err(DomainError::Taken),
        Err(StoreError::ForeignKeyViolation) => Err(DomainError::NoOrganization),
        Err(other) => Err(other.into()),
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
    use super::of_email;

    #[test]
    fn the_domain_of_an_address_is_what_follows_the_last_at() {
        assert_eq!(of_email("Ann@Clinic.Example").as_deref(), Some("clinic.example"));
        assert_eq!(of_email("\"a@evil.example\"@clinic.example").as_deref(), Some("clinic.example"));
        for none in [
            "ann",
            "ann@",
            "ann@localhost",
            "ann@clinic..example",
            "ann@cl\u{ef}nic.example",
            "ann@-a.example",
        ] {
            assert_eq!(of_email(none), None, "{none}");
        }
    }
}
