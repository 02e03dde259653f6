//! As much of a browser as the attacks of foreign pages need: Fetch's CORS protocol.

use crate::attacks::prelude::*;

/// Methods and content types that a page may send to a foreign origin without asking (Fetch §2.2.1, §2.2.2).
const SIMPLE_METHODS: [&str; 3] = ["GET", "HEAD", "POST"];
const SIMPLE_TYPES: [&str; 3] = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"];

/// A page in somebody's browser.
pub(super) struct Page {
    pub(super) origin: &'static str,
}

/// What the page's script sees of a fetch.
pub(super) enum Seen {
    /// The answer, and that the browser let the script read it.
    Readable(Answer),
    /// The request was made, but the script gets an error.
    Opaque(Answer),
    /// The preflight failed: the request was never made.
    NotSent(Answer),
}

impl Page {
    /// `fetch(target, {method, headers})`, sent by `sender`'s browser.
    pub(super) async fn fetch(
        &self,
        sender: &impl Sends,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Seen, ClientError> {
        let unsafe_names: Vec<String> = headers
            .iter()
            .filter(|(name, value)| !is_simple(name, value))
            .map(|(name, _)| name.to_ascii_lowercase())
            .collect();
        if !SIMPLE_METHODS.contains(&method) || !unsafe_names.is_empty() {
            let mut preflight = sender
                .options(target)
                .anonymous()
                .header("origin", self.origin)
                .header("access-control-request-method", method);
            if !unsafe_names.is_empty() {
                preflight = preflight.header("access-control-request-headers", unsafe_names.join(","));
            }
            let answer = preflight.send().await?;
            if !(answer.succeeded() && self.may_read(&answer) && permits(&answer, method, &unsafe_names)) {
                return Ok(Seen::NotSent(answer));
            }
        }
        let mut request = sender.request(method, target).anonymous().header("origin", self.origin);
        request = request.untyped_body(body.to_owned());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer = request.send().await?;
        Ok(if self.may_read(&answer) { Seen::Readable(answer) } else { Seen::Opaque(answer) })
    }

    /// The CORS check (Fetch §4.9) for a request without credentials mode.
    pub(super) fn may_read(&self, answer: &Answer) -> bool {
        let allowed = answer.header_all("access-control-allow-origin");
        allowed == ["*"] || allowed == [self.origin]
    }
}

fn is_simple(name: &str, value: &str) -> bool {
    match name.to_ascii_lowercase().as_str() {
        "accept" | "accept-language" | "content-language" => true,
        "content-type" => SIMPLE_TYPES.iter().any(|simple| value.starts_with(simple)),
        _ => false,
    }
}

fn permits(answer: &Answer, method: &str, headers: &[String]) -> bool {
    let methods = list(answer, "access-control-allow-methods");
    let allowed = list(answer, "access-control-allow-headers");
    (SIMPLE_METHODS.contains(&method)
        || methods.iter().any(|one| one.eq_ignore_ascii_case(method) || one == "*"))
        && headers.iter().all(|name| {
            allowed.contains(name) || (name != "authorization" && allowed.iter().any(|one| one == "*"))
        })
}

/// The comma-separated members of a field, in lower case and sorted.
pub(super) fn list(answer: &Answer, name: &str) -> Vec<String> {
    let mut members: Vec<String> = answer
        .header_all(name)
        .iter()
        .flat_map(|value| value.split(','))
        .map(|member| member.trim().to_ascii_lowercase())
        .filter(|member| !member.is_empty())
        .collect();
    members.sort();
    members
}

/// Every `Access-Control-…` field of an answer: there must be none for foreign origins.
pub(super) fn cors_fields(answer: &Answer) -> Vec<String> {
    let fields = answer.headers.iter().filter(|(name, _)| name.starts_with("access-control-"));
    fields.map(|(name, value)| format!("{name}: {value}")).collect()
}
