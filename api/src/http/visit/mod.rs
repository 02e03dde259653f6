//! Requests of callers without an access token: browsers at the sign-in pages, and OAuth clients.
//!
//! They come in by forms and cookies, which nothing under `/v1` takes. `way` leads them from the row to the handler; a
//! handler gets a [`Visit`] and answers with a [`Reply`].

mod advice;
mod cookie;
mod fields;
mod origin;
mod refusal;
mod reply;
mod way;

pub(super) use advice::is_for_people;
pub use cookie::Cookie;
pub use fields::{Field, Fields};
pub(super) use fields::{Form, LONGEST_NAME, MOST, UNKNOWN};
pub use refusal::{OAuthError, Refusal};
pub(super) use reply::Finished;
pub(crate) use reply::Framed;
pub use reply::Reply;
pub(super) use way::visited;

use super::client::RequestFacts;
use crate::{
    audit::{Actor, Event, EventName, Outcome, Reason},
    identity::secret::Secret256,
    service::Service,
};
use actix_web::http::header::HeaderMap;
use std::{rc::Rc, sync::Arc};

/// How an endpoint talks to its callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// HTML for people. Its POSTs are taken from its own pages only.
    Page,
    /// HTML for people whom a client sends here, by a link or by a form of its own. Such a form changes nothing: the handler
    /// asks [`Visit::is_own_form`] before it does what only our own page may ask for.
    FrontChannel,
    /// Forms in, JSON out (RFC 6749); refusals are the error objects of RFC 6749 §5.2.
    OAuth,
}

impl Style {
    /// Whether people read the answers.
    #[must_use]
    pub const fn is_for_people(self) -> bool {
        matches!(self, Self::Page | Self::FrontChannel)
    }
}

/// One visit.
pub struct Visit {
    /// The service.
    pub service: Arc<Service>,
    /// What is known of the request.
    pub facts: Rc<RequestFacts>,
    /// The parameters of the URL.
    pub query: Fields,
    /// The form in the body; empty for GET.
    pub form: Fields,
    headers: HeaderMap,
    operation: &'static str,
    browser: Browser,
    own_form: bool,
}

/// The browser, as far as its cookie tells: forms are tied to it, so that nobody can submit them from elsewhere.
enum Browser {
    /// It brought its cookie.
    Known(String),
    /// It gets one with this answer, because a form was made for it.
    New(Secret256),
    /// Neither.
    Unknown,
}

impl Visit {
    /// The value of a cookie, if exactly one of that name came. A second one was planted from a sibling host.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        cookie::sole(&self.headers, name)
    }

    /// A request header field, if exactly one came and it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name);
        let (Some(value), None) = (values.next(), values.next()) else { return None };
        value.to_str().ok()
    }

    /// All header fields, for what must be sure that there is only one of a kind.
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The token that a form on this visit's page must carry.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn csrf(&mut self) -> Result<String, super::problem::Problem> {
        self.recognisable()?;
        Ok(origin::token(&self.service.keyring, self.browser.secret()))
    }

    /// What identifies the browser from now on: one that did not bring its cookie gets one with this answer.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn recognisable(&mut self) -> Result<&str, super::problem::Problem> {
        if matches!(self.browser, Browser::Unknown) {
            self.browser = Browser::New(Secret256::random()?);
        }
        Ok(self.browser.secret())
    }

    /// Whether the form was sent by a page of ours, in this very browser. Elsewhere than at a front channel every form is.
    #[must_use]
    pub const fn is_own_form(&self) -> bool {
        self.own_form
    }

    /// Sends the browser here again by GET, with these fields of its form.
    #[must_use]
    pub fn again_by_get(&self, path: &str, fields: &[Field]) -> Reply {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let asked = |name: &str| fields.iter().any(|field| field.is(name));
        query.extend_pairs(self.form.iter().filter(|(name, _)| asked(name)));
        let query = query.finish();
        Reply::see_other(&if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") })
    }

    /// What identifies the browser itself, whoever signs in with it.
    #[must_use]
    pub fn browser(&self) -> &str {
        self.browser.secret()
    }

    /// An event of this visit, for the audit log.
    #[must_use]
    pub fn event(&self, event: EventName, outcome: Outcome, reason: Option<Reason>) -> Event {
        Event {
            organization: self.facts.organization.get(),
            event,
            outcome,
            reason,
            operation: self.operation,
            actor: Actor::default(),
            object_type: None,
            objects: Vec::new(),
            source_address: self.facts.address,
            request: self.facts.id,
            client_request: self.facts.client_id.clone(),
        }
    }
}

impl Browser {
    fn secret(&self) -> &str {
        match self {
            Self::Known(secret) => secret,
            Self::New(secret) => secret.as_str(),
            Self::Unknown => "",
        }
    }
}
