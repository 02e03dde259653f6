//! Passkeys: WebAuthn with user verification, which is two factors at once: the key, and the finger or PIN that opens it.
//!
//! - [`registration`]: a passkey becomes a factor of an account.
//! - [`sign_in`]: it is shown. The account is found by what the passkey says, so that nobody has to name one and nothing
//!   tells whether it exists.
//! - `state`: what the server remembers in between. It never leaves the server, lives five minutes and is taken once.
//! - `passkeys.js`: the one script of the sign-in pages. It asks the browser and submits an ordinary form.

pub mod registration;
pub mod sign_in;
mod state;
#[cfg(test)]
mod tests;

use super::FactorError;
use url::Url;
use webauthn_rs::{Webauthn, WebauthnBuilder};

/// The script, to be served as it is.
pub const SCRIPT: &str = include_str!("passkeys.js");

/// The relying party: this service under its base URL.
#[derive(Debug)]
pub struct Passkeys {
    webauthn: Webauthn,
}

impl Passkeys {
    /// For the service at this base URL. Its host is what passkeys are bound to: after a change of name they are lost.
    ///
    /// # Errors
    /// When the host is an address: passkeys are bound to names.
    pub fn new(base: &Url) -> Result<Self, FactorError> {
        let unusable = |_| FactorError::Unusable("passkeys need a host name");
        let host = base.domain().ok_or(FactorError::Unusable("passkeys need a host name"))?;
        let webauthn = WebauthnBuilder::new(host, base).and_then(WebauthnBuilder::build).map_err(unusable)?;
        Ok(Self { webauthn })
    }
}
