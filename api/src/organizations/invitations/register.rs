//! `/signup`: people register themselves as patients, with organizations that let them.
//!
//! The answer is the same whatever address was entered, and does not wait for what happens behind it: only the mail tells,
//! and only to whoever reads it. Nobody is a member, and no account exists, before the link in it was used.

use super::rows::{self, NewInvitation, Origin};
use crate::{
    access::Role,
    audit::{self, Event, EventName, Outcome},
    http::{
        input,
        problem::Problem,
        visit::{Refusal, Reply, Visit},
    },
    identity::{
        accounts::{self, Email},
        one_time,
        pages::{Form, Notice, OrganizationChoice, SignUp},
    },
    ids::OrganizationId,
    mail::{self, Asked, Letter, Mail, Page, Queue, Recipient},
    service::Service,
    store::{Mode, prelude::*, schema::organizations},
};
use actix_web::http::StatusCode;
use std::sync::Arc;

/// Organizations that a page shows; beyond it a link with `organization` is needed.
const SHOWN: i64 = 100;

pub(super) async fn show(visit: &mut Visit) -> Result<Reply, Refusal> {
    form(visit, None, StatusCode::OK).await
}

pub(super) async fn register(visit: &mut Visit) -> Result<Reply, Refusal> {
    let email = visit.form.get("email").and_then(Email::parse);
    let organization = visit.form.get("organization").and_then(|text| input::uuid(text).ok());
    let (Some(email), Some(organization)) = (email, organization.map(OrganizationId::from_uuid)) else {
        let sentence = "Choose an organization and enter an e-mail address.";
        return form(visit, Some(sentence), StatusCode::UNPROCESSABLE_ENTITY).await;
    };
    visit.service.limits.mail(visit.facts.address)?;
    let event = visit.event(EventName::RegistrationRequested, Outcome::Success, None);
    let service = Arc::clone(&visit.service);
    let worker = Arc::clone(&service);
    let work = move || invite_themselves(Arc::clone(&worker), organization, email.clone(), event.clone());
    service.mailer.later(Queue::Registrations, work).map_err(|full| Problem::unavailable(&full))?;
    Ok(Reply::page(StatusCode::ACCEPTED, &Notice::CHECK_MAIL)?)
}

async fn invite_themselves(
    service: Arc<Service>,
    organization: OrganizationId,
    email: Email,
    event: Event,
) -> Result<Option<Mail>, Problem> {
    let Ok(to) = Recipient::parse(email.as_str()) else { return Ok(None) };
    let (clock, keyring) = (service.clock, &service.keyring);
    let mut transaction = service.store.begin(organization, Mode::Write).await?;
    transaction.enter_identity().await?;
    let Some(name) = rows::organization_name(&mut transaction, organization, true).await? else {
        return Ok(None);
    };
    let (metrics, asked) = (service.metrics.mails(), (Asked::Registration, &email));
    let event = Event { organization: Some(organization), ..event };
    let Some(postage) = mail::stamp(&mut transaction, keyring, &metrics, asked, clock).await? else {
        drop(transaction);
        return mail::withheld(&service, Asked::Registration, event).await;
    };
    let known = accounts::by_email(&mut transaction, keyring, &email).await.map_err(Problem::from)?.is_some();
    let new = NewInvitation {
        origin: Origin::Themselves,
        email: Some((keyring, &email)),
        display_name: None,
        role: Role::Patient,
    };
    let row = rows::insert(&mut transaction, clock, &new).await?;
    let secret = one_time::New::invitation(organization, row.id, new.origin.lifetime());
    let secret = one_time::issue(&mut transaction, secret, clock).await?;
    let event = Event { object_type: Some("invitation"), objects: vec![*row.id.as_uuid()], ..event };
    audit::write(&mut transaction, &event).await.map_err(|error| Problem::unavailable(&error))?;
    transaction.commit().await?;
    let link = service.links.to(Page::Invitation, &secret);
    let letter = if known {
        Letter::RegistrationOfKnown { organization: name, link, postage }
    } else {
        Letter::Registration { organization: name, link, postage }
    };
    Ok(Some(Mail { to, letter }))
}

async fn form(visit: &mut Visit, error: Option<&'static str>, status: StatusCode) -> Result<Reply, Refusal> {
    let chosen = visit.query.get("organization").and_then(|text| input::uuid(text).ok());
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let open: Vec<(OrganizationId, String)> = each!(transaction.connection(), |c| {
        let mut rows = organizations::table
            .filter(organizations::self_registration.eq(true))
            .filter(organizations::status.eq("active"))
            .select((organizations::id, organizations::name))
            .order(organizations::name)
            .limit(SHOWN)
            .into_boxed();
        if let Some(chosen) = chosen {
            rows = rows.filter(organizations::id.eq(OrganizationId::from_uuid(chosen)));
        }
        rows.load(c)
    })
    .map_err(StoreError::from)?;
    transaction.release();
    let csrf = visit.csrf()?;
    let ids: Vec<String> = open.iter().map(|(id, _)| id.to_string()).collect();
    let choices = open.iter().zip(&ids);
    let organizations: Vec<OrganizationChoice<'_>> =
        choices.map(|((_, name), id)| OrganizationChoice { id, name, role: "patient" }).collect();
    let page = SignUp { form: Form::again(&csrf, error, &visit.form), organizations: &organizations };
    Ok(Reply::page(status, &page)?)
}
