//! Second factors, and how fresh a sign-in must be.

use super::{Facts, Family};

pub(super) const MFA_REQUIRED: Facts = Facts {
    id: "mfa-required",
    family: Family::Accounts,
    statement: "Staff roles always need a second factor (TOTP or passkey; never e-mail or SMS); the pre-MFA token can only call MFA endpoints; every login path (password, OIDC, refresh, API) enforces the same strength.",
    why: "A password that was phished, guessed or reused elsewhere would open every patient's record.",
    owasp: &["API2:2023"],
    asvs: &["6.3.3", "6.3.4", "6.3.6", "6.6.1", "6.8.4", "6.1.3"],
    cwe: &[308, 304, 288],
    references: &["NIST SP 800-63B-4 §2.2", "OWASP Multifactor Authentication Cheat Sheet"],
};

pub(super) const MFA_OTP: Facts = Facts {
    id: "mfa-otp",
    family: Family::Accounts,
    statement: "TOTP codes: 6 digits/30 s, server clock, current step (5 s grace for the previous), used once, ≤5 tries per challenge and ≤10/h per account; seeds encrypted; recovery codes ≥64-bit, argon2id-hashed, single use.",
    why: "Six digits are a million guesses: a code that can be tried without end, or used twice, is no second factor.",
    owasp: &["API2:2023", "API4:2023"],
    asvs: &["6.5.1", "6.5.2", "6.5.3", "6.5.4", "6.5.5", "6.5.8", "6.6.3"],
    cwe: &[307, 294, 330],
    references: &["RFC 6238 §4, §5.2", "RFC 4226 §7.3"],
};

pub(super) const STEP_UP_AUTH: Facts = Facts {
    id: "step-up-auth",
    family: Family::Accounts,
    statement: "Sensitive operations (export, erase, role grant, key reveal, break-glass) require `acr` ≥ 2 and `auth_time` ≤ 5 min in the token, answered with a standard challenge.",
    why: "Whoever finds a browser signed in, or a token that lives on, would give themselves rights that last.",
    owasp: &["API2:2023", "API5:2023"],
    asvs: &["7.5.3", "10.3.4", "6.8.4", "8.2.4"],
    cwe: &[306, 863],
    references: &["RFC 9470 §3, §6", "OIDC Core §3.1.2.1 (max_age, acr_values)"],
};
