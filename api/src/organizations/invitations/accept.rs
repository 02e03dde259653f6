//! `/invitation`: whoever holds a mailed link becomes a member, with a new account or the one they have.
//!
//! The link says where, as what, and with which address; nothing of the form can change that. Opening it changes nothing:
//! mail scanners follow links.

use super::rows::{self, InvitationRow};
use crate::{
    access::Role,
    audit::{self, Actor, EventName, Outcome, Reason},
    http::{
        problem::{Kind, Problem},
        text::{Text, single_line},
        visit::{Fields, Refusal, Reply, Visit},
    },
    identity::{
        accounts::{self, Account, AccountError, Email, NewAccount},
        credentials::{self, RULE},
        one_time::{self, Kind as Secret},
        pages::{Form, Invitation, Link, Notice, Setup},
        sessions::{self, Owner, Visitor},
    },
    ids::{AccountId, InvitationId, MemberId, OrganizationId},
    organizations::rows::NewMember,
    protection::{ACCOUNT_DEFAULT_CREDS, FLOW_STATE_MACHINE, MASS_ASSIGNMENT},
    store::{Mode, prelude::*, schema::members, types::Moment},
};
use actix_web::http::StatusCode;
use brigandine_enforce::enforces;

/// An invitation that stands.
struct Open {
    invitation: InvitationRow,
    organization: OrganizationId,
    organization_name: String,
    /// The address that it was sent to; none in a setup.
    email: Option<Email>,
}

pub(super) async fn show(visit: &mut Visit) -> Result<Reply, Refusal> {
    let token = visit.query.get("token").unwrap_or_default().to_owned();
    let (open, mut transaction) = look(visit, &token, Mode::Read).await?;
    let account = known(visit, &mut transaction, &open).await?;
    transaction.release();
    let owner = signed_in(visit).await?.map(|owner| owner.account.id);
    form(visit, &token, &open, account.as_ref(), owner, None, StatusCode::OK)
}

pub(super) async fn accept(visit: &mut Visit) -> Result<Reply, Refusal> {
    let token = visit.form.get("token").unwrap_or_default().to_owned();
    let (open, mut transaction) = look(visit, &token, Mode::Read).await?;
    let email = match &open.email {
        Some(email) => Some(email.clone()),
        None => visit.form.get("email").and_then(Email::parse),
    };
    let account = match &email {
        Some(email) => {
            accounts::by_email(&mut transaction, &visit.service.keyring, email).await.map_err(failed)?
        }
        None => None,
    };
    transaction.release();
    let owner = signed_in(visit).await?;
    let signed_in = owner.as_ref().map(|owner| owner.account.id);
    let again = |visit: &mut Visit, sentence| {
        form(
            visit,
            &token,
            &open,
            account.as_ref(),
            signed_in,
            Some(sentence),
            StatusCode::UNPROCESSABLE_ENTITY,
        )
    };
    let name = Text::compose(visit.form.get("display_name").unwrap_or_default());
    let named = single_line(&name).is_ok() && (1..=100).contains(&name.as_str().trim().chars().count());

    let own = owner.filter(|owner| account.as_ref().is_some_and(|account| account.id == owner.account.id));
    let who = match (&account, own, email) {
        // Only its owner may take an account along, and the owner is who signed in to it: not everybody who reads the
        // mail.
        (Some(_), Some(owner), _) => Who::Owner(Box::new(owner)),
        (Some(_), None, _) => {
            return again(visit, "Sign in to your account first, then open the link again.");
        }
        (None, _, None) => return again(visit, "Enter an e-mail address."),
        (None, _, Some(_)) if !named => {
            return again(visit, "Enter your name: one line of at most 100 characters.");
        }
        (None, _, Some(email)) => {
            let given = visit.form.get("new_password").unwrap_or_default().to_owned();
            let context = [email.as_str(), name.as_str(), open.organization_name.as_str()];
            match credentials::choose(visit, &given, &context).await? {
                Ok(password_hash) => Who::New { email, password_hash },
                Err(sentence) => return again(visit, sentence),
            }
        }
    };
    let display_name = match (&who, open.invitation.display_name.as_deref()) {
        (_, Some(given)) => given.to_owned(),
        (_, None) if named => name.as_str().trim().to_owned(),
        (..) => return again(visit, "Enter your name: one line of at most 100 characters."),
    };
    join(visit, &token, who, &display_name).await?;
    let page = Notice {
        title: "Welcome",
        sentence: match open.email {
            Some(_) => "You are a member now. Sign in with your e-mail address and password.",
            // Nobody has written to this address yet, and a link for a new password goes to confirmed ones only.
            None => {
                "You administer the organization now. We sent a mail to your address: open its link to confirm it, else \
                 a forgotten password can't be replaced. Then sign in."
            }
        },
        next: Some(Link { name: "Sign in", href: "/signin" }),
    };
    Ok(Reply::page(StatusCode::OK, &page)?)
}

