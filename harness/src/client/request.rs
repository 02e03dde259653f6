//! A request, built up and sent as often as wanted.

use super::{Answer, ClientError, Target, Wire};
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{HeaderName, HeaderValue};
use serde_json::Value;
use std::{net::Ipv4Addr, sync::Arc, time::Duration};

/// How often a busy service is asked again, once a second.
const PERSISTENCE: u32 = 15;

/// A request on its way to being sent. Cloning it is cheap; sending does not consume it, because controls are sent
/// before and after the attack.
#[derive(Clone)]
pub struct Request {
    pub(super) wire: Arc<Wire>,
    pub(super) method: String,
    pub(super) target: String,
    pub(super) headers: Vec<(String, Vec<u8>)>,
    /// Fields that an honest client would add, and this one does not.
    pub(super) withheld: Vec<String>,
    pub(super) host: Option<String>,
    pub(super) body: Bytes,
    pub(super) raw: Option<Bytes>,
    pub(super) plain: bool,
    pub(super) to_operations: bool,
    pub(super) from: Option<Ipv4Addr>,
    pub(super) patience: Duration,
}

impl Request {
    pub(crate) fn new(wire: Arc<Wire>, method: &str, target: &str) -> Self {
        Self {
            wire,
            method: method.into(),
            target: target.into(),
            headers: Vec::new(),
            withheld: Vec::new(),
            host: None,
            body: Bytes::new(),
            raw: None,
            plain: false,
            to_operations: false,
            from: None,
            patience: Duration::from_secs(20),
        }
    }

    /// Bytes to be written as they are, over TLS, from one fresh connection; the answer is parsed leniently.
    pub(crate) fn raw(wire: Arc<Wire>, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let line =
            String::from_utf8_lossy(bytes.split(|b| *b == b'\n').next().unwrap_or_default()).into_owned();
        let mut words = line.split_whitespace();
        let mut request = Self::new(wire, words.next().unwrap_or("RAW"), words.next().unwrap_or("/"));
        request.raw = Some(bytes);
        request
    }

    /// Presents a bearer token instead of the actor's own (RFC 6750 §2.1).
    #[must_use]
    pub fn bearer(self, token: impl std::fmt::Display) -> Self {
        self.authorization(format!("Bearer {token}"))
    }

    /// Sets the whole `Authorization` field, replacing the actor's own.
    #[must_use]
    pub fn authorization(self, value: impl AsRef<[u8]>) -> Self {
        self.anonymous().header("authorization", value)
    }

    /// Sends no `Authorization` field.
    #[must_use]
    pub fn anonymous(self) -> Self {
        self.without("authorization")
    }

