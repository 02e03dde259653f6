//! Tenants and database roles.

use super::{Facts, Family};

pub(super) const TENANT_FROM_TOKEN: Facts = Facts {
    id: "tenant-from-token",
    family: Family::Tenancy,
    statement: "The tenant of a request comes only from the verified token and membership; any tenant in path, header, body, host or cookie must agree or the request dies.",
    why: "A tenant that the client can name is a tenant that the client can choose.",
    owasp: &["API1:2023"],
    asvs: &["8.4.1", "8.3.1", "4.1.3"],
    cwe: &[639, 807],
    references: &["Multi Tenant CS §1"],
};

pub(super) const TENANT_ISOLATION: Facts = Facts {
    id: "tenant-isolation",
    family: Family::Tenancy,
    statement: "No request, job, id, unique constraint, sequence, cache, file path, log view, metric label or webhook crosses tenants; one tenant cannot starve another.",
    why: "In a shared database every forgotten WHERE is somebody else's data.",
    owasp: &["API1:2023", "API4:2023"],
    asvs: &["8.4.1", "2.4.1"],
    cwe: &[653, 668, 639],
    references: &["Multi Tenant CS"],
};

pub(super) const DB_RLS_FORCED: Facts = Facts {
    id: "db-rls-forced",
    family: Family::Tenancy,
    statement: "PostgreSQL itself isolates tenants: `ENABLE` + `FORCE ROW LEVEL SECURITY`, `USING` and `WITH CHECK` on every tenant table, default deny when no tenant is set, app role without BYPASSRLS and not owner.",
    why: "The second wall: a query that forgot its tenant returns nothing instead of everything.",
    owasp: &["API1:2023"],
    asvs: &["8.4.1", "13.2.2", "8.3.1"],
    cwe: &[653, 284],
    references: &["PostgreSQL manual \"Row Security Policies\"", "Multi Tenant CS §2"],
};

pub(super) const DB_RLS_CONTEXT: Facts = Facts {
    id: "db-rls-context",
    family: Family::Tenancy,
    statement: "The tenant context is `SET LOCAL`/`set_config(..., true)` inside the request's transaction, reset on pool return, absent = deny; a pooled connection never carries the previous tenant.",
    why: "A pooled connection that remembers the last tenant hands its rows to the next one.",
    owasp: &["API1:2023"],
    asvs: &["8.4.1", "15.4.1"],
    cwe: &[488, 668],
    references: &["PostgreSQL `set_config(…, is_local)`"],
};

pub(super) const DB_LEAST_PRIVILEGE: Facts = Facts {
    id: "db-least-privilege",
    family: Family::Tenancy,
    statement: "Separate DB roles: owner/migrator, app (DML on listed columns), reader, audit-writer (INSERT only), backup, none superuser; no CREATE/TEMP, no file/program/large-object functions, statement limits per role.",
    why: "An injection is as bad as the database role that it runs as.",
    owasp: &["API8:2023"],
    asvs: &["13.2.2", "13.2.3", "13.2.1"],
    cwe: &[250, 272, 269],
    references: &["Database Security CS"],
};