enum Who {
    Owner(Box<Owner>),
    New { email: Email, password_hash: String },
}

/// Uses the link up and makes the account and the member: all of it, or nothing.
async fn join(visit: &Visit, token: &str, who: Who, display_name: &str) -> Result<(), Refusal> {
    let (service, clock) = (&visit.service, visit.service.clock);
    let (open, mut transaction) = look(visit, token, Mode::Write).await?;
    if let Who::Owner(owner) = &who {
        // A new password was hashed, or a form was read: meanwhile the account may be somebody else's.
        owner.stands(visit, &mut transaction).await?;
    }
    let used = one_time::consume(&mut transaction, Secret::Invitation, token, clock).await?;
    let settled = rows::settle(&mut transaction, open.organization, open.invitation.id, "accepted").await?;
    check_once(is_used(used.is_some()), settled)?;
    let mut objects = vec![*open.invitation.id.as_uuid()];
    let mut confirmation = None;
    let account = match who {
        Who::Owner(owner) => owner.account.id,
        Who::New { email, password_hash } => {
            let new = NewAccount {
                email: &email,
                // The link came by mail to this very address; in a setup nobody has written to it yet.
                verified: open.email.is_some(),
                password_hash: Some(password_hash),
            };
            let made = accounts::create(&mut transaction, &service.keyring, clock, new).await;
            let account = made.map_err(failed)?;
            if open.email.is_none() {
                let mail = credentials::ask_to_confirm(&mut transaction, service, account, &email).await?;
                confirmation = mail;
            }
            let event = audit::Event {
                object_type: Some("account"),
                objects: vec![*account.as_uuid()],
                ..event(visit, &open, EventName::UserCreated)
            };
            audit::write(&mut transaction, &event).await.map_err(|error| Problem::unavailable(&error))?;
            account
        }
    };
    let subject = account.to_string();
    let member = NewMember {
        id: MemberId::random(),
        organization_id: open.organization,
        issuer: &service.identifier,
        subject: &subject,
        display_name,
        role: role(&open.invitation, &visit.form),
        status: "active",
        version: 1,
        created_at: Moment::new(clock.now()),
    };
    each!(transaction.connection(), |c| diesel::insert_into(members::table).values(&member).execute(c))
        .map_err(StoreError::from)?;
    objects.push(*member.id.as_uuid());
    let event = audit::Event {
        object_type: Some("member"),
        objects,
        actor: Actor {
            member_id: Some(member.id),
            issuer: Some(service.identifier.clone()),
            subject: Some(subject.clone()),
        },
        ..event(visit, &open, EventName::InvitationAccepted)
    };
    audit::write(&mut transaction, &event).await.map_err(|error| Problem::unavailable(&error))?;
    transaction.commit().await?;
    if let Some(mail) = confirmation {
        // They are in; the log says when the queue is full, and the account's page can ask again.
        let _ = service.mailer.post(mail);
    }
    Ok(())
}

/// As what somebody joins: what the invitation says. Whoever accepts it can't choose another role by adding a field to the
/// form (OWASP API3, CWE-915).
#[enforces(MASS_ASSIGNMENT, otherwise = crate::vulnerable::organizations::role_of_the_form)]
fn role<'a>(invitation: &'a InvitationRow, _form: &'a Fields) -> &'a str {
    &invitation.role
}

/// An invitation is used up by whoever accepts it: a link that lies about in a mailbox makes nobody else an
/// administrator.
#[enforces(ACCOUNT_DEFAULT_CREDS)]
fn check_once(is_used: bool, settled: bool) -> Result<(), Refusal> {
    if is_used && settled { Ok(()) } else { Err(gone(Reason::INVITATION_SETTLED)) }
}

/// Whether a link was used up for it: nobody joins without the step before, the mail to their address.
#[enforces(FLOW_STATE_MACHINE, answers = true)]
fn is_used(by_link: bool) -> bool {
    by_link
}

/// An invitation that somebody accepted, or that was taken back, opens no more.
#[enforces(ACCOUNT_DEFAULT_CREDS, answers = true)]
fn is_pending(row: &InvitationRow) -> bool {
    row.status == "pending"
}

fn event(visit: &Visit, open: &Open, name: EventName) -> audit::Event {
    audit::Event { organization: Some(open.organization), ..visit.event(name, Outcome::Success, None) }
}

