//! The sign-in page, for whatever waits behind it.

use super::requests;
use crate::{
    http::visit::{Refusal, Reply, Visit},
    identity::{
        federation,
        pages::{Form, SignIn},
        provider::clients,
    },
    store::prelude::*,
};
use actix_web::http::StatusCode;
use url::Url;

/// Where the forms of a sign-in may lead to in the end: without it, Chromium stops the redirection to the client.
pub(super) async fn destination(visit: &Visit, handle: Option<&str>) -> Result<Option<Url>, Refusal> {
    let Some(handle) = handle else { return Ok(None) };
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let waiting = requests::waiting(&mut transaction, handle, visit.service.clock).await?;
    transaction.release();
    Ok(waiting.and_then(|waiting| Url::parse(&waiting.authorization.redirect_uri).ok()))
}

/// The page, with the authorization that waits for it, if its handle is still good.
pub(super) async fn sign_in(
    visit: &mut Visit,
    handle: Option<&str>,
    error: Option<&'static str>,
    status: StatusCode,
) -> Result<Reply, Refusal> {
    let mut client = None;
    let mut leads_to = None;
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    if let Some(handle) = handle
        && let Some(waiting) = requests::waiting(&mut transaction, handle, visit.service.clock).await?
    {
        leads_to = Url::parse(&waiting.authorization.redirect_uri).ok();
        client = clients::find(&mut transaction, &waiting.authorization.client_id).await?;
    }
    let organizations = federation::providers::are_there(&mut transaction).await?;
    transaction.release();
    let csrf = visit.csrf()?;
    let page = SignIn {
        form: Form {
            csrf: &csrf,
            transaction: handle.filter(|_| client.is_some()),
            error,
            leads_to: leads_to.as_ref(),
        },
        client: client.as_ref().map(|client| client.name.as_str()),
        organizations,
        passkeys: visit.service.offers_passkeys(),
        registration: false,
    };
    Ok(Reply::page(status, &page)?)
}
