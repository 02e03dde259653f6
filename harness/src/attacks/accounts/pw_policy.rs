//! `pw-policy`: long passwords that nobody tries first, and every character of them counts.

use super::{
    door::{Door, got_in},
    people::{Person, fresh_address, hashes, import, people, roomy},
};
use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        PW_POLICY / "short" = short,
        "Somebody takes a password of 14 characters; of 15 code units in UTF-16 that are 14; of one ligature.",
    ),
    attack!(
        PW_POLICY / "common" = common,
        "Somebody takes a password from the top of every list, padded to the length; the service's name with a year; their \
         own address.",
    ),
    attack!(
        PW_POLICY / "truncate" = truncate,
        "Somebody has a password of 80 characters.",
        "A thief who saw its first 72 bytes signs in; another changes the last character; another the case.",
    ),
    attack!(
        PW_POLICY / "nul" = nul,
        "Somebody takes a password with a NUL in it, and signs in with what stands before.",
    ),
    attack!(
        PW_POLICY / "huge" = huge,
        "Somebody sends a password of a mebibyte, and one of 50 000 characters, to make the service hash.",
    ),
];

/// A phrase as people remember them; nothing in it is a capital or a sign.
const PHRASE: &str = "correct horse battery staple 7";

/// What the service says to somebody who wants this password.
async fn wanted(scene: &Scene, email: &str, password: &str) -> Result<(i32, String), AttackError> {
    let account = json!({ "email": email, "password": password });
    let (code, _, said) = import(scene, scene.settings_table()?, &[account]).await?;
    Ok((code, said))
}

async fn refused(
    scene: &Scene,
    trial: &mut Trial<'_>,
    password: &str,
    email: &str,
    why: &str,
) -> Result<(), AttackError> {
    let (code, said) = wanted(scene, email, password).await?;
    let finding = match code {
        0 => Finding::Breach("it was taken".into()),
        _ if said.contains(why) => Finding::Fine,
        code => Finding::Unclear(format!("exit {code}: {}", said.trim())),
    };
    trial.found(password, finding);
    Ok(())
}

/// Takes the phrase, and one of 128 emoji, and signs in with them.
fn phrases_work<'a>(scene: &'a Scene) -> Control<'a> {
    Control::checked(move || async move {
        let emoji: String =
            "\u{1f40e}\u{1f50b}\u{1f4ce}\u{2705}\u{1f9ed}\u{1fa97}\u{1f335}\u{1f9ca}".repeat(16);
        let works = async {
            let door = Door::open(scene).await?;
            for person in people(scene, &[PHRASE.to_owned(), emoji]).await? {
                let attempt = door.attempt(&person.email, &person.password).from(scene.fresh_address());
                scene.demand(&attempt, 303).await?;
            }
            Ok::<_, AttackError>(())
        };
        works.await.map_err(|error| error.to_string())
    })
}

async fn short(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, phrases_work(scene)).await?;
    for password in ["xq7vnw2plr9tzk", "\u{1f600}q7vnw2plr9tzk", "\u{fdfa}"] {
        refused(scene, &mut trial, password, &fresh_address(), "too short").await?;
    }
    trial.conclude().await
}

async fn common(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, phrases_work(scene)).await?;
    for password in [
        "password1234567",
        "sunshine!!!!!!!!!",
        "qwertyuiopasdfgh",
        "iloveyou20262026",
        "P@ssw0rd P@ssw0rd!!",
        "monkey2026monkey",
        "apiclinictest2026clinic",
    ] {
        refused(scene, &mut trial, password, &fresh_address(), "easy to guess").await?;
    }
    let own = fresh_address();
    refused(scene, &mut trial, &own, &own, "easy to guess").await?;
    trial.conclude().await
}

async fn one(scene: &Scene, password: String) -> Result<Person, AttackError> {
    let made = people(scene, &[password]).await?.into_iter().next();
    made.ok_or_else(|| AttackError::Setup("nobody".into()))
}

async fn truncate(scene: &Scene) -> Outcome {
    let long = "seven otters carry an orange piano across the frozen canal before breakfast time".to_owned();
    let person = one(scene, long.clone()).await?;
    let door = Door::open(scene).await?;
    let control = Control::made_anew(303, || {
        Ok::<_, AttackError>(door.attempt(&person.email, &person.password).from(scene.fresh_address()))
    });
    let mut trial = Trial::begin(scene, control).await?;
    let cut: String = long.chars().take(72).collect();
    let changed = long.chars().take(79).chain(['x']).collect();
    for (story, guess) in
        [("the first 72 bytes", cut), ("another last character", changed), ("capitals", long.to_uppercase())]
    {
        let attempt = door.attempt(&person.email, &guess).from(scene.fresh_address());
        trial.check(story, attempt, kept_out).await;
    }
    trial.conclude().await
}

fn kept_out(answer: &Answer) -> Finding {
    match answer.status {
        401 => Finding::Fine,
        _ if got_in(answer) => Finding::Breach("it opened the account".into()),
        _ => Finding::Unclear(answer.summary()),
    }
}

async fn nul(scene: &Scene) -> Outcome {
    let before = "seven otters carry an orange piano";
    let person = one(scene, fresh_phrase()).await?;
    let door = Door::open(scene).await?;
    let control = Control::made_anew(303, || {
        Ok::<_, AttackError>(door.attempt(&person.email, &person.password).from(scene.fresh_address()))
    });
    let mut trial = Trial::begin(scene, control).await?;
    let victim = fresh_address();
    let (code, said) = wanted(scene, &victim, &format!("{before}\0and what nobody looks at")).await?;
    trial.found(
        "a password with a NUL",
        match code {
            0 => Finding::Breach("it was taken".into()),
            _ if said.contains("NUL") => Finding::Fine,
            code => Finding::Unclear(format!("exit {code}: {}", said.trim())),
        },
    );
    let attempt = door.attempt(&victim, before).from(scene.fresh_address());
    trial.check("what stands before the NUL", attempt, kept_out).await;
    trial.conclude().await
}

fn fresh_phrase() -> String {
    super::people::fresh_password()
}

async fn huge(scene: &Scene) -> Outcome {
    let person = one(scene, fresh_phrase()).await?;
    let roomy = roomy(scene, &[]).await?;
    let door = Door::open(&roomy.scene).await?;
    let control =
        Control::made_anew(303, || Ok::<_, AttackError>(door.attempt(&person.email, &person.password)));
    let mut trial = Trial::begin(scene, control).await?;
    for (story, length) in [("50 000 characters", 50_000), ("a mebibyte", 1 << 20)] {
        let before = hashes(&roomy.scene).await?;
        let answer = door.attempt(&person.email, &"a".repeat(length)).send().await?;
        let refused = matches!(answer.status, 401 | 413 | 422);
        trial.found(story, if refused { Finding::Fine } else { Finding::Unclear(answer.summary()) });
        let hashed = hashes(&roomy.scene).await? - before;
        trial.found(story, Finding::must(hashed == 0, format!("it was hashed {hashed} times")));
    }
    trial.conclude().await
}
