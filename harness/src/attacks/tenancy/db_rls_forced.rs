//! `db-rls-forced`: the database itself keeps the tenants apart, whatever SQL the service is made to send.

use super::sql::{self, DENIED, application, in_tenant, owner, refused_with, run};
use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        DB_RLS_FORCED / "raw-select" = raw_select,
        needs: Postgres.and(People).and(Clinic),
        "Somebody runs any SELECT that he likes as the application's role, in A's context and in none.",
        "He looks for password hashes, sessions and tokens, which no tenant's query has any use for.",
    ),
    attack!(
        DB_RLS_FORCED / "raw-write" = raw_write,
        needs: Postgres.and(Clinic),
        "He inserts, moves, changes and deletes rows of B in A's context.",
    ),
    attack!(
        DB_RLS_FORCED / "catalog" = catalog,
        // Alone: others put policies and triggers of their own into the database while they attack.
        needs: Postgres.and(Exclusive).and(Clinic),
        "The catalogue is searched for a table, a view or a function that leads around the policies.",
    ),
    attack!(
        DB_RLS_FORCED / "bypass" = bypass,
        needs: Postgres.and(Clinic),
        "He turns row security off, becomes another role, truncates; the owner reads her own tables.",
    ),
];

const TABLES: [&str; 4] = ["organizations", "members", "patients", "audit_events"];

fn tenant_column(table: &str) -> &'static str {
    if table == "organizations" { "id" } else { "organization_id" }
}

/// The application's role reads A's patients in A's context.
fn honest(scene: &Scene) -> Control<'_> {
    Control::checked(move || async move {
        let client = application(scene).await.map_err(|error| error.to_string())?;
        match in_tenant(&client, Some(scene.a()), "SELECT id FROM patients").await {
            Ok(rows) if rows > 0 => Ok(()),
            other => Err(format!("the application's role can't read A's patients: {other:?}")),
        }
    })
}

/// What the identity realm holds; a domain query's transaction sees none of it.
const IDENTITY_TABLES: [&str; 6] =
    ["accounts", "sessions", "clients", "grants", "refresh_tokens", "signing_keys"];

async fn raw_select(scene: &Scene) -> Outcome {
    scene.person(RecepA)?.tokens().await?;
    scene.patient().await?;
    scene.patient_in_b().await?;
    let client = application(scene).await?;
    let mut trial = Trial::begin(scene, honest(scene)).await?;
    for table in TABLES {
        let column = tenant_column(table);
        let foreign = format!("SELECT 1 FROM {table} WHERE {column} IS DISTINCT FROM '{}'", scene.a());
        let all = format!("SELECT 1 FROM {table}");
        let joined = format!(
            "SELECT 1 FROM organizations o FULL JOIN {table} t ON true WHERE t.{column} = '{}'",
            scene.b()
        );
        for (story, tenant, sql) in [
            ("foreign rows in A's context", Some(scene.a()), &foreign),
            ("a join in A's context", Some(scene.a()), &joined),
            ("everything without a context", None, &all),
            ("everything in the context of nobody", Some(Uuid::nil()), &all),
        ] {
            let finding = match in_tenant(&client, tenant, sql).await {
                Ok(0) => Finding::Fine,
                Ok(rows) => Finding::Breach(format!("{table} shows {rows} rows")),
                Err((state, words)) => Finding::Unclear(format!("{state} {words}")),
            };
            trial.found(&format!("{story}: {table}"), finding);
        }
        let outcome = run(&client, &all).await;
        let finding = Finding::must(outcome == Ok(0), format!("{table} without a transaction: {outcome:?}"));
        trial.found("a session that never set a context", finding);
    }
    for table in IDENTITY_TABLES {
        let kept = scene.observer().rows(table, "true").await?.len();
        let all = format!("SELECT 1 FROM {table}");
        for (story, tenant) in [("in A's context", Some(scene.a())), ("without a context", None)] {
            let finding = match in_tenant(&client, tenant, &all).await {
                Ok(0) if kept == 0 => Finding::Unclear("there is nothing to be seen".into()),
                Ok(0) => Finding::Fine,
                Ok(rows) => Finding::Breach(format!("{table} shows {rows} rows")),
                Err((state, words)) => Finding::Unclear(format!("{state} {words}")),
            };
            trial.found(&format!("{table} {story}"), finding);
        }
    }
    trial.conclude().await
}

