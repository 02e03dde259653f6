//! Sizes, times and rates.

#![expect(missing_docs, reason = "what a protection states, and why, is in its fields")]

use super::{Family, Protection, clause};

pub static LIMIT_MESSAGE_SIZE: Protection = Protection {
    id: "limit-message-size",
    family: Family::Limits,
    clauses: &[
        clause("A JSON body is at most 64 KiB, announced or not", &["body"]),
        clause("header fields are at most 16 KiB and 64, the target at most 4 KiB", &["headers"]),
        clause("what is too large is not read", &["concurrent"]),
        clause("what is packed is neither read nor unpacked", &["bomb"]),
    ],
    why: "One body of a gigabyte stops a service that buffers bodies.",
    owasp: &["API4:2023"],
    asvs: &["15.1.3", "15.2.2"],
    cwe: &[770, 400, 409],
    references: &["RFC 9110 §15.5.14 (413), §15.5.15 (414)", "RFC 6585 §5 (431)", "REST CS"],
};

pub static LIMIT_JSON_DEPTH: Protection = Protection {
    id: "limit-json-depth",
    family: Family::Limits,
    clauses: &[
        clause("JSON is at most 32 levels deep, also in what nobody reads", &["deep", "unread"]),
        clause(
            "at most 1 000 members, 100 elements in a list and 4 096 characters in a text",
            &["wide", "unread"],
        ),
    ],
    why: "A hundred kilobytes of brackets exhaust a stack.",
    owasp: &["API4:2023"],
    asvs: &["15.2.2", "1.5.2"],
    cwe: &[674, 400],
    references: &["RFC 8259 §9"],
};

pub static LIMIT_PAGE_BATCH: Protection = Protection {
    id: "limit-page-batch",
    family: Family::Limits,
    clauses: &[
        clause("Pages have 20 items, at most 100, and go on by cursor only", &["big", "whole", "deep"]),
        clause("a batch is at most 50, each item checked and counted alone", &["batch"]),
    ],
    why: "A page without a bound exports the clinic in one call.",
    owasp: &["API2:2023", "API4:2023"],
    asvs: &["2.4.1", "15.2.2", "2.3.2"],
    cwe: &[770, 799],
    references: &["OWASP API4/API2 scenarios"],
};

pub static LIMIT_SLOW_CLIENT: Protection = Protection {
    id: "limit-slow-client",
    family: Family::Limits,
    clauses: &[
        clause(
            "The header must arrive within 5 s, of each request on a connection",
            &["slow-header", "slow-next-header", "h2"],
        ),
        clause("a body must arrive within 10 s, never pausing for 5", &["slow-body"]),
        clause(
            "one that nobody reads any more ends the connection when it comes slower than 1 KiB a second",
            &["slow-refused-body"],
        ),
        clause("whoever leaves answers unread for 10 s loses the connection", &["slow-read"]),
        clause(
            "an address holds 100 connections, counted before TLS, and a TLS handshake ends after 5 s",
            &["silent"],
        ),
        clause("a refused request (429) keeps no more than 25 of them alive", &["hoard"]),
        clause("streams, frames and floods of HTTP/2 are not spoken", &["h2"]),
    ],
    why: "A thousand connections that send a byte a minute cost the attacker nothing and the service everything.",
    owasp: &["API4:2023"],
    asvs: &["15.2.2"],
    cwe: &[400, 405],
    references: &["RFC 9110 §15.5.9 (408)", "DoS CS \"Slow HTTP\""],
};

pub static RATE_IP: Protection = Protection {
    id: "rate-ip",
    family: Family::Limits,
    clauses: &[
        clause(
            "Whoever is not known has 60 requests a minute and 20 at once, by IPv4 address or IPv6 /64; then 429 with the time to wait",
            &["burst", "parallel", "ipv6"],
        ),
        clause("a network, IPv4 /24 or IPv6 /48, has 1 200 a minute and 400 at once", &["ipv6"]),
        clause("forged tokens count as unknown", &["guessing"]),
        clause("whoever has not come for half a minute is forgotten", &["idle-state"]),
        clause(
            "genuine tokens do not, however new they are and however many come from one address",
            &["newcomers"],
        ),
        clause(
            "refusals of one address are audited one by one up to 40, beyond it one a minute; the rest is counted",
            &["unwritten"],
        ),
    ],
    why: "Guessing and scanning live from volume; so does checking forged signatures.",
    owasp: &["API4:2023"],
    asvs: &["2.4.1", "6.3.1"],
    cwe: &[770, 799],
    references: &["RFC 6585 §4", "RFC 9110 §10.2.3", "Bot CS", "draft-ietf-httpapi-ratelimit-headers-11 §5"],
};

