//! A password's hash as it is stored: a PHC string, `$argon2id$v=19$m=65536,t=3,p=1,keyid=…$salt$hash`.

use argon2::password_hash::phc::{Output, ParamsString, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Params, ParamsBuilder, PasswordHash, Version};
use std::fmt;

pub(super) const SALT: usize = 16;
pub(super) const OUTPUT: usize = 32;

/// A stored hash may ask for this much and no more: else whoever can write one row could make a sign-in take the
/// machine's memory.
const MOST_MEMORY_KIB: u32 = 1_048_576;
const MOST_PASSES: u32 = 100;
const MOST_LANES: u32 = 16;

/// A hash and how it came about.
pub(super) struct Stored {
    pub(super) params: Params,
    pub(super) salt: Vec<u8>,
    pub(super) output: [u8; OUTPUT],
}

/// The cost that the settings ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cost {
    pub(super) memory_kib: u32,
    pub(super) passes: u32,
    pub(super) lanes: u32,
}

impl Cost {
    /// Parameters of argon2id that also name the pepper.
    pub(super) fn params(self, pepper: &[u8]) -> argon2::Result<Params> {
        let mut builder = ParamsBuilder::new();
        builder.m_cost(self.memory_kib).t_cost(self.passes).p_cost(self.lanes).output_len(OUTPUT);
        builder.keyid(argon2::KeyId::new(pepper)?);
        builder.build()
    }

    /// Whether a hash with these parameters costs an attacker less. One that costs more stays as it is.
    pub(super) const fn exceeds(self, params: &Params) -> bool {
        self.memory_kib > params.m_cost() || self.passes > params.t_cost()
    }
}

impl Stored {
    /// Reads a stored hash; `None` when it is not one that this service would have written.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let hash = PasswordHash::new(text).ok()?;
        let argon2id = hash.algorithm == ARGON2ID_IDENT && hash.version == Some(Version::V0x13.into());
        let params = Params::try_from(&hash).ok().filter(|_| argon2id)?;
        let bounded = params.m_cost() <= MOST_MEMORY_KIB
            && params.t_cost() <= MOST_PASSES
            && params.p_cost() <= MOST_LANES;
        if !bounded {
            return None;
        }
        let output = hash.hash?.as_bytes().try_into().ok()?;
        Some(Self { params, salt: hash.salt?.to_vec(), output })
    }
}

impl fmt::Display for Stored {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hash = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&self.params).map_err(|_| fmt::Error)?,
            salt: Some(Salt::new(&self.salt).map_err(|_| fmt::Error)?),
            hash: Some(Output::new(&self.output).map_err(|_| fmt::Error)?),
        };
        hash.fmt(formatter)
    }
}
