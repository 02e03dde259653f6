//! Second factors, and how fresh a sign-in must be.

#![expect(missing_docs, reason = "what a protection states, and why, is in its fields")]

use super::{Family, Protection, clause};

pub static MFA_REQUIRED: Protection = Protection {
    id: "mfa-required",
    family: Family::Accounts,
    clauses: &[
        clause("Staff sign in with a second factor", &["skip"]),
        clause(
            "no way around it: applications, other providers, a change of role",
            &["direct", "alt-path", "federated", "downgrade"],
        ),
        clause("sign-ins that wait for one push out no complete session", &["half-open"]),
    ],
    why: "A password that was phished, guessed or reused elsewhere would open every patient's record.",
    owasp: &["API2:2023"],
    asvs: &["6.3.3", "6.3.4", "6.3.6", "6.6.1", "6.8.4", "6.1.3"],
    cwe: &[308, 304, 288],
    references: &["NIST SP 800-63B-4 §2.2", "OWASP Multifactor Authentication Cheat Sheet"],
};

pub static MFA_OTP: Protection = Protection {
    id: "mfa-otp",
    family: Family::Accounts,
    clauses: &[
        clause("A code counts once", &["replay"]),
        clause("for its own 30 s and 5 s more", &["old"]),
        clause("5 tries a challenge, 10 an hour", &["brute"]),
        clause(
            "recovery codes count once, and neither they nor seeds can be read in the database",
            &["recovery"],
        ),
    ],
    why: "Six digits are a million guesses: a code that can be tried without end, or used twice, is no second factor.",
    owasp: &["API2:2023", "API4:2023"],
    asvs: &["6.5.1", "6.5.2", "6.5.3", "6.5.4", "6.5.5", "6.5.8", "6.6.3"],
    cwe: &[307, 294, 330],
    references: &["RFC 6238 §4, §5.2", "RFC 4226 §7.3"],
};

pub static STEP_UP_AUTH: Protection = Protection {
    id: "step-up-auth",
    family: Family::Accounts,
    clauses: &[
        clause(
            "What gives rights or credentials, changes whom the service believes or tells, erases for good, exports, or opens \
             in an emergency needs a sign-in with two factors in the last 5 minutes",
            &["stale", "low", "effects"],
        ),
        clause("an invitation too, whatever the role", &["invite"]),
        clause("by the token's word, not the request's", &["forge"]),
        clause("exports in every step", &["export"]),
    ],
    why: "Whoever finds a browser signed in, or a token that lives on, would give themselves rights that last.",
    owasp: &["API2:2023", "API5:2023"],
    asvs: &["7.5.3", "10.3.4", "6.8.4", "8.2.4"],
    cwe: &[306, 863],
    references: &["RFC 9470 §3, §6", "OIDC Core §3.1.2.1 (max_age, acr_values)"],
};
