//! Object, property and function rules: what the caller may do.

#![expect(missing_docs, reason = "what a protection states, and why, is in its fields")]

use super::{Family, Protection, clause};

pub static AUTHZ_OBJECT_ACCESS: Protection = Protection {
    id: "authz-object-access",
    family: Family::Authorization,
    clauses: &[
        clause(
            "Every operation that takes an object's id checks in the query that this principal may do this to this object, read or write",
            &["read", "write"],
        ),
        clause(
            "objects of another organization and ids of another kind open nothing",
            &["cross-tenant", "every-id", "swap-type"],
        ),
        clause("so it is in every version that is served and for every media type", &["version"]),
    ],
    why: "Changing an id in a request is the easiest attack there is, and the most frequent breach of APIs.",
    owasp: &["API1:2023"],
    asvs: &["8.2.2", "8.3.1", "8.1.1"],
    cwe: &[639, 862, 285],
    references: &["Authorization Testing Automation CS", "Authorization Regression CS \"Multi-User Replay\""],
};

pub static AUTHZ_OBJECT_REFERENCE: Protection = Protection {
    id: "authz-object-reference",
    family: Family::Authorization,
    clauses: &[
        clause(
            "Ids in bodies, filters, header fields and nested paths get the same check as the id in the path",
            &["body", "list-filter", "header"],
        ),
        clause(
            "an object is handed only to somebody of its own organization and of the right kind",
            &["move"],
        ),
        clause("parent and child of a path belong together", &["nested", "parent", "every-pair"]),
    ],
    why: "An id in a body or a filter reaches as far as one in the path, and is checked far less often.",
    owasp: &["API1:2023"],
    asvs: &["8.2.2", "8.4.1", "2.2.3"],
    cwe: &[639],
    references: &["IDOR Prevention CS", "Multi Tenant CS §3"],
};

pub static AUTHZ_OBJECT_COLLECTION: Protection = Protection {
    id: "authz-object-collection",
    family: Family::Authorization,
    clauses: &[
        clause(
            "Lists and exports contain only what the principal may read, on every page, in every order, with every filter",
            &["page-all", "export", "every-list"],
        ),
        clause("whether there are more items is told of readable ones only", &["count"]),
        clause("cursors are bound to caller, organization, list, filter and order", &["cursor"]),
        clause("searches match no wildcard", &["wildcard"]),
    ],
    why: "A list that forgets its filter gives away everything at once, without a single id being guessed.",
    owasp: &["API1:2023", "API3:2023"],
    asvs: &["8.2.2", "8.4.1", "15.3.1"],
    cwe: &[639, 359, 200],
    references: &["Authorization Regression CS \"Cross-Tenant Boundary Test\""],
};

pub static AUTHZ_OBJECT_ABAC: Protection = Protection {
    id: "authz-object-abac",
    family: Family::Authorization,
    clauses: &[
        clause(
            "Records are read and written by clinicians who treat the patient, as long as they do",
            &["no-relation", "ended"],
        ),
        clause("who may not open a document does not erase it", &["erase"]),
        clause("nobody puts themselves on a care team", &["self-admission"]),
        clause("a clinician who is a patient as well opens no file of their own, on no ground", &["self"]),
        clause("breaking the glass needs a reason and a fresh sign-in", &["glass-no-reason"]),
        clause("it opens one patient, to one person, for 60 minutes", &["glass-beyond"]),
        clause("beyond 3 a day each needs a sign-in of its own", &["glass-one-sign-in"]),
        clause("a clinician has at most 10 a day, an organization 30", &["glass-cap"]),
        clause("it is told to others at once, and reviewed by somebody else", &["glass-unseen"]),
    ],
    why: "A role says what somebody does for a living, not whom they treat: curious staff are the oldest breach of clinics.",
    owasp: &["API1:2023"],
    asvs: &["8.1.3", "8.1.4", "8.2.4", "8.2.2", "16.3.2"],
    cwe: &[863, 1220],
    references: &["Authorization CS (ABAC)"],
};

