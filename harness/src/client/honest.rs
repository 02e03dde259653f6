//! What every honest client adds to a request of its own accord: a fresh `Idempotency-Key` where the service does things
//! once, and in `If-Match` the tag of what it sees now. Attacks take them away by `.without(…)` or set their own.

use super::{Answer, ClientError, Request};
use crate::matrix::{Endpoint, endpoint_of};
use uuid::Uuid;

/// Said about an object that is not shown: there is nothing to match.
const NOTHING_SEEN: &str = "\"nothing-seen\"";

impl Request {
    /// The request with what an honest client adds.
    pub(super) async fn completed(&self) -> Result<Self, ClientError> {
        let (method, path) = self.line();
        let mut request = self.clone();
        let Some(endpoint) = endpoint_of(&method, &path).filter(|_| self.raw.is_none()) else {
            return Ok(request);
        };
        if endpoint.once && self.leaves_open("idempotency-key") {
            request = request.header("idempotency-key", Uuid::new_v4().to_string());
        }
        if endpoint.conditional && self.leaves_open("if-match") {
            let seen = request.object(endpoint).look().await?;
            request = request.header("if-match", seen.header("etag").unwrap_or(NOTHING_SEEN));
        }
        Ok(request)
    }

    /// Whether the attack says nothing of this field: it neither sets nor withholds it.
    fn leaves_open(&self, name: &str) -> bool {
        let is = |other: &str| other.eq_ignore_ascii_case(name);
        !self.headers.iter().any(|(given, _)| is(given)) && !self.withheld.iter().any(|given| is(given))
    }

    /// The same caller looking at the object that this request changes: what the path names last.
    fn object(&self, endpoint: &Endpoint) -> Self {
        let parts = endpoint.path.split('/').collect::<Vec<_>>();
        let length = parts.iter().rposition(|part| part.starts_with('{')).map_or(parts.len(), |at| at + 1);
        let target = self.line().1.split('/').take(length).collect::<Vec<_>>().join("/");
        let looking = Self { method: "GET".into(), target, ..self.clone() };
        looking.untyped_body("").without("idempotency-key")
    }

    async fn look(&self) -> Result<Answer, ClientError> {
        self.wire.send(self).await
    }
}
