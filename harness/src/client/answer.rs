//! What came back.

use serde_json::Value;
use std::time::Duration;
use uuid::Uuid;

/// The TLS session an answer came through.
#[derive(Clone, Debug, Default)]
pub struct Peer {
    /// `TLSv1_3`; empty over plain TCP.
    pub version: String,
    /// `X25519MLKEM768`.
    pub group: String,
    /// `TLS13_AES_256_GCM_SHA384`.
    pub suite: String,
    /// What ALPN agreed on: `http/1.1`; empty where it agreed on nothing.
    pub protocol: String,
    /// The server's certificates in DER, leaf first.
    pub certificates: Vec<Vec<u8>>,
}

/// A whole HTTP answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Header fields in the order received, names in lower case, duplicates kept.
    pub headers: Vec<(String, String)>,
    /// The body's bytes, transfer coding removed.
    pub body: Vec<u8>,
    /// Bytes that came after the answer on a raw connection: the start of a second answer, if any.
    pub rest: Vec<u8>,
    /// From the first byte sent to the last byte received.
    pub elapsed: Duration,
    /// The TLS session.
    pub peer: Peer,
}

impl Answer {
    /// Whether a busy service says to come back.
    #[must_use]
    pub fn says_come_back(&self) -> bool {
        self.status == 503 && self.header("retry-after").is_some()
    }

    /// Whether the caller asks more often than it may, and is told to come back in some seconds.
    #[must_use]
    pub fn says_slow_down(&self) -> bool {
        let soon = self.header("retry-after").and_then(|seconds| seconds.parse::<u8>().ok());
        self.slug().as_deref() == Some("quota-exceeded") && soon.is_some_and(|seconds| seconds <= 5)
    }

    /// The first value of a header field; the name's case does not matter.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Every value of a header field.
    #[must_use]
    pub fn header_all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str()).collect()
    }

    /// Where the browser goes next by itself: by a redirection, or by a page that sends it on (`Refresh`).
    #[must_use]
    pub fn leads_to(&self) -> Option<&str> {
        self.header("location").or_else(|| self.header("refresh")?.strip_prefix("0;url="))
    }

    /// The body as JSON; `Null` when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The body as text, with replacement characters where it is no UTF-8.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A string in the JSON body, by JSON pointer: `answer.string("/id")`.
    #[must_use]
    pub fn string(&self, pointer: &str) -> Option<String> {
        self.json().pointer(pointer).and_then(Value::as_str).map(str::to_owned)
    }

    /// The identifier at a JSON pointer.
    #[must_use]
    pub fn uuid(&self, pointer: &str) -> Option<Uuid> {
        self.string(pointer).and_then(|text| Uuid::parse_str(&text).ok())
    }

    /// The last segment of the problem's `type` (RFC 9457); `None` when the body is no problem document.
    #[must_use]
    pub fn slug(&self) -> Option<String> {
        if self.header("content-type") != Some("application/problem+json") {
            return None;
        }
        let kind = self.string("/type")?;
        kind.rsplit_once("/problems/").map(|(_, slug)| slug.to_owned())
    }

    /// The request id: from the problem's `instance`, else from the `X-Request-Id` field.
    #[must_use]
    pub fn request_id(&self) -> Option<Uuid> {
        let instance =
            self.string("/instance").and_then(|i| Uuid::parse_str(i.strip_prefix("urn:uuid:")?).ok());
        instance.or_else(|| self.header("x-request-id").and_then(|id| Uuid::parse_str(id).ok()))
    }

    /// Whether the service did what was asked: any 2xx.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether any byte of the answer, header or body, contains the text: for canaries.
    #[must_use]
    pub fn mentions(&self, text: &str) -> bool {
        self.headers.iter().any(|(name, value)| name.contains(text) || value.contains(text))
            || self.text().contains(text)
    }

    /// The answer with everything removed that may honestly differ between two equal refusals: request ids, dates
    /// and rate-limit counters. Two refusals that leak nothing have equal essences.
    #[must_use]
    pub fn essence(&self) -> String {
        let own = self.request_id().map(|id| id.to_string()).unwrap_or_default();
        let mut headers: Vec<String> = self
            .headers
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "date" | "ratelimit" | "x-request-id"))
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        headers.sort();
        let text = format!("{}\n{}\n\n{}", self.status, headers.join("\n"), self.text());
        if own.is_empty() { text } else { text.replace(&own, "<request id>") }
    }

    /// One line for people: `401 invalid-token`.
    #[must_use]
    pub fn summary(&self) -> String {
        self.slug().map_or_else(|| self.status.to_string(), |slug| format!("{} {slug}", self.status))
    }
}