pub static AUTHZ_OBJECT_NONDISCLOSURE: Protection = Protection {
    id: "authz-object-nondisclosure",
    family: Family::Authorization,
    clauses: &[
        clause(
            "\"Exists but is not yours\" and \"does not exist\" are indistinguishable for every method",
            &["compare"],
        ),
        clause("so they are for unique values and for conditional requests", &["conflict", "etag"]),
        clause("ids are random", &["predict"]),
    ],
    why: "Learning that somebody is a patient of a clinic is a breach, even when nothing else is learned.",
    owasp: &["API1:2023"],
    asvs: &["8.2.2", "16.5.1"],
    cwe: &[203, 204, 340],
    references: &["RFC 9110 §15.5.4 (404 may hide)", "RFC 9562"],
};

pub static DTO_RESPONSE_ALLOWLIST: Protection = Protection {
    id: "dto-response-allowlist",
    family: Family::Authorization,
    clauses: &[
        clause("Answers carry documented members only, in success and in error", &["schema-diff"]),
        clause(
            "internal columns never go out, nor does anything that is asked for by name",
            &["canaries", "expand"],
        ),
        clause("webhooks tell documented members only", &["webhook"]),
        clause("tokens carry documented claims only, and none that says who somebody is", &["token"]),
    ],
    why: "A column added next year must not appear in answers because a row was serialised as a whole.",
    owasp: &["API3:2023"],
    asvs: &["15.3.1", "14.2.6", "8.2.3", "14.1.1"],
    cwe: &[213, 201, 359],
    references: &["RFC 9068 §6 (privacy)", "OWASP API3 \"cherry-pick specific object properties\""],
};

pub static DTO_ROLE_FIELDS: Protection = Protection {
    id: "dto-role-fields",
    family: Family::Authorization,
    clauses: &[
        clause("Who sees a field depends on role and relation", &["matrix", "records"]),
        clause(
            "fields that one may not see can't be found by filter, order, name or tag",
            &["oracle", "fields", "etag-oracle"],
        ),
        clause("nor by writing, which needs the right to the field", &["patch-echo"]),
    ],
    why: "Reception needs a phone number, not a diagnosis; what a role must not see must not be guessable through filters either.",
    owasp: &["API3:2023"],
    asvs: &["8.1.2", "8.2.3", "14.2.6"],
    cwe: &[213, 1220, 203],
    references: &["seed threat 3"],
};

pub static MASS_ASSIGNMENT: Protection = Protection {
    id: "mass-assignment",
    family: Family::Authorization,
    clauses: &[
        clause("Writes take documented members only, however others are spelled", &["extra", "alias"]),
        clause("and no arrays in their place", &["positional"]),
        clause("who accepts an invitation chooses nothing that it says", &["self-invite"]),
    ],
    why: "A member named `role` in a body is taken by whoever binds bodies to rows.",
    owasp: &["API3:2023"],
    asvs: &["15.3.3", "8.2.3", "2.2.2"],
    cwe: &[915, 472, 602],
    references: &["Mass Assignment CS", "Business Logic CS \"Re-derive\""],
};

pub static AUTHZ_FUNCTION_MATRIX: Protection = Protection {
    id: "authz-function-matrix",
    family: Family::Authorization,
    clauses: &[
        clause(
            "One policy table decides by operation and role, and denies by default, whatever is mounted",
            &["each-cell", "new-route"],
        ),
        clause("there are no other addresses that administer", &["guess"]),
    ],
    why: "Rules scattered over handlers have gaps that nobody sees; a table has cells that can be counted.",
    owasp: &["API5:2023"],
    asvs: &["8.1.1", "8.2.1", "8.3.1"],
    cwe: &[862, 285, 425],
    references: &["Authorization Testing Automation CS"],
};