pub static RATE_PRINCIPAL: Protection = Protection {
    id: "rate-principal",
    family: Family::Limits,
    clauses: &[
        clause(
            "A principal has 600 requests a minute and 100 at once, over all tokens and addresses, told in the RateLimit fields",
            &["over"],
        ),
        clause("one organization's flood is nobody else's", &["neighbour"]),
        clause(
            "in whichever way the credential comes, and whatever else is wrong with the request",
            &["presented"],
        ),
        clause(
            "a bound token without proof of its key is counted apart, 60 a minute and 20 at once by principal and address, so that a thief uses up nothing of the owner's",
            &["presented"],
        ),
        clause("an organization has 6 000 a minute", &["tenant"]),
        clause(
            "refusals of a principal are audited one by one up to 60, beyond it 30 a minute; the rest is counted",
            &["unwritten"],
        ),
    ],
    why: "A stolen token, or an honest loop gone wrong, must not take the service from everybody else.",
    owasp: &["API4:2023"],
    asvs: &["2.1.3", "2.4.1"],
    cwe: &[770, 799],
    references: &["draft-ietf-httpapi-ratelimit-headers-11 §3, §4", "Multi Tenant CS (noisy neighbour)"],
};

pub static RATE_KEY_SPOOFING: Protection = Protection {
    id: "rate-key-spoofing",
    family: Family::Limits,
    clauses: &[
        clause(
            "Limits count by what can't be forged: the peer, or behind trusted proxies the right-most foreign hop",
            &["xff", "through-proxy"],
        ),
        clause("variants of a request count as one", &["variants"]),
        clause("so do aliases, sessions, keys and clients of one caller", &["identity"]),
    ],
    why: "A limit counted by a header is a limit that the client resets.",
    owasp: &["API4:2023", "API8:2023"],
    asvs: &["15.3.4", "4.1.3"],
    cwe: &[348, 290, 799],
    references: &["RFC 7239 §8.1", "Bot CS"],
};

pub static LIMIT_WORK: Protection = Protection {
    id: "limit-work",
    family: Family::Limits,
    clauses: &[
        clause("A request ends after 10 s, whatever it waits for", &["upstream"]),
        clause("password hashes are worked at by a few threads, with a short queue, then 503", &["argon"]),
        clause("a statement of PostgreSQL ends after 2 s", &["slow-query", "cost"]),
        clause("no text takes longer to be judged than another of its length", &["regex"]),
        clause("a request gives up on a locked record after 1 s, and others' go on", &["pool"]),
    ],
    why: "A request that costs its sender nothing must not be able to cost everybody else the service.",
    owasp: &["API4:2023"],
    asvs: &["15.1.3", "15.2.2", "13.1.2", "13.2.6", "15.4.3", "15.4.4", "1.3.12", "1.2.9"],
    cwe: &[400, 405, 407, 1333],
    references: &["DoS CS", "PostgreSQL `statement_timeout`"],
};

pub static RATE_COSTLY_SPEND: Protection = Protection {
    id: "rate-costly-spend",
    family: Family::Limits,
    clauses: &[
        clause(
            "Eligibility checks: 30 an hour a principal with a burst of 5; the same question is answered from what is stored",
            &["upstream"],
        ),
        clause("a daily cap of units an organization, which no race overshoots", &["cap"]),
        clause("exports: 2 an hour a principal, 10 a day an organization", &["export"]),
        clause("challenges to webhooks: 20 an hour an administrator", &["challenge"]),
        clause("mailed invitations: 3 an hour an address, 50 an organization", &["sms-pump"]),
        clause("mails that strangers ask for: 20 an hour a source, whomever they go to", &["strangers"]),
        clause("registrations: 3 an hour an address, over all organizations", &["mailbox"]),
        clause(
            "notices have a queue that nobody else's mails fill, and what is dropped is counted",
            &["full-queue"],
        ),
    ],
    why: "A loop, or a thief with one token, would else spend the clinic's budget in a minute, below every ordinary rate.",
    owasp: &["API4:2023", "API6:2023"],
    asvs: &["2.4.1", "2.3.2", "2.1.3"],
    cwe: &[770, 799],
    references: &["OWASP API4:2023 \"spending limits\""],
};
