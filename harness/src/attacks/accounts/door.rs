//! The sign-in page, for many attempts from one browser.

use crate::attacks::{Browser, prelude::*};

/// A browser that has loaded the sign-in page.
#[derive(Clone)]
pub(in crate::attacks) struct Door {
    browser: Browser,
    csrf: String,
}

impl Door {
    /// Loads the page.
    pub(in crate::attacks) async fn open(scene: &Scene) -> Result<Self, AttackError> {
        let browser = scene.browser();
        let csrf = browser.form_of("/signin").await?;
        Ok(Self { browser, csrf })
    }

    /// Fills in the form.
    pub(in crate::attacks) fn attempt(&self, email: &str, password: &str) -> Request {
        self.send("/signin", &[("email", email), ("password", password)])
    }

    /// Fills in any form of these pages.
    pub(in crate::attacks) fn send(&self, target: &str, fields: &[(&str, &str)]) -> Request {
        let mut all = vec![("csrf", self.csrf.as_str())];
        all.extend_from_slice(fields);
        self.browser.post(target, &all)
    }
}

/// Whether the answer lets somebody in.
pub(in crate::attacks) fn got_in(answer: &Answer) -> bool {
    answer.status == 303 && cookie(answer, "__Host-session").is_some()
}

/// The cookie of that name as a browser sends it back: `name=value`.
pub(super) fn cookie(answer: &Answer, name: &str) -> Option<String> {
    let pairs = answer.header_all("set-cookie").into_iter().filter_map(|field| field.split(';').next());
    let mut named = pairs.filter(|pair| pair.split_once('=').is_some_and(|(given, _)| given == name));
    named.next().map(str::to_owned)
}
