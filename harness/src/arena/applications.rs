//! The applications that people sign in to, registered with the attacked service.

use serde_json::{Value, json};

/// What an application may ask for here.
const SCOPE: &str = "openid email profile:read organization:read members:read members:write patients:read \
                     patients:write patients:discharge audit:read sessions:read sessions:write";

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

/// For `admin import`.
pub(super) fn document() -> Value {
    let application = |application: Application, third_party: bool| {
        json!({
            "client_id": application.client_id,
            "name": application.client_id,
            "redirect_uris": [application.redirect_uri],
            "post_logout_redirect_uris": [application.redirect_uri],
            "grant_types": "authorization_code refresh_token",
            "scope": SCOPE,
            "third_party": third_party,
        })
    };
    json!([application(CLINIC_APP, false), application(OTHER_APP, false), application(THIRD_PARTY, true),])
}
