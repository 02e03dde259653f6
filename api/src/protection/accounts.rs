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
