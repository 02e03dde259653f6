//! Object, property and function rules: what the caller may do.

use super::{Facts, Family};

pub(super) const AUTHZ_OBJECT_ACCESS: Facts = Facts {
    id: "authz-object-access",
    family: Family::Authorization,
    statement: "Every operation that takes an object id checks, at the data access layer, that this principal may do this verb on this object.",
    why: "Changing an id in a request is the easiest attack there is, and the most frequent breach of APIs.",
    owasp: &["API1:2023"],
    asvs: &["8.2.2", "8.3.1", "8.1.1"],
    cwe: &[639, 862, 285],
    references: &["Authorization Testing Automation CS", "Authorization Regression CS \"Multi-User Replay\""],
};

pub(super) const AUTHZ_OBJECT_REFERENCE: Facts = Facts {
    id: "authz-object-reference",
    family: Family::Authorization,
    statement: "Ids that arrive inside bodies, filters, headers or nested paths get the same check as path ids, and every parent/child pair must belong together and to the same tenant (composite FK).",
    why: "An id in a body or a filter reaches as far as one in the path, and is checked far less often.",
    owasp: &["API1:2023"],
    asvs: &["8.2.2", "8.4.1", "2.2.3"],
    cwe: &[639],
    references: &["IDOR Prevention CS", "Multi Tenant CS §3"],
};

pub(super) const AUTHZ_OBJECT_COLLECTION: Facts = Facts {
    id: "authz-object-collection",
    family: Family::Authorization,
    statement: "Lists, searches, counts, exports, aggregates, autocomplete and change feeds only ever contain objects the principal may read.",
    why: "A list that forgets its filter gives away everything at once, without a single id being guessed.",
    owasp: &["API1:2023", "API3:2023"],
    asvs: &["8.2.2", "8.4.1", "15.3.1"],
    cwe: &[639, 359, 200],
    references: &["Authorization Regression CS \"Cross-Tenant Boundary Test\""],
};

pub(super) const AUTHZ_OBJECT_ABAC: Facts = Facts {
    id: "authz-object-abac",
    family: Family::Authorization,
    statement: "Attribute rules: clinicians see a patient's records only with an active care relationship inside the organization; break-glass needs a reason and step-up, lasts 60 min, alerts the privacy officer.",
    why: "A role says what somebody does for a living, not whom they treat: curious staff are the oldest breach of clinics.",
    owasp: &["API1:2023"],
    asvs: &["8.1.3", "8.1.4", "8.2.4", "8.2.2", "16.3.2"],
    cwe: &[863, 1220],
    references: &["Authorization CS (ABAC)"],
};

pub(super) const AUTHZ_OBJECT_NONDISCLOSURE: Facts = Facts {
    id: "authz-object-nondisclosure",
    family: Family::Authorization,
    statement: "\"Exists but not yours\" and \"does not exist\" are indistinguishable, and ids are random (UUIDv4/v7 with random part), never sequential.",
    why: "Learning that somebody is a patient of a clinic is a breach, even when nothing else is learned.",
    owasp: &["API1:2023"],
    asvs: &["8.2.2", "16.5.1"],
    cwe: &[203, 204, 340],
    references: &["RFC 9110 §15.5.4 (404 may hide)", "RFC 9562"],
};

pub(super) const DTO_RESPONSE_ALLOWLIST: Facts = Facts {
    id: "dto-response-allowlist",
    family: Family::Authorization,
    statement: "Responses are explicit output types; database structs never serialise; undeclared, internal and other-role fields never appear, in success, error, webhook, export or JWT.",
    why: "A column added next year must not appear in answers because a row was serialised as a whole.",
    owasp: &["API3:2023"],
    asvs: &["15.3.1", "14.2.6", "8.2.3", "14.1.1"],
    cwe: &[213, 201, 359],
    references: &["RFC 9068 §6 (privacy)", "OWASP API3 \"cherry-pick specific object properties\""],
};

pub(super) const DTO_ROLE_FIELDS: Facts = Facts {
    id: "dto-role-fields",
    family: Family::Authorization,
    statement: "Field visibility depends on role and relation (reception sees no diagnosis; auditor sees no clinical text; patient sees no internal notes), also via sort, filter, search, and error messages.",
    why: "Reception needs a phone number, not a diagnosis; what a role must not see must not be guessable through filters either.",
    owasp: &["API3:2023"],
    asvs: &["8.1.2", "8.2.3", "14.2.6"],
    cwe: &[213, 1220, 203],
    references: &["seed threat 3"],
};

