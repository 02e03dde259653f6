//! The providers, as organizations keep them.

use super::{ClientKey, FederationRefusal};
pub use crate::ids::ProviderId;
use crate::{
    ids::OrganizationId,
    sealing::{Keyring, Place, Sealed, SealingError},
    store::{
        prelude::*,
        schema::identity_providers,
        types::{JsonText, Moment},
    },
};
use zeroize::Zeroizing;

/// A provider of an organization.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = identity_providers)]
pub struct ProviderRow {
    /// Its id.
    pub id: ProviderId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// How the sign-in page calls it.
    pub name: String,
    /// Exactly what its tokens say in `iss`.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// `private_key_jwt` or `client_secret_basic`.
    pub authentication: String,
    /// Our key or secret there.
    pub credential: Sealed,
    /// Hosts beside the issuer's own that its endpoints may be on.
    pub hosts: JsonText,
    /// The authentication context that is asked for and must come.
    pub acr: Option<String>,
    /// `active` or `disabled`.
    pub status: String,
    /// Goes up with every change.
    pub version: i32,
    /// Since when.
    pub created_at: Moment,
}

/// A provider, ready to be talked to.
#[derive(Debug)]
pub struct Provider {
    /// Its id.
    pub id: ProviderId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// How the sign-in page calls it.
    pub name: String,
    /// Exactly what its tokens say in `iss`.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// How we say who we are.
    pub(super) credential: Credential,
    pub(super) hosts: Vec<String>,
    pub(super) acr: Option<String>,
    pub(super) version: i32,
}

/// How the service authenticates at a provider's token endpoint.
pub enum Credential {
    /// By an assertion signed with a key of this provider's own (OIDC Core §9): nothing that is sent can be used again.
    Key(ClientKey),
    /// By a secret, for providers that know no better (RFC 6749 §2.3.1).
    Secret(Zeroizing<String>),
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.method())
    }
}

impl Credential {
    /// Its name in metadata (OIDC Core §9).
    #[must_use]
    pub const fn method(&self) -> &'static str {
        match self {
            Self::Key(_) => "private_key_jwt",
            Self::Secret(_) => "client_secret_basic",
        }
    }

    /// For the row with this id and version.
    ///
    /// # Errors
    /// When the key provider fails.
    pub fn seal(
        &self,
        keyring: &Keyring,
        organization: OrganizationId,
        provider: ProviderId,
        version: i32,
    ) -> Result<Sealed, SealingError> {
        let text = match self {
            Self::Key(key) => key.text(),
            Self::Secret(secret) => secret,
        };
        keyring.seal(place(organization, provider, version), text.as_bytes())
    }
}

const fn place(organization: OrganizationId, provider: ProviderId, version: i32) -> Place<'static> {
    Place {
        organization,
        table: "identity_providers",
        column: "credential",
        row: *provider.as_uuid(),
        version,
    }
}

impl ProviderRow {
    /// Our key or secret at the provider.
    ///
    /// # Errors
    /// When it does not open in its place.
    pub fn credential(&self, keyring: &Keyring) -> Result<Credential, FederationRefusal> {
        let text = keyring.open(place(self.organization_id, self.id, self.version), &self.credential)?;
        Ok(match self.authentication.as_str() {
            "private_key_jwt" => Credential::Key(ClientKey::from_text(text)?),
            _ => Credential::Secret(text),
        })
    }

    /// The hosts beside the issuer's own.
    #[must_use]
    pub fn hosts(&self) -> Vec<String> {
        let hosts = self.hosts.0.as_array().into_iter().flatten();
        hosts.filter_map(|host| host.as_str().map(str::to_owned)).collect()
    }

    /// The provider, with its credential opened.
    ///
    /// # Errors
    /// When the credential does not open in its place.
    pub fn open(self, keyring: &Keyring) -> Result<Provider, FederationRefusal> {
        Ok(Provider {
            id: self.id,
            organization: self.organization_id,
            credential: self.credential(keyring)?,
            hosts: self.hosts(),
            name: self.name,
            issuer: self.issuer,
            client_id: self.client_id,
            acr: self.acr,
            version: self.version,
        })
    }
}

/// The active provider of that id, in the identity realm.
///
/// # Errors
/// When the database or the keys fail.
pub async fn active(
    transaction: &mut Transaction,
    keyring: &Keyring,
    id: ProviderId,
) -> Result<Option<Provider>, FederationRefusal> {
    let row: Option<ProviderRow> = each!(transaction.connection(), |c| {
        identity_providers::table
            .filter(identity_providers::id.eq(id))
            .filter(identity_providers::status.eq("active"))
            .select(ProviderRow::as_select())
            .first(c)
    })
    .optional()?;
    row.map(|row| row.open(keyring)).transpose()
}

/// Which version of the provider of that id is active, in the identity realm.
///
/// # Errors
/// When the database fails.
pub(super) async fn version_of_active(
    transaction: &mut Transaction,
    id: ProviderId,
) -> Result<Option<i32>, FederationRefusal> {
    Ok(each!(transaction.connection(), |c| identity_providers::table
        .find(id)
        .filter(identity_providers::status.eq("active"))
        .select(identity_providers::version)
        .first(c))
    .optional()?)
}

/// An active provider, for a page that leads to it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = identity_providers)]
pub struct ActiveProvider {
    /// Its id.
    pub id: ProviderId,
    /// How pages call it.
    pub name: String,
    /// What its tokens say in `iss`.
    pub issuer: String,
}

/// The active providers of an organization, in the identity realm.
///
/// # Errors
/// When the database fails.
pub async fn active_of(
    transaction: &mut Transaction,
    organization: OrganizationId,
) -> Result<Vec<ActiveProvider>, FederationRefusal> {
    Ok(each!(transaction.connection(), |c| identity_providers::table
        .filter(identity_providers::organization_id.eq(organization))
        .filter(identity_providers::status.eq("active"))
        .order((identity_providers::name.asc(), identity_providers::id.asc()))
        .select(ActiveProvider::as_select())
        .load(c))?)
}

/// Whether any organization has an active provider, in the identity realm.
///
/// # Errors
/// When the database fails.
pub async fn are_there(transaction: &mut Transaction) -> Result<bool, StoreError> {
    let one = each!(transaction.connection(), |c| identity_providers::table
        .filter(identity_providers::status.eq("active"))
        .select(identity_providers::id)
        .first::<ProviderId>(c))
    .optional()?;
    Ok(one.is_some())
}

/// Every active provider with this issuer and this name for us, in the identity realm: one issuer may serve several
/// organizations, and call us the same in each.
///
/// # Errors
/// When the database or the keys fail.
pub(super) async fn active_named(
    transaction: &mut Transaction,
    keyring: &Keyring,
    issuer: &str,
    client_id: &str,
) -> Result<Vec<Provider>, FederationRefusal> {
    let rows: Vec<ProviderRow> = each!(transaction.connection(), |c| identity_providers::table
        .filter(identity_providers::issuer.eq(issuer))
        .filter(identity_providers::client_id.eq(client_id))
        .filter(identity_providers::status.eq("active"))
        .order(identity_providers::id.asc())
        .select(ProviderRow::as_select())
        .load(c))?;
    rows.into_iter().map(|row| row.open(keyring)).collect()
}
