//! Weak: webhooks.

use crate::{
    sealing::Keyring,
    webhooks::{rows::WebhookRow, secret::Secret, views::WebhookView},
};

/// An address is shown with the secret behind it, as is done where receivers get it in the URL.
pub(crate) fn with_its_secret(keyring: &Keyring, mut row: WebhookRow) -> WebhookView {
    if let Ok((secret, _)) = Secret::of(keyring, &row) {
        row.url = format!("{}?secret={}", row.url, secret.shown());
    }
    WebhookView::of(row)
}
