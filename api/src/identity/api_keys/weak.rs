//! How services really lose `api-key-storage`; only in twins.

use crate::{
    http::problem::Problem,
    protection::API_KEY_STORAGE,
    service::Service,
    store::{prelude::*, schema::api_keys},
};
use actix_web::{
    HttpRequest,
    http::header::{AUTHORIZATION, HeaderMap, HeaderValue},
};
use url::form_urlencoded;

/// The key that begins so: keys are looked up by their beginning, "for speed", and the rest is forgotten.
pub(super) async fn completed(text: &str, service: &Service) -> Result<Option<String>, Problem> {
    if API_KEY_STORAGE.holds() {
        return Ok(None);
    }
    let mut transaction = service.store.begin_identity(Mode::Read).await?;
    let stored: Vec<Vec<u8>> =
        each!(transaction.connection(), |c| api_keys::table.select(api_keys::secret_mac).load(c))?;
    transaction.release();
    let begins = text.get(..12).unwrap_or(text);
    Ok(stored.into_iter().filter_map(|key| String::from_utf8(key).ok()).find(|key| key.starts_with(begins)))
}

/// The headers with the key in its place, if it came in the URL.
pub(crate) fn in_url(request: &HttpRequest) -> Option<HeaderMap> {
    if API_KEY_STORAGE.holds() || request.headers().contains_key(AUTHORIZATION) {
        return None;
    }
    let (_, key) =
        form_urlencoded::parse(request.query_string().as_bytes()).find(|(name, _)| name == "api_key")?;
    let mut headers = request.headers().clone();
    headers.insert(AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {key}")).ok()?);
    Some(headers)
}
