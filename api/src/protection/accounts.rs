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
