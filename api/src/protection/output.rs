//! What may go out, and how failures look.

#![expect(missing_docs, reason = "what a protection states, and why, is in its fields")]

use super::{Family, Protection, clause};

pub static OUTPUT_NO_REFLECTION: Protection = Protection {
    id: "output-no-reflection",
    family: Family::Output,
    clauses: &[
        clause("Nothing of a request comes back in errors, fields or redirects", &["reflect"]),
        clause("data is JSON with its markup escaped, and only JSON", &["stored", "jsonp", "accept-copy"]),
    ],
    why: "What an answer repeats of the request runs in the browser of whoever followed the link.",
    owasp: &["API8:2023"],
    asvs: &["1.1.2", "1.2.1", "1.2.3", "3.2.1", "3.5.6", "4.1.1"],
    cwe: &[79, 116],
    references: &["RFC 8259 §7", "REST CS \"Send safe response content types\"", "XSS Prevention CS"],
};

pub static OUTPUT_NO_STORE: Protection = Protection {
    id: "output-no-store",
    family: Family::Output,
    clauses: &[
        clause("Every answer to a caller carries `Cache-Control: no-store`", &["each"]),
        clause("so that no proxy keeps it", &["proxy"]),
        clause("nor a browser, of whatever address somebody opened who has signed out since", &["browser"]),
    ],
    why: "A cache between two users shows one of them what belongs to the other.",
    owasp: &["API8:2023"],
    asvs: &["14.3.2", "14.2.2"],
    cwe: &[525, 524],
    references: &["RFC 9111 §5.2.2.5", "REST CS \"Security Headers\""],
};

pub static ERROR_UNIFORM: Protection = Protection {
    id: "error-uniform",
    family: Family::Output,
    clauses: &[
        clause(
            "All failures have the one shape of RFC 9457, with a generic text and the request's id",
            &["provoke", "malformed-http"],
        ),
        clause(
            "a fault of the service's own becomes a 500 whose cause only the operator learns, and the service lives",
            &["broken-record"],
        ),
        clause("no stack, SQL, path, version or library's text goes out", &["grep"]),
        clause("no mutated request makes the service fail", &["fuzz"]),
    ],
    why: "Every stack trace is a map of the house, drawn for whoever caused it.",
    owasp: &["API8:2023"],
    asvs: &["16.5.1", "16.5.4", "13.4.2", "13.4.6"],
    cwe: &[209, 755, 497],
    references: &["RFC 9457 §3.1, §3.2, §5", "Error Handling CS"],
};

pub static ERROR_FAIL_CLOSED: Protection = Protection {
    id: "error-fail-closed",
    family: Family::Output,
    clauses: &[
        clause("Nothing is answered that can't be recorded", &["audit-sink", "locked-database"]),
        clause("a full disk refuses reads and changes, and is not ready", &["full-disk"]),
        clause("a change whose record fails is undone", &["partial"]),
        clause("without a provider's keys its tokens are refused", &["key-provider"]),
        clause(
            "whichever dependency is stopped, silent, slow or talking nonsense, what is forbidden, revoked or forged stays refused, \
             and service returns with the dependency",
            &["kill-each"],
        ),
    ],
    why: "A guard who lets everybody in when the telephone is dead is attacked by cutting the wire.",
    owasp: &["API8:2023"],
    asvs: &["16.5.2", "16.5.3"],
    cwe: &[636, 755],
    references: &["Error Handling CS", "Zero Trust CS"],
};

pub static CACHE_ISOLATION: Protection = Protection {
    id: "cache-isolation",
    family: Family::Output,
    clauses: &[
        clause(
            "No answer of one caller is served to another, whatever the address looks like",
            &["deception"],
        ),
        clause("odd fields, methods and lengths poison nobody's answer", &["poison"]),
        clause("what is remembered inside is bound to organization, principal and rights", &["cross"]),
        clause("tags confirm only what their holder may still read", &["etag"]),
    ],
    why: "A cache that forgets whom it keeps an answer for hands one patient's record to the next who asks.",
    owasp: &["API8:2023"],
    asvs: &["14.2.2", "14.2.5", "8.4.1"],
    cwe: &[524, 488, 444],
    references: &["RFC 9111 §3.5, §4.1", "Multi Tenant CS §4"],
};
