//! Keys expire, and whoever made one is told before: 30 days and 7 days (catalogue `api-key-storage`). A key that ends
//! unnoticed is replaced in a hurry, by one without an end.

use crate::{
    identity::accounts,
    ids::{AccountId, ApiKeyId, MemberId, OrganizationId},
    mail::{Letter, Mail, Recipient},
    protection::API_KEY_STORAGE,
    service::Service,
    store::{
        prelude::*,
        schema::{api_keys, members, organizations},
        types::Moment,
    },
};
use brigandine_enforce::enforces;
use chrono::TimeDelta;
use uuid::Uuid;

/// Days before the end, and which reminder that is. The latest first: who was away for long is told once.
const BEFORE: [(i64, i32); 2] = [(7, 2), (30, 1)];

/// A key that ends soon.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = api_keys)]
struct Ending {
    id: ApiKeyId,
    organization_id: OrganizationId,
    name: String,
    created_by: MemberId,
    created_at: Moment,
    expires_at: Moment,
}

/// Writes to the makers of keys that end soon; each reminder goes out once, whichever replica comes first.
///
/// # Errors
/// When the database is gone; what was not sent then is sent the next time.
#[enforces(API_KEY_STORAGE)]
pub(crate) async fn remind(service: &Service) -> Result<(), StoreError> {
    let now = service.clock.now();
    for (days, number) in BEFORE {
        let mut transaction = service.store.begin_identity(Mode::Write).await?;
        let due = api_keys::table
            .filter(api_keys::revoked_at.is_null())
            .filter(api_keys::reminders.lt(number))
            .filter(api_keys::expires_at.gt(Moment::new(now)))
            .filter(api_keys::expires_at.le(Moment::new(now + TimeDelta::days(days))));
        let ending: Vec<Ending> = each!(transaction.connection(), |c| diesel::update(due)
            .set(api_keys::reminders.eq(number))
            .returning(Ending::as_returning())
            .get_results(c))?;
        transaction.commit().await?;
        for key in ending {
            // Whoever made it for a few days knows.
            if key.expires_at.time() - key.created_at.time() > TimeDelta::days(days) {
                tell(service, &key).await?;
            }
        }
    }
    Ok(())
}

async fn tell(service: &Service, key: &Ending) -> Result<(), StoreError> {
    let mut transaction = service.store.begin(key.organization_id, Mode::Read).await?;
    let maker: Option<(String, String, String)> = each!(transaction.connection(), |c| members::table
        .inner_join(organizations::table)
        .filter(members::organization_id.eq(key.organization_id))
        .filter(members::id.eq(key.created_by))
        .filter(members::status.eq("active"))
        .select((members::issuer, members::subject, organizations::name))
        .first(c))
    .optional()?;
    let mut address = None;
    if let Some((issuer, subject, organization)) = maker
        && issuer == service.identifier
        && let Ok(account) = Uuid::try_parse(&subject)
    {
        transaction.enter_identity().await?;
        let account = accounts::by_id(&mut transaction, AccountId::from_uuid(account)).await?;
        let email = account.and_then(|account| account.email(&service.keyring).ok());
        address = email.and_then(|email| Recipient::parse(&email).ok()).map(|to| (to, organization));
    }
    transaction.release();
    let on = key.expires_at.time().format("%-d %B %Y").to_string();
    match address {
        Some((to, organization)) => {
            let letter = Letter::ApiKeyExpires { organization, key: key.name.clone(), on };
            // When the queue is full, the log says so.
            let _ = service.mailer.post(Mail { to, letter });
        }
        // People of other providers have no address here.
        None => tracing::warn!(
            key.id = %key.id, organization.id = %key.organization_id, on,
            "An API key expires soon, and nobody could be told"
        ),
    }
    Ok(())
}
