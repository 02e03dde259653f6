//! The applications that people sign in to, registered with the attacked service.

use crate::forge::{Algorithm, SigningKey};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};

/// What an application may ask for here.
const SCOPE: &str = "openid email profile:read organization:read members:read members:write patients:read \
                     patients:write patients:discharge audit:read sessions:read sessions:write exports:read exports:write exports:approve";

/// An application as the attacked service knows it.
#[derive(Clone, Copy, Debug)]
pub struct Application {
    /// What it calls itself.
    pub client_id: &'static str,
    /// Where answers go.
    pub redirect_uri: &'static str,
}

/// The operator's own browser application.
pub const CLINIC_APP: Application =
    Application { client_id: "clinic-app", redirect_uri: "https://app.clinic.test/callback" };
/// Somebody else's: people are asked before it gets anything.
pub const THIRD_PARTY: Application =
    Application { client_id: "third-party", redirect_uri: "https://third.party.test/callback" };
/// A second one of the operator's, for what is crossed between two.
pub const OTHER_APP: Application =
    Application { client_id: "other-app", redirect_uri: "https://other.clinic.test/callback" };

/// One of the operator's that gets access tokens and nothing to renew them with.
pub const CODE_ONLY: Application =
    Application { client_id: "code-only", redirect_uri: "https://code.clinic.test/callback" };
/// One of the operator's under the FAPI 2.0 Security Profile; it signs with [`fapi_key`].
pub const FAPI_APP: Application =
    Application { client_id: "fapi-app", redirect_uri: "https://fapi.clinic.test/callback" };

static FAPI_KEY: LazyLock<Option<Arc<SigningKey>>> =
    LazyLock::new(|| SigningKey::generate(Algorithm::Es256).ok().map(Arc::new));

/// The key of [`FAPI_APP`]; `None` when the system has no randomness.
#[must_use]
pub fn fapi_key() -> Option<Arc<SigningKey>> {
    FAPI_KEY.clone()
}

/// For `admin import`.
pub(super) fn document() -> Value {
    let application = |application: Application, third_party: bool, grant_types: &str| {
        json!({
            "client_id": application.client_id,
            "name": application.client_id,
            "redirect_uris": [application.redirect_uri],
            "post_logout_redirect_uris": [application.redirect_uri],
            "grant_types": grant_types,
            "scope": SCOPE,
            "third_party": third_party,
        })
    };
    let both = "authorization_code refresh_token";
    let mut fapi = application(FAPI_APP, false, both);
    if let (Some(members), Some(key)) = (fapi.as_object_mut(), fapi_key()) {
        members.insert("jwks".into(), json!({ "keys": [key.jwk()] }));
        members.insert("fapi".into(), json!(true));
        members.insert("dpop_bound".into(), json!(true));
    }
    json!([
        application(CLINIC_APP, false, both),
        application(OTHER_APP, false, both),
        application(THIRD_PARTY, true, both),
        application(CODE_ONLY, false, "authorization_code"),
        fapi,
    ])
}
