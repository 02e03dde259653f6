//! `db-rls-forced`, table by table: what the catalogue has is what is tried, so that no new table is forgotten.

use super::{
    reviewed::Part,
    sql::{DENIED, application, as_reviewed, in_tenant, refused_with},
};
use crate::attacks::prelude::*;
use std::collections::BTreeMap;
use tokio_postgres::Client;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        DB_RLS_FORCED / "every-table" = every_table,
        needs: Postgres.and(Clinic),
        "A and B have something in every table. Somebody runs any SQL that he likes as the application's role, in A's context.",
        "In each table of the catalogue he looks for B's rows, adds one, changes them, removes them, and gives his own to B.",
        "Without a context he looks for anything at all.",
    ),
    attack!(
        DB_RLS_FORCED / "reviewed" = reviewed,
        // Alone: others put policies of their own into the database while they attack.
        needs: Postgres.and(Exclusive),
        "Somebody makes one policy of one table a little wider.",
        "Every policy in the catalogue is compared with the list that was reviewed.",
    ),
];

/// What every transaction may read, whatever its tenant: digests of what was revoked, and nothing else.
const READ_BY_ALL: [&str; 1] = ["revocations"];
/// What is appended to in no tenant's name: the audit writer's events of many tenants.
const APPENDED_BY_NOBODY: [&str; 1] = ["audit_events"];

/// A table of the catalogue.
struct Table {
    name: String,
    /// The column that says whose a row is, if its rows are tenants'.
    tenant: Option<String>,
    /// Any column.
    first: String,
    /// A column that the application may change.
    changes: Option<String>,
    /// Whether a policy asks for the tenant.
    of_tenants: bool,
}

async fn tables(scene: &Scene) -> Result<Vec<Table>, AttackError> {
    let door = scene.observer().postgres_door();
    let door = door.ok_or_else(|| AttackError::Setup("the database is not PostgreSQL".into()))?;
    let role = door.application_role();
    let sql = format!(
        "SELECT c.relname::text, a.attname::text, \
         has_column_privilege('{role}', c.oid, a.attnum, 'UPDATE'), \
         EXISTS (SELECT 1 FROM pg_policies p WHERE p.schemaname = 'public' AND p.tablename = c.relname \
                 AND p.cmd = 'ALL' AND p.with_check LIKE '%app.tenant%') \
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') \
         AND c.relname <> '__diesel_schema_migrations' ORDER BY c.relname, a.attnum"
    );
    let told = |error: tokio_postgres::Error| AttackError::Setup(error.to_string());
    let mut tables = BTreeMap::<String, Table>::new();
    for row in door.as_superuser().await?.query(&sql, &[]).await.map_err(told)? {
        let (name, column): (String, String) = (row.try_get(0).map_err(told)?, row.try_get(1).map_err(told)?);
        let (changes, of_tenants): (bool, bool) =
            (row.try_get(2).map_err(told)?, row.try_get(3).map_err(told)?);
        let table = tables.entry(name.clone()).or_insert_with(|| Table {
            name,
            first: column.clone(),
            tenant: None,
            changes: None,
            of_tenants,
        });
        let is_tenant = column == "organization_id" || (table.name == "organizations" && column == "id");
        if is_tenant {
            table.tenant = Some(column);
        } else if changes && table.changes.is_none() {
            table.changes = Some(column);
        }
    }
    Ok(tables.into_values().collect())
}

/// The application's role reads A's members in A's context.
fn honest(scene: &Scene) -> Control<'_> {
    Control::checked(move || async move {
        let client = application(scene).await.map_err(|error| error.to_string())?;
        match in_tenant(&client, Some(scene.a()), "SELECT id FROM members").await {
            Ok(rows) if rows > 0 => Ok(()),
            other => Err(format!("the application's role can't read A's members: {other:?}")),
        }
    })
}

async fn reviewed(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, honest(scene)).await?;
    trial.found("the policies", as_reviewed(scene, Part::Policies).await?);
    trial.conclude().await
}

