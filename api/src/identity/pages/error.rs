//! A page for what went wrong.

use super::{Nonce, Page, SERVICE};
use crate::ids::RequestId;
use askama::Template;

/// Says what went wrong in a fixed sentence, and under which id the log knows more.
#[derive(Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// What happened, in a few words.
    pub title: &'static str,
    /// What the person can do.
    pub sentence: &'static str,
    /// The request's id.
    pub request: RequestId,
}

impl Page for ErrorPage {}