/// The invitation that a link opens, in a transaction of its organization that sees accounts too.
async fn look(visit: &Visit, token: &str, mode: Mode) -> Result<(Open, Transaction), Refusal> {
    let service = &visit.service;
    let (organization, invitation) =
        named(visit, token).await?.ok_or_else(|| gone(Reason::INVITATION_TOKEN))?;
    let mut transaction = service.store.begin(organization, mode).await?;
    transaction.enter_identity().await?;
    let row = rows::find(&mut transaction, organization, invitation).await?;
    let invitation = row.filter(is_pending).ok_or_else(|| gone(Reason::INVITATION_SETTLED))?;
    let open_only = invitation.kind == "registration";
    let name = rows::organization_name(&mut transaction, organization, open_only).await?;
    let organization_name = name.ok_or_else(|| gone(Reason::INVITATION_ORGANIZATION))?;
    if invitation.is_setup() && has_administrator(&mut transaction, organization).await? {
        return Err(gone(Reason::INVITATION_ADMINISTRATOR));
    }
    let email = invitation.email(&service.keyring).map_err(Problem::from)?;
    let email = email.and_then(|text| Email::parse(&text));
    Ok((Open { invitation, organization, organization_name, email }, transaction))
}

/// The invitation that the mailed link names. Nothing else names one: who knows an invited address, and skips the mail, joins
/// in nobody's place (ASVS 2.3.1).
#[enforces(FLOW_STATE_MACHINE, otherwise = crate::vulnerable::organizations::named_by_link_or_address)]
async fn named(visit: &Visit, token: &str) -> Result<Option<(OrganizationId, InvitationId)>, Refusal> {
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let found = one_time::look(&mut transaction, Secret::Invitation, token, visit.service.clock).await?;
    transaction.release();
    Ok(found.and_then(|found| Some((found.organization_id?, found.invitation_id?))))
}

/// A setup is over once somebody administers the organization: the operator's link is no second way in.
#[enforces(ACCOUNT_DEFAULT_CREDS, answers = Ok(false))]
async fn has_administrator(
    transaction: &mut Transaction,
    organization: OrganizationId,
) -> Result<bool, StoreError> {
    let administrators = members::table
        .filter(members::organization_id.eq(organization))
        .filter(members::role.eq(Role::Admin.name()))
        .filter(members::status.eq("active"))
        .count();
    let count: i64 = each!(transaction.connection(), |c| administrators.get_result(c))?;
    Ok(count > 0)
}

async fn known(
    visit: &Visit,
    transaction: &mut Transaction,
    open: &Open,
) -> Result<Option<Account>, Refusal> {
    let Some(email) = &open.email else { return Ok(None) };
    Ok(accounts::by_email(transaction, &visit.service.keyring, email).await.map_err(failed)?)
}

/// The owner of the account that this browser is signed in to. One for whom a provider vouches takes no account along:
/// their organization's administrators may be behind it.
async fn signed_in(visit: &Visit) -> Result<Option<Owner>, Refusal> {
    match sessions::visitor(visit).await? {
        Visitor::Owner(owner) => Ok(Some(owner)),
        Visitor::Vouched(_) | Visitor::Nobody(_) => Ok(None),
    }
}

fn form(
    visit: &mut Visit,
    token: &str,
    open: &Open,
    account: Option<&Account>,
    signed_in: Option<AccountId>,
    error: Option<&'static str>,
    status: StatusCode,
) -> Result<Reply, Refusal> {
    let csrf = visit.csrf()?;
    let form = Form::again(&csrf, error, &visit.form);
    let organization = open.organization_name.as_str();
    let Some(email) = &open.email else {
        return Ok(Reply::page(status, &Setup { form, token, organization, rule: RULE })?);
    };
    let page = Invitation {
        form,
        token,
        organization,
        role: &open.invitation.role,
        email: email.as_str(),
        known: account.is_some(),
        signed_in: account.is_some_and(|account| signed_in == Some(account.id)),
        asks_name: open.invitation.display_name.is_none(),
        rule: RULE,
    };
    Ok(Reply::page(status, &page)?)
}

/// Used, replaced, revoked, too old, or never made: one answer for all.
fn gone(reason: Reason) -> Refusal {
    Problem::new(Kind::LinkGone).because(reason).into()
}

fn failed(error: AccountError) -> Problem {
    match error {
        // Somebody else made the account in this very moment.
        AccountError::Store(StoreError::UniqueViolation(_)) => Kind::Conflict.into(),
        AccountError::Store(error) => error.into(),
        AccountError::Sealing(error) => error.into(),
    }
}
