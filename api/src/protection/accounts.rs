//! Accounts: passwords, factors, sessions.

#![expect(missing_docs, reason = "what a protection states, and why, is in its fields")]

use super::{Family, Protection, clause};

pub static SESSION_TIMEOUTS: Protection = Protection {
    id: "session-timeouts",
    family: Family::Accounts,
    clauses: &[
        clause("Sessions of staff end after 30 minutes without use", &["idle"]),
        clause("after 12 hours whatever is done, and those of patients after 24", &["absolute"]),
        clause("whatever else is given for a time ends when it was reviewed to", &["every-lifetime"]),
        clause("by the service's clock", &["clock"]),
    ],
    why: "A browser that was left open on the ward is signed in for whoever comes next.",
    owasp: &["API2:2023"],
    asvs: &["7.1.1", "7.1.3", "7.3.1", "7.3.2", "7.6.1", "10.4.8"],
    cwe: &[613],
    references: &["NIST SP 800-63B-4 §2.2.3 (AAL2 24 h / 1 h), §2.3.3 (12 h), §5.2"],
};

pub static SESSION_TERMINATION: Protection = Protection {
    id: "session-termination",
    family: Family::Accounts,
    clauses: &[
        clause("Signing out and ending a session end its tokens and cookie", &["keep-using"]),
        clause("one's own sessions only", &["foreign"]),
        clause("a session's id is new at every sign-in", &["fixation"]),
        clause("the oldest of too many gives way, and no link signs anybody out", &["many"]),
        clause("what was verified before such a change takes no effect after it", &["overtaken", "outrun"]),
        clause("whom a provider vouched for is signed out when it is trusted no longer", &["distrusted"]),
        clause(
            "a provider's word that somebody signed out ends what it vouched for, in every organization that names it and \
             in no other",
            &["logout-token"],
        ),
    ],
    why: "Who ends a session believes that everything ended with it.",
    owasp: &["API2:2023"],
    asvs: &[
        "7.1.2", "7.2.1", "7.2.3", "7.2.4", "7.4.1", "7.4.2", "7.4.3", "7.4.5", "7.5.2", "10.5.5", "10.6.2",
        "14.3.1",
    ],
    cwe: &[613, 384],
    references: &["OIDC Back-Channel Logout §2.6", "RFC 7009"],
};

pub static PW_HASH_ARGON2ID: Protection = Protection {
    id: "pw-hash-argon2id",
    family: Family::Accounts,
    clauses: &[
        clause(
            "Passwords are stored as argon2id with a salt each and a pepper outside the database",
            &["db-theft"],
        ),
        clause("above the floor of 19 MiB and 2 passes, or the service does not start", &["boot-weak"]),
        clause("weaker ones are hashed anew at the next sign-in", &["weak-legacy"]),
    ],
    why: "A stolen table of fast hashes is a table of passwords by the evening, also for every other service that people use them at.",
    owasp: &["API2:2023"],
    asvs: &["11.4.2"],
    cwe: &[916, 759, 256],
    references: &["RFC 9106 §4", "OWASP Password Storage CS", "NIST SP 800-63B-4 §3.1.1.2", "ASVS App. C"],
};

pub static PW_POLICY: Protection = Protection {
    id: "pw-policy",
    family: Family::Accounts,
    clauses: &[
        clause("At least 15 code points", &["short"]),
        clause("no common or own words", &["common"]),
        clause("no part of a password is ignored", &["truncate", "nul"]),
        clause("at most 256, refused before any work", &["huge"]),
    ],
    why: "Guessing starts with the passwords that others have; a rule that asks for a digit gets `Password1`.",
    owasp: &["API2:2023"],
    asvs: &["6.2.1", "6.2.4", "6.2.5", "6.2.8", "6.2.9", "6.2.10", "6.2.11", "6.2.12", "6.1.2"],
    cwe: &[521, 1391],
    references: &["NIST SP 800-63B-4 §3.1.1.2", "Authentication CS"],
};

