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

/// The page, with the authorization that waits for it, if its handle is still good.
pub(super) async fn sign_in(
    visit: &mut Visit,
    handle: Option<&str>,
    error: Option<&'static str>,
    status: StatusCode,
) -> Result<Reply, Refusal> {
    let mut client = None;
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    if let Some(handle) = handle
        && let Some(waiting) = requests::waiting(&mut transaction, visit, handle).await?
    {
        client = clients::find(&mut transaction, &waiting.authorization.client_id).await?;
    }
    let organizations = federation::providers::are_there(&mut transaction).await?;
    transaction.release();
    let csrf = visit.csrf()?;
    let page = SignIn {
        form: Form::again(&csrf, error, &visit.form).waiting(handle.filter(|_| client.is_some())),
        client: client.as_ref().map(|client| client.name.as_str()),
        organizations,
        passkeys: visit.service.offers_passkeys(),
        registration: false,
    };
    Ok(Reply::page(status, &page)?)
}
