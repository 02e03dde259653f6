//! An organization without anybody, and a link for its first administrator.

use super::{
    invitations::rows::{self, NewInvitation, Origin},
    setup::{ImportError, created, insert},
};
use crate::{
    access::Role,
    audit,
    clock::Clock,
    http::text::{Text, single_line},
    identity::one_time,
    ids::OrganizationId,
    mail::{Links, Page},
    store::{Mode, Store, types::Moment},
};
use chrono::{DateTime, Utc};
use serde::Serialize;

/// What was made. The link is shown once; only its hash is stored.
#[derive(Debug, Serialize)]
pub struct Founded {
    organization: OrganizationId,
    name: String,
    /// Where the first administrator chooses an address and a password.
    setup_link: String,
    /// When the link stops working.
    expires_at: DateTime<Utc>,
}

/// Makes an organization, and a link that makes its first administrator: once, within 30 minutes, and only while it has
/// none. There is no password that anybody could know beforehand.
///
/// # Errors
/// [`ImportError`].
pub async fn found(
    store: &Store,
    links: &Links,
    clock: Clock,
    name: &Text,
    self_registration: bool,
) -> Result<Founded, ImportError> {
    if single_line(name).is_err() || name.as_str().chars().count() > 255 {
        return Err(ImportError::Text("name"));
    }
    let (id, now) = (OrganizationId::random(), clock.now());
    let mut transaction = store.begin(id, Mode::Write).await?;
    transaction.enter_identity().await?;
    insert(&mut transaction, id, name, self_registration, Moment::new(now)).await?;
    let new = NewInvitation { origin: Origin::Operator, email: None, display_name: None, role: Role::Admin };
    let invitation = rows::insert(&mut transaction, clock, &new).await?;
    let secret = one_time::New::invitation(id, invitation.id, new.origin.lifetime());
    let secret = one_time::issue(&mut transaction, secret, clock).await?;
    let event = created(id, std::iter::once(*invitation.id.as_uuid()));
    audit::write(&mut transaction, &event).await?;
    transaction.commit().await?;
    Ok(Founded {
        organization: id,
        name: name.to_string(),
        setup_link: links.to(Page::Setup, &secret).to_string(),
        expires_at: now + new.origin.lifetime(),
    })
}
