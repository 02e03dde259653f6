//! The forms of the account's page: sessions are named and ended.

use super::{Session, challenged_owner, end, end_all};
use crate::{
    audit::{Event, EventName, Outcome},
    http::{
        endpoint::Endpoint,
        problem::Kind,
        text,
        visit::{Refusal, Reply, Style, Visit},
    },
    identity::{
        account_events::{self, By},
        fields,
    },
    ids::SessionId,
    store::{prelude::*, schema::sessions},
};
use actix_web::http::Method;
use uuid::Uuid;

/// The longest name that somebody may give a session, in characters.
const LONGEST_NAME: usize = 80;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::visited(
            Method::POST,
            "/account/sessions/end",
            "endSessionByForm",
            "Ends one of your sessions.",
            Style::Page,
            &[fields::CSRF, fields::ID],
            end_one,
        ),
        Endpoint::visited(
            Method::POST,
            "/account/sessions/end-others",
            "endOtherSessionsByForm",
            "Ends all your sessions but this one.",
            Style::Page,
            &[fields::CSRF],
            end_others,
        ),
        Endpoint::visited(
            Method::POST,
            "/account/sessions/name",
            "nameSession",
            "Gives one of your sessions a name.",
            Style::Page,
            &[fields::CSRF, fields::ID, fields::NAME],
            name,
        ),
    ]
}

async fn end_one(visit: &mut Visit) -> Result<Reply, Refusal> {
    let own = challenged_owner(visit).await?.session;
    let mut transaction = visit.service.store.begin_identity(Mode::Write).await?;
    let id = named(visit, &mut transaction, &own).await?;
    if !end(&mut transaction, &visit.service.identifier, id, visit.service.clock).await? {
        return Err(Kind::NotFound.into());
    }
    record(visit, &mut transaction, &own, id).await?;
    transaction.commit().await?;
    Ok(Reply::see_other("/account"))
}

async fn end_others(visit: &mut Visit) -> Result<Reply, Refusal> {
    let own = challenged_owner(visit).await?.session;
    let mut transaction = visit.service.store.begin_identity(Mode::Write).await?;
    let (issuer, clock) = (visit.service.identifier.as_str(), visit.service.clock);
    end_all(&mut transaction, issuer, own.account_id, Some(own.id), clock).await?;
    record(visit, &mut transaction, &own, own.id).await?;
    transaction.commit().await?;
    Ok(Reply::see_other("/account"))
}

async fn name(visit: &mut Visit) -> Result<Reply, Refusal> {
    let own = challenged_owner(visit).await?.session;
    let fine = |name: &&str| name.chars().count() <= LONGEST_NAME && text::is_clean(name);
    let name = visit.form.get("name").filter(fine).ok_or(Kind::ValidationFailed)?;
    let mut transaction = visit.service.store.begin_identity(Mode::Write).await?;
    let id = named(visit, &mut transaction, &own).await?;
    each!(transaction.connection(), |c| diesel::update(sessions::table.find(id))
        .set(sessions::name.eq(name))
        .execute(c))
    .map_err(StoreError::from)?;
    transaction.commit().await?;
    Ok(Reply::see_other("/account"))
}

/// The session that the form names. Somebody else's is the name of nothing.
async fn named(visit: &Visit, transaction: &mut Transaction, own: &Session) -> Result<SessionId, Refusal> {
    let id = visit.form.get("id").and_then(|id| Uuid::try_parse(id).ok()).map(SessionId::from_uuid);
    let id = id.ok_or(Kind::NotFound)?;
    let found = each!(transaction.connection(), |c| sessions::table
        .filter(sessions::id.eq(id))
        .filter(sessions::account_id.eq(own.account_id))
        .select(sessions::id)
        .first::<SessionId>(c))
    .optional();
    Ok(found.map_err(StoreError::from)?.ok_or(Kind::NotFound)?)
}

async fn record(
    visit: &Visit,
    transaction: &mut Transaction,
    own: &Session,
    ended: SessionId,
) -> Result<(), Refusal> {
    let event = Event {
        object_type: Some("session"),
        objects: vec![*ended.as_uuid()],
        ..visit.event(EventName::SessionEnded, Outcome::Success, None)
    };
    let (issuer, by) = (visit.service.identifier.as_str(), By::Themselves(&own.origin));
    Ok(account_events::record(transaction, issuer, own.account_id, by, &event).await?)
}
