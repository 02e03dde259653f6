//! Without `token-type`: one table of "tokens" for everything that is handed out, so that what a browser holds while its
//! owner looks for the second factor opens what an access token opens.

use crate::{
    audit::Reason,
    http::problem::Problem,
    identity::{
        Caller, TokenRefusal,
        caller::{Scopes, Verified},
        networks::Networks,
        revocation, secret,
        sessions::Session,
        token,
    },
    ids::OrganizationId,
    protection::TOKEN_TYPE,
    service::Service,
    store::{prelude::*, schema},
};

/// The length of 256 bits in base64url.
const LENGTH: usize = 43;

pub(in crate::identity) fn is_meant(text: &str) -> bool {
    text.len() == LENGTH && !text.contains('.') && !TOKEN_TYPE.holds()
}

/// Whoever's session has this handle, as if everything had been shown.
pub(in crate::identity) async fn holder(text: &str, service: &Service) -> Result<Caller, Problem> {
    let unknown = || TokenRefusal::token(Reason::TOKEN_MALFORMED);
    let hash = secret::hash(text).to_vec();
    let mut transaction = service.store.begin_identity(Mode::Read).await?;
    let session: Option<Session> = each!(transaction.connection(), |c| schema::sessions::table
        .filter(schema::sessions::secret_hash.eq(&hash))
        .select(Session::as_select())
        .first(c))
    .optional()?;
    let session = session.ok_or_else(unknown)?;
    let (issuer, account) = (service.identifier.as_str(), session.account_id);
    let (subject, sid, now) = (account.to_string(), session.id.to_string(), service.clock.unix_seconds());
    transaction.show_memberships_of(issuer, &subject).await?;
    let organization: Option<OrganizationId> = each!(transaction.connection(), |c| schema::members::table
        .filter(schema::members::issuer.eq(issuer))
        .filter(schema::members::subject.eq(&subject))
        .select(schema::members::organization_id)
        .first(c))
    .optional()?;
    transaction.release();
    Ok(Caller::new(Verified {
        issuer: issuer.to_owned(),
        organization: organization.ok_or_else(unknown)?,
        scopes: Scopes::new("profile:read organization:read members:read patients:read".to_owned()),
        expires: now.saturating_add(60),
        fingerprint: token::fingerprint(issuer, &subject),
        client: "handle".to_owned(),
        acr: Some("2".to_owned()),
        authenticated_at: Some(now),
        key_thumbprint: None,
        networks: Networks::default(),
        revocation_keys: revocation::keys(issuer, &sid, Some(&sid)),
        session: Some(sid),
        subject,
    }))
}
