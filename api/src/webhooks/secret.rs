//! The secret that deliveries to one address are signed with.

use super::rows::WebhookRow;
use crate::{
    http::problem::Problem,
    ids::{OrganizationId, WebhookId},
    sealing::{Keyring, Place, Sealed, SealingError},
};
use aws_lc_rs::{hmac, rand::fill};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::fmt;
use zeroize::Zeroizing;

/// How Standard Webhooks marks a symmetric secret.
const PREFIX: &str = "whsec_";
/// Within the 24 to 64 bytes that Standard Webhooks asks for.
const BYTES: usize = 32;

/// `whsec_` and 256 random bits in base64. Shown once, kept sealed.
pub(crate) struct Secret(Zeroizing<String>);

impl Secret {
    pub(super) fn generate() -> Result<Self, Problem> {
        let mut bytes = Zeroizing::new([0; BYTES]);
        fill(bytes.as_mut()).map_err(|_| SealingError::Provider("no random numbers".into()))?;
        Ok(Self(format!("{PREFIX}{}", STANDARD.encode(bytes.as_ref())).into()))
    }

    /// For the one answer that shows it.
    pub(crate) fn shown(&self) -> &str {
        &self.0
    }

    /// `v1,` and the signature in base64 (Standard Webhooks, "Signature scheme"). The three parts are joined by dots, and only
    /// the body may hold one: the others are an id of ours and a number.
    pub(super) fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        let secret = self.0.strip_prefix(PREFIX).unwrap_or(&self.0);
        let bytes = Zeroizing::new(STANDARD.decode(secret).unwrap_or_default());
        let key = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
        let signature = hmac::sign(&key, format!("{id}.{timestamp}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(signature.as_ref()))
    }

    pub(super) fn seal(&self, keyring: &Keyring, place: Place<'_>) -> Result<Sealed, SealingError> {
        keyring.seal(place, self.0.as_bytes())
    }

    /// The secrets of an address: the present one, and the former one while it still counts.
    pub(crate) fn of(keyring: &Keyring, row: &WebhookRow) -> Result<(Self, Option<Self>), SealingError> {
        let open = |column, sealed| keyring.open(place(row, column, row.version), sealed).map(Self);
        let former = row.former_secret.as_ref().map(|sealed| open(FORMER, sealed)).transpose()?;
        Ok((open(PRESENT, &row.secret)?, former))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

pub(super) const PRESENT: &str = "secret";
pub(super) const FORMER: &str = "former_secret";

pub(super) fn place<'a>(row: &WebhookRow, column: &'a str, version: i32) -> Place<'a> {
    place_of(row.organization_id, row.id, column, version)
}

pub(super) fn place_of(
    organization: OrganizationId,
    webhook: WebhookId,
    column: &str,
    version: i32,
) -> Place<'_> {
    Place { organization, table: "webhooks", column, row: *webhook.as_uuid(), version }
}

#[cfg(test)]
mod tests {
    use super::{BYTES, PREFIX, STANDARD, Secret};
    use base64::Engine;

    /// The example of the Standard Webhooks specification.
    #[test]
    fn signs_as_the_specification_does() {
        let secret = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned().into());
        let signed = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_new_secret_is_long_and_nobody_elses() {
        let (one, other) = (Secret::generate().unwrap(), Secret::generate().unwrap());
        assert_ne!(one.shown(), other.shown());
        let bytes = STANDARD.decode(one.shown().strip_prefix(PREFIX).unwrap()).unwrap();
        assert_eq!(bytes.len(), BYTES);
        assert_eq!(format!("{one:?}"), "Secret");
    }
}
