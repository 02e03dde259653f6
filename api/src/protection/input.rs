//! What may come in.

#![expect(missing_docs, reason = "what a protection states, and why, is in its fields")]

use super::{Family, Protection, clause};

pub static INPUT_SCHEMA: Protection = Protection {
    id: "input-schema",
    family: Family::Input,
    clauses: &[
        clause(
            "Every member and parameter is checked for type, length, range and form",
            &["boundary", "members", "numbers"],
        ),
        clause("and against the others", &["cross"]),
        clause("so are the fields that operations take beside a body", &["header"]),
        clause("dates and times are those of RFC 3339, and what is written is what is read", &["read-back"]),
        clause("what must not be blank shows something to a person", &["unseen"]),
        clause("refusals name the member, never the value", &["boundary"]),
    ],
    why: "What no rule forbids will be stored, and will break whoever reads it next.",
    owasp: &["API4:2023", "API8:2023"],
    asvs: &["2.1.1", "2.1.2", "2.2.1", "2.2.2", "2.2.3", "1.4.2"],
    cwe: &[20, 1284, 1286, 1287, 190],
    references: &["Input Validation CS", "REST CS \"Input validation\"", "RFC 3339 §5.6"],
};

pub static INPUT_UNAMBIGUOUS: Protection = Protection {
    id: "input-unambiguous",
    family: Family::Input,
    clauses: &[
        clause("A message has one meaning: no member and no parameter twice", &["dup-json", "dup-query"]),
        clause(
            "no arrays for objects, no second document, comment, byte order mark or other encoding",
            &["shape"],
        ),
        clause("no unknown parameters", &["unknown-query"]),
    ],
    why: "Of two members with one name, the check reads the first and the handler the last.",
    owasp: &["API8:2023"],
    asvs: &["1.5.3", "15.3.7", "15.3.5"],
    cwe: &[436, 235, 1287],
    references: &["RFC 8259 §4, §8.1", "RFC 7493 §2.3"],
};

pub static INPUT_CONTENT_TYPE: Protection = Protection {
    id: "input-content-type",
    family: Family::Input,
    clauses: &[
        clause(
            "Only the media types that an operation declares are parsed, others get 415, and XML is never parsed",
            &["types", "lie"],
        ),
        clause("what nobody can take gets 406", &["accept"]),
        clause("compressed bodies are refused", &["encoding"]),
    ],
    why: "A body that a browser can send across origins without asking is a forged request in waiting.",
    owasp: &["API8:2023"],
    asvs: &["1.5.1", "1.5.2", "4.1.1", "3.5.2"],
    cwe: &[436, 611, 352],
    references: &["RFC 9110 §12.5.1, §15.5.7 (406), §15.5.16 (415)", "REST CS \"Validate content types\""],
};

pub static EDGE_DESYNC: Protection = Protection {
    id: "edge-desync",
    family: Family::Input,
    clauses: &[
        clause(
            "Lines of a request's head end in CRLF: a line feed alone is refused with 400, and nothing behind it is served",
            &["lf", "poison", "h2"],
        ),
        clause(
            "so do those around chunks, and a chunk's size is nothing but hexadecimal digits",
            &["chunks"],
        ),
        clause(
            "two announcements of a body, a length that is no number and a coding other than chunked are refused, and nothing that stands in a body is served",
            &["clte", "poison"],
        ),
        clause(
            "no other protocol is spoken: who asks for one is refused and loses the connection, and nothing behind a connection's last request is served",
            &["h2", "h2c"],
        ),
    ],
    why: "A gateway and the service behind it that find the end of a request in different places serve one client the answer to another's request.",
    owasp: &["API8:2023"],
    asvs: &["4.2.1", "4.2.4"],
    cwe: &[444],
    references: &["RFC 9112 §2.2, §7.1, §11.2"],
};

pub static INPUT_SQL: Protection = Protection {
    id: "input-sql",
    family: Family::Input,
    clauses: &[
        clause(
            "All SQL is typed or bound: no input becomes a part of a statement",
            &["boolean", "union", "time"],
        ),
        clause("nowhere in the source is a statement put together from what clients send", &["grep"]),
        clause("what was stored is data too", &["second-order"]),
        clause("orders and filters are names from a list", &["order"]),
        clause("searches know no wildcards", &["like"]),
    ],
    why: "Text that becomes part of a statement becomes a statement.",
    owasp: &["API8:2023", "API10:2023"],
    asvs: &["1.2.4", "1.3.3"],
    cwe: &[89],
    references: &["SQL Injection CS", "Query Parameterization CS", "Injection Prevention CS"],
};

pub static INPUT_TEXT_CANONICAL: Protection = Protection {
    id: "input-text-canonical",
    family: Family::Input,
    clauses: &[
        clause(
            "Texts hold no NUL, control characters, or marks that turn the direction of reading",
            &["nul", "controls"],
        ),
        clause(
            "they are normalised once, and identifiers are compared without regard to case, width and spelling",
            &["homograph"],
        ),
        clause("one e-mail address is one, however its domain is spelled", &["address"]),
        clause("nothing is decoded twice", &["double"]),
    ],
    why: "A NUL breaks the database, an override makes one name read as another, and two spellings of one letter are two accounts.",
    owasp: &["API8:2023"],
    asvs: &["1.1.1", "1.3.3", "4.2.4", "1.2.1"],
    cwe: &[158, 176, 178, 180, 113],
    references: &["RFC 8264/8265 (PRECIS, own knowledge)", "Input Validation CS"],
};
