//! `db-least-privilege`: the role that serves requests can do that, and nothing else.

use super::{
    reviewed::Part,
    sql::{DENIED, application, as_reviewed, in_tenant, refused_with, run},
};
use crate::attacks::prelude::*;
use crate::attacks::set;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        DB_LEAST_PRIVILEGE / "app-ddl" = ddl,
        needs: Postgres,
        "Somebody holds the application's database password.",
        "He makes, changes and drops tables, functions, schemas, extensions and roles.",
    ),
    attack!(
        DB_LEAST_PRIVILEGE / "app-file" = files,
        needs: Postgres,
        "He makes a place for loot, and fills it from files and programs of the database's machine.",
    ),
    attack!(
        DB_LEAST_PRIVILEGE / "app-secret-cols" = secret_columns,
        needs: Postgres,
        "He reads password hashes, and rewrites the audit log and the columns that say whose a row is.",
    ),
    attack!(
        DB_LEAST_PRIVILEGE / "reviewed" = reviewed_grants,
        // Alone: others change grants while they attack.
        needs: Postgres.and(Exclusive),
        "Somebody grants the application a little more than it needs: a DELETE, a column, a table.",
        "Every grant in the catalogue is compared with the list that was reviewed.",
    ),
    attack!(
        DB_LEAST_PRIVILEGE / "api-migrates" = api_migrates,
        needs: Postgres,
        "An operator in a hurry gives the service the owner's URL.",
    ),
];

/// The role does its one job: it reads and writes rows of the tenant.
fn honest(scene: &Scene) -> Control<'_> {
    Control::checked(move || async move {
        let client = application(scene).await.map_err(|error| error.to_string())?;
        let sql =
            format!("UPDATE members SET display_name = display_name WHERE organization_id = '{}'", scene.a());
        match in_tenant(&client, Some(scene.a()), &sql).await {
            Ok(rows) if rows > 0 => Ok(()),
            other => Err(format!("the application's role can't change A's members: {other:?}")),
        }
    })
}

/// What PostgreSQL runs outside of transactions only.
const OUTSIDE: [&str; 2] = ["ALTER SYSTEM SET log_statement = 'none'", "CREATE DATABASE mine"];

async fn all_denied(scene: &Scene, statements: &[&str]) -> Outcome {
    let client = application(scene).await?;
    let mut trial = Trial::begin(scene, honest(scene)).await?;
    for sql in statements {
        trial.found(sql, refused_with(in_tenant(&client, Some(scene.a()), sql).await, DENIED));
    }
    for sql in OUTSIDE {
        trial.found(sql, refused_with(run(&client, sql).await, DENIED));
    }
    trial.conclude().await
}

async fn ddl(scene: &Scene) -> Outcome {
    all_denied(
        scene,
        &[
            "CREATE TABLE loot (line text)",
            "CREATE VIEW everybody AS SELECT * FROM patients",
            "CREATE FUNCTION own() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE SCHEMA mine",
            "CREATE EXTENSION IF NOT EXISTS dblink",
            "CREATE ROLE friend LOGIN SUPERUSER",
            "ALTER ROLE CURRENT_USER SUPERUSER",
            "ALTER TABLE patients ADD COLUMN loot text",
            "ALTER TABLE audit_events DISABLE TRIGGER ALL",
            "DROP TRIGGER audit_events_no_change ON audit_events",
            "CREATE TRIGGER spy BEFORE INSERT ON patients FOR EACH ROW EXECUTE FUNCTION audit_events_are_append_only()",
            "CREATE INDEX ON patients (family_name)",
            "DROP TABLE patients",
            "TRUNCATE audit_events",
            "COMMENT ON TABLE patients IS 'mine'",
        ],
    )
    .await
}

async fn files(scene: &Scene) -> Outcome {
    all_denied(
        scene,
        &[
            "CREATE TEMPORARY TABLE loot (line text)",
            "COPY members (display_name) FROM '/etc/passwd'",
            "COPY members TO '/tmp/members'",
            "COPY members TO PROGRAM 'cat'",
            "COPY audit_events (event) FROM PROGRAM 'id'",
            "SELECT pg_read_file('/etc/passwd')",
            "SELECT pg_read_binary_file('postgresql.conf')",
            "SELECT pg_ls_dir('.')",
            "SELECT lo_import('/etc/passwd')",
            "SELECT lo_export(1, '/tmp/loot')",
            "SELECT pg_reload_conf()",
            "SELECT * FROM pg_hba_file_rules",
            "LOAD 'dblink'",
        ],
    )
    .await
}

async fn secret_columns(scene: &Scene) -> Outcome {
    all_denied(
        scene,
        &[
            "SELECT rolpassword FROM pg_authid",
            "SELECT passwd FROM pg_shadow",
            "UPDATE audit_events SET outcome = 'success'",
            "UPDATE audit_events SET actor_member_id = NULL WHERE event = 'sensitive_read'",
            "DELETE FROM audit_events",
            "INSERT INTO organizations (id, name, status, created_at) VALUES (gen_random_uuid(), 'x', 'active', now())",
            "UPDATE organizations SET status = 'active'",
            "DELETE FROM patients",
            "DELETE FROM members",
            "UPDATE patients SET organization_id = organization_id",
            "UPDATE patients SET registered_by = registered_by",
            "UPDATE patients SET national_id_index = ''",
            "UPDATE patients SET created_at = now()",
            "UPDATE members SET subject = 'me'",
            "UPDATE members SET issuer = 'https://evil.test'",
            "UPDATE members SET organization_id = organization_id",
            "DELETE FROM __diesel_schema_migrations",
            "INSERT INTO __diesel_schema_migrations (version) VALUES ('9')",
        ],
    )
    .await
}

async fn reviewed_grants(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, honest(scene)).await?;
    trial.found("the grants", as_reviewed(scene, Part::Grants).await?);
    trial.conclude().await
}

async fn api_migrates(scene: &Scene) -> Outcome {
    let owners_url = scene.settings_table()?;
    let owners_url = owners_url.get("database").and_then(|section| section.get("migration_url")?.as_str());
    let missing = || AttackError::Setup("the settings name no migration URL".into());
    let owners_url = owners_url.ok_or_else(missing)?.to_owned();
    let control = Control::checked(move || async move {
        scene.beside(|_, _| {}).await.map(drop).map_err(|error| error.to_string())
    });
    let mut trial = Trial::begin(scene, control).await?;
    let started = scene.beside(|settings, _| set(settings, "database.url", owners_url)).await;
    let finding = match started {
        Ok(_) => Finding::Breach("the service serves as the owner of its tables".into()),
        Err(error) => match error.to_string() {
            refused if refused.contains("owns the table") => Finding::Fine,
            other => Finding::Unclear(other),
        },
    };
    trial.found("the owner's URL", finding);
    trial.conclude().await
}
