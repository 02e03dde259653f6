//! SQL as the service's own database role: what an injection, or a thief of its password, could do.

use super::reviewed::{Part, differences};
use crate::attacks::prelude::*;
use tokio_postgres::{Client, SimpleQueryMessage};

/// A session as the application's role.
pub(super) async fn application(scene: &Scene) -> Result<Client, AttackError> {
    let door = scene.observer().postgres_door();
    let door = door.ok_or_else(|| AttackError::Setup("the database is not PostgreSQL".into()))?;
    Ok(door.as_application().await?)
}

/// A session as the role that owns the tables.
pub(super) async fn owner(scene: &Scene) -> Result<Client, AttackError> {
    let door = scene.observer().postgres_door();
    let door = door.ok_or_else(|| AttackError::Setup("the database is not PostgreSQL".into()))?;
    Ok(door.as_owner().await?)
}

/// The name of the role that the session belongs to.
pub(super) async fn role(client: &Client) -> Result<String, AttackError> {
    let failed = |error: tokio_postgres::Error| AttackError::Setup(error.to_string());
    let row = client.query_one("SELECT current_user::text", &[]).await.map_err(failed)?;
    row.try_get(0).map_err(failed)
}

/// What the server said to a statement: how many rows it returned or touched, or its SQLSTATE and sentence.
pub(super) async fn run(client: &Client, sql: &str) -> Result<u64, (String, String)> {
    match client.simple_query(sql).await {
        Ok(messages) => Ok(messages
            .iter()
            .map(|message| match message {
                SimpleQueryMessage::Row(_) => 1,
                SimpleQueryMessage::CommandComplete(touched) => *touched,
                _ => 0,
            })
            .max()
            .unwrap_or_default()),
        Err(error) => Err(match error.as_db_error() {
            Some(error) => (error.code().code().to_owned(), error.message().to_owned()),
            None => ("gone".to_owned(), error.to_string()),
        }),
    }
}

/// Runs the statement in a transaction of its own, with this tenant set, and takes it back.
pub(super) async fn in_tenant(
    client: &Client,
    tenant: Option<Uuid>,
    sql: &str,
) -> Result<u64, (String, String)> {
    let tenant = tenant.map(|tenant| tenant.to_string()).unwrap_or_default();
    run(client, &format!("BEGIN; SET LOCAL app.tenant = '{tenant}'")).await?;
    let outcome = run(client, sql).await;
    run(client, "ROLLBACK").await?;
    outcome
}

/// The statement must be refused with one of these SQLSTATEs; if it works, the attack has succeeded.
pub(super) fn refused_with(outcome: Result<u64, (String, String)>, states: &[&str]) -> Finding {
    match outcome {
        Ok(rows) => Finding::Breach(format!("the server did it ({rows} rows)")),
        Err((state, _)) if states.contains(&state.as_str()) => Finding::Fine,
        Err((state, words)) => Finding::Unclear(format!("{state} {words}")),
    }
}

/// Whether the catalogue is as somebody reviewed it.
pub(super) async fn as_reviewed(scene: &Scene, part: Part) -> Result<Finding, AttackError> {
    let door = scene.observer().postgres_door();
    let door = door.ok_or_else(|| AttackError::Setup("the database is not PostgreSQL".into()))?;
    let differences = differences(&part.lines(door).await?, &part.reviewed()?);
    Ok(Finding::must(differences.is_empty(), differences.join("; ")))
}

/// `insufficient_privilege`.
pub(super) const DENIED: &[&str] = &["42501"];
