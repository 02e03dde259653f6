//! What a handler works with: who calls, their organization's rows, and what is to happen once the change stands.

use super::{
    page::{Listing, PageQuery},
    problem::{Kind, Problem},
};
use crate::{
    access::{self, Allowed, Permission, Tenant},
    audit::{EventName, Reason},
    egress::{Egress, upstream::Insurer},
    files::Files,
    identity::{Caller, accounts::Email, passwords::Passwords},
    ids::{AccountId, OrganizationId},
    mail::{self, Asked, Links, Mail, Postage},
    sealing::Keyring,
    service::Service,
    store::Question,
    webhooks,
};
use bytes::Bytes;
use std::{num::NonZeroU32, sync::Arc};
use uuid::Uuid;

/// What a handler works with.
pub struct Call<P: Permission> {
    /// Who calls, as what, how far.
    pub allowed: Allowed<P>,
    /// The open transaction of the caller's organization.
    pub tenant: Tenant,
    /// Seals and opens columns.
    pub keyring: Keyring,
    /// Time.
    pub clock: crate::clock::Clock,
    /// What the audit row will name.
    pub audit: AuditNote,
    pub(super) caller: Caller,
    pub(super) service: Arc<Service>,
    pub(super) mails: Vec<Mail>,
    pub(super) events: Vec<webhooks::Event>,
    pub(super) rings: bool,
    /// The body as it came. What of it may be set is in the input, which alone counts.
    pub raw: Bytes,
}

impl<P: Permission> Call<P> {
    /// The token that the request came with.
    #[must_use]
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// What else the caller may do, for an operation that gathers what others show.
    #[must_use]
    pub fn also<Q: Permission>(&self) -> Option<Allowed<Q>> {
        access::also(&self.caller, &self.allowed)
    }

    /// What this service calls itself: its base URL, and the issuer of the built-in provider's tokens.
    #[must_use]
    pub fn identifier(&self) -> &str {
        &self.service.identifier
    }

    /// Where this service is, for links.
    #[must_use]
    pub fn links(&self) -> &Links {
        &self.service.links
    }

    /// The files of the service.
    #[must_use]
    pub fn files(&self) -> &Files {
        &self.service.files
    }

    /// What hashes passwords.
    #[must_use]
    pub fn passwords(&self) -> &Passwords {
        &self.service.passwords
    }

    /// Begins to read a page of a list: `list` names the operation and its filter, to which cursors are bound.
    ///
    /// # Errors
    /// `invalid-cursor`.
    pub fn listing(&self, list: impl Into<String>, query: &PageQuery) -> Result<Listing, Problem> {
        let (organization, member) = (self.allowed.organization(), self.allowed.member());
        Listing::begin(organization, member, &self.keyring, list.into(), query)
    }

    /// Counts what this request does beyond what a single one would, against its principal and its tenant.
    ///
    /// # Errors
    /// `quota-exceeded`.
    pub fn count_further(&self, items: usize) -> Result<(), Problem> {
        let items = u32::try_from(items).unwrap_or(u32::MAX);
        let Some(items) = NonZeroU32::new(items) else { return Ok(()) };
        Ok(self.service.limits.further(&self.caller, items)?)
    }

    /// Sends a mail once the change stands, and not if it fails.
    pub fn mail(&mut self, mail: Mail) {
        self.mails.push(mail);
    }

    /// Counts a mail to an address that the caller typed; none when the address had enough of them, which the caller is
    /// not told.
    ///
    /// # Errors
    /// When the database or the key provider is gone.
    pub(crate) async fn stamp(&mut self, asked: Asked, email: &Email) -> Result<Option<Postage>, Problem> {
        self.tenant.identity().await?;
        let metrics = self.service.metrics.mails();
        mail::stamp(self.tenant.transaction(), &self.keyring, &metrics, (asked, email), self.clock).await
    }

    /// Tells the organization's webhooks: written with the change itself, so that nothing is told that did not happen, and
    /// nothing happens untold.
    pub fn notify(&mut self, event: webhooks::Event) {
        self.events.push(event);
    }

    /// Wakes whoever delivers webhooks, once the change stands.
    pub(crate) fn ring(&mut self) {
        self.rings = true;
    }

    /// The way out to what tenants named.
    #[must_use]
    pub fn egress(&self) -> &Egress {
        &self.service.egress
    }

    /// The insurer.
    ///
    /// # Errors
    /// `upstream-not-configured`, when the settings name none.
    pub fn insurer(&self) -> Result<Insurer, Problem> {
        self.service.insurer.clone().ok_or_else(|| Kind::UpstreamNotConfigured.into())
    }

    /// What webhooks can be told of.
    #[must_use]
    pub fn event_types(&self) -> &[&'static str] {
        &self.service.event_types
    }

    /// The caller's account at the built-in provider. A subject of another provider has none, whatever it is called: that
    /// provider could choose the name of somebody's account here.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn own_account(&self) -> Result<AccountId, Problem> {
        let own = self.caller.issuer() == self.service.identifier;
        let account = Uuid::try_parse(self.caller.subject()).ok().filter(|_| own);
        account
            .map(AccountId::from_uuid)
            .ok_or_else(|| Problem::new(Kind::Forbidden).because(Reason::NO_ACCOUNT))
    }
}

/// From the row, if there is one, to the answer.
pub type Show<P, I, R, A> = fn(&mut Seen<'_, P>, I, Option<R>) -> Result<A, Problem>;

/// A read that is split at the point where it is known who asks.
pub struct Single<P: Permission, I, R, A> {
    /// The row that the input names in an organization.
    pub ask: fn(OrganizationId, &I) -> Question<R>,
    /// The answer, to somebody who has the permission, from that row. How far they reach is for it to check.
    pub show: Show<P, I, R, A>,
}

impl<P: Permission, I, R, A> Clone for Single<P, I, R, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P: Permission, I, R, A> Copy for Single<P, I, R, A> {}

/// What [`Single::show`] works with: no rows but the one that it is given.
pub struct Seen<'a, P: Permission> {
    /// Who calls, as what, how far.
    pub allowed: &'a Allowed<P>,
    /// Opens columns.
    pub keyring: &'a Keyring,
    /// What the audit row will name.
    pub audit: AuditNote,
}

/// What a handler tells the audit log. The row itself is written by `dispatch`; a handler can't forget it.
#[derive(Debug, Default)]
pub struct AuditNote {
    pub(super) objects: Vec<Uuid>,
    pub(super) event: Option<EventName>,
}

impl AuditNote {
    /// Names an object that was read or changed.
    pub fn object(&mut self, id: Uuid) {
        self.objects.push(id);
    }

    /// Says that something more telling happened than the endpoint's usual event.
    pub fn instead(&mut self, event: EventName) {
        self.event = Some(event);
    }
}
