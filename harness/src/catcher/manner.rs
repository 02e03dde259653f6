//! How the catcher answers.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// How requests with one token are answered.
#[derive(Clone, Debug, Default)]
pub enum Manner {
    /// As an honest endpoint: 204, and the answer to a challenge.
    #[default]
    Honest,
    /// 204, and the connection is closed: the next request looks the name up again.
    Once,
    /// Nothing, ever.
    Hang,
    /// This status, and nothing else.
    Status(u16),
    /// 200, and everything that came is sent back.
    Parrot,
    /// This status and this place to go to.
    Redirect(u16, String),
    /// 200, and this answer to a challenge.
    Claims(String),
    /// This document.
    Document(u16, &'static str, String),
}

/// The manners by token.
#[derive(Default)]
pub(super) struct Manners(Mutex<HashMap<String, Manner>>);

impl Manners {
    pub(super) fn set(&self, token: &str, manner: Manner) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(token.to_owned(), manner);
    }

    /// By the path of a request: `/TOKEN` and whatever follows.
    pub(super) fn of(&self, path: &str) -> Manner {
        let token = path.trim_start_matches('/').split(['/', '?']).next().unwrap_or_default();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(token).cloned().unwrap_or_default()
    }
}
