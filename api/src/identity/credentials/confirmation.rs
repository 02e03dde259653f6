//! A link that confirms an address.

use crate::{
    http::problem::Problem,
    identity::{
        accounts::{self, Email},
        one_time::{self, New},
    },
    ids::{AccountId, RowId},
    mail::{self, Asked, Letter, Mail, Page, Recipient},
    sealing::Place,
    service::Service,
    store::Transaction,
};

/// Makes the mail whose link gives an account this address, to be posted once the transaction is committed; none for an
/// address that no mail goes to, or that had enough of them.
///
/// # Errors
/// When the database or the key provider is gone.
pub async fn ask_to_confirm(
    transaction: &mut Transaction,
    service: &Service,
    account: AccountId,
    email: &Email,
) -> Result<Option<Mail>, Problem> {
    let new = New::email_change(account, |row| service.keyring.seal(place(row), email.as_str().as_bytes()))?;
    let secret = one_time::issue(transaction, new, service.clock).await?;
    let Ok(to) = Recipient::parse(email.as_str()) else { return Ok(None) };
    let asked = (Asked::EmailConfirmation, email);
    let metrics = service.metrics.mails();
    let stamped = mail::stamp(transaction, &service.keyring, &metrics, asked, service.clock).await?;
    let Some(postage) = stamped else { return Ok(None) };
    let link = service.links.to(Page::EmailConfirmation, &secret);
    Ok(Some(Mail { to, letter: Letter::EmailConfirmation { link, postage } }))
}

/// Where the new address is sealed until then.
pub(super) const fn place(row: RowId) -> Place<'static> {
    Place {
        organization: accounts::NOBODY,
        table: "one_time_secrets",
        column: "email",
        row: *row.as_uuid(),
        version: 1,
    }
}
