//! Accounts for an attack to play with.

use crate::{
    arena::TemporaryDirectory,
    attacks::{Beside, prelude::*, set, write_private, write_settings},
};
use toml::Table;

/// Somebody with an account.
#[derive(Clone, Debug)]
pub(in crate::attacks) struct Person {
    /// The account's id.
    pub(in crate::attacks) id: Uuid,
    pub(in crate::attacks) email: String,
    pub(in crate::attacks) password: String,
}

/// A password that nobody else has.
pub(in crate::attacks) fn fresh_password() -> String {
    Uuid::new_v4().to_string()
}

/// An address that nobody else has; without an account unless one is made.
pub(in crate::attacks) fn fresh_address() -> String {
    format!("p{}@people.test", Uuid::new_v4().simple())
}

/// Makes an account for each password, by the service's own settings.
pub(in crate::attacks) async fn people(
    scene: &Scene,
    passwords: &[String],
) -> Result<Vec<Person>, AttackError> {
    people_with(scene, scene.settings_table()?, passwords).await
}

/// The same, with other settings.
pub(in crate::attacks) async fn people_with(
    scene: &Scene,
    settings: Table,
    passwords: &[String],
) -> Result<Vec<Person>, AttackError> {
    let accounts: Vec<Value> =
        passwords.iter().map(|password| json!({ "email": fresh_address(), "password": password })).collect();
    let (code, printed, said) = import(scene, settings, &accounts).await?;
    if code != 0 {
        return Err(AttackError::Setup(format!("accounts can't be made: {}", said.trim())));
    }
    let printed: Value = serde_json::from_str(&printed).unwrap_or_default();
    let made = printed.pointer("/accounts").and_then(Value::as_array).into_iter().flatten();
    let made: Vec<Person> = made
        .zip(passwords)
        .filter_map(|(account, password)| {
            Some(Person {
                id: Uuid::parse_str(account.get("id")?.as_str()?).ok()?,
                email: account.get("email")?.as_str()?.to_owned(),
                password: password.clone(),
            })
        })
        .collect();
    if made.len() == passwords.len() {
        return Ok(made);
    }
    Err(AttackError::Setup("not every account was made".into()))
}

/// Asks for accounts on the command line: exit code, standard output, standard error.
pub(in crate::attacks) async fn import(
    scene: &Scene,
    settings: Table,
    accounts: &[Value],
) -> Result<(i32, String, String), AttackError> {
    let folder = TemporaryDirectory::new()?;
    let file = write_settings(folder.path(), &settings)?;
    let document = json!({ "organizations": [], "accounts": accounts }).to_string();
    let document = write_private(folder.path(), &document)?.display().to_string();
    Ok(scene.service()?.command(&file, &["admin", "import", &document]).await?)
}

/// A second process in which no rate and no queue stands before what is attacked, but those named here.
pub(in crate::attacks) async fn roomy(scene: &Scene, but: &[(&str, i64)]) -> Result<Beside, AttackError> {
    let room = [
        ("limits.visitor_per_minute", 60_000),
        ("limits.visitor_burst", 10_000),
        ("limits.sign_in_per_minute", 6_000),
        ("limits.sign_in_burst", 1_000),
        ("limits.sign_in_network_per_minute", 60_000),
        ("limits.sign_in_network_burst", 10_000),
        ("passwords.queue", 512),
    ];
    scene
        .beside(|settings, _| {
            for (key, value) in room.iter().chain(but) {
                set(settings, key, *value);
            }
        })
        .await
}

/// How often argon2id ran in this process.
pub(in crate::attacks) async fn hashes(scene: &Scene) -> Result<u64, AttackError> {
    let metrics = scene.anyone().get("/metrics").to_operations().send().await?.text();
    let line = metrics.lines().find_map(|line| line.strip_prefix("brigandine_password_hashes_total "));
    let count = line.and_then(|count| count.trim().parse().ok());
    count.ok_or_else(|| AttackError::Setup("the metrics do not count hashes".into()))
}