async fn raw_write(scene: &Scene) -> Outcome {
    let (own, theirs) = (scene.patient().await?, scene.patient_in_b().await?);
    let (a, b) = (scene.a(), scene.b());
    let victim = scene.actor(RecepB)?.id();
    let client = application(scene).await?;
    let mut trial = Trial::begin(scene, honest(scene)).await?;

    let insert = |organization: Uuid, subject: &str| {
        format!(
            "INSERT INTO members (id, organization_id, issuer, subject, display_name, role, status, version, created_at) \
             VALUES (gen_random_uuid(), '{organization}', 'https://evil.test', '{subject}', 'Mole', 'admin', 'active', 1, now())"
        )
    };
    for (story, tenant) in [("from A's context", Some(a)), ("without a context", None)] {
        let outcome = in_tenant(&client, tenant, &insert(b, "mole")).await;
        trial.found(&format!("a member of B {story}"), refused_with(outcome, DENIED));
    }
    let event = format!(
        "INSERT INTO audit_events (id, organization_id, occurred_at, event, outcome, operation, object_ids, \
         source_address, request_id, schema_version) \
         VALUES (gen_random_uuid(), '{b}', now(), 'sensitive_read', 'success', 'planted', '[]', '', gen_random_uuid(), 1)"
    );
    trial.found("an audit event in B's log", refused_with(in_tenant(&client, Some(a), &event).await, DENIED));

    let untouched = |outcome: Result<u64, (String, String)>| match outcome {
        Ok(0) => Finding::Fine,
        other => refused_with(other, DENIED),
    };
    for sql in [
        format!("UPDATE patients SET status = 'discharged' WHERE id = '{}'", theirs.id),
        format!("UPDATE patients SET status = 'discharged' WHERE organization_id <> '{a}'"),
        format!("UPDATE members SET role = 'admin' WHERE id = '{victim}'"),
        format!("DELETE FROM patients WHERE organization_id = '{b}'"),
        format!("DELETE FROM members WHERE organization_id = '{b}'"),
        format!("UPDATE patients SET organization_id = '{b}' WHERE id = '{}'", own.id),
        format!("SELECT 1 FROM patients WHERE id = '{}' FOR UPDATE", theirs.id),
    ] {
        trial.found(&sql, untouched(in_tenant(&client, Some(a), &sql).await));
        trial.found(&format!("{sql}, without a context"), untouched(in_tenant(&client, None, &sql).await));
    }
    trial.conclude().await
}