pub static AUTHZ_METHOD_PATH: Protection = Protection {
    id: "authz-method-path",
    family: Family::Authorization,
    clauses: &[
        clause(
            "Authorization sees the method and the path that are dispatched: other verbs never change the decision",
            &["verbs"],
        ),
        clause("override fields are ignored", &["override"]),
        clause("a path written in any other way is no path", &["path"]),
    ],
    why: "When the guard and the router read a request differently, the attacker writes it for the router.",
    owasp: &["API5:2023", "API8:2023"],
    asvs: &["4.1.4", "3.5.3", "1.1.1"],
    cwe: &[650, 436, 180],
    references: &["RFC 9110 §15.5.6 (405 + Allow)", "RFC 3986 §6", "REST CS \"Restrict HTTP methods\""],
};

pub static AUTHZ_ESCALATION: Protection = Protection {
    id: "authz-escalation",
    family: Family::Authorization,
    clauses: &[
        clause("Nobody changes their own role or status, or removes themselves", &["self"]),
        clause(
            "nobody without the administrator's right makes an administrator, of themselves or of others",
            &["upward"],
        ),
        clause(
            "an organization keeps its last administrator, also when two demote each other at once",
            &["last-admin"],
        ),
        clause(
            "nobody registers a program, or makes a key, with more than their own token carries",
            &["client"],
        ),
        clause(
            "an invitation is for its address, organization and role, works once, and is the only way in which an account \
             becomes a member",
            &["invite"],
        ),
    ],
    why: "Who may give rights may otherwise give them to themselves, or take the last administrator away.",
    owasp: &["API3:2023", "API5:2023"],
    asvs: &["8.2.1", "8.2.3", "6.4.1"],
    cwe: &[269, 266],
    references: &["Authorization CS"],
};

pub static AUTHZ_SCOPE: Protection = Protection {
    id: "authz-scope",
    family: Family::Authorization,
    clauses: &[
        clause("A token does what both its scopes and its owner's role allow", &["read-writes"]),
        clause("read scopes never write, nor the other way round", &["read-writes"]),
        clause("scopes are compared whole", &["prefix"]),
        clause("no client is given a scope that it is not registered for", &["request-more"]),
    ],
    why: "A read-only token in the hands of an administrator is still a read-only token.",
    owasp: &["API2:2023", "API5:2023"],
    asvs: &["10.3.2", "10.2.3", "10.4.11"],
    cwe: &[863, 272],
    references: &["RFC 6750 §3.1 (insufficient_scope)", "RFC 9700 §2.3", "RFC 6749 §3.3"],
};

pub static AUTHZ_IMMEDIATE: Protection = Protection {
    id: "authz-immediate",
    family: Family::Authorization,
    clauses: &[
        clause(
            "A change of role, a removal, a suspension and the closing of an organization act on the very next request, whatever the token says",
            &["demote", "suspend", "race"],
        ),
        clause("a closed organization's webhooks are told nothing more", &["webhooks"]),
    ],
    why: "Whoever is dismissed at noon must not read records at five past, whatever their token says.",
    owasp: &["API2:2023", "API5:2023"],
    asvs: &["8.3.2", "7.4.2", "10.3.2"],
    cwe: &[613, 863],
    references: &["Authorization CS"],
};

pub static AUTHZ_SERVICE_ACCOUNT: Protection = Protection {
    id: "authz-service-account",
    family: Family::Authorization,
    clauses: &[
        clause(
            "Programs are no users: no endpoint of people serves them, and no field makes one act as a person",
            &["user-api", "as-user"],
        ),
        clause("a program may be bound to networks, and its token and keys count only there", &["network"]),
        clause("networks that nobody could ever call from are refused", &["dead-network"]),
        clause(
            "what a program or job fetches on somebody's behalf is read with that person's present rights",
            &["deputy"],
        ),
    ],
    why: "A program that may do what people may is an account without a password, a second factor, or anybody who notices.",
    owasp: &["API2:2023", "API5:2023"],
    asvs: &["8.3.3", "13.2.1", "13.2.2", "7.2.2"],
    cwe: &[441, 250],
    references: &["RFC 9700 §4.15", "RFC 8693 (act claim)"],
};
