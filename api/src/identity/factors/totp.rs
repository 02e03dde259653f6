//! Codes of an authenticator: RFC 6238 with six digits, thirty seconds and SHA-1, which is what authenticators compute
//! whatever else they are asked for. HMAC does not need collision resistance (RFC 4226 appendix B.2).

use super::{Attempt, FactorError, Verdict, attempt, qr, seal::Seal};
use crate::{
    ids::{AccountId, RowId},
    protection::MFA_OTP,
    sealing::{Keyring, Sealed},
    store::{prelude::*, schema::factors, types::Moment},
};
use aws_lc_rs::rand::fill;
use brigandine_enforce::enforces;
use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

/// How long the previous code is still taken, in seconds: for whoever typed the last digit as it changed. RFC 6238
/// section 5.2 would allow a whole step; ASVS 6.5.5 caps a code's life at one.
const GRACE: i64 = 5;
/// 160 bits (RFC 4226 section 4, R6).
const SEED_BYTES: usize = 20;
/// Codes are digits; a person may have typed the space that authenticators show in the middle.
const DIGITS: usize = 6;

/// The secret that server and authenticator share, in base32.
pub struct Seed(Zeroizing<String>);

impl Seed {
    pub(super) fn generate() -> Result<Self, FactorError> {
        let mut bytes = Zeroizing::new([0; SEED_BYTES]);
        fill(bytes.as_mut_slice()).map_err(|_| FactorError::Unusable("no random numbers"))?;
        Ok(Self(Zeroizing::new(Secret::new_stack(*bytes).to_base32())))
    }

    /// Reads a seed in base32; none of less than 128 bits is taken (RFC 4226 section 4, R6).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let seed = Self(Zeroizing::new(text.to_ascii_uppercase()));
        seed.totp().is_ok().then_some(seed)
    }

    pub(super) const fn from_text(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    /// In base32, to be typed into an authenticator that has no camera.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The same in groups of four, for a person to copy.
    #[must_use]
    pub fn grouped(&self) -> Zeroizing<String> {
        let mut grouped = String::with_capacity(self.0.len() * 2);
        for (position, letter) in self.0.chars().enumerate() {
            if position > 0 && position % 4 == 0 {
                grouped.push(' ');
            }
            grouped.push(letter);
        }
        Zeroizing::new(grouped)
    }

    /// What the authenticator scans: `otpauth://totp/…`.
    ///
    /// # Errors
    /// When the names hold a colon.
    pub fn uri(&self, issuer: &str, account_name: &str) -> Result<Zeroizing<String>, FactorError> {
        let totp = self.builder()?.with_issuer(Some(issuer)).with_account_name(account_name).build();
        let uri = totp.and_then(|totp| totp.to_url());
        uri.map(Zeroizing::new).map_err(|_| FactorError::Unusable("the names do not fit an otpauth URI"))
    }

    /// The URI as a picture: an `svg` element for the page.
    ///
    /// # Errors
    /// As [`Seed::uri`].
    pub fn picture(&self, issuer: &str, account_name: &str) -> Result<Zeroizing<String>, FactorError> {
        qr::svg(&self.uri(issuer, account_name)?)
    }

    /// The step whose code this is, if it is the current one or, in its first seconds, the one before.
    pub(super) fn matching_step(&self, code: &str, now: Moment) -> Result<Option<i64>, FactorError> {
        let code: String = code.chars().filter(|character| *character != ' ').collect();
        if code.len() != DIGITS {
            return Ok(None);
        }
        let totp = self.totp()?;
        let now = now.time().timestamp();
        let step = taken_at(now).into_iter().find_map(|at| totp.check(&code, u64::try_from(at).ok()?));
        Ok(step.and_then(|step| i64::try_from(step).ok()))
    }

    fn totp(&self) -> Result<Totp, FactorError> {
        self.builder()?.build().map_err(|_| FactorError::Unusable("the seed is too short"))
    }

    fn builder(&self) -> Result<Builder, FactorError> {
        let secret = Secret::try_from_base32(self.text());
        let secret = secret.map_err(|_| FactorError::Unusable("the seed is not base32"))?;
        Ok(Builder::new().with_skew(0).with_secret(secret))
    }
}

/// Whose codes are taken now: those of this moment, and for a few seconds the one before. Each step more is another
/// code that a guess may hit, and more time for whoever looked on (ASVS 6.5.5).
#[enforces(MFA_OTP, answers = (-2..=2).map(|steps| now + steps * 30).collect())]
fn taken_at(now: i64) -> Vec<i64> {
    vec![now, now - GRACE]
}

