//! `/invitation`: whoever holds a mailed link becomes a member, with a new account or the one they have.
//!
//! The link says where, as what, and with which address; nothing of the form can change that. Opening it changes nothing:
//! mail scanners follow links.

use super::rows::{self, InvitationRow};
use crate::{
    access::Role,
    audit::{self, Actor, EventName, Outcome},
    http::{
        problem::{Kind, Problem},
        text::{Text, single_line},
        visit::{Refusal, Reply, Visit},
    },
    identity::{
        accounts::{self, Account, AccountError, Email, NewAccount},
        credentials::{self, RULE},
        one_time::{self, Kind as Secret},
        pages::{Form, Invitation, Link, Notice, Setup},
        sessions,
    },
    ids::{AccountId, MemberId, OrganizationId},
    organizations::rows::NewMember,
    protection::Protection,
    store::{Mode, prelude::*, schema::members, types::Moment},
};
use actix_web::http::StatusCode;

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
    let signed_in = signed_in(visit, &mut transaction).await?;
    transaction.release();
    form(visit, &token, &open, account.as_ref(), signed_in, None, StatusCode::OK)
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
    let signed_in = signed_in(visit, &mut transaction).await?;
    transaction.release();
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

    let who = match (&account, email) {
        // Only its owner may take an account along, and the owner is who signed in to it: not everybody who reads the
        // mail.
        (Some(account), _) if signed_in == Some(account.id) => Who::Account(account.id),
        (Some(_), _) => return again(visit, "Sign in to your account first, then open the link again."),
        (None, None) => return again(visit, "Enter an e-mail address."),
        (None, Some(_)) if !named => {
            return again(visit, "Enter your name: one line of at most 100 characters.");
        }
        (None, Some(email)) => {
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
        sentence: "You are a member now. Sign in with your e-mail address and password.",
        next: Some(Link { name: "Sign in", href: "/signin" }),
    };
    Ok(Reply::page(StatusCode::OK, &page)?)
}

enum Who {
    Account(AccountId),
    New { email: Email, password_hash: String },
}

/// Uses the link up and makes the account and the member: all of it, or nothing.
async fn join(visit: &Visit, token: &str, who: Who, display_name: &str) -> Result<(), Refusal> {
    let (service, clock) = (&visit.service, visit.service.clock);
    let (open, mut transaction) = look(visit, token, Mode::Write).await?;
    let used = one_time::consume(&mut transaction, Secret::Invitation, token, clock).await?;
    let settled = rows::settle(&mut transaction, open.organization, open.invitation.id, "accepted").await?;
    if (used.is_none() || !settled) && Protection::AccountDefaultCreds.holds() {
        return Err(gone("invitation.used"));
    }
    let mut objects = vec![*open.invitation.id.as_uuid()];
    let mut confirmation = None;
    let account = match who {
        Who::Account(account) => account,
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
        role: &open.invitation.role,
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

fn event(visit: &Visit, open: &Open, name: EventName) -> audit::Event {
    audit::Event { organization: Some(open.organization), ..visit.event(name, Outcome::Success, None) }
}

/// The invitation that a link opens, in a transaction of its organization that sees accounts too.
async fn look(visit: &Visit, token: &str, mode: Mode) -> Result<(Open, Transaction), Refusal> {
    let (service, clock) = (&visit.service, visit.service.clock);
    let mut transaction = service.store.begin_identity(Mode::Read).await?;
    let found = one_time::look(&mut transaction, Secret::Invitation, token, clock).await?;
    transaction.release();
    let (organization, invitation) = found
        .and_then(|found| Some((found.organization_id?, found.invitation_id?)))
        .ok_or_else(|| gone("invitation.token"))?;
    let mut transaction = service.store.begin(organization, mode).await?;
    transaction.enter_identity().await?;
    let row = rows::find(&mut transaction, organization, invitation).await?;
    let pending = |row: &InvitationRow| row.status == "pending" || !Protection::AccountDefaultCreds.holds();
    let invitation = row.filter(pending).ok_or_else(|| gone("invitation.settled"))?;
    let open_only = invitation.kind == "registration";
    let name = rows::organization_name(&mut transaction, organization, open_only).await?;
    let organization_name = name.ok_or_else(|| gone("invitation.organization"))?;
    if invitation.is_setup() && has_administrator(&mut transaction, organization).await? {
        return Err(gone("invitation.administrator"));
    }
    let email = invitation.email(&service.keyring).map_err(Problem::from)?;
    let email = email.and_then(|text| Email::parse(&text));
    Ok((Open { invitation, organization, organization_name, email }, transaction))
}

/// A setup is over once somebody administers the organization.
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
    Ok(count > 0 && Protection::AccountDefaultCreds.holds())
}

async fn known(
    visit: &Visit,
    transaction: &mut Transaction,
    open: &Open,
) -> Result<Option<Account>, Refusal> {
    let Some(email) = &open.email else { return Ok(None) };
    Ok(accounts::by_email(transaction, &visit.service.keyring, email).await.map_err(failed)?)
}

/// The account that this browser is fully signed in to.
async fn signed_in(visit: &Visit, transaction: &mut Transaction) -> Result<Option<AccountId>, Refusal> {
    let session = sessions::of_visit(transaction, visit).await?;
    let now = visit.service.clock.now();
    let session = session.filter(|session| session.is_complete() && session.stands(now).is_ok());
    Ok(session.map(|session| session.account_id))
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
    let form = Form { csrf: &csrf, error, ..Form::default() };
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
fn gone(reason: &'static str) -> Refusal {
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
