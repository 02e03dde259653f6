//! For people who belong to several organizations.

use super::{Form, Nonce, Page, SERVICE};
use askama::Template;

/// Asks which organization the client will work with: `POST /signin/organization` with `organization`.
#[derive(Template)]
#[template(path = "choose_organization.html")]
pub struct ChooseOrganization<'a> {
    /// What the form carries.
    pub form: Form<'a>,
    /// The client that waits for it.
    pub client: Option<&'a str>,
    /// What may be chosen.
    pub organizations: &'a [OrganizationChoice<'a>],
}

/// An organization of the account.
#[derive(Clone, Copy, Debug)]
pub struct OrganizationChoice<'a> {
    /// Its id, sent back as `organization`.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// What the person is there.
    pub role: &'a str,
}

impl Page for ChooseOrganization<'_> {}
