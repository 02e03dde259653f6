//! What may go out, and how failures look.

use super::{Facts, Family};

pub(super) const OUTPUT_NO_REFLECTION: Facts = Facts {
    id: "output-no-reflection",
    family: Family::Output,
    statement: "Responses are serialised JSON with the exact media type, `<>&` and U+2028/9 escaped, nosniff, and never echo request input in errors, headers or redirects.",
    why: "What an answer repeats of the request runs in the browser of whoever followed the link.",
    owasp: &["API8:2023"],
    asvs: &["1.1.2", "1.2.1", "1.2.3", "3.2.1", "3.5.6", "4.1.1"],
    cwe: &[79, 116],
    references: &["RFC 8259 §7", "REST CS \"Send safe response content types\"", "XSS Prevention CS"],
};

pub(super) const OUTPUT_NO_STORE: Facts = Facts {
    id: "output-no-store",
    family: Family::Output,
    statement: "Every authenticated response carries `Cache-Control: no-store`; nothing sensitive is cacheable by browser, proxy or CDN; ETag only with `private, no-store` policy documented.",
    why: "A cache between two users shows one of them what belongs to the other.",
    owasp: &["API8:2023"],
    asvs: &["14.3.2", "14.2.2"],
    cwe: &[525, 524],
    references: &["RFC 9111 §5.2.2.5", "REST CS \"Security Headers\""],
};

pub(super) const ERROR_UNIFORM: Facts = Facts {
    id: "error-uniform",
    family: Family::Output,
    statement: "All failures incl. 404/405/413/timeouts/panics use one RFC 9457 problem shape with a stable `type`, generic `detail`, `instance` = request id; no stack, SQL, path, version, library or config text; panics become 500 and the process lives.",
    why: "Every stack trace is a map of the house, drawn for whoever caused it.",
    owasp: &["API8:2023"],
    asvs: &["16.5.1", "16.5.4", "13.4.2", "13.4.6"],
    cwe: &[209, 755, 497],
    references: &["RFC 9457 §3.1, §3.2, §5", "Error Handling CS"],
};

pub(super) const ERROR_FAIL_CLOSED: Facts = Facts {
    id: "error-fail-closed",
    family: Family::Output,
    statement: "When a control's dependency fails (policy store, denylist, rate-limit store, audit sink, AV, KMS, clock) the request is refused (503), never allowed.",
    why: "A guard who lets everybody in when the telephone is dead is attacked by cutting the wire.",
    owasp: &["API8:2023"],
    asvs: &["16.5.2", "16.5.3"],
    cwe: &[636, 755],
    references: &["Error Handling CS", "Zero Trust CS"],
};

pub(super) const CACHE_ISOLATION: Facts = Facts {
    id: "cache-isolation",
    family: Family::Output,
    statement: "Only explicitly public GETs are cached; cache keys include host, path, query allowlist, Accept, Origin and never serve authenticated bodies; app caches are keyed by tenant+principal+policy version; no deception or poisoning.",
    why: "A cache that forgets whom it keeps an answer for hands one patient's record to the next who asks.",
    owasp: &["API8:2023"],
    asvs: &["14.2.2", "14.2.5", "8.4.1"],
    cwe: &[524, 488, 444],
    references: &["RFC 9111 §3.5, §4.1", "Multi Tenant CS §4"],
};
