//! Pages that say one thing, and ask one question.

use super::{Form, Link, Nonce, Page, SERVICE};
use askama::Template;

/// Says one thing.
#[derive(Template)]
#[template(path = "notice.html")]
pub struct Notice {
    /// What happened, in a few words.
    pub title: &'static str,
    /// What it means.
    pub sentence: &'static str,
    /// What can be done next.
    pub next: Option<Link<'static>>,
}

impl Notice {
    /// After every form that sends a mail. It is the same whether one was sent or not.
    pub const CHECK_MAIL: Self = Self {
        title: "Check your mail",
        sentence: "If the address can be used here, a link is on its way to it. It works once, and not for long.",
        next: None,
    };
}

/// Asks before something that can't be taken back: posts to `action`, with `id` if there is one.
#[derive(Template)]
#[template(path = "confirm.html")]
pub struct Confirm<'a> {
    /// What the form carries.
    pub form: Form<'a>,
    /// The question.
    pub title: &'static str,
    /// What it means.
    pub sentence: &'static str,
    /// What the button says.
    pub button: &'static str,
    /// The path that does it.
    pub action: &'static str,
    /// What it is done to.
    pub id: Option<&'a str>,
}

impl Page for Notice {}
impl Page for Confirm<'_> {}