/// Checks a code, and takes it: it works once.
///
/// # Errors
/// When the database or the keys fail; the code is then not taken.
pub async fn verify(
    transaction: &mut Transaction,
    keyring: &Keyring,
    attempt: Attempt,
    code: &str,
) -> Result<Verdict, FactorError> {
    attempt::decide(transaction, attempt, async |transaction: &mut Transaction| {
        let Some((factor, seed)) = confirmed(transaction, keyring, attempt.account).await? else {
            return Ok(false);
        };
        match seed.matching_step(code, attempt.now)? {
            Some(step) => take(transaction, factor, step, attempt.now).await,
            None => Ok(false),
        }
    })
    .await
}

/// Compare and set in one statement: of two requests with the same code, whatever they read before, one gets the row.
/// Older steps than the last one are gone too: a code that was seen on its way opens nothing (RFC 6238 §5.2; ASVS 6.5.1).
#[enforces(MFA_OTP, answers = Ok(true))]
async fn take(
    transaction: &mut Transaction,
    factor: RowId,
    step: i64,
    now: Moment,
) -> Result<bool, FactorError> {
    let unused = factors::table
        .filter(factors::id.eq(factor))
        .filter(factors::last_step.is_null().or(factors::last_step.lt(step)));
    let taken = each!(transaction.connection(), |c| diesel::update(unused)
        .set((factors::last_step.eq(Some(step)), factors::last_used_at.eq(Some(now))))
        .execute(c))?;
    Ok(taken == 1)
}

async fn confirmed(
    transaction: &mut Transaction,
    keyring: &Keyring,
    account: AccountId,
) -> Result<Option<(RowId, Seed)>, FactorError> {
    let query = || {
        factors::table
            .filter(factors::account_id.eq(account))
            .filter(factors::kind.eq("totp"))
            .filter(factors::confirmed_at.is_not_null())
            .order((factors::created_at.desc(), factors::id.desc()))
            .select((factors::id, factors::secret, factors::version))
    };
    let row: Option<(RowId, Sealed, i32)> =
        each!(transaction.connection(), |c| query().first(c)).optional()?;
    let Some((factor, sealed, version)) = row else { return Ok(None) };
    let text = Seal { keyring, account, factor, version }.open(&sealed)?;
    Ok(Some((factor, Seed::from_text(text))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn at(seconds: i64) -> Moment {
        Moment::new(DateTime::from_timestamp(seconds, 0).unwrap())
    }

    fn rfc() -> Seed {
        Seed::from_text(Zeroizing::new(Secret::new_stack(*b"12345678901234567890").to_base32()))
    }

    #[test]
    fn the_codes_are_those_of_the_rfc() {
        // RFC 6238 appendix B, cut to six digits.
        for (time, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            assert_eq!(rfc().matching_step(code, at(time)).unwrap(), Some(time / 30));
        }
    }

    #[test]
    fn the_previous_code_has_five_seconds_and_the_next_one_none() {
        let seed = rfc();
        let code = seed.totp().unwrap().generate(300).to_string();
        let taken = |now| seed.matching_step(&code, at(now)).unwrap();
        assert_eq!(taken(299), None);
        assert_eq!(taken(300), Some(10));
        assert_eq!(taken(329), Some(10));
        assert_eq!(taken(334), Some(10));
        assert_eq!(taken(335), None);
    }

    #[test]
    fn only_six_digits_are_a_code() {
        let seed = rfc();
        assert!(seed.matching_step("287 082", at(59)).unwrap().is_some());
        for code in ["", "28708", "2870822", "+28708", "28708x", "２８７０８２"] {
            assert_eq!(seed.matching_step(code, at(59)).unwrap(), None, "{code}");
        }
    }

    #[test]
    fn the_authenticator_is_told_what_it_needs() {
        let seed = Seed::generate().unwrap();
        assert_eq!(seed.text().len(), 32);
        let uri = seed.uri("api.clinic.test", "ada@clinic.test").unwrap();
        assert!(uri.starts_with("otpauth://totp/api.clinic.test:ada%40clinic.test?secret="), "{}", *uri);
        assert!(uri.contains(seed.text()));
        assert!(seed.uri("a:b", "ada").is_err());
        let picture = seed.picture("api.clinic.test", "ada@clinic.test").unwrap();
        assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>"));
    }
}
