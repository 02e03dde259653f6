//! What may come in.

use super::{Facts, Family};

pub(super) const INPUT_SCHEMA: Facts = Facts {
    id: "input-schema",
    family: Family::Input,
    statement: "Every parameter, header and member has type, length, range, pattern/enum and cross-field rules enforced by the server from one schema that is also the OpenAPI document.",
    why: "What no rule forbids will be stored, and will break whoever reads it next.",
    owasp: &["API4:2023", "API8:2023"],
    asvs: &["2.1.1", "2.1.2", "2.2.1", "2.2.2", "2.2.3", "1.4.2"],
    cwe: &[20, 1284, 1286, 1287, 190],
    references: &["Input Validation CS", "REST CS \"Input validation\""],
};

pub(super) const INPUT_UNAMBIGUOUS: Facts = Facts {
    id: "input-unambiguous",
    family: Family::Input,
    statement: "One meaning per message: duplicate JSON members, duplicate query/header/form parameters, positional arrays for objects, trailing bytes, BOM, comments and non-UTF-8 are refused.",
    why: "Of two members with one name, the check reads the first and the handler the last.",
    owasp: &["API8:2023"],
    asvs: &["1.5.3", "15.3.7", "15.3.5"],
    cwe: &[436, 235, 1287],
    references: &["RFC 8259 §4, §8.1", "RFC 7493 §2.3"],
};

pub(super) const INPUT_CONTENT_TYPE: Facts = Facts {
    id: "input-content-type",
    family: Family::Input,
    statement: "Only `application/json` (and the one multipart upload type) is parsed; other or missing types get 415, unacceptable Accept 406, compressed bodies only where declared; XML is never parsed.",
    why: "A body that a browser can send across origins without asking is a forged request in waiting.",
    owasp: &["API8:2023"],
    asvs: &["1.5.1", "1.5.2", "4.1.1", "3.5.2"],
    cwe: &[436, 611, 352],
    references: &["RFC 9110 §12.5.1, §15.5.7 (406), §15.5.16 (415)", "REST CS \"Validate content types\""],
};

pub(super) const INPUT_SQL: Facts = Facts {
    id: "input-sql",
    family: Family::Input,
    statement: "All SQL is diesel-typed or bound; identifiers (sort, filter, full-text config) come from enums; no string-built SQL anywhere.",
    why: "Text that becomes part of a statement becomes a statement.",
    owasp: &["API8:2023", "API10:2023"],
    asvs: &["1.2.4", "1.3.3"],
    cwe: &[89],
    references: &["SQL Injection CS", "Query Parameterization CS", "Injection Prevention CS"],
};

pub(super) const INPUT_TEXT_CANONICAL: Facts = Facts {
    id: "input-text-canonical",
    family: Family::Input,
    statement: "Text is valid UTF-8, NFC-normalised once at the edge, without NUL, C0/C1 controls, unpaired surrogates, bidi overrides; identifiers are compared case-folded; validation happens after decoding.",
    why: "A NUL breaks the database, an override makes one name read as another, and two spellings of one letter are two accounts.",
    owasp: &["API8:2023"],
    asvs: &["1.1.1", "1.3.3", "4.2.4", "1.2.1"],
    cwe: &[158, 176, 178, 180, 113],
    references: &["RFC 8264/8265 (PRECIS, own knowledge)", "Input Validation CS"],
};