pub static LOGIN_THROTTLE_ACCOUNT: Protection = Protection {
    id: "login-throttle-account",
    family: Family::Accounts,
    clauses: &[
        clause(
            "Failures are counted for the account, however it is written and wherever they come from: 5 are free, then each costs a growing delay",
            &["brute", "alias"],
        ),
        clause("many at once or in one message are no way around", &["parallel", "batch"]),
        clause("the owner's sessions and known browser go on", &["victim-dos"]),
    ],
    why: "A botnet has an address for every guess, so counting by address alone lets it guess for ever; counting by account alone lets anybody lock a doctor out.",
    owasp: &["API2:2023"],
    asvs: &["6.3.1", "6.1.1"],
    cwe: &[307, 645],
    references: &["NIST SP 800-63B-4 §3.2.2 (≤100)", "Authentication CS \"Account Lockout\""],
};

pub static LOGIN_THROTTLE_SOURCE: Protection = Protection {
    id: "login-throttle-source",
    family: Family::Accounts,
    clauses: &[
        clause("One address, its /64 or /24, can't try many accounts", &["spray"]),
        clause("nor can many addresses together, when most of what they try fails", &["stuff"]),
    ],
    why: "One common password tried once at every account stays below every account's own count.",
    owasp: &["API2:2023", "API4:2023"],
    asvs: &["6.3.1", "2.4.1"],
    cwe: &[307, 799],
    references: &["Credential Stuffing CS", "Bot CS (\"two independent buckets\")", "OAT-008"],
};

pub static ACCOUNT_ENUMERATION: Protection = Protection {
    id: "account-enumeration",
    family: Family::Accounts,
    clauses: &[
        clause(
            "Signing in, registering and asking for a new password answer identically (status, headers, body) for existing, absent, delayed and disabled accounts",
            &["body", "forgot"],
        ),
        clause("a sign-in takes about the same time with and without an account", &["timing"]),
    ],
    why: "Who is a patient here is itself a secret, and a list of existing accounts is half of every guess.",
    owasp: &["API2:2023"],
    asvs: &["6.3.8"],
    cwe: &[204, 208, 203],
    references: &["Authentication CS", "Forgot Password CS"],
};

pub static PW_RESET_TOKEN: Protection = Protection {
    id: "pw-reset-token",
    family: Family::Accounts,
    clauses: &[
        clause("A link for a new password counts once, for 10 minutes, and only the latest", &["reuse"]),
        clause("it goes to the stored address with the configured base URL", &["host"]),
        clause("it is for one account and can't be guessed", &["guess"]),
        clause("an account gets few of them", &["bomb"]),
        clause("they are stored as hashes", &["storage"]),
        clause("the operator's link for somebody who lost the way in is held to the same", &["rescue"]),
        clause("nobody sets another's password", &["admin-set"]),
    ],
    why: "Whoever can reset a password does not need to know it: the way back in is a way in, and is attacked as one.",
    owasp: &["API2:2023", "API4:2023"],
    asvs: &["6.4.3", "6.4.1", "6.4.6", "6.5.5", "6.6.2", "6.6.3", "11.5.1"],
    cwe: &[640, 330],
    references: &["Forgot Password CS", "NIST SP 800-63B-4 §4.2"],
};

pub static CREDENTIAL_CHANGE_REAUTH: Protection = Protection {
    id: "credential-change-reauth",
    family: Family::Accounts,
    clauses: &[
        clause(
            "Changing password, address or factors needs the current password and a factor shown within 5 minutes",
            &["stolen-token"],
        ),
        clause("guesses at the current password are throttled", &["wrong-current"]),
        clause("a new address counts once it is confirmed, and the old one is told", &["confirm"]),
        clause("a change voids the other changes that are pending", &["swap-order", "pending"]),
    ],
    why: "A stolen session ends by itself. With another address or password in the account it never does.",
    owasp: &["API2:2023"],
    asvs: &["6.2.2", "6.2.3", "7.5.1", "7.4.3", "6.3.7", "6.5.6", "6.4.4"],
    cwe: &[620, 306],
    references: &["Authentication CS"],
};

pub static ACCOUNT_DEFAULT_CREDS: Protection = Protection {
    id: "account-default-creds",
    family: Family::Accounts,
    clauses: &[
        clause("No default, shared or sample account works", &["defaults", "demo"]),
        clause(
            "the first administrator comes by a one-time link that is good for 30 minutes and void once somebody administers",
            &["setup-reuse"],
        ),
    ],
    why: "A password that came with the software is known to everybody who has the software.",
    owasp: &["API2:2023", "API8:2023"],
    asvs: &["6.3.2", "6.4.2", "13.2.3", "6.4.1"],
    cwe: &[1392, 798],
    references: &[],
};
