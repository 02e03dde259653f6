//! Tenants and database roles.

#![expect(missing_docs, reason = "what a protection states, and why, is in its fields")]

use super::{Family, Protection, clause};

pub static TENANT_FROM_TOKEN: Protection = Protection {
    id: "tenant-from-token",
    family: Family::Tenancy,
    clauses: &[
        clause("The tenant is the token's: fields change nothing", &["header"]),
        clause("a tenant in path or body must agree", &["path"]),
        clause("one token, one organization, and none without", &["multi-member", "none"]),
    ],
    why: "A tenant that the client can name is a tenant that the client can choose.",
    owasp: &["API1:2023"],
    asvs: &["8.4.1", "8.3.1", "4.1.3"],
    cwe: &[639, 807],
    references: &["Multi Tenant CS §1"],
};

pub static TENANT_ISOLATION: Protection = Protection {
    id: "tenant-isolation",
    family: Family::Tenancy,
    clauses: &[
        clause("No request of one organization reaches another's objects", &["replay-all"]),
        clause("nothing of one is in what the other receives", &["residual"]),
        clause("nor in what a later one of the same name does", &["reuse"]),
        clause(
            "of what all use at once one holds a share and no more, however long it stays: deliveries to webhooks, exports, uploads, questions to an upstream",
            &["noisy-webhooks", "noisy-exports", "noisy-uploads", "noisy-upstream"],
        ),
        clause(
            "transactions of one that wait for each other leave connections to others",
            &["noisy-database"],
        ),
        clause(
            "a flood of one organization's refusals leaves 300 audit rows at once and 120 a minute beyond them, and delays nobody else's recorded reads",
            &["noisy"],
        ),
    ],
    why: "In a shared database every forgotten WHERE is somebody else's data.",
    owasp: &["API1:2023", "API4:2023"],
    asvs: &["8.4.1", "2.4.1"],
    cwe: &[653, 668, 639],
    references: &["Multi Tenant CS"],
};

pub static DB_RLS_FORCED: Protection = Protection {
    id: "db-rls-forced",
    family: Family::Tenancy,
    clauses: &[
        clause(
            "PostgreSQL itself isolates tenants: any SELECT of the application's role sees its own tenant's rows, and none without a tenant",
            &["raw-select"],
        ),
        clause("it can't write others' rows", &["raw-write"]),
        clause("so it is in every table, by policies that were reviewed", &["every-table", "reviewed"]),
        clause("no table, view or function leads around the policies", &["catalog"]),
        clause("neither the role nor the owner steps out of them", &["bypass"]),
    ],
    why: "The second wall: a query that forgot its tenant returns nothing instead of everything.",
    owasp: &["API1:2023"],
    asvs: &["8.4.1", "13.2.2", "8.3.1"],
    cwe: &[653, 284],
    references: &["PostgreSQL manual \"Row Security Policies\"", "Multi Tenant CS §2"],
};

pub static DB_RLS_CONTEXT: Protection = Protection {
    id: "db-rls-context",
    family: Family::Tenancy,
    clauses: &[
        clause(
            "The tenant of a connection ends with the transaction: a connection never carries the previous one's",
            &["leak"],
        ),
        clause("however many requests share it", &["async"]),
        clause("it is an id, and no text of a token's reaches the statement that sets it", &["inject"]),
    ],
    why: "A pooled connection that remembers the last tenant hands its rows to the next one.",
    owasp: &["API1:2023"],
    asvs: &["8.4.1", "15.4.1"],
    cwe: &[488, 668],
    references: &["PostgreSQL `set_config(…, is_local)`"],
};

pub static DB_LEAST_PRIVILEGE: Protection = Protection {
    id: "db-least-privilege",
    family: Family::Tenancy,
    clauses: &[
        clause(
            "The application's role of the database is no owner and no superuser: it makes, changes and drops nothing",
            &["app-ddl"],
        ),
        clause("it touches no files and programs of the database's machine", &["app-file"]),
        clause("it reads no columns of secrets, and audit rows can only be added", &["app-secret-cols"]),
        clause("it has no right that was not reviewed", &["reviewed"]),
        clause("the service does not start with the owner's URL", &["api-migrates"]),
    ],
    why: "An injection is as bad as the database role that it runs as.",
    owasp: &["API8:2023"],
    asvs: &["13.2.2", "13.2.3", "13.2.1"],
    cwe: &[250, 272, 269],
    references: &["Database Security CS"],
};
