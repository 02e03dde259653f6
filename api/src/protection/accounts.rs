//! Accounts: passwords, factors, sessions.

use super::{Facts, Family};

pub(super) const SESSION_TIMEOUTS: Facts = Facts {
    id: "session-timeouts",
    family: Family::Accounts,
    statement: "Staff sessions: idle 30 min, absolute 12 h; patients: idle 60 min, absolute 24 h; service tokens ≤10 min, no refresh.",
    why: "A browser that was left open on the ward is signed in for whoever comes next.",
    owasp: &["API2:2023"],
    asvs: &["7.1.1", "7.1.3", "7.3.1", "7.3.2", "7.6.1", "10.4.8"],
    cwe: &[613],
    references: &["NIST SP 800-63B-4 §2.2.3 (AAL2 24 h / 1 h), §2.3.3 (12 h), §5.2"],
};

pub(super) const SESSION_TERMINATION: Facts = Facts {
    id: "session-termination",
    family: Family::Accounts,
    statement: "Logout, password/MFA change, deactivation and admin action end all affected sessions, refresh families and tokens; users list and end their own sessions; new session id at every authentication; IdP back-channel logout honoured.",
    why: "Who ends a session believes that everything ended with it.",
    owasp: &["API2:2023"],
    asvs: &[
        "7.1.2", "7.2.1", "7.2.3", "7.2.4", "7.4.1", "7.4.2", "7.4.3", "7.4.5", "7.5.2", "10.5.5", "10.6.2",
        "14.3.1",
    ],
    cwe: &[613, 384],
    references: &["OIDC Back-Channel Logout §2.6", "RFC 7009"],
};

pub(super) const PW_HASH_ARGON2ID: Facts = Facts {
    id: "pw-hash-argon2id",
    family: Family::Accounts,
    statement: "Passwords are stored as argon2id PHC strings (salt ≥16 random bytes, keyed pepper outside the DB), above the floor m=19456 KiB, t=2, p=1, and are rehashed on login when parameters rise.",
    why: "A stolen table of fast hashes is a table of passwords by the evening, also for every other service that people use them at.",
    owasp: &["API2:2023"],
    asvs: &["11.4.2"],
    cwe: &[916, 759, 256],
    references: &["RFC 9106 §4", "OWASP Password Storage CS", "NIST SP 800-63B-4 §3.1.1.2", "ASVS App. C"],
};

pub(super) const PW_POLICY: Facts = Facts {
    id: "pw-policy",
    family: Family::Accounts,
    statement: "Length ≥15 code points (≥8 only where MFA is enforced), ≥64 accepted, cap 256, any Unicode incl. spaces, no composition rules, no expiry, blocklist of breached + top lists + context words, verified in full length.",
    why: "Guessing starts with the passwords that others have; a rule that asks for a digit gets `Password1`.",
    owasp: &["API2:2023"],
    asvs: &["6.2.1", "6.2.4", "6.2.5", "6.2.8", "6.2.9", "6.2.10", "6.2.11", "6.2.12", "6.1.2"],
    cwe: &[521, 1391],
    references: &["NIST SP 800-63B-4 §3.1.1.2", "Authentication CS"],
};

pub(super) const LOGIN_THROTTLE_ACCOUNT: Facts = Facts {
    id: "login-throttle-account",
    family: Family::Accounts,
    statement: "Failures are counted per account: 5 free, then exponential delay 1,2,4…s up to 15 min, hard stop at 100 consecutive until reset; the counter cannot lock out the real user's existing sessions or reset path.",
    why: "A botnet has an address for every guess, so counting by address alone lets it guess for ever; counting by account alone lets anybody lock a doctor out.",
    owasp: &["API2:2023"],
    asvs: &["6.3.1", "6.1.1"],
    cwe: &[307, 645],
    references: &["NIST SP 800-63B-4 §3.2.2 (≤100)", "Authentication CS \"Account Lockout\""],
};

pub(super) const LOGIN_THROTTLE_SOURCE: Facts = Facts {
    id: "login-throttle-source",
    family: Family::Accounts,
    statement: "One source cannot try many accounts: token buckets per IP//64 and per network block plus a global failed-login ratio breaker; MFA or proof-of-work is demanded when it trips.",
    why: "One common password tried once at every account stays below every account's own count.",
    owasp: &["API2:2023", "API4:2023"],
    asvs: &["6.3.1", "2.4.1"],
    cwe: &[307, 799],
    references: &["Credential Stuffing CS", "Bot CS (\"two independent buckets\")", "OAT-008"],
};

pub(super) const ACCOUNT_ENUMERATION: Facts = Facts {
    id: "account-enumeration",
    family: Family::Accounts,
    statement: "Login, register, forgot-password, invite, availability and MFA endpoints answer identically (status, headers, body, timing class) for existing, absent, locked and disabled accounts.",
    why: "Who is a patient here is itself a secret, and a list of existing accounts is half of every guess.",
    owasp: &["API2:2023"],
    asvs: &["6.3.8"],
    cwe: &[204, 208, 203],
    references: &["Authentication CS", "Forgot Password CS"],
};

pub(super) const PW_RESET_TOKEN: Facts = Facts {
    id: "pw-reset-token",
    family: Family::Accounts,
    statement: "Reset tokens: 256-bit random, stored hashed, 10 min, one use, bound to the account and to the latest request, delivered only to the stored address with a configured base URL; MFA is not bypassed; no auto-login.",
    why: "Whoever can reset a password does not need to know it: the way back in is a way in, and is attacked as one.",
    owasp: &["API2:2023", "API4:2023"],
    asvs: &["6.4.3", "6.4.1", "6.4.6", "6.5.5", "6.6.2", "6.6.3", "11.5.1"],
    cwe: &[640, 330],
    references: &["Forgot Password CS", "NIST SP 800-63B-4 §4.2"],
};

pub(super) const CREDENTIAL_CHANGE_REAUTH: Facts = Facts {
    id: "credential-change-reauth",
    family: Family::Accounts,
    statement: "Changing password, e-mail, phone, MFA or passkeys needs the current password (and a factor) within 5 min, notifies the old contact, and offers to end other sessions.",
    why: "A stolen session ends by itself. With another address or password in the account it never does.",
    owasp: &["API2:2023"],
    asvs: &["6.2.2", "6.2.3", "7.5.1", "7.4.3", "6.3.7", "6.5.6", "6.4.4"],
    cwe: &[620, 306],
    references: &["Authentication CS"],
};

pub(super) const ACCOUNT_DEFAULT_CREDS: Facts = Facts {
    id: "account-default-creds",
    family: Family::Accounts,
    statement: "No default, shared or sample account works; bootstrap admin needs a one-time 30-min setup token printed once; security questions and hints do not exist.",
    why: "A password that came with the software is known to everybody who has the software.",
    owasp: &["API2:2023", "API8:2023"],
    asvs: &["6.3.2", "6.4.2", "13.2.3", "6.4.1"],
    cwe: &[1392, 798],
    references: &[],
};
