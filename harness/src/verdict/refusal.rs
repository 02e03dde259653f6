//! A refusal by the right mechanism: exact status, problem type, header fields, and the audit event with its reason.

use crate::client::Answer;
use std::sync::Arc;

type Judge = Arc<dyn Fn(&Answer) -> bool + Send + Sync>;

#[derive(Clone)]
pub(super) enum HeaderRule {
    Is(Vec<String>),
    Has(String),
    Absent,
}

/// How the service must say no. Start from one of the constructors, narrow with the methods.
#[derive(Clone)]
pub struct Refusal {
    pub(super) status: u16,
    pub(super) slug: Option<String>,
    pub(super) oauth_error: Option<String>,
    pub(super) headers: Vec<(String, HeaderRule)>,
    pub(super) pointer: Option<String>,
    pub(super) audit: Option<(String, Option<String>)>,
    pub(super) hang_up: bool,
    pub(super) breach: Option<Judge>,
}

impl Refusal {
    /// Any problem of the catalogue: `Refusal::problem(415, "unsupported-media-type")`.
    #[must_use]
    pub fn problem(status: u16, slug: &str) -> Self {
        Self {
            status,
            slug: Some(slug.into()),
            oauth_error: None,
            headers: Vec::new(),
            pointer: None,
            audit: None,
            hang_up: false,
            breach: None,
        }
    }

    /// An answer with this status that is no problem document: what the HTTP library says before the service is asked.
    #[must_use]
    pub fn bare(status: u16) -> Self {
        Self { slug: None, ..Self::problem(status, "") }
    }

    /// The error object of RFC 6749 §5.2, as the OAuth endpoints say no.
    #[must_use]
    pub fn oauth(status: u16, error: &str) -> Self {
        Self { oauth_error: Some(error.into()), ..Self::bare(status) }
            .header("content-type", "application/json")
    }

    /// A page that says no to a person, and leads nowhere.
    #[must_use]
    pub fn page(status: u16) -> Self {
        Self::bare(status)
            .header("content-type", "text/html; charset=utf-8")
            .header_absent("location")
            .header_absent("refresh")
    }

    /// A redirection back to the client that carries an error in place of a code (RFC 6749 §4.1.2.1).
    #[must_use]
    pub fn redirected(error: &str) -> Self {
        Self::bare(303)
            .header_has("location", &format!("error={error}"))
            .breach_if(|answer| answer.leads_to().is_some_and(|to| to.contains("code=")))
    }

    /// No HTTP answer at all: the connection is refused or closed.
    #[must_use]
    pub fn hang_up() -> Self {
        Self { hang_up: true, ..Self::bare(0) }
    }

