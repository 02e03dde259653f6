//! The endpoints, for counting which of them were reached.

/// An endpoint of the service.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    /// The path's template: `/v1/patients/{patient}`.
    pub path: &'static str,
    /// The method.
    pub method: &'static str,
}

const fn endpoint(method: &'static str, path: &'static str) -> Endpoint {
    Endpoint { path, method }
}

/// Every endpoint of the public listener.
pub const ENDPOINTS: &[Endpoint] = &[
    endpoint("GET", "/.well-known/oauth-protected-resource"),
    endpoint("GET", "/v1/me"),
    endpoint("GET", "/v1/organizations/{organization}"),
    endpoint("GET", "/v1/organizations/{organization}/members"),
    endpoint("POST", "/v1/organizations/{organization}/members"),
    endpoint("GET", "/v1/organizations/{organization}/members/{member}"),
    endpoint("PATCH", "/v1/organizations/{organization}/members/{member}"),
    endpoint("DELETE", "/v1/organizations/{organization}/members/{member}"),
    endpoint("GET", "/v1/patients"),
    endpoint("POST", "/v1/patients"),
    endpoint("GET", "/v1/patients/{patient}"),
    endpoint("PATCH", "/v1/patients/{patient}"),
    endpoint("POST", "/v1/patients/{patient}/discharge"),
    endpoint("GET", "/v1/audit-events"),
];

/// The endpoint that a request line is for, if any.
#[must_use]
pub fn endpoint_of(method: &str, path: &str) -> Option<&'static Endpoint> {
    ENDPOINTS.iter().find(|endpoint| endpoint.method == method && fits(endpoint.path, path))
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
        assert_eq!(template("GET", "/v1/patients/7"), Some("/v1/patients/{patient}"));
        assert_eq!(template("GET", "/v1/patients"), Some("/v1/patients"));
        assert_eq!(template("PUT", "/v1/patients/7"), None);
        assert_eq!(template("GET", "/v1/patients/"), None);
        assert_eq!(template("GET", "/v1/patients/7/records"), None);
    }
}
