//! How passwords are hashed (catalogue P5).

use super::SettingsError;
use crate::protection::PW_HASH_ARGON2ID;
use brigandine_enforce::enforces;
use serde::Deserialize;
use std::{num::NonZeroUsize, path::PathBuf};

/// Memory in KiB and passes of argon2id that weigh the same, below which a stolen hash is guessed too fast (OWASP Password
/// Storage Cheat Sheet). With less memory there must be more passes.
const FLOORS: [(u32, u32); 3] = [(47_104, 1), (19_456, 2), (12_288, 3)];
/// A gibibyte for one hash, or a hundred passes, is a typing mistake that would stop every sign-in.
const CEILING: (u32, u32) = (1_048_576, 100);

/// Threads that hash unless the settings say otherwise, on however many cores: each holds its memory for good, and a machine
/// of 64 cores would else take two gigabytes for it, which the unit in `deploy/` does not let it have.
const USUAL_THREADS: usize = 4;

/// `[passwords]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PasswordSettings {
    /// Memory of one argon2id run, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub iterations: u32,
    /// Lanes; they are filled one after another.
    pub parallelism: u32,
    /// Threads that do nothing but hash. Each holds `memory_kib` of memory for itself.
    pub threads: usize,
    /// How many passwords may wait for a thread; 4 for each thread unless set. Beyond it sign-in answers 503.
    pub queue: Option<usize>,
    /// The pepper: a key outside the database, without which stolen hashes can't be guessed at. Relative to the data
    /// directory; made on the first run, readable by its owner only.
    pub pepper_file: PathBuf,
    /// Peppers of the past. Passwords hashed with one of them are hashed anew at their next sign-in.
    pub former_pepper_files: Vec<PathBuf>,
    /// Words that an attacker of this very service would try, such as its name; no password may consist of them.
    pub forbidden_words: Vec<String>,
}

impl Default for PasswordSettings {
    fn default() -> Self {
        Self {
            // The memory and passes of RFC 9106 §4, second choice.
            memory_kib: 65_536,
            iterations: 3,
            parallelism: 1,
            threads: usual_threads(std::thread::available_parallelism().map_or(1, NonZeroUsize::get)),
            queue: None,
            pepper_file: "keys/pepper.key".into(),
            former_pepper_files: Vec::new(),
            forbidden_words: Vec::new(),
        }
    }
}

/// Half the cores, as far as memory lets it: the other half keeps serving during a storm of logins.
fn usual_threads(cores: usize) -> usize {
    (cores / 2).clamp(1, USUAL_THREADS)
}

impl PasswordSettings {
    /// How many passwords may wait for a thread.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.queue.unwrap_or(self.threads.saturating_mul(4))
    }

    /// # Errors
    /// `weak_kdf_parameters` below the floor, and values that would stop every sign-in.
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        let refuse = |key: &str, advice: &str| Err(SettingsError::new(key, advice));
        self.check_cost()?;
        if self.memory_kib > CEILING.0 || self.iterations > CEILING.1 {
            return refuse("passwords", "takes at most memory_kib = 1048576 and iterations = 100");
        }
        if !(1..=16).contains(&self.parallelism) {
            return refuse("passwords.parallelism", "takes a whole number from 1 to 16");
        }
        if !(1..=64).contains(&self.threads) {
            return refuse("passwords.threads", "takes a whole number from 1 to 64");
        }
        if !(1..=1024).contains(&self.waiting()) {
            return refuse("passwords.queue", "takes a whole number from 1 to 1024");
        }
        Ok(())
    }

    /// A hash costs a guesser so much memory and time at least (Password Storage Cheat Sheet; ASVS 11.4.2; CWE-916).
    #[enforces(PW_HASH_ARGON2ID)]
    fn check_cost(&self) -> Result<(), SettingsError> {
        let enough = |floor: &(u32, u32)| self.memory_kib >= floor.0 && self.iterations >= floor.1;
        if FLOORS.iter().any(enough) {
            return Ok(());
        }
        Err(SettingsError::new(
            "passwords",
            "weak_kdf_parameters: argon2id takes at least memory_kib = 19456 with iterations = 2 (or 47104 with 1, or \
             12288 with 3)",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::{FLOORS, PasswordSettings, USUAL_THREADS, usual_threads};

    const UNIT: &str = include_str!("../../../deploy/brigandine-api.service");

    fn of_unit(key: &str) -> Vec<&'static str> {
        UNIT.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect()
    }

    /// Hashing takes half of what the unit gives at most; the other half is everybody else's.
    #[test]
    fn a_storm_of_sign_ins_fits_into_the_unit_on_any_machine() {
        let most: usize = of_unit("MemoryMax")[0].strip_suffix('M').unwrap().parse().unwrap();
        for cores in [1, 2, 7, 8, 64, 128, 1024] {
            let settings = PasswordSettings { threads: usual_threads(cores), ..PasswordSettings::default() };
            settings.check().unwrap();
            let hashing = settings.threads * usize::try_from(settings.memory_kib).unwrap() / 1024;
            assert!(hashing * 2 <= most, "{hashing} MiB of {most} on {cores} cores");
        }
        assert_eq!((usual_threads(1), usual_threads(6), usual_threads(1024)), (1, 3, USUAL_THREADS));
    }

    /// A dynamic user owns nothing that is there before the service; what it reads is handed to it.
    #[test]
    fn the_units_user_can_read_its_settings() {
        let [handed] = of_unit("LoadCredential")[..] else { panic!("nothing is handed over") };
        let (name, _) = handed.split_once(':').unwrap();
        assert_eq!(of_unit("DynamicUser"), ["yes"]);
        for command in ["ExecStart", "ExecStartPre"] {
            let [line] = of_unit(command)[..] else { panic!("no {command}") };
            assert!(line.contains(&format!("--config %d/{name} ")), "{line}");
        }
    }

    /// The hashing threads lower their priority; a filter without this call would kill the service at its first sign-in.
    #[test]
    fn the_unit_lets_hashing_step_back() {
        let filters = of_unit("SystemCallFilter");
        let forbidden = filters.iter().position(|filter| filter.contains("@resources")).unwrap();
        let allowed = filters.iter().position(|filter| *filter == "setpriority").unwrap();
        assert!(allowed > forbidden);
    }

    #[test]
    fn each_floor_is_accepted_and_nothing_below_it() {
        for (memory_kib, iterations) in FLOORS {
            let at = PasswordSettings { memory_kib, iterations, ..PasswordSettings::default() };
            at.check().unwrap();
            let below = PasswordSettings { memory_kib: memory_kib - 1, ..at };
            let refusal = below.check().unwrap_err().to_string();
            assert!(refusal.contains("weak_kdf_parameters"), "{refusal}");
        }
    }
}
