//! What a person sees of their own account.

use super::{Form, Nonce, Page, SERVICE};
use askama::Template;
use chrono::{DateTime, Utc};

/// The account: how one signs in, and the sessions. Its forms post to `/oauth2/logout`, `/account/factors/recovery`,
/// `/account/passkeys`, `/account/passkeys/remove` (`id`), `/account/applications/end` (`client_id`), `/account/sessions/end` (`id`),
/// `/account/sessions/end-others`, `/account/sessions/name` (`id`, `name`); its links lead to `/account/email`,
/// `/account/password`, `/account/factors/totp`, `/account/factors/totp/remove`, `/signin/with`.
#[derive(Template)]
#[template(path = "account.html")]
pub struct AccountPage<'a> {
    /// What the forms carry.
    pub form: Form<'a>,
    /// The e-mail address.
    pub email: &'a str,
    /// Whether mail is known to reach it: else a forgotten password can't be replaced.
    pub confirmed: bool,
    /// Where the owner is a member, under which name, and as what.
    pub memberships: &'a [MembershipRow<'a>],
    /// Whether there is a password: who came through an organization's provider has none.
    pub password: bool,
    /// Whether an authenticator app is set up.
    pub totp: bool,
    /// How many recovery codes are left, where there are any.
    pub recovery_codes: Option<usize>,
    /// The providers of the owner's organizations.
    pub providers: &'a [ProviderRow<'a>],
    /// Whether passkeys can be added.
    pub passkeys_offered: bool,
    /// The passkeys.
    pub passkeys: &'a [PasskeyRow<'a>],
    /// The applications that may act for the owner.
    pub applications: &'a [ApplicationRow<'a>],
    /// The sessions.
    pub sessions: &'a [SessionRow<'a>],
}

/// An organization that the owner belongs to.
#[derive(Clone, Copy, Debug)]
pub struct MembershipRow<'a> {
    /// The organization's name.
    pub organization: &'a str,
    /// How the owner is called there.
    pub name: &'a str,
    /// What the owner is there.
    pub role: &'a str,
}

/// A provider that the owner may sign in with.
#[derive(Clone, Copy, Debug)]
pub struct ProviderRow<'a> {
    /// Its name.
    pub name: &'a str,
    /// The page that links it with the account; none once it is.
    pub link: Option<&'a str>,
}

/// A passkey of the account.
#[derive(Clone, Copy, Debug)]
pub struct PasskeyRow<'a> {
    /// Its id, sent back as `id`.
    pub id: &'a str,
    /// The name that was given to it.
    pub name: &'a str,
    /// Since when.
    pub created: DateTime<Utc>,
    /// When it was shown last.
    pub last_used: Option<DateTime<Utc>>,
}

/// An application that may act for the owner.
#[derive(Clone, Copy, Debug)]
pub struct ApplicationRow<'a> {
    /// What it calls itself, sent back as `client_id`.
    pub client_id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Since when it may.
    pub since: DateTime<Utc>,
}

/// A session of the account.
#[derive(Clone, Copy, Debug)]
pub struct SessionRow<'a> {
    /// Its id, sent back as `id`.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Since when.
    pub created: DateTime<Utc>,
    /// When it was used last.
    pub last_used: DateTime<Utc>,
    /// Whether it is the one that asks.
    pub current: bool,
}

impl Page for AccountPage<'_> {}

/// The account, for somebody who came by the word of their organization's provider. Its form posts to `/oauth2/logout`.
#[derive(Template)]
#[template(path = "vouched.html")]
pub struct VouchedPage<'a> {
    /// What the form carries.
    pub form: Form<'a>,
    /// The e-mail address.
    pub email: &'a str,
}

impl Page for VouchedPage<'_> {}