/// Nothing was seen or touched: no rows, or no right to ask.
fn nothing(outcome: Result<u64, (String, String)>) -> Finding {
    match outcome {
        Ok(0) => Finding::Fine,
        other => refused_with(other, DENIED),
    }
}

/// Row security is asked before any constraint is: whatever else the server says, it would have taken the row.
fn not_taken(outcome: Result<u64, (String, String)>) -> Finding {
    match outcome {
        Err((state, words)) if !DENIED.contains(&state.as_str()) && state.starts_with("23") => {
            Finding::Breach(format!("only a constraint stops the row: {words}"))
        }
        other => refused_with(other, DENIED),
    }
}

async fn every_table(scene: &Scene) -> Outcome {
    scene.furnish().await?;
    let client = application(scene).await?;
    let tables = tables(scene).await?;
    let mut trial = Trial::begin(scene, honest(scene)).await?;
    for table in &tables {
        without_a_context(&client, table, &mut trial).await;
        match &table.tenant {
            Some(column) => as_somebody_else(scene, &client, (table, column), &mut trial).await?,
            None => without_an_owner(scene, &client, table, &mut trial).await,
        }
    }
    trial.conclude().await
}

async fn without_a_context(client: &Client, table: &Table, trial: &mut Trial<'_>) {
    let name = &table.name;
    let reads = in_tenant(client, None, &format!("SELECT 1 FROM {name}")).await;
    trial.found(&format!("{name}, read without a context"), nothing(reads));
    if !APPENDED_BY_NOBODY.contains(&name.as_str()) {
        let adds = in_tenant(client, None, &format!("INSERT INTO {name} DEFAULT VALUES")).await;
        trial.found(&format!("{name}, added to without a context"), not_taken(adds));
    }
}

/// The realm's tables: no tenant's transaction has any business there.
async fn without_an_owner(scene: &Scene, client: &Client, table: &Table, trial: &mut Trial<'_>) {
    let name = &table.name;
    if !READ_BY_ALL.contains(&name.as_str()) {
        let reads = in_tenant(client, Some(scene.a()), &format!("SELECT 1 FROM {name}")).await;
        trial.found(&format!("{name}, read in A's context"), nothing(reads));
    }
    let adds = in_tenant(client, Some(scene.a()), &format!("INSERT INTO {name} DEFAULT VALUES")).await;
    trial.found(&format!("{name}, added to in A's context"), not_taken(adds));
    for sql in [change(table, "true"), format!("DELETE FROM {name}")] {
        trial.found(&sql, nothing(in_tenant(client, Some(scene.a()), &sql).await));
    }
}

async fn as_somebody_else(
    scene: &Scene,
    client: &Client,
    (table, column): (&Table, &str),
    trial: &mut Trial<'_>,
) -> Result<(), AttackError> {
    let (a, b, name) = (Some(scene.a()), scene.b(), &table.name);
    let theirs = format!("{column} = '{b}'");
    if table.of_tenants && scene.observer().rows(name, &theirs).await?.is_empty() {
        let why = format!("B has nothing in {name}: let `Scene::furnish` make something");
        trial.found(name, Finding::Unclear(why));
    }
    for sql in [
        format!("SELECT 1 FROM {name} WHERE {theirs}"),
        change(table, &theirs),
        format!("DELETE FROM {name} WHERE {theirs}"),
    ] {
        trial.found(&sql, nothing(in_tenant(client, a, &sql).await));
    }
    let adds = format!("INSERT INTO {name} ({column}) VALUES ('{b}')");
    trial.found(&adds, not_taken(in_tenant(client, a, &adds).await));
    let gives = format!("UPDATE {name} SET {column} = '{b}' WHERE {column} = '{}'", scene.a());
    trial.found(&gives, refused_with(in_tenant(client, a, &gives).await, DENIED));
    Ok(())
}

/// Changes what the application may change at all; else what it may not.
fn change(table: &Table, which: &str) -> String {
    let column = table.changes.as_deref().unwrap_or(&table.first);
    format!("UPDATE {} SET {column} = {column} WHERE {which}", table.name)
}
