//! The way to a provider: `/signin/with`, `/signin/find`.

use super::{
    FederationRefusal, domains,
    providers::{self, Provider, ProviderId},
    transactions::{self, OLDEST_SIGN_IN, Purpose},
};
use crate::{
    audit::Reason,
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
        form: Form { csrf: &csrf, ..Form::default() }.waiting(handle.as_deref()),
        destination: &pages::destination(&known.metadata.authorization_endpoint),
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
        if let Some(organization) = domains::owner(&mut transaction, email.domain()).await? {
            found = providers::active_of(&mut transaction, organization).await?;
        }
        transaction.release();
    }
    let waiting = provider::sign_in::onward("", handle.as_deref()).replacen('?', "&", 1);
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
    Ok(Reply::onward(address.as_str())?)
}

async fn purpose(visit: &Visit) -> Result<Purpose, Refusal> {
    if visit.form.get("link").is_some() {
        let account = signed_in_lately(visit).await?;
        return Ok(Purpose {
            return_to: "/account".into(),
            account: Some(account),
            max_age: Some(OLDEST_SIGN_IN),
        });
    }
    let Some(handle) = visit.form.get("transaction") else {
        return Ok(Purpose { return_to: "/account".into(), account: None, max_age: None });
    };
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let asked = provider::freshness(&mut transaction, visit, handle).await?;
    transaction.release();
    Ok(Purpose {
        return_to: provider::sign_in::onward("/oauth2/continue", Some(handle)),
        account: None,
        max_age: asked.map(|seconds| seconds.min(OLDEST_SIGN_IN)),
    })
}

/// Whose account a provider is to be linked with: only its owner links it, who has shown a moment ago that it is them. Nor
/// does one provider introduce another: its organization would reach the account from elsewhere too.
async fn signed_in_lately(visit: &Visit) -> Result<AccountId, Refusal> {
    match sessions::visitor(visit).await? {
        Visitor::Owner(owner) if owner.signed_in_lately(visit) => Ok(owner.account.id),
        _ => Err(Problem::new(Kind::LinkRequired).because(Reason::LINK_SESSION).into()),
    }
}

/// The provider that a field names; what is not an active one is the name of nothing.
async fn named(visit: &Visit, fields: &Fields) -> Result<Provider, Refusal> {
    let unknown = || Problem::new(Kind::NotFound).because(Reason::PROVIDER);
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
    let page =
        FindProvider { form: Form::again(&csrf, error, &visit.form).waiting(handle), providers: &providers };
    let status = if error.is_some() { StatusCode::NOT_FOUND } else { StatusCode::OK };
    Ok(Reply::page(status, &page)?)
}

impl From<FederationRefusal> for Refusal {
    fn from(refusal: FederationRefusal) -> Self {
        Problem::from(refusal).into()
    }
}
