//! An organization without anybody, and a link for its first administrator.

use super::{
    invitations::rows::{self, NewInvitation, Origin},
    setup::{ImportError, created, insert},
};
use crate::{
    access::Role,
    audit::{self, Event, EventName},
    clock::Clock,
    http::text::{Text, single_line},
    identity::one_time,
    ids::OrganizationId,
    mail::{Links, Page},
    store::{
        Store,
        prelude::*,
        schema::{members, organizations},
        types::Moment,
    },
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
/// none. There is no password that anybody could know beforehand. An organization of that name that nobody administers yet
/// gets a new link, and the one before is void.
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
    check(name)?;
    let now = clock.now();
    let mut transaction = store.begin_unscoped(Mode::Write).await?;
    let existing = named(&mut transaction, name).await?;
    let id = existing.unwrap_or_else(OrganizationId::random);
    transaction.enter(id).await?;
    transaction.enter_identity().await?;
    if existing.is_some() {
        if is_administered(&mut transaction, id).await? {
            return Err(ImportError::Administered(name.to_string(), id));
        }
        rows::withdraw_setups(&mut transaction, id, clock).await?;
        if self_registration {
            take_registrations(&mut transaction, id).await?;
        }
    } else {
        insert(&mut transaction, id, name, self_registration, Moment::new(now)).await?;
    }
    let new = NewInvitation { origin: Origin::Operator, email: None, display_name: None, role: Role::Admin };
    let invitation = rows::insert(&mut transaction, clock, &new).await?;
    let secret = one_time::New::invitation(id, invitation.id, new.origin.lifetime());
    let secret = one_time::issue(&mut transaction, secret, clock).await?;
    let made = created(id, std::iter::once(*invitation.id.as_uuid()));
    let event = match existing {
        Some(_) => Event { event: EventName::InvitationCreated, object_type: Some("invitation"), ..made },
        None => made,
    };
    audit::write(&mut transaction, &event).await?;
    transaction.commit().await?;
    Ok(Founded {
        organization: id,
        name: name.to_string(),
        setup_link: links.to(Page::Setup, &secret).to_string(),
        expires_at: now + new.origin.lifetime(),
    })
}

/// Makes sure that there is no organization of this name.
///
/// # Errors
/// [`ImportError::Named`] when there is one.
pub async fn none_of_name(store: &Store, name: &Text) -> Result<(), ImportError> {
    let mut transaction = store.begin_unscoped(Mode::Read).await?;
    let existing = named(&mut transaction, name).await?;
    transaction.release();
    existing.map_or(Ok(()), |id| Err(ImportError::Named(name.to_string(), id)))
}

fn check(name: &Text) -> Result<(), ImportError> {
    if single_line(name).is_err() || name.as_str().chars().count() > 255 {
        return Err(ImportError::Text("name"));
    }
    Ok(())
}

/// The open organization of this name, however it is written. Of two commands at once, the second one sees what the first
/// one made.
async fn named(transaction: &mut Transaction, name: &Text) -> Result<Option<OrganizationId>, StoreError> {
    transaction.alone("bootstrap").await?;
    transaction.enter_operator().await?;
    let rows: Vec<(OrganizationId, String)> = each!(transaction.connection(), |c| organizations::table
        .filter(organizations::status.eq("active"))
        .order((organizations::created_at, organizations::id))
        .select((organizations::id, organizations::name))
        .load(c))?;
    let folded = |name: &str| name.trim().to_lowercase();
    let wanted = folded(name.as_str());
    Ok(rows.into_iter().find(|(_, name)| folded(name) == wanted).map(|(id, _)| id))
}

async fn is_administered(transaction: &mut Transaction, id: OrganizationId) -> Result<bool, StoreError> {
    let administrators = members::table
        .filter(members::organization_id.eq(id))
        .filter(members::role.eq(Role::Admin.name()))
        .filter(members::status.eq("active"))
        .count();
    let count: i64 = each!(transaction.connection(), |c| administrators.get_result(c))?;
    Ok(count > 0)
}

async fn take_registrations(transaction: &mut Transaction, id: OrganizationId) -> Result<(), StoreError> {
    each!(transaction.connection(), |c| diesel::update(organizations::table.find(id))
        .set(organizations::self_registration.eq(true))
        .execute(c))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{found, none_of_name};
    use crate::{
        clock::Clock,
        http::text::Text,
        mail::Links,
        organizations::setup::ImportError,
        settings::Settings,
        store::{
            Mode,
            prelude::*,
            schema::members,
            testing::{Fixture, insert_member, on_each_engine},
        },
    };

    async fn bootstrap(
        fixture: &Fixture,
        name: &str,
    ) -> Result<(crate::ids::OrganizationId, String), ImportError> {
        let settings: Settings = toml::from_str("").unwrap();
        let links = Links::new(&settings.server);
        let made = found(&fixture.administration, &links, Clock, &Text::compose(name), false).await?;
        Ok((made.organization, made.setup_link))
    }

    #[actix_web::test]
    async fn the_same_name_gets_a_new_link_and_no_second_organization() {
        on_each_engine(async |fixture| {
            let (first, link) = bootstrap(fixture, "Northside Clinic").await.unwrap();
            let (again, another) = bootstrap(fixture, " northside CLINIC").await.unwrap();
            assert_eq!(first, again);
            assert_ne!(link, another);
            let (other, _) = bootstrap(fixture, "Southside Clinic").await.unwrap();
            assert_ne!(first, other);
            let name = Text::compose("Northside Clinic");
            assert!(matches!(
                none_of_name(&fixture.administration, &name).await,
                Err(ImportError::Named(_, id)) if id == first
            ));
            none_of_name(&fixture.administration, &Text::compose("Eastside")).await.unwrap();

            let mut transaction = fixture.administration.begin_unscoped(Mode::Write).await.unwrap();
            transaction.enter(first).await.unwrap();
            let member = insert_member(&mut transaction, first, "ada").await.unwrap();
            each!(transaction.connection(), |c| diesel::update(members::table.find(member))
                .set(members::role.eq("admin"))
                .execute(c))
            .unwrap();
            transaction.commit().await.unwrap();
            let refused = bootstrap(fixture, "Northside Clinic").await.unwrap_err();
            assert!(matches!(refused, ImportError::Administered(_, id) if id == first));
            assert!(refused.to_string().contains("admin rescue"), "{refused}");
        })
        .await;
    }
}
