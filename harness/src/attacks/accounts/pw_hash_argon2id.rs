//! `pw-hash-argon2id`: a stolen table of hashes is worth nothing.

use super::{
    door::Door,
    people::{people, people_with},
};
use crate::arena::TemporaryDirectory;
use crate::attacks::{prelude::*, set, write_settings};
use argon2::{Argon2, PasswordHash, PasswordVerifier};
use aws_lc_rs::{
    digest::{SHA256, digest},
    hmac,
};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        PW_HASH_ARGON2ID / "db-theft" = db_theft,
        "Two people have the same password. Somebody steals the table of accounts.",
        "They compare the two hashes, and try ten thousand words: as fast hashes, and without the pepper.",
    ),
    attack!(
        PW_HASH_ARGON2ID / "weak-legacy" = weak_legacy,
        "An account's password was hashed years ago, with the least that was allowed.",
        "Its owner signs in; then somebody steals the table.",
    ),
    attack!(
        PW_HASH_ARGON2ID / "boot-weak" = boot_weak,
        "Somebody sets argon2id to 8 MiB of memory, or to one pass, and starts the service.",
    ),
];

/// What the settings ask for unless told otherwise.
const TODAY: &str = "$argon2id$v=19$m=65536,t=3,p=1";

/// How many words are tried as fast hashes.
const WORDS: usize = 10_000;

fn hash_of(row: &Row) -> Result<String, AttackError> {
    row.text("password_hash").ok_or_else(|| AttackError::Setup("the account has no password".into()))
}

async fn db_theft(scene: &Scene) -> Outcome {
    let shared = "lemon otter bicycle 41";
    let folks = people_with(scene, ordinary(scene)?, &[shared.to_owned(), shared.to_owned()]).await?;
    let [first, second] = folks.as_slice() else { return Err(AttackError::Setup("nobody".into())) };
    let door = Door::open(scene).await?;
    let control = Control::made_anew(303, || {
        Ok::<_, AttackError>(door.attempt(&first.email, shared).from(scene.fresh_address()))
    });
    let mut trial = Trial::begin(scene, control).await?;
    let mut stolen = Vec::new();
    for person in [first, second] {
        stolen.push(hash_of(&scene.observer().row("accounts", person.id).await?)?);
    }
    let [one, other] = stolen.as_slice() else { return Err(AttackError::Setup("nothing stolen".into())) };
    trial.found("the same password twice", Finding::must(one != other, "the two hashes are equal"));
    trial.found("the hash", Finding::must(one.starts_with(TODAY), "it is not argon2id with today's cost"));

    let words = (0..WORDS).map(|number| format!("word {number}")).chain([shared.to_owned()]);
    let cracked =
        words.into_iter().find(|word| one.contains(&hex(digest(&SHA256, word.as_bytes()).as_ref())));
    trial.found("ten thousand words", Finding::must(cracked.is_none(), "a fast hash gave the password away"));
    trial
        .found("without the pepper", Finding::must(!opens(one, shared.as_bytes()), "the password was found"));
    // Else the two attempts before would prove nothing but a thief who can't compute argon2id.
    let pepper = std::fs::read(scene.data_directory().join("keys/pepper.key"))?;
    let seasoned = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &pepper), shared.as_bytes());
    if one.starts_with(TODAY) && !opens(one, seasoned.as_ref()) {
        trial.found("with the pepper", Finding::Unclear("the right word does not open the hash".into()));
    }
    trial.conclude().await
}

/// The service's settings without those that make the proof faster.
fn ordinary(scene: &Scene) -> Result<toml::Table, AttackError> {
    let mut settings = scene.settings_table()?;
    settings.remove("passwords");
    Ok(settings)
}

fn opens(stored: &str, guess: &[u8]) -> bool {
    PasswordHash::new(stored).is_ok_and(|hash| Argon2::default().verify_password(guess, &hash).is_ok())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn weak_legacy(scene: &Scene) -> Outcome {
    let me = Control::new(scene.actor(RecepA)?.get("/v1/me"), 200);
    let mut trial = Trial::begin(scene, me).await?;
    let mut least = ordinary(scene)?;
    set(&mut least, "passwords.memory_kib", 19_456);
    set(&mut least, "passwords.iterations", 2);
    let folks = people_with(scene, least, &["lemon otter bicycle 42".to_owned()]).await?;
    let Some(person) = folks.first() else { return Err(AttackError::Setup("nobody".into())) };
    let before = hash_of(&scene.observer().row("accounts", person.id).await?)?;
    let today = scene.beside(|settings, _| drop(settings.remove("passwords"))).await?;
    let door = Door::open(&today.scene).await?;
    for attempt in 1..=2 {
        let answer = door.attempt(&person.email, &person.password).send_patiently().await?;
        if answer.status != 303 {
            return Err(AttackError::Setup(format!("sign-in {attempt} answered {}", answer.summary())));
        }
    }
    let after = hash_of(&scene.observer().row("accounts", person.id).await?)?;
    trial.found(
        "the hash after the sign-in",
        Finding::must(after.starts_with(TODAY), "it is as weak as it was"),
    );
    trial.found("the hash after the sign-in", Finding::must(before != after, "it was not made anew"));
    trial.conclude().await
}

async fn boot_weak(scene: &Scene) -> Outcome {
    let person = people(scene, &["lemon otter bicycle 43".to_owned()]).await?;
    let Some(person) = person.first() else { return Err(AttackError::Setup("nobody".into())) };
    let door = Door::open(scene).await?;
    let control = Control::made_anew(303, || {
        Ok::<_, AttackError>(door.attempt(&person.email, &person.password).from(scene.fresh_address()))
    });
    let mut trial = Trial::begin(scene, control).await?;
    let folder = TemporaryDirectory::new()?;
    for (story, memory, passes) in
        [("8 MiB", 8192, 3), ("one pass", 19_456, 1), ("a KiB less than the floor", 19_455, 2)]
    {
        let mut settings = ordinary(scene)?;
        set(&mut settings, "passwords.memory_kib", memory);
        set(&mut settings, "passwords.iterations", passes);
        let file = write_settings(folder.path(), &settings)?;
        let (code, _, said) = scene.service()?.command(&file, &["check-config"]).await?;
        trial.found(
            story,
            match code {
                78 if said.contains("weak_kdf_parameters") => Finding::Fine,
                0 => Finding::Breach("the service would start".into()),
                _ => Finding::Unclear(format!("exit {code}: {}", said.trim())),
            },
        );
    }
    trial.conclude().await
}
