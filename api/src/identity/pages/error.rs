//! A page for what went wrong.

use super::{Link, Nonce, Page, SERVICE};
use crate::ids::RequestId;
use askama::Template;

/// Says what went wrong in a fixed sentence, and under which id the log knows more.
#[derive(Template)]
#[template(path = "error.html")]
pub struct ErrorPage<'a> {
    /// What happened, in a few words.
    pub title: &'static str,
    /// What the person can do.
    pub sentence: &'static str,
    /// Where they can do it.
    pub next: Option<Link<'a>>,
    /// The request's id.
    pub request: RequestId,
}

impl Page for ErrorPage<'_> {}