pub(super) const MASS_ASSIGNMENT: Facts = Facts {
    id: "mass-assignment",
    family: Family::Authorization,
    statement: "Writes bind to per-operation input types that reject unknown members; ownership, tenant, role, status, price, verification and timestamps are derived by the server.",
    why: "A member named `role` in a body is taken by whoever binds bodies to rows.",
    owasp: &["API3:2023"],
    asvs: &["15.3.3", "8.2.3", "2.2.2"],
    cwe: &[915, 472, 602],
    references: &["Mass Assignment CS", "Business Logic CS \"Re-derive\""],
};

pub(super) const AUTHZ_FUNCTION_MATRIX: Facts = Facts {
    id: "authz-function-matrix",
    family: Family::Authorization,
    statement: "One central policy table (operation × role × scope) denies by default; the route table and OpenAPI must match it exactly.",
    why: "Rules scattered over handlers have gaps that nobody sees; a table has cells that can be counted.",
    owasp: &["API5:2023"],
    asvs: &["8.1.1", "8.2.1", "8.3.1"],
    cwe: &[862, 285, 425],
    references: &["Authorization Testing Automation CS"],
};

pub(super) const AUTHZ_METHOD_PATH: Facts = Facts {
    id: "authz-method-path",
    family: Family::Authorization,
    statement: "Authorization sees the same method and the same canonical path the router dispatches on; override headers, verb tampering and path tricks never change the decision.",
    why: "When the guard and the router read a request differently, the attacker writes it for the router.",
    owasp: &["API5:2023", "API8:2023"],
    asvs: &["4.1.4", "3.5.3", "1.1.1"],
    cwe: &[650, 436, 180],
    references: &["RFC 9110 §15.5.6 (405 + Allow)", "RFC 3986 §6", "REST CS \"Restrict HTTP methods\""],
};

pub(super) const AUTHZ_ESCALATION: Facts = Facts {
    id: "authz-escalation",
    family: Family::Authorization,
    statement: "Nobody grants more than they hold: no self-promotion, no granting above own role, no last-admin removal, invitations bound to e-mail+role+org, signed and single-use.",
    why: "Who may give rights may otherwise give them to themselves, or take the last administrator away.",
    owasp: &["API3:2023", "API5:2023"],
    asvs: &["8.2.1", "8.2.3", "6.4.1"],
    cwe: &[269, 266],
    references: &["Authorization CS"],
};

pub(super) const AUTHZ_SCOPE: Facts = Facts {
    id: "authz-scope",
    family: Family::Authorization,
    statement: "Effective right = token scope ∩ user role ∩ policy; least scope by default; read scopes never write; missing scope gives a standard challenge.",
    why: "A read-only token in the hands of an administrator is still a read-only token.",
    owasp: &["API2:2023", "API5:2023"],
    asvs: &["10.3.2", "10.2.3", "10.4.11"],
    cwe: &[863, 272],
    references: &["RFC 6750 §3.1 (insufficient_scope)", "RFC 9700 §2.3", "RFC 6749 §3.3"],
};

pub(super) const AUTHZ_IMMEDIATE: Facts = Facts {
    id: "authz-immediate",
    family: Family::Authorization,
    statement: "Role change, removal from org, suspension and org closure act on the very next request although tokens are self-contained (authorization version check ≤1 s).",
    why: "Whoever is dismissed at noon must not read records at five past, whatever their token says.",
    owasp: &["API2:2023", "API5:2023"],
    asvs: &["8.3.2", "7.4.2", "10.3.2"],
    cwe: &[613, 863],
    references: &["Authorization CS"],
};

pub(super) const AUTHZ_SERVICE_ACCOUNT: Facts = Facts {
    id: "authz-service-account",
    family: Family::Authorization,
    statement: "[function] API clients are not users: own identity type, per-client scopes and network allowlist, no user endpoints, no privilege through a user's object, downstream calls carry the originating subject.",
    why: "A program that may do what people may is an account without a password, a second factor, or anybody who notices.",
    owasp: &["API2:2023", "API5:2023"],
    asvs: &["8.3.3", "13.2.1", "13.2.2", "7.2.2"],
    cwe: &[441, 250],
    references: &["RFC 9700 §4.15", "RFC 8693 (act claim)"],
};
