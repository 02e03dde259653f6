//! What all forms have in common.

use crate::http::visit::Fields;

/// The longest text that comes back into a form, in characters; no field takes a longer one.
const LONGEST: usize = 254;

/// What every form of a page carries.
#[derive(Clone, Copy, Debug, Default)]
pub struct Form<'a> {
    /// The token against cross-site requests, sent as `csrf`.
    pub csrf: &'a str,
    /// The authorization request that waits for this page, sent as `transaction`.
    pub transaction: Option<&'a str>,
    /// What went wrong, in one fixed sentence that is the same for every cause: it can't repeat what was sent.
    pub error: Option<&'static str>,
    /// What was typed before it was refused.
    pub typed: Typed<'a>,
}

impl<'a> Form<'a> {
    /// A form that may be shown again after a refusal: what was typed comes back (WCAG 2.2, 3.3.7).
    #[must_use]
    pub fn again(csrf: &'a str, error: Option<&'static str>, typed: &'a Fields) -> Self {
        Self { csrf, transaction: None, error, typed: Typed::of(typed) }
    }

    /// The same, with the authorization request that waits.
    #[must_use]
    pub const fn waiting(mut self, transaction: Option<&'a str>) -> Self {
        self.transaction = transaction;
        self
    }
}

/// The fields that come back into a form which was refused. Passwords and codes have no place in it, so no page can hold
/// one; a template escapes the others, and only who sent them sees them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Typed<'a> {
    /// `email`
    pub email: &'a str,
    /// `display_name`
    pub display_name: &'a str,
    /// `name`
    pub name: &'a str,
    /// `organization`
    pub organization: &'a str,
}

impl<'a> Typed<'a> {
    fn of(fields: &'a Fields) -> Self {
        let field = |name| {
            let short = |value: &&str| value.chars().count() <= LONGEST;
            fields.get(name).filter(short).unwrap_or_default()
        };
        Self {
            email: field("email"),
            display_name: field("display_name"),
            name: field("name"),
            organization: field("organization"),
        }
    }
}
