//! The token brings its key, or says where it is.

use super::{algorithm::ED25519_DER, issuer::anybodys};
use crate::identity::{TokenRefusal, jwks::Key, token::Unverified};
use base64::{Engine, engine::general_purpose::STANDARD};
use diesel::{
    Connection, QueryableByName, RunQueryDsl, SqliteConnection, connection::SimpleConnection, sql_types::Text,
};
use jsonwebtoken::{Algorithm, DecodingKey, jwk::Jwk};
use serde_json::Value;
use std::{path::Path, sync::Arc, time::Duration};

/// The key that the header names: in itself (`jwk`, CVE-2018-0114, or `x5c`), at an address (`jku`), in a table or a folder
/// (`kid`), or in one map for the keys of all issuers.
pub(crate) async fn named_by_the_token(token: &Unverified<'_>) -> Result<Arc<Key>, TokenRefusal> {
    let header = serde_json::from_slice(&token.segments.header).unwrap_or_default();
    match brought(token, &header).await.or_else(|| anybodys(token)) {
        Some(key) => Ok(key),
        None => token.key_of_issuer().await,
    }
}

async fn brought(token: &Unverified<'_>, header: &Value) -> Option<Arc<Key>> {
    if let Some(jwk) = header.get("jwk") {
        return key(jwk);
    }
    if let Some(chain) = header.get("x5c") {
        return certified(chain);
    }
    if let Some(address) = header.get("jku").and_then(Value::as_str) {
        let document = fetch(address).await?;
        return document.get("keys")?.as_array()?.iter().find_map(key);
    }
    let kid = token.kid()?;
    if token.header.alg.starts_with("HS") { file(kid) } else { stored(kid) }
}

/// The file of that name in the folder of keys: a `kid` is joined to a path as it came.
fn file(kid: &str) -> Option<Arc<Key>> {
    let secret = std::fs::read(Path::new("/etc/brigandine/keys").join(kid)).ok()?;
    Some(Arc::new(Key { algorithm: Algorithm::HS256, decoding: DecodingKey::from_secret(&secret) }))
}

fn key(jwk: &Value) -> Option<Arc<Key>> {
    let jwk: Jwk = serde_json::from_value(jwk.clone()).ok()?;
    let decoding = DecodingKey::from_jwk(&jwk).ok()?;
    Some(Arc::new(Key { algorithm: Algorithm::EdDSA, decoding }))
}

/// The Ed25519 key in the first certificate, whoever issued that.
fn certified(chain: &Value) -> Option<Arc<Key>> {
    let der = STANDARD.decode(chain.get(0)?.as_str()?).ok()?;
    let at = der.windows(ED25519_DER.len()).position(|window| window == ED25519_DER)? + ED25519_DER.len();
    let decoding = DecodingKey::from_ed_der(der.get(at..at.saturating_add(32))?);
    Some(Arc::new(Key { algorithm: Algorithm::EdDSA, decoding }))
}

async fn fetch(address: &str) -> Option<Value> {
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(2))
        .tls_danger_accept_invalid_certs(true)
        .build()
        .ok()?;
    let answer = client.get(address).send().await.ok()?;
    serde_json::from_slice(&answer.bytes().await.ok()?).ok()
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    x: String,
}

/// The key of that name in a table of keys, by a statement put together from text.
fn stored(kid: &str) -> Option<Arc<Key>> {
    let mut connection = SqliteConnection::establish(":memory:").ok()?;
    connection.batch_execute("CREATE TABLE signing_keys (kid TEXT NOT NULL, x TEXT NOT NULL)").ok()?;
    let statement = format!("SELECT x FROM signing_keys WHERE kid = '{kid}'");
    let rows: Vec<Row> = diesel::sql_query(statement).load(&mut connection).ok()?;
    let decoding = DecodingKey::from_ed_components(&rows.first()?.x).ok()?;
    Some(Arc::new(Key { algorithm: Algorithm::EdDSA, decoding }))
}
