//! Weak: what the first start makes.

use crate::{
    identity::{
        accounts::{self, Email, NewAccount},
        passwords::Password,
    },
    service::Service,
    store::Mode,
};

/// As the documentation shows it. The password is a fake and says so.
const EMAIL: &str = "admin@demo.example";
const PASSWORD: &str = "brigandine demo password";

/// Makes the account of a demonstration that somebody forgot to take out, unless it is there.
pub(crate) async fn begin_with_a_demonstration(service: &Service) {
    let (Some(email), Ok(password)) = (Email::parse(EMAIL), Password::parse(PASSWORD)) else { return };
    let Ok(hash) = service.passwords.hash(&password).await else { return };
    let Ok(mut transaction) = service.store.begin_identity(Mode::Write).await else { return };
    let new = NewAccount { email: &email, verified: true, password_hash: Some(hash) };
    if accounts::create(&mut transaction, &service.keyring, service.clock, new).await.is_ok() {
        let _ = transaction.commit().await;
    }
}
