//! Operations end, and the administrators of organizations that still use one are told 180, 30 and 7 days before.

use crate::{
    access::Role,
    http::deprecation::Ending,
    identity::accounts,
    ids::{AccountId, OrganizationId},
    mail::{Letter, Mail, Recipient},
    protection::DEPRECATION_LIFECYCLE,
    service::Service,
    store::{
        Store,
        prelude::*,
        schema::{deprecated_uses, members, organizations},
        types::Moment,
    },
};
use brigandine_enforce::enforces;
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// Days before the end, and which notice that is. The latest first: who began to use it late is told once.
const BEFORE: [(i64, i32); 3] = [(7, 3), (30, 2), (180, 1)];
/// Who has not used it for so long has moved on.
const RECENT: TimeDelta = TimeDelta::days(180);

/// Writes to the administrators; each notice goes out once, whichever replica comes first.
///
/// # Errors
/// When the database is gone; what was not sent then is sent the next time.
#[enforces(DEPRECATION_LIFECYCLE)]
pub(crate) async fn remind(service: &Service) -> Result<(), StoreError> {
    for ending in &service.endings {
        for organization in due(&service.store, ending, service.clock.now()).await? {
            tell(service, ending, organization).await?;
        }
    }
    Ok(())
}

/// Which notice is the one for now.
fn notice(ending: &Ending, now: DateTime<Utc>) -> Option<i32> {
    let left = ending.deprecation.sunset() - now;
    let ahead = left > TimeDelta::zero() && !ending.retired;
    BEFORE.iter().find(|(days, _)| ahead && left <= TimeDelta::days(*days)).map(|(_, number)| *number)
}

/// The organizations that were not told yet; they count as told from here on.
async fn due(store: &Store, ending: &Ending, now: DateTime<Utc>) -> Result<Vec<OrganizationId>, StoreError> {
    let Some(number) = notice(ending, now) else { return Ok(Vec::new()) };
    let mut transaction = store.begin_identity(Mode::Write).await?;
    let untold = deprecated_uses::table
        .filter(deprecated_uses::operation.eq(ending.operation))
        .filter(deprecated_uses::notices.lt(number))
        .filter(deprecated_uses::last_used_at.gt(Moment::new(now - RECENT)));
    let organizations: Vec<OrganizationId> = each!(transaction.connection(), |c| diesel::update(untold)
        .set(deprecated_uses::notices.eq(number))
        .returning(deprecated_uses::organization_id)
        .get_results(c))?;
    transaction.commit().await?;
    Ok(organizations)
}

async fn tell(service: &Service, ending: &Ending, organization: OrganizationId) -> Result<(), StoreError> {
    let mut transaction = service.store.begin(organization, Mode::Read).await?;
    let administrators: Vec<(String, String, String)> = each!(transaction.connection(), |c| members::table
        .inner_join(organizations::table)
        .filter(members::organization_id.eq(organization))
        .filter(members::role.eq(Role::Admin.name()))
        .filter(members::status.eq("active"))
        .select((members::issuer, members::subject, organizations::name))
        .load(c))?;
    transaction.enter_identity().await?;
    let mut told = false;
    for (issuer, subject, name) in administrators {
        // People of other providers have no address here.
        let own = Uuid::try_parse(&subject).ok().filter(|_| issuer == service.identifier);
        let Some(account) = own else { continue };
        let account = accounts::by_id(&mut transaction, AccountId::from_uuid(account)).await?;
        let email = account.and_then(|account| account.email(&service.keyring).ok());
        let Some(to) = email.and_then(|email| Recipient::parse(&email).ok()) else { continue };
        let letter = Letter::OperationEnds {
            organization: name,
            operation: format!("{} {}", ending.method, ending.path),
            on: ending.deprecation.sunset().format("%-d %B %Y").to_string(),
            successor: ending.deprecation.successor().to_owned(),
        };
        // When the queue is full, the log says so.
        let _ = service.mailer.post(Mail { to, letter });
        told = true;
    }
    transaction.release();
    if !told {
        tracing::warn!(
            organization.id = %organization, operation = ending.operation,
            "An operation ends that an organization uses, and no administrator has an address to tell it to"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{due, notice};
    use crate::{
        http::deprecation::{Deprecation, Ending},
        store::{
            Mode,
            prelude::*,
            schema::deprecated_uses,
            testing::{Fixture, on_each_engine},
            types::Moment,
        },
    };
    use chrono::TimeDelta;

    fn ending() -> Ending {
        Ending {
            operation: "showThing",
            method: "GET".into(),
            path: "/v1/thing",
            deprecation: Deprecation::new((2026, 11, 24), (2028, 11, 24), "/v2/thing"),
            retired: false,
        }
    }

    #[test]
    fn there_are_three_notices_and_none_after_the_end() {
        let ending = ending();
        let at = |days: i64| notice(&ending, ending.deprecation.sunset() - TimeDelta::days(days));
        assert_eq!(
            [181, 180, 31, 30, 8, 7, 1].map(at),
            [None, Some(1), Some(1), Some(2), Some(2), Some(3), Some(3)]
        );
        assert_eq!([0, -1].map(at), [None, None]);
    }

    #[tokio::test]
    async fn each_notice_goes_out_once_and_only_to_those_who_use_it() {
        on_each_engine(async |fixture: &Fixture| {
            let (user, _) = fixture.organization().await;
            let (former, _) = fixture.organization().await;
            let ending = ending();
            let before = |days: i64| ending.deprecation.sunset() - TimeDelta::days(days);
            for (organization, last) in [(user, before(181)), (former, before(500))] {
                let mut transaction = fixture.store.begin_identity(Mode::Write).await.unwrap();
                let row = (
                    deprecated_uses::organization_id.eq(organization),
                    deprecated_uses::operation.eq("showThing"),
                    deprecated_uses::last_used_at.eq(Moment::new(last)),
                );
                each!(transaction.connection(), |c| diesel::insert_into(deprecated_uses::table)
                    .values(row)
                    .execute(c))
                .unwrap();
                transaction.commit().await.unwrap();
            }
            let mut told = Vec::new();
            for days in [181, 180, 179, 30, 29, 7, 6, 0, -1] {
                let organizations = due(&fixture.store, &ending, before(days)).await.unwrap();
                told.extend(organizations.into_iter().map(|organization| (days, organization)));
            }
            assert_eq!(told, [(180, user), (30, user), (7, user)]);
        })
        .await;
    }
}
