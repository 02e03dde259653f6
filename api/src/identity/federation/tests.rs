//! What the tests of this folder share.

use super::providers::{Credential, Provider};
use crate::ids::{OrganizationId, ProviderId};

/// A provider with a second host.
pub(super) fn provider() -> Provider {
    Provider {
        id: ProviderId::random(),
        organization: OrganizationId::random(),
        name: "Clinic".into(),
        issuer: "https://idp.example.org/clinic".into(),
        client_id: "brigandine".into(),
        credential: Credential::Secret("s3:cret".to_owned().into()),
        hosts: vec!["keys.example.org".into()],
        acr: None,
        version: 1,
    }
}
