//! What administrators send.

use crate::http::{
    openapi::text_of,
    text::{Text, single_line},
};
use serde::Deserialize;
use url::{Host, Url};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};
use validator::{Validate, ValidationError};

/// More hosts than any provider spreads over.
const MOST_HOSTS: usize = 10;
/// Characters of a host and its port: a name has 253 (RFC 1035 §3.1).
const LONGEST_HOST: usize = 259;

/// A new provider.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::identity) struct AddProvider {
    /// How the sign-in page calls it.
    #[validate(length(min = 1, max = 100), custom(function = "single_line"))]
    #[schema(value_type = String, format = "line", min_length = 1, max_length = 100)]
    pub(super) name: Text,
    /// Exactly what its tokens say in `iss`: https, without query and fragment.
    #[validate(length(min = 1, max = 255), custom(function = "is_issuer"))]
    #[schema(value_type = String, format = "uri", min_length = 1, max_length = 255)]
    pub(super) issuer: Text,
    /// What it calls us.
    #[validate(length(min = 1, max = 255), custom(function = "single_line"))]
    #[schema(value_type = String, format = "line", min_length = 1, max_length = 255)]
    pub(super) client_id: Text,
    /// Only for a provider that takes no `private_key_jwt`.
    #[validate(length(min = 16, max = 255), custom(function = "single_line"))]
    #[schema(value_type = Option<String>, format = "line", min_length = 16, max_length = 255)]
    pub(super) client_secret: Option<Text>,
    /// Hosts beside the issuer's own that its endpoints may be on.
    #[serde(default)]
    #[validate(custom(function = "are_hosts"))]
    #[schema(value_type = Vec<ProviderHost>, max_items = 10)]
    pub(super) hosts: Vec<Text>,
    /// The authentication context that is asked for and must come.
    #[validate(length(min = 1, max = 255), custom(function = "single_line"))]
    #[schema(value_type = Option<String>, format = "line", min_length = 1, max_length = 255)]
    pub(super) acr: Option<Text>,
}

/// Changes to a provider; what is not named stays. Another issuer is another provider.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::identity) struct ChangeProvider {
    /// How the sign-in page calls it.
    #[validate(length(min = 1, max = 100), custom(function = "single_line"))]
    #[schema(value_type = Option<String>, format = "line", min_length = 1, max_length = 100)]
    pub(super) name: Option<Text>,
    /// What it calls us.
    #[validate(length(min = 1, max = 255), custom(function = "single_line"))]
    #[schema(value_type = Option<String>, format = "line", min_length = 1, max_length = 255)]
    pub(super) client_id: Option<Text>,
    /// A secret in place of what was there.
    #[validate(length(min = 16, max = 255), custom(function = "single_line"))]
    #[schema(value_type = Option<String>, format = "line", min_length = 16, max_length = 255)]
    pub(super) client_secret: Option<Text>,
    /// `true` makes a new key in place of what was there.
    pub(super) new_key: Option<bool>,
    /// Hosts beside the issuer's own that its endpoints may be on.
    #[validate(custom(function = "are_hosts"))]
    #[schema(value_type = Option<Vec<ProviderHost>>, max_items = 10)]
    pub(super) hosts: Option<Vec<Text>>,
    /// Whether it may be used.
    pub(super) status: Option<NewStatus>,
}

/// A host that endpoints may be on, for the documentation.
struct ProviderHost;

impl PartialSchema for ProviderHost {
    fn schema() -> RefOr<Schema> {
        text_of(LONGEST_HOST)
    }
}

impl ToSchema for ProviderHost {}

/// Whether a provider may be used.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = NewProviderStatus)]
pub(super) enum NewStatus {
    /// It may.
    Active,
    /// It may not, for now.
    Disabled,
}

impl NewStatus {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}

fn is_issuer(text: &Text) -> Result<(), ValidationError> {
    single_line(text)?;
    let fine = Url::parse(text.as_str()).is_ok_and(|url| {
        url.scheme() == "https"
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    });
    if fine { Ok(()) } else { Err(ValidationError::new("https-url")) }
}

fn are_hosts(hosts: &[Text]) -> Result<(), ValidationError> {
    // Exactly what a URL's parser makes of it, with a port if it is not https's own.
    let is_authority = |text: &Text| {
        let url = Url::parse(&format!("https://{}/", text.as_str()));
        url.is_ok_and(|url| {
            text.as_str().len() <= LONGEST_HOST
                && matches!(url.host(), Some(Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_)))
                && super::super::metadata::authority(&url).as_deref() == Some(text.as_str())
        })
    };
    let fine = hosts.len() <= MOST_HOSTS && hosts.iter().all(is_authority);
    if fine { Ok(()) } else { Err(ValidationError::new("hosts")) }
}
