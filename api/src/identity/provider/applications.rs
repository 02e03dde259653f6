//! `/account/applications/end`: somebody takes back what they allowed an application.

use super::grants;
use crate::{
    audit::{Event, EventName, Outcome},
    clock::Clock,
    http::{
        endpoint::Endpoint,
        problem::Kind,
        visit::{Refusal, Reply, Style, Visit},
    },
    identity::{
        account_events::{self, By},
        fields, sessions,
    },
    ids::{AccountId, GrantId},
    store::{
        prelude::*,
        schema::{clients, grants as table},
        types::Moment,
    },
};
use actix_web::http::Method;
use std::collections::BTreeMap;

/// An application that may act for somebody.
#[derive(Debug)]
pub struct Application {
    /// What it calls itself.
    pub client_id: String,
    /// What people know it as.
    pub name: String,
    /// Since when it may.
    pub since: Moment,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::visited(
        Method::POST,
        "/account/applications/end",
        "endApplication",
        "Takes back what you allowed an application; its tokens end at once.",
        Style::Page,
        &[fields::CSRF, fields::CLIENT_ID],
        end,
    )]
}

/// The applications that may act for an account now, by name.
///
/// # Errors
/// When the database is gone.
pub async fn of_account(
    transaction: &mut Transaction,
    account: AccountId,
    clock: Clock,
) -> Result<Vec<Application>, StoreError> {
    let now = Moment::new(clock.now());
    let rows: Vec<(String, String, Moment)> = each!(transaction.connection(), |c| table::table
        .inner_join(clients::table.on(clients::client_id.eq(table::client_id)))
        .filter(table::account_id.eq(account))
        .filter(table::ended_at.is_null())
        .filter(table::code_used_at.is_not_null())
        .filter(table::expires_at.gt(now))
        .order(table::created_at.asc())
        .select((clients::name, clients::client_id, table::created_at))
        .load(c))?;
    let mut first = BTreeMap::new();
    for (name, client_id, since) in rows {
        first.entry((name, client_id)).or_insert(since);
    }
    Ok(first.into_iter().map(|((name, client_id), since)| Application { client_id, name, since }).collect())
}

async fn end(visit: &mut Visit) -> Result<Reply, Refusal> {
    let own = sessions::challenged_owner(visit).await?.session;
    let client_id = visit.form.get("client_id").ok_or(Kind::NotFound)?;
    let (issuer, clock) = (visit.service.identifier.as_str(), visit.service.clock);
    let mut transaction = visit.service.store.begin_identity(Mode::Write).await?;
    let standing: Vec<GrantId> = each!(transaction.connection(), |c| table::table
        .filter(table::account_id.eq(own.account_id))
        .filter(table::client_id.eq(client_id))
        .filter(table::ended_at.is_null())
        .select(table::id)
        .load(c))
    .map_err(StoreError::from)?;
    if standing.is_empty() {
        return Err(Kind::NotFound.into());
    }
    for grant in &standing {
        grants::end(&mut transaction, issuer, *grant, clock).await?;
    }
    let event = Event {
        object_type: Some("grant"),
        objects: standing.iter().map(|grant| *grant.as_uuid()).collect(),
        ..visit.event(EventName::AuthnTokenRevoked, Outcome::Success, None)
    };
    let by = By::Themselves(&own.origin);
    account_events::record(&mut transaction, issuer, own.account_id, by, &event).await?;
    transaction.commit().await?;
    Ok(Reply::see_other("/account"))
}
