//! A passkey becomes a factor of an account.

use super::{
    super::{FactorError, seal::Seal},
    Passkeys,
    state::{self, Purpose},
};
use crate::{
    ids::{AccountId, RowId},
    sealing::Keyring,
    store::{prelude::*, schema::factors, types::Moment},
};
use webauthn_rs::prelude::{
    CreationChallengeResponse, Passkey, PasskeyRegistration, RegisterPublicKeyCredential,
};

/// A new passkey, as it came from the browser.
pub struct Registered<'a> {
    /// The ceremony it answers.
    pub ceremony: RowId,
    /// What the authenticator made.
    pub credential: &'a RegisterPublicKeyCredential,
    /// What the owner calls it.
    pub name: &'a str,
}

impl Passkeys {
    /// Begins a registration: what the browser is to be asked for, and the ceremony's id, which comes back with the answer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_registration(
        &self,
        transaction: &mut Transaction,
        account: AccountId,
        account_name: &str,
        now: Moment,
    ) -> Result<(RowId, CreationChallengeResponse), FactorError> {
        let query = || {
            factors::table
                .filter(factors::account_id.eq(account))
                .filter(factors::kind.eq("passkey"))
                .select(factors::credential_id)
        };
        let known: Vec<Option<Vec<u8>>> = each!(transaction.connection(), |c| query().load(c))?;
        let known = known.into_iter().flatten().collect();
        let (mut options, state) = self
            .webauthn
            .start_passkey_registration(*account.as_uuid(), account_name, account_name, Some(known))
            .map_err(|_| FactorError::Unusable("a registration can't begin"))?;
        if let Some(selection) = &mut options.public_key.authenticator_selection {
            // To be found without naming an account, the passkey must be kept by the authenticator.
            selection.resident_key = None;
            selection.require_resident_key = true;
        }
        let id = state::keep(transaction, Purpose::Registration, Some(account), &state, now).await?;
        Ok((id, options))
    }

    /// Finishes a registration. `None`: the answer does not belong to a ceremony of this account that is still open, or
    /// was made for another origin or without user verification, or the passkey is registered already.
    ///
    /// # Errors
    /// When the database or the keys fail.
    pub async fn finish_registration(
        &self,
        transaction: &mut Transaction,
        keyring: &Keyring,
        account: AccountId,
        registered: Registered<'_>,
        now: Moment,
    ) -> Result<Option<RowId>, FactorError> {
        let Registered { ceremony, credential, name } = registered;
        let state: Option<PasskeyRegistration> =
            state::take(transaction, Purpose::Registration, Some(account), ceremony, now).await?;
        let Some(state) = state else { return Ok(None) };
        let Ok(passkey) = self.webauthn.finish_passkey_registration(credential, &state) else {
            return Ok(None);
        };
        let (factor, version) = (RowId::random(), 1);
        let secret = Seal { keyring, account, factor, version }.seal(&to_text(&passkey)?)?;
        let new = (
            factors::id.eq(factor),
            factors::account_id.eq(account),
            factors::kind.eq("passkey"),
            factors::name.eq(name),
            factors::secret.eq(secret),
            factors::credential_id.eq(Some(passkey.cred_id().to_vec())),
            factors::version.eq(version),
            factors::created_at.eq(now),
            factors::confirmed_at.eq(Some(now)),
        );
        let inserted = each!(transaction.connection(), |c| diesel::insert_into(factors::table)
            .values(&new)
            // One credential id, one account: else the owner of one could sign in as the other.
            .on_conflict(factors::credential_id)
            .do_nothing()
            .execute(c))?;
        Ok((inserted == 1).then_some(factor))
    }
}

/// A stored passkey: its public key, its counter, whether it is backed up.
pub(super) fn to_text(passkey: &Passkey) -> Result<String, FactorError> {
    serde_json::to_string(passkey).map_err(|_| FactorError::Unusable("a passkey can't be written"))
}
