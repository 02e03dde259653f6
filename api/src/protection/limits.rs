//! Sizes, times and rates.

use super::{Facts, Family};

pub(super) const LIMIT_MESSAGE_SIZE: Facts = Facts {
    id: "limit-message-size",
    family: Family::Limits,
    statement: "JSON body ≤64 KiB (per-route overrides), URL ≤4 KiB, headers ≤16 KiB/64 fields, decompressed size counted, early refusal without reading the rest.",
    why: "One body of a gigabyte stops a service that buffers bodies.",
    owasp: &["API4:2023"],
    asvs: &["15.1.3", "15.2.2"],
    cwe: &[770, 400, 409],
    references: &["RFC 9110 §15.5.14 (413), §15.5.15 (414)", "RFC 6585 §5 (431)", "REST CS"],
};

pub(super) const LIMIT_JSON_DEPTH: Facts = Facts {
    id: "limit-json-depth",
    family: Family::Limits,
    statement: "JSON nesting ≤32, ≤1 000 members total, arrays ≤100, strings ≤4 KiB by default, checked before typed parsing, also inside ignored or free-form members.",
    why: "A hundred kilobytes of brackets exhaust a stack.",
    owasp: &["API4:2023"],
    asvs: &["15.2.2", "1.5.2"],
    cwe: &[674, 400],
    references: &["RFC 8259 §9"],
};

pub(super) const LIMIT_PAGE_BATCH: Facts = Facts {
    id: "limit-page-batch",
    family: Family::Limits,
    statement: "Page size default 20, max 100; cursors only; batch ≤50 items, each item authorised, validated, charged and limited as a single call.",
    why: "A page without a bound exports the clinic in one call.",
    owasp: &["API2:2023", "API4:2023"],
    asvs: &["2.4.1", "15.2.2", "2.3.2"],
    cwe: &[770, 799],
    references: &["OWASP API4/API2 scenarios"],
};

pub(super) const LIMIT_SLOW_CLIENT: Facts = Facts {
    id: "limit-slow-client",
    family: Family::Limits,
    statement: "Header read ≤5 s, body must arrive within 10 s and ≥1 KiB/s, keep-alive ≤15 s, ≤100 connections per peer, response write timeout, HTTP/2 ≤100 streams and reset-rate limit.",
    why: "A thousand connections that send a byte a minute cost the attacker nothing and the service everything.",
    owasp: &["API4:2023"],
    asvs: &["15.2.2"],
    cwe: &[400, 405],
    references: &["RFC 9110 §15.5.9 (408)", "DoS CS \"Slow HTTP\""],
};

pub(super) const RATE_IP: Facts = Facts {
    id: "rate-ip",
    family: Family::Limits,
    statement: "Anonymous traffic: token bucket 60/min burst 20 per IPv4 and per IPv6 /64, stricter on auth routes; 429 with Retry-After, problem body, no work done.",
    why: "Guessing and scanning live from volume; so does checking forged signatures.",
    owasp: &["API4:2023"],
    asvs: &["2.4.1", "6.3.1"],
    cwe: &[770, 799],
    references: &["RFC 6585 §4", "RFC 9110 §10.2.3", "Bot CS", "draft-ietf-httpapi-ratelimit-headers-11 §5"],
};

pub(super) const RATE_PRINCIPAL: Facts = Facts {
    id: "rate-principal",
    family: Family::Limits,
    statement: "Authenticated traffic: per principal 600/min burst 100, per API client, per tenant 6 000/min; counters shared by all replicas; advertised in RateLimit/RateLimit-Policy fields.",
    why: "A stolen token, or an honest loop gone wrong, must not take the service from everybody else.",
    owasp: &["API4:2023"],
    asvs: &["2.1.3", "2.4.1"],
    cwe: &[770, 799],
    references: &["draft-ietf-httpapi-ratelimit-headers-11 §3, §4", "Multi Tenant CS (noisy neighbour)"],
};

pub(super) const RATE_KEY_SPOOFING: Facts = Facts {
    id: "rate-key-spoofing",
    family: Family::Limits,
    statement: "Limit keys come from unforgeable data: socket peer or the right-most untrusted hop behind listed proxies, verified principal; path/case/verb/parameter variants hit the same bucket.",
    why: "A limit counted by a header is a limit that the client resets.",
    owasp: &["API4:2023", "API8:2023"],
    asvs: &["15.3.4", "4.1.3"],
    cwe: &[348, 290, 799],
    references: &["RFC 7239 §8.1", "Bot CS"],
};

pub(super) const LIMIT_WORK: Facts = Facts {
    id: "limit-work",
    family: Family::Limits,
    statement: "Work per request is bounded: handler ≤10 s, DB statement 2 s/lock 1 s/idle-in-tx 5 s, pool wait 1 s, argon2 ≤ cores parallel with short queue, global concurrency with load shedding 503; regexes linear.",
    why: "A request that costs its sender nothing must not be able to cost everybody else the service.",
    owasp: &["API4:2023"],
    asvs: &["15.1.3", "15.2.2", "13.1.2", "13.2.6", "15.4.3", "15.4.4", "1.3.12", "1.2.9"],
    cwe: &[400, 405, 407, 1333],
    references: &["DoS CS", "PostgreSQL `statement_timeout`"],
};

pub(super) const RATE_COSTLY_SPEND: Facts = Facts {
    id: "rate-costly-spend",
    family: Family::Limits,
    statement: "What is paid for or costly each time has low limits of its own. Eligibility checks: 30/h with a burst of 5 per principal, 500/day and a daily cap of units per organization, with an alert at 80 % and a stop at 100 %; the same question within 10 minutes is answered from what is stored. Exports: 2/h per principal, 10/day per organization. All reserved in the database before the work, so that no race overshoots.",
    why: "A loop, or a thief with one token, would else spend the clinic's budget in a minute, below every ordinary rate.",
    owasp: &["API4:2023", "API6:2023"],
    asvs: &["2.4.1", "2.3.2", "2.1.3"],
    cwe: &[770, 799],
    references: &["OWASP API4:2023 \"spending limits\""],
};
