//! The way to a provider: `/signin/with`, `/signin/find`.

use super::{
    FederationRefusal, domains,
    providers::{self, Provider, ProviderId},
    transactions::{self, Purpose},
};
use crate::{
    http::{
        problem::{Kind, Problem},
        visit::{Fields, Refusal, Reply, Visit},
    },
    identity::{
        accounts::Email,
        pages::{self, FindProvider, Form, GoToProvider},
        provider,
        sessions::{self, Visitor},
    },
    ids::AccountId,
    store::prelude::*,
};
use actix_web::http::StatusCode;
use uuid::Uuid;

/// How long ago the person may have signed in at the provider where nothing else is asked: as long as a session of staff
/// may last (catalogue P2).
const OLDEST_SECONDS: i32 = 12 * 60 * 60;
const NOBODY: &str = "No organization signs in here with addresses of that domain.";

/// `GET /signin/with`
pub(super) async fn show(visit: &mut Visit) -> Result<Reply, Refusal> {
    let handle = visit.query.get("transaction").map(str::to_owned);
    if visit.query.get("provider").is_none() {
        return ask(visit, handle.as_deref(), None, &[]);
    }
    let provider = named(visit, &visit.query).await?;
    let known = visit.service.federation.known(&provider).await?;
    let (csrf, id) = (visit.csrf()?, provider.id.to_string());
    let page = GoToProvider {
        form: Form {
            csrf: &csrf,
            transaction: handle.as_deref(),
            error: None,
            leads_to: Some(&known.metadata.authorization_endpoint),
        },
        name: &provider.name,
        provider: &id,
        link: visit.query.get("link").is_some(),
    };
    Ok(Reply::page(StatusCode::OK, &page)?)
}

/// `POST /signin/find`
pub(super) async fn find(visit: &mut Visit) -> Result<Reply, Refusal> {
    let handle = visit.form.get("transaction").map(str::to_owned);
    let mut found = Vec::new();
    if let Some(email) = visit.form.get("email").and_then(Email::parse) {
        let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
        if let Some(organization) = domains::owner(&mut transaction, &email.domain()).await? {
            found = providers::active_of(&mut transaction, organization).await?;
        }
        transaction.release();
    }
    let waiting = handle.as_deref().map(|handle| format!("&transaction={handle}")).unwrap_or_default();
    let places: Vec<(String, String)> =
        found.into_iter().map(|it| (it.name, format!("/signin/with?provider={}{waiting}", it.id))).collect();
    match places.as_slice() {
        [] => ask(visit, handle.as_deref(), Some(NOBODY), &[]),
        [(_, only)] => Ok(Reply::see_other(only)),
        several => ask(visit, handle.as_deref(), None, several),
    }
}

/// `POST /signin/with`
pub(super) async fn begin(visit: &mut Visit) -> Result<Reply, Refusal> {
    let provider = named(visit, &visit.form).await?;
    let service = &visit.service;
    // Asked before a transaction is open: a provider takes its time.
    service.federation.known(&provider).await?;
    let purpose = purpose(visit).await?;
    let mut transaction = service.store.begin_identity(Mode::Write).await?;
    let begun = transactions::begin(
        &mut transaction,
        &service.keyring,
        service.clock,
        &provider,
        visit.browser(),
        &purpose,
    )
    .await?;
    transaction.commit().await?;
    let address = service.federation.authorization(&provider, &begun).await?;
    Ok(Reply::see_other(address.as_str()))
}

async fn purpose(visit: &Visit) -> Result<Purpose, Refusal> {
    if visit.form.get("link").is_some() {
        let account = signed_in_lately(visit).await?;
        return Ok(Purpose {
            return_to: "/account".into(),
            account: Some(account),
            max_age: Some(OLDEST_SECONDS),
        });
    }
    let Some(handle) = visit.form.get("transaction") else {
        return Ok(Purpose { return_to: "/account".into(), account: None, max_age: Some(OLDEST_SECONDS) });
    };
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let asked = provider::freshness(&mut transaction, handle, visit.service.clock).await?;
    transaction.release();
    Ok(Purpose {
        return_to: format!("/oauth2/continue?transaction={handle}"),
        account: None,
        max_age: Some(asked.map_or(OLDEST_SECONDS, |seconds| seconds.min(OLDEST_SECONDS))),
    })
}

/// Whose account a provider is to be linked with: only its owner links it, who has shown a moment ago that it is them. Nor
/// does one provider introduce another: its organization would reach the account from elsewhere too.
async fn signed_in_lately(visit: &Visit) -> Result<AccountId, Refusal> {
    match sessions::visitor(visit).await? {
        Visitor::Owner(owner) if owner.signed_in_lately(visit) => Ok(owner.account.id),
        _ => Err(Problem::new(Kind::LinkRequired).because("link.session").into()),
    }
}

/// The provider that a field names; what is not an active one is the name of nothing.
async fn named(visit: &Visit, fields: &Fields) -> Result<Provider, Refusal> {
    let unknown = || Problem::new(Kind::NotFound).because("provider");
    let id = fields.get("provider").and_then(|id| Uuid::try_parse(id).ok()).ok_or_else(unknown)?;
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let found =
        providers::active(&mut transaction, &visit.service.keyring, ProviderId::from_uuid(id)).await?;
    transaction.release();
    Ok(found.ok_or_else(unknown)?)
}

fn ask(
    visit: &mut Visit,
    handle: Option<&str>,
    error: Option<&'static str>,
    places: &[(String, String)],
) -> Result<Reply, Refusal> {
    let csrf = visit.csrf()?;
    let providers: Vec<pages::Provider<'_>> =
        places.iter().map(|(name, href)| pages::Provider { name, href }).collect();
    let page = FindProvider {
        form: Form { csrf: &csrf, transaction: handle, error, leads_to: None },
        providers: &providers,
    };
    let status = if error.is_some() { StatusCode::NOT_FOUND } else { StatusCode::OK };
    Ok(Reply::page(status, &page)?)
}

impl From<FederationRefusal> for Refusal {
    fn from(refusal: FederationRefusal) -> Self {
        Problem::from(refusal).into()
    }
}
