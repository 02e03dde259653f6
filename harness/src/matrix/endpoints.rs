//! The endpoints, read from the service's own table of contents.

use std::{collections::HashSet, sync::LazyLock};

/// An endpoint of the service's public listener.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    /// The path's template: `/v1/patients/{patient}`.
    pub path: &'static str,
    /// Its name: `showPatient`.
    pub operation: &'static str,
    /// What kind of thing its audit rule is about; `None` where it leaves nothing in the audit log.
    pub audited: Option<&'static str>,
    /// The method.
    pub method: String,
    /// Whether it demands an `Idempotency-Key`.
    pub once: bool,
    /// Whether it demands `If-Match`.
    pub conditional: bool,
    /// The largest body, in bytes; 0 where there is none.
    pub body_limit: usize,
    /// Whether the caller must have shown two factors a moment ago.
    pub sensitive: bool,
    /// The roles that may call it; none where nobody shows a token.
    pub roles: Vec<&'static str>,
    /// Whether it was deprecated, and its last day is over.
    pub over: bool,
    /// Whether a domain serves it, and not the platform.
    pub of_domain: bool,
}

static ENDPOINTS: LazyLock<Vec<Endpoint>> = LazyLock::new(|| {
    let rows = brigandine_api::endpoints::all();
    let of_domains: HashSet<&str> =
        brigandine_api::endpoints::of_domains().iter().map(|row| row.operation).collect();
    let endpoint = |row: &brigandine_api::http::endpoint::Endpoint| Endpoint {
        path: row.path,
        operation: row.operation,
        audited: row.audit.map(|rule| rule.object_type),
        method: row.method.to_string(),
        once: row.once,
        conditional: row.is_conditional(),
        body_limit: row.body_limit,
        sensitive: row.is_sensitive(),
        roles: row.roles().into_iter().map(brigandine_api::access::Role::name).collect(),
        of_domain: of_domains.contains(row.operation),
        over: row.deprecation.is_some_and(|it| it.sunset().timestamp() <= crate::clock::unix_seconds()),
    };
    rows.iter().map(endpoint).collect()
});

/// Every endpoint.
#[must_use]
pub fn endpoints() -> &'static [Endpoint] {
    &ENDPOINTS
}

/// Whether the example domain is served. A service of one's own has thrown it away.
#[must_use]
pub fn has_clinic() -> bool {
    endpoints().iter().any(|endpoint| endpoint.path == "/v1/patients")
}

/// The endpoint that a request line is for, if any.
#[must_use]
pub fn endpoint_of(method: &str, path: &str) -> Option<&'static Endpoint> {
    endpoints().iter().find(|endpoint| endpoint.method == method && fits(endpoint.path, path))
}

fn fits(template: &str, path: &str) -> bool {
    let mut parts = path.split('/');
    let fits = template.split('/').all(|wanted| {
        parts.next().is_some_and(|part| part == wanted || (wanted.starts_with('{') && !part.is_empty()))
    });
    fits && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::endpoint_of;

    #[test]
    fn a_path_finds_its_template() {
        let template = |method, path| endpoint_of(method, path).map(|endpoint| endpoint.path);
        assert_eq!(template("GET", "/v1/webhooks/7"), Some("/v1/webhooks/{webhook}"));
        assert_eq!(template("GET", "/v1/webhooks"), Some("/v1/webhooks"));
        assert_eq!(template("PUT", "/v1/webhooks/7"), None);
        assert_eq!(template("GET", "/v1/webhooks/"), None);
        assert_eq!(template("GET", "/v1/webhooks/7/nothing"), None);
    }
}
