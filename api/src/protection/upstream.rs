//! APIs that the service asks.

use super::{Facts, Family};

pub(super) const UPSTREAM_TLS: Facts = Facts {
    id: "upstream-tls",
    family: Family::Egress,
    statement: "Calls to an upstream (the insurer's API) use TLS ≥1.2 with verified chain and name, an http URL stops the start, no redirect is followed, the credential is the upstream's own, and no more goes out than the question needs.",
    why: "Whoever can pose as the insurer is told who is insured where, and answers what they like.",
    owasp: &["API10:2023"],
    asvs: &["12.3.1", "12.3.2", "15.3.2", "13.2.1"],
    cwe: &[295, 297, 319],
    references: &["OWASP API10:2023", "TLS CS"],
};

pub(super) const UPSTREAM_VALIDATE: Facts = Facts {
    id: "upstream-validate",
    family: Family::Egress,
    statement: "An upstream's answer is untrusted input: media type, size, shape, ranges and the id that was asked for are checked, members that are not known refuse it, nothing of it is merged over rows of ours; exactly {member_no, dob, payer} go out.",
    why: "An insurer that was broken into would else write into the clinic's files.",
    owasp: &["API10:2023"],
    asvs: &["2.2.1", "2.2.2", "1.3.3", "14.2.3", "15.3.1"],
    cwe: &[20, 349],
    references: &["OWASP API10:2023 scenarios 1 and 3"],
};

pub(super) const UPSTREAM_LIMITS: Facts = Facts {
    id: "upstream-limits",
    family: Family::Egress,
    statement: "An upstream call takes at most 2 s to connect and 5 s over all tries, 256 KiB of answer, two tries more with jitter and only for what may come twice, 20 at once; after 5 failures in 10 s it is left alone but for one probe every 10 s. Nothing else waits for it.",
    why: "A partner that hangs must not hang the clinic.",
    owasp: &["API10:2023", "API4:2023"],
    asvs: &["13.1.3", "13.2.6", "16.5.2", "4.2.5"],
    cwe: &[400, 770],
    references: &["OWASP API10:2023"],
};