    /// 401: no credential was sent (RFC 6750 §3.1: no `error` parameter).
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::problem(401, "unauthenticated")
            .header_exact("www-authenticate", &[r#"Bearer realm="clinic""#, r#"DPoP algs="EdDSA ES256""#])
            .audit("authn_token_reject", "token.missing")
    }

    /// 401: the credential is no good; the reason goes to the audit row only.
    #[must_use]
    pub fn invalid_token(reason: &str) -> Self {
        Self::problem(401, "invalid-token")
            .header("www-authenticate", r#"Bearer realm="clinic", error="invalid_token""#)
            .audit("authn_token_reject", reason)
    }

    /// 403: the token lacks this scope (RFC 6750 §3.1).
    #[must_use]
    pub fn insufficient_scope(scope: &str) -> Self {
        Self::problem(403, "insufficient-scope")
            .header_has("www-authenticate", r#"error="insufficient_scope""#)
            .header_has("www-authenticate", &format!("scope=\"{scope}\""))
            .audit("authz_fail", "scope")
    }

    /// 403: the role lacks the permission.
    #[must_use]
    pub fn forbidden() -> Self {
        Self::problem(403, "forbidden").audit("authz_fail", "role")
    }

    /// 404 for an object that exists but is none of the caller's; `reason` is `object` or `organization`.
    #[must_use]
    pub fn hidden(reason: &str) -> Self {
        Self::absent().audit("authz_fail", reason)
    }

    /// 404 for an object that does not exist.
    #[must_use]
    pub fn absent() -> Self {
        Self::problem(404, "not-found")
    }

    /// 422 with an error at this JSON pointer.
    #[must_use]
    pub fn invalid(slug: &str, pointer: &str) -> Self {
        let refusal = Self::problem(422, slug).audit("input_validation_fail", slug);
        Self { pointer: Some(pointer.into()), ..refusal }
    }

    /// Demands this value of a header field.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        self.header_exact(name, &[value])
    }

    /// Demands exactly these values of a header field, in this order.
    #[must_use]
    pub fn header_exact(self, name: &str, values: &[&str]) -> Self {
        self.rule(name, HeaderRule::Is(values.iter().map(|value| (*value).to_owned()).collect()))
    }

    /// Demands that a header field is there and contains this.
    #[must_use]
    pub fn header_has(self, name: &str, part: &str) -> Self {
        self.rule(name, HeaderRule::Has(part.into()))
    }

    /// Demands that a header field is not there.
    #[must_use]
    pub fn header_absent(self, name: &str) -> Self {
        self.rule(name, HeaderRule::Absent)
    }

    /// Demands this audit event with this reason.
    #[must_use]
    pub fn audit(mut self, event: &str, reason: &str) -> Self {
        self.audit = Some((event.into(), Some(reason.into())));
        self
    }

    /// Demands this audit event, whatever its reason.
    #[must_use]
    pub fn audit_event(mut self, event: &str) -> Self {
        self.audit = Some((event.into(), None));
        self
    }

    /// Demands no audit event: for refusals that leave none.
    #[must_use]
    pub fn unaudited(mut self) -> Self {
        self.audit = None;
        self
    }

    /// The status. Where it is not the one that tells to come back, such an answer is no verdict, and it is asked again.
    pub(super) fn status(&self) -> u16 {
        self.status
    }

    /// Counts further answers as the attack's success, besides every 2xx: a canary in a 422, a 500 where 503 is due.
    #[must_use]
    pub fn breach_if(mut self, judge: impl Fn(&Answer) -> bool + Send + Sync + 'static) -> Self {
        self.breach = Some(Arc::new(judge));
        self
    }

    fn rule(mut self, name: &str, rule: HeaderRule) -> Self {
        self.headers.push((name.into(), rule));
        self
    }

    /// What this refusal looks like, for people.
    #[must_use]
    pub fn describe(&self) -> String {
        if self.hang_up {
            return "no answer".into();
        }
        match self.slug.as_ref().or(self.oauth_error.as_ref()) {
            Some(name) => format!("{} {name}", self.status),
            None => self.status.to_string(),
        }
    }

    pub(super) fn is_breached_by(&self, answer: &Answer) -> bool {
        answer.succeeded() || self.breach.as_ref().is_some_and(|judge| judge(answer))
    }

    /// What about the answer is not this refusal, the audit row aside; `None` when it is.
    pub(super) fn mismatch(&self, answer: &Answer) -> Option<String> {
        let seen = answer.summary();
        if self.hang_up || answer.status != self.status || (self.slug.is_some() && answer.slug() != self.slug)
        {
            return Some(format!("expected {}, got {seen}", self.describe()));
        }
        if self.oauth_error.is_some() && answer.string("/error") != self.oauth_error {
            let got = answer.string("/error").unwrap_or_default();
            return Some(format!("expected {}, got {seen} {got}", self.describe()));
        }
        for (name, rule) in &self.headers {
            let values = answer.header_all(name);
            let fits = match rule {
                HeaderRule::Is(wanted) => values == *wanted,
                HeaderRule::Has(part) => values.iter().any(|value| value.contains(part.as_str())),
                HeaderRule::Absent => values.is_empty(),
            };
            if !fits {
                return Some(format!("{seen} carries {name}: {values:?}"));
            }
        }
        let pointer = self.pointer.as_ref()?;
        let errors = answer.json();
        let pointers = errors.get("errors").and_then(serde_json::Value::as_array).into_iter().flatten();
        let named = pointers.filter_map(|e| e.get("pointer")?.as_str()).any(|p| p == pointer);
        (!named).then(|| format!("{seen} does not name {pointer}"))
    }
}
