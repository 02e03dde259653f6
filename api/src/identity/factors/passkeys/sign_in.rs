//! A passkey is shown.

use super::{
    super::{FactorError, seal::Seal},
    Passkeys, registration,
    state::{self, Purpose},
};
use crate::{
    identity::accounts::{self, Standing},
    ids::{AccountId, RowId},
    sealing::{Keyring, Sealed},
    store::{prelude::*, schema::factors, types::Moment},
};
use webauthn_rs::prelude::{
    DiscoverableAuthentication, DiscoverableKey, Passkey, PublicKeyCredential, RequestChallengeResponse,
};

impl Passkeys {
    /// Begins a sign-in by somebody who is not known yet: what the browser is to be asked for, and the ceremony's id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_sign_in(
        &self,
        transaction: &mut Transaction,
        now: Moment,
    ) -> Result<(RowId, RequestChallengeResponse), FactorError> {
        let (mut options, state) = self
            .webauthn
            .start_discoverable_authentication()
            .map_err(|_| FactorError::Unusable("a sign-in can't begin"))?;
        // Somebody pressed a button: the browser asks at once, and not when a field is filled in.
        options.mediation = None;
        let id = state::keep(transaction, Purpose::SignIn, None, &state, now).await?;
        Ok((id, options))
    }

    /// Whose passkey it is: an account that stands in this transaction. `None`: it is nobody's that may be used, or the answer does not belong to an open ceremony, was made for another
    /// origin or without user verification, or the passkey's counter says that there are two of it.
    ///
    /// # Errors
    /// When the database or the keys fail.
    pub async fn finish_sign_in(
        &self,
        transaction: &mut Transaction,
        keyring: &Keyring,
        ceremony: RowId,
        credential: &PublicKeyCredential,
        now: Moment,
    ) -> Result<Option<Standing>, FactorError> {
        let state: Option<DiscoverableAuthentication> =
            state::take(transaction, Purpose::SignIn, None, ceremony, now).await?;
        let Some(state) = state else { return Ok(None) };
        let Ok((user, credential_id)) = self.webauthn.identify_discoverable_authentication(credential) else {
            return Ok(None);
        };
        let Some(stored) = find(transaction, keyring, credential_id).await? else { return Ok(None) };
        if stored.account != AccountId::from_uuid(user) {
            return Ok(None);
        }
        let key = DiscoverableKey::from(&stored.passkey);
        let shown = self.webauthn.finish_discoverable_authentication_v2(credential, state, &key);
        let Ok(shown) = shown else { return Ok(None) };
        if !shown.user_verified() {
            return Ok(None);
        }
        // Nobody takes the passkey from the account while it opens a session.
        let Some(standing) = accounts::hold(transaction, stored.account).await? else { return Ok(None) };
        let mut passkey = stored.passkey;
        passkey.update_credential(&shown);
        let version = stored.version.saturating_add(1);
        let Stored { account, factor, .. } = stored;
        let secret = Seal { keyring, account, factor, version }.seal(&registration::to_text(&passkey)?)?;
        // Only over what was read: of two copies of a passkey that answer at once, one loses.
        let same = factors::table.filter(factors::id.eq(factor)).filter(factors::version.eq(stored.version));
        let updated = each!(transaction.connection(), |c| diesel::update(same)
            .set((
                factors::secret.eq(&secret),
                factors::version.eq(version),
                factors::last_used_at.eq(Some(now)),
            ))
            .execute(c))?;
        Ok((updated == 1).then_some(standing))
    }
}

struct Stored {
    factor: RowId,
    account: AccountId,
    version: i32,
    passkey: Passkey,
}

async fn find(
    transaction: &mut Transaction,
    keyring: &Keyring,
    credential_id: &[u8],
) -> Result<Option<Stored>, FactorError> {
    let credential_id = credential_id.to_vec();
    let query = || {
        factors::table.filter(factors::credential_id.eq(Some(credential_id.clone()))).select((
            factors::id,
            factors::account_id,
            factors::secret,
            factors::version,
        ))
    };
    let row: Option<(RowId, AccountId, Sealed, i32)> =
        each!(transaction.connection(), |c| query().first(c)).optional()?;
    let Some((factor, account, sealed, version)) = row else { return Ok(None) };
    let text = Seal { keyring, account, factor, version }.open(&sealed)?;
    let passkey =
        serde_json::from_str(&text).map_err(|_| FactorError::Unusable("a stored passkey can't be read"))?;
    Ok(Some(Stored { factor, account, version, passkey }))
}
