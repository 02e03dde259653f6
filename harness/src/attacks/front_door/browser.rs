//! A browser, as far as the sign-in pages need one: cookies, forms, redirections that it can follow.

use crate::{
    client::{Answer, ClientError, Request, Wire},
    verdict::AttackError,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};
use url::form_urlencoded;

/// A browser with a cookie jar. Clones share the jar.
#[derive(Clone)]
pub struct Browser {
    wire: Arc<Wire>,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Browser {
    pub(super) fn new(wire: Arc<Wire>) -> Self {
        Self { wire, cookies: Arc::default() }
    }

    /// A request for a page, with the cookies that the browser has.
    #[must_use]
    pub fn get(&self, target: &str) -> Request {
        self.with_cookies(Request::new(self.wire.clone(), "GET", target))
    }

    /// A form as a page of the service sends it.
    #[must_use]
    pub fn post(&self, target: &str, fields: &[(&str, &str)]) -> Request {
        let origin = format!("https://{}", self.wire.target().host);
        let request = Request::new(self.wire.clone(), "POST", target)
            .header("origin", origin)
            .header("sec-fetch-site", "same-origin");
        self.with_cookies(request).body("application/x-www-form-urlencoded", form(fields))
    }

    /// Sends a request, again when a busy service says to come back, and keeps the cookies of the answer.
    ///
    /// # Errors
    /// When no whole answer came.
    pub async fn send(&self, request: &Request) -> Result<Answer, ClientError> {
        let answer = request.send_patiently().await?;
        let mut jar = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        for cookie in answer.header_all("set-cookie") {
            let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
            let Some((name, value)) = pair.split_once('=') else { continue };
            if attributes.contains("Max-Age=0") {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
        drop(jar);
        Ok(answer)
    }

    /// Opens a page and answers the token of its form.
    ///
    /// # Errors
    /// When there is no form.
    pub async fn form_of(&self, target: &str) -> Result<String, AttackError> {
        let page = self.send(&self.get(target)).await?;
        hidden(&page, "csrf")
            .ok_or_else(|| AttackError::Setup(format!("{target} answered {} without a form", page.summary())))
    }

    /// The value of a cookie.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// Puts a cookie into the jar: a stolen one, or one that somebody planted.
    pub fn plant(&self, name: &str, value: &str) {
        let mut jar = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        jar.insert(name.to_owned(), value.to_owned());
    }

    fn with_cookies(&self, request: Request) -> Request {
        let jar = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        if jar.is_empty() {
            return request;
        }
        let line: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request.header("cookie", line.join("; "))
    }
}

/// Fields as a form sends them.
#[must_use]
pub(super) fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// The value of a hidden field in a page.
#[must_use]
pub(in crate::attacks) fn hidden(page: &Answer, name: &str) -> Option<String> {
    let text = page.text();
    let field = text.split("<input ").find(|input| input.contains(&format!("name=\"{name}\"")))?;
    let (_, value) = field.split_once("value=\"")?;
    value.split_once('"').map(|(value, _)| value.to_owned())
}