    /// Adds a header field; fields of the same name stay, and all are sent in this order.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.into(), value.as_ref().to_vec()));
        self
    }

    /// Removes every header field of that name; what an honest client would add by itself is not added either.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(existing, _)| !existing.eq_ignore_ascii_case(name));
        self.withheld.push(name.to_owned());
        self
    }

    /// Says another `Host` than the service's own; SNI stays as it is.
    #[must_use]
    pub fn host(mut self, host: &str) -> Self {
        self.host = Some(host.into());
        self
    }

    /// A JSON body with `Content-Type: application/json`.
    #[must_use]
    pub fn json(self, value: &Value) -> Self {
        self.body("application/json", value.to_string())
    }

    /// A form, as OAuth endpoints take it.
    #[must_use]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let pair = |(name, value): &(&str, &str)| format!("{}={}", escaped(name), escaped(value));
        let body: Vec<String> = fields.iter().map(pair).collect();
        self.body("application/x-www-form-urlencoded", body.join("&"))
    }

    /// Any body with any content type.
    #[must_use]
    pub fn body(mut self, content_type: &str, bytes: impl Into<Bytes>) -> Self {
        self.body = bytes.into();
        self.without("content-type").header("content-type", content_type)
    }

    /// Any body without a content type.
    #[must_use]
    pub fn untyped_body(mut self, bytes: impl Into<Bytes>) -> Self {
        self.body = bytes.into();
        self.without("content-type")
    }

    /// Leaves from this address instead of the attack's current one; see `Scene::fresh_address`.
    #[must_use]
    pub fn from(mut self, address: Ipv4Addr) -> Self {
        self.from = Some(address);
        self
    }

    /// Goes to the operations listener (health, readiness, metrics).
    #[must_use]
    pub fn to_operations(mut self) -> Self {
        self.to_operations = true;
        self
    }

    /// Skips TLS; only for raw requests, as HTTP in clear has no honest use here.
    #[must_use]
    pub fn in_clear(mut self) -> Self {
        self.plain = true;
        self
    }

    /// How long to wait for the whole answer (20 s unless told).
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Sends it, with the `Idempotency-Key` and the `If-Match` that an honest client adds.
    ///
    /// # Errors
    /// When no whole answer came.
    pub async fn send(&self) -> Result<Answer, ClientError> {
        self.wire.send(&self.completed().await?).await
    }

    /// Sends it as any honest client does: when a busy service says to come back (503 with `Retry-After`, RFC 9110
    /// §10.2.3), it comes back. A busy machine is no verdict.
    ///
    /// # Errors
    /// When no whole answer came.
    pub async fn send_patiently(&self) -> Result<Answer, ClientError> {
        let mut answer = self.send().await?;
        for _ in 0..PERSISTENCE {
            if !answer.says_come_back() {
                break;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
            answer = self.send().await?;
        }
        Ok(answer)
    }

    /// As [`Request::send_patiently`], and when it comes too often, it comes back, too: for preparations, which may be
    /// many.
    ///
    /// # Errors
    /// When no whole answer came.
    pub async fn send_leisurely(&self) -> Result<Answer, ClientError> {
        let mut answer = self.send_patiently().await?;
        for _ in 0..PERSISTENCE {
            if !answer.says_slow_down() {
                break;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
            answer = self.send_patiently().await?;
        }
        Ok(answer)
    }

    /// Sends it many times at once and returns what came, in no particular order.
    pub async fn send_together(&self, times: usize) -> Vec<Result<Answer, ClientError>> {
        futures_util::future::join_all((0..times).map(|_| self.send())).await
    }

    /// Method and path without the query.
    #[must_use]
    pub fn line(&self) -> (String, String) {
        let path = self.target.split(['?', '#']).next().unwrap_or_default();
        (self.method.clone(), path.to_owned())
    }

    /// Where it goes, without the query: `https://api.clinic.test/v1/me`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("https://{}{}", self.wire.target().host, self.line().1)
    }

    /// The same request to another process of the service.
    #[must_use]
    pub fn over(self, wire: Arc<Wire>) -> Self {
        Self { wire, ..self }
    }

    /// Method and target, for people.
    #[must_use]
    pub fn describe(&self) -> String {
        format!("{} {}", self.method, self.target.chars().take(200).collect::<String>())
    }

    pub(super) fn message(&self, target: &Target) -> Result<hyper::Request<Full<Bytes>>, ClientError> {
        let odd = |error: &dyn std::fmt::Display| ClientError::Inexpressible(error.to_string());
        let mut request = hyper::Request::new(Full::new(self.body.clone()));
        *request.method_mut() =
            self.method.parse().map_err(|error: hyper::http::method::InvalidMethod| odd(&error))?;
        *request.uri_mut() =
            self.target.parse().map_err(|error: hyper::http::uri::InvalidUri| odd(&error))?;
        let host = self.host.as_deref().unwrap_or(&target.host);
        let headers = request.headers_mut();
        headers.insert("host", HeaderValue::from_str(host).map_err(|error| odd(&error))?);
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| odd(&error))?;
            headers.append(name, HeaderValue::from_bytes(value).map_err(|error| odd(&error))?);
        }
        Ok(request)
    }
}

/// Percent-encoded but for letters, digits and what never needs it (RFC 3986 §2.3).
fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(escape).collect()
}
