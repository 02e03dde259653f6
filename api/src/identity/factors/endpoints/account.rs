//! `/account`: how somebody signs in, and where they are signed in.

use super::super::{recovery, registry};
use crate::{
    http::{
        problem::Problem,
        visit::{Refusal, Reply, Visit},
    },
    identity::{
        accounts::Account,
        federation::{identities, providers},
        pages::{
            AccountPage, ApplicationRow, Form, MembershipRow, PasskeyRow, ProviderRow, SessionRow,
            VouchedPage,
        },
        provider::{Membership, applications, memberships},
        sessions::{self, Owner, Visitor},
    },
    store::{Mode, Transaction},
};
use actix_web::http::StatusCode;

pub(super) async fn show(visit: &mut Visit) -> Result<Reply, Refusal> {
    let Owner { session, account } = match sessions::visitor(visit).await? {
        Visitor::Nobody(_) => return Ok(Reply::see_other("/signin")),
        Visitor::Vouched(Owner { account, .. }) => return vouched(visit, &account),
        Visitor::Owner(owner) => owner,
    };
    let mut transaction = visit.service.store.begin_identity(Mode::Read).await?;
    let factors = registry::list(&mut transaction, account.id).await.map_err(Problem::from)?;
    let left = recovery::left(&mut transaction, account.id).await.map_err(Problem::from)?;
    let sessions = sessions::of_account(&mut transaction, account.id, visit.service.clock).await?;
    let allowed = applications::of_account(&mut transaction, account.id, visit.service.clock).await?;
    let issuer = visit.service.identifier.as_str();
    let memberships = memberships(&mut transaction, issuer, account.id, &session.origin).await?;
    let places = places(&mut transaction, &memberships, &account).await?;
    transaction.release();
    let email = account.email(&visit.service.keyring).map_err(Problem::from)?;

    let passkeys: Vec<_> = factors.iter().filter(|factor| factor.kind == "passkey").collect();
    let passkey_ids: Vec<String> = passkeys.iter().map(|factor| factor.id.to_string()).collect();
    let passkeys: Vec<PasskeyRow<'_>> = passkeys
        .iter()
        .zip(&passkey_ids)
        .map(|(factor, id)| PasskeyRow {
            id,
            name: &factor.name,
            created: factor.created_at.time(),
            last_used: factor.last_used_at.map(|at| at.time()),
        })
        .collect();
    let session_ids: Vec<String> = sessions.iter().map(|session| session.id.to_string()).collect();
    let sessions: Vec<SessionRow<'_>> = sessions
        .iter()
        .zip(&session_ids)
        .map(|(other, id)| SessionRow {
            id,
            name: &other.name,
            created: other.created_at.time(),
            last_used: other.last_used_at.time(),
            current: other.id == session.id,
        })
        .collect();
    let memberships: Vec<MembershipRow<'_>> = memberships
        .iter()
        .map(|it| MembershipRow { organization: &it.name, name: &it.display_name, role: it.role.name() })
        .collect();
    let providers: Vec<ProviderRow<'_>> =
        places.iter().map(|(name, link)| ProviderRow { name, link: link.as_deref() }).collect();
    let applications: Vec<ApplicationRow<'_>> = allowed
        .iter()
        .map(|application| ApplicationRow {
            client_id: &application.client_id,
            name: &application.name,
            since: application.since.time(),
        })
        .collect();
    let csrf = visit.csrf()?;
    let page = AccountPage {
        form: Form { csrf: &csrf, ..Form::default() },
        email: &email,
        confirmed: account.email_verified_at.is_some(),
        memberships: &memberships,
        password: account.password_hash.is_some(),
        totp: factors.iter().any(|factor| factor.kind == "totp"),
        recovery_codes: usize::try_from(left).ok().filter(|_| !factors.is_empty()),
        providers: &providers,
        passkeys_offered: visit.service.offers_passkeys(),
        passkeys: &passkeys,
        applications: &applications,
        sessions: &sessions,
    };
    Ok(Reply::page(StatusCode::OK, &page)?)
}

/// The providers of the account's organizations, each with the page that links it unless it is linked.
async fn places(
    transaction: &mut Transaction,
    memberships: &[Membership],
    account: &Account,
) -> Result<Vec<(String, Option<String>)>, Refusal> {
    let linked = identities::issuers_of(transaction, account.id).await?;
    let mut places = Vec::new();
    for membership in memberships {
        for active in providers::active_of(transaction, membership.organization).await? {
            let link = format!("/signin/with?provider={}&link=yes", active.id);
            places.push((active.name, Some(link).filter(|_| !linked.contains(&active.issuer))));
        }
    }
    Ok(places)
}

/// For whom their organization's provider vouches: who they are here, and the way out.
fn vouched(visit: &mut Visit, account: &Account) -> Result<Reply, Refusal> {
    let email = account.email(&visit.service.keyring).map_err(Problem::from)?;
    let csrf = visit.csrf()?;
    let page = VouchedPage { form: Form { csrf: &csrf, ..Form::default() }, email: &email };
    Ok(Reply::page(StatusCode::OK, &page)?)
}