/// Each answers with a row for each way around the policies.
const WAYS_AROUND: [(&str, &str); 7] = [
    (
        "a table without forced row security",
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') \
         AND relname <> '__diesel_schema_migrations' AND NOT (relrowsecurity AND relforcerowsecurity)",
    ),
    (
        "a policy that lets write what it would not let read",
        "SELECT policyname FROM pg_policies WHERE schemaname = 'public' AND \
         ((cmd IN ('ALL', 'INSERT') AND with_check IS NULL) OR (cmd IN ('ALL', 'SELECT', 'UPDATE', 'DELETE') AND qual IS NULL))",
    ),
    // What belongs to no tenant is seen in the realm of identities only.
    (
        "a policy that asks neither for the tenant nor for the realm",
        "SELECT policyname FROM pg_policies, unnest(ARRAY[qual, with_check]) AS asked WHERE schemaname = 'public' \
         AND asked NOT LIKE '%app.tenant%' AND asked NOT LIKE '%app.realm%'",
    ),
    // A subject who signs in may see where it is a member, before there is a tenant; anybody, which organizations let
    // patients register themselves; the owner's role alone, what organizations are called.
    (
        "a policy for tenants' rows that does not ask for the tenant",
        "SELECT policyname FROM pg_policies, unnest(ARRAY[qual, with_check]) AS asked WHERE schemaname = 'public' \
         AND tablename IN ('organizations', 'members', 'patients', 'audit_events') AND asked NOT LIKE '%app.tenant%' \
         AND NOT (cmd = 'SELECT' AND asked LIKE '%app.realm%' \
         AND (asked LIKE '%app.subject%' OR tablename = 'organizations' AND asked LIKE '%self_registration%')) \
         AND NOT (cmd = 'SELECT' AND roles = (SELECT ARRAY[tableowner] FROM pg_tables t \
         WHERE t.schemaname = 'public' AND t.tablename = pg_policies.tablename))",
    ),
    (
        "a view that reads with its owner's eyes",
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm') \
         AND NOT coalesce(reloptions::text LIKE '%security_invoker=true%', false)",
    ),
    (
        "a function that runs with its owner's rights",
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef",
    ),
    (
        "a unique key across tenants",
        "SELECT i.indexrelid::regclass FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid \
         WHERE c.relnamespace = 'public'::regnamespace AND i.indisunique AND NOT i.indisprimary \
         AND EXISTS (SELECT 1 FROM pg_policies p WHERE p.tablename = c.relname AND p.qual LIKE '%app.tenant%') \
         AND NOT EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = i.indrelid \
         AND a.attnum = ANY (i.indkey) AND a.attname = 'organization_id')",
    ),
];

async fn catalog(scene: &Scene) -> Outcome {
    scene.patient().await?;
    let door = scene.observer().postgres_door();
    let door = door.ok_or_else(|| AttackError::Setup("the database is not PostgreSQL".into()))?;
    let (superuser, application_role) = (door.as_superuser().await?, door.application_role());
    let mut trial = Trial::begin(scene, honest(scene)).await?;
    let role = format!(
        "SELECT 1 FROM pg_roles WHERE rolname = '{application_role}' \
         AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)"
    );
    let ways = WAYS_AROUND.iter().copied().chain([("a role above the policies", role.as_str())]);
    for (story, sql) in ways {
        let finding = match run(&superuser, sql).await {
            Ok(0) => Finding::Fine,
            Ok(found) => Finding::Breach(format!("there are {found}")),
            Err((state, words)) => Finding::Unclear(format!("{state} {words}")),
        };
        trial.found(story, finding);
    }
    trial.conclude().await
}

async fn bypass(scene: &Scene) -> Outcome {
    scene.patient().await?;
    scene.patient_in_b().await?;
    let client = application(scene).await?;
    let owner = owner(scene).await?;
    let owners_name = sql::role(&owner).await?;
    let mut trial = Trial::begin(scene, honest(scene)).await?;

    for table in TABLES {
        let off = format!("SET LOCAL row_security = off; SELECT 1 FROM {table}");
        let finding = refused_with(in_tenant(&client, Some(scene.a()), &off).await, DENIED);
        trial.found(&format!("row security off: {table}"), finding);
        let finding = match in_tenant(&owner, None, &format!("SELECT 1 FROM {table}")).await {
            Ok(0) => Finding::Fine,
            Ok(rows) => Finding::Breach(format!("the owner sees {rows} rows of {table}")),
            Err((state, words)) => Finding::Unclear(format!("{state} {words}")),
        };
        trial.found("the owner without a context", finding);
        let truncate = format!("TRUNCATE {table} CASCADE");
        trial.found(&truncate, refused_with(in_tenant(&client, Some(scene.a()), &truncate).await, DENIED));
    }
    for sql in [
        format!("SET ROLE {owners_name}"),
        format!("SET SESSION AUTHORIZATION {owners_name}"),
        "ALTER TABLE patients DISABLE ROW LEVEL SECURITY".into(),
        "ALTER TABLE patients NO FORCE ROW LEVEL SECURITY".into(),
        "DROP POLICY patients_tenant ON patients".into(),
        "ALTER ROLE CURRENT_USER BYPASSRLS".into(),
    ] {
        trial.found(&sql, refused_with(in_tenant(&client, Some(scene.a()), &sql).await, DENIED));
    }
    trial.conclude().await
}
