//! `api-key-storage`: what is kept of a key opens nothing, and a key that ended opens nothing either.

use crate::attacks::{prelude::*, program::Program};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        API_KEY_STORAGE / "db-theft" = db_theft,
        "A laboratory's program calls with its key. A thief has the whole database.",
        "He sends whatever the table holds as the key, as text and as bytes.",
    ),
    attack!(
        API_KEY_STORAGE / "show-again" = show_again,
        "The administrator reads the key again, in every list and place where it is mentioned.",
        "So does whoever reads the audit log, the log, or the database's files.",
    ),
    attack!(
        API_KEY_STORAGE / "after-revoke" = after_revoke,
        "A key is revoked; the program sends it once more at once.",
        "Another one has expired; the whole program is revoked with a third.",
    ),
    attack!(
        API_KEY_STORAGE / "guess" = guess,
        "Somebody knows the beginning of a key, as lists show it, and tries it, longer and shorter pieces, and others' ends.",
        "They try keys of the right form with a right checksum.",
    ),
    attack!(
        API_KEY_STORAGE / "unnoticed" = unnoticed,
        needs: People,
        "A key ends in six days, and nobody looks. Whoever replaces it in a hurry makes one without an end.",
        "Its maker is written to, once, however many replicas there are.",
    ),
    attack!(
        API_KEY_STORAGE / "url" = url,
        "The key stands in the URL, in a cookie, in a field of another name, where logs and browsers keep it.",
    ),
];

async fn with_key(scene: &Scene) -> Result<(Program, Uuid, String), AttackError> {
    let program = scene.program(|_| {}).await?;
    let (id, key) = program.api_key(scene, &json!({ "name": "nightly import" })).await?;
    Ok((program, id, key))
}

/// What every program may read.
fn house(scene: &Scene) -> Request {
    scene.anyone().get(&format!("/v1/organizations/{}", scene.a()))
}

fn control<'a>(scene: &'a Scene, key: &str) -> Control<'a> {
    Control::new(house(scene).bearer(key), 200)
}

async fn db_theft(scene: &Scene) -> Outcome {
    let (_, id, key) = with_key(scene).await?;
    let mut trial = Trial::begin(scene, control(scene, &key)).await?;
    let row = scene.observer().row("api_keys", id).await?;
    let bytes = row.bytes("secret_mac").ok_or_else(|| AttackError::Setup("no stored secret".into()))?;
    let stored: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let house = house(scene);
    let prefixed = format!("ck_live_{stored}");
    trial.refused("the digest as a key", house.clone().bearer(&prefixed), refused("key.malformed")).await;
    let summed = with_checksum(&prefixed);
    trial.refused("with a checksum", house.clone().bearer(summed), refused("key.unknown")).await;
    let malformed = Refusal::invalid_token("token.malformed");
    trial.refused("the digest itself", house.clone().bearer(&stored), malformed.clone()).await;
    // What is no plain text can't stand in a header at all.
    if let Some(text) =
        String::from_utf8(bytes).ok().filter(|text| text.chars().all(|c| c.is_ascii_graphic()))
    {
        trial.refused("its bytes", house.bearer(text), malformed).await;
    }
    trial.conclude().await
}

async fn show_again(scene: &Scene) -> Outcome {
    let (program, id, key) = with_key(scene).await?;
    let mut trial = Trial::begin(scene, control(scene, &key)).await?;
    let secret = key.trim_start_matches("ck_live_").get(8..64).unwrap_or(&key).to_owned();
    let admin = &program.admin;
    let auditor = scene.actor(AuditA)?;
    let places = [
        admin.get(&program.keys_path()),
        admin.get(&format!("{}/{id}", program.keys_path())),
        admin.get(&program.path()),
        admin.get("/v1/api-clients"),
        auditor.get("/v1/audit-events?limit=100"),
    ];
    for place in places {
        let story = place.describe();
        trial
            .check(&story, place, |answer| match answer.status {
                200 => Finding::must(!answer.mentions(&secret), "the key is shown again"),
                _ => Finding::Unclear(answer.summary()),
            })
            .await;
    }
    let lines = scene.observer().log.lines();
    trial.found("the log", Finding::must(!lines.iter().any(|line| line.contains(&secret)), "the log has it"));
    trial.conclude().await
}

async fn after_revoke(scene: &Scene) -> Outcome {
    let (program, id, key) = with_key(scene).await?;
    let other = scene.program(|_| {}).await?;
    let (_, last) = other.api_key(scene, &json!({ "name": "last" })).await?;
    let (_, fresh) = program.api_key(scene, &json!({ "name": "fresh" })).await?;
    let (unused, spare) = program.api_key(scene, &json!({ "name": "spare" })).await?;
    let (bent, odd) = program.api_key(scene, &json!({ "name": "odd" })).await?;
    let mut trial = Trial::begin(scene, control(scene, &fresh)).await?;
    let house = house(scene);
    for (story, key) in [("the first key", &key), ("the other program's key", &last)] {
        let served = scene.demand(&house.clone().bearer(key), 200).await;
        trial.found(story, Finding::must(served.is_ok(), "an honest key does not work"));
    }
    trial
        .honestly(async { revoke(scene, &program.admin, &format!("{}/{id}", program.keys_path())).await })
        .await?;
    // Twice: a worker that used it a moment ago remembers it.
    for story in ["revoked", "revoked, again"] {
        let refusal = Refusal::problem(401, "invalid-token").audit_event("authn_token_reject");
        trial.refused(story, house.clone().bearer(&key), refusal).await;
    }
    for (days, body) in [
        (1, json!({ "name": "short", "expires_in_days": 1 })),
        (90, json!({ "name": "usual" })),
        (365, json!({ "name": "longest", "expires_in_days": 365 })),
    ] {
        last_day(scene, &program, &mut trial, (days, &body)).await?;
    }
    for days in [0, 366, 3650] {
        let body = json!({ "name": "for ever", "expires_in_days": days });
        let request = program.admin.post(&program.keys_path()).json(&body);
        let refusal = Refusal::invalid("validation-failed", "/expires_in_days");
        trial.refused(&format!("a key for {days} days"), request, refusal).await;
    }
    let path = format!("{}/{unused}", program.keys_path());
    trial.honestly(async { revoke(scene, &program.admin, &path).await }).await?;
    trial.refused("revoked before its first use", house.clone().bearer(&spare), refused("key.revoked")).await;
    // Whoever can write to the database, and makes its networks a word that means nothing.
    let bent = scene.observer().id(bent);
    scene
        .observer()
        .execute(&format!("UPDATE api_keys SET networks = '[\"any\"]' WHERE id = {bent}"))
        .await?;
    trial.refused("from nowhere that is known", house.clone().bearer(&odd), refused("key.networks")).await;
    trial.honestly(async { revoke(scene, &other.admin, &other.path()).await }).await?;
    let refusal = Refusal::problem(401, "invalid-token").audit_event("authn_token_reject");
    trial.refused("with its program", house.bearer(&last), refusal).await;
    trial.conclude().await
}

/// A key works a minute before its days are over, and no longer. Its beginning is moved, so that the days decide. Two of a
/// kind, because a worker that took one a moment ago remembers it until the end that it had then.
async fn last_day(
    scene: &Scene,
    program: &Program,
    trial: &mut Trial<'_>,
    (days, body): (i64, &Value),
) -> Result<(), AttackError> {
    const DAY: i64 = 86_400;
    let mut keys = Vec::new();
    for passed in [days * DAY - 60, days * DAY + 1] {
        let (id, key) = program.api_key(scene, body).await?;
        let row = format!("id = {}", scene.observer().id(id));
        scene.observer().age("api_keys", &["created_at", "expires_at"], &row, passed).await?;
        keys.push(house(scene).bearer(key));
    }
    let [before, after] = keys.as_slice() else { return Ok(()) };
    let early = Finding::Unclear(format!("a key ends before {days} days"));
    trial.found("a minute before the end", scene.demand(before, 200).await.map_or(early, |_| Finding::Fine));
    trial.refused(&format!("after {days} days"), after.clone(), refused("key.expired")).await;
    Ok(())
}

async fn unnoticed(scene: &Scene) -> Outcome {
    const SUBJECT: &str = "An API key expires soon";
    let (_, id, key) = with_key(scene).await?;
    let mut trial = Trial::begin(scene, control(scene, &key)).await?;
    let (observer, maker) = (scene.observer(), scene.person(AdminA1)?);
    let (soon, long_ago) = if observer.is_postgres() {
        ("now() + interval '6 days'".to_owned(), "now() - interval '80 days'".to_owned())
    } else {
        let (now, day) = (crate::clock::unix_seconds() * 1_000_000, 86_400 * 1_000_000);
        ((now + 6 * day).to_string(), (now - 80 * day).to_string())
    };
    let (id, member) = (observer.id(id), observer.id(maker.account().member));
    observer
        .execute(&format!(
            "UPDATE api_keys SET expires_at = {soon}, created_at = {long_ago}, created_by = {member} WHERE id = {id}"
        ))
        .await?;
    // A process looks when it starts, and once an hour from then on.
    let (_first, _second) = (scene.beside(|_, _| {}).await?, scene.beside(|_, _| {}).await?);
    let email = &maker.account().email;
    scene.outbox().wait_for(email, SUBJECT, 1).await?;
    let mails = scene.outbox().unless(email, SUBJECT, 2).await?;
    let told = match mails.as_slice() {
        [] => Finding::Breach("nobody is told that the key ends".into()),
        [mail] if mail.text.contains("nightly import") => Finding::Fine,
        [_] => Finding::Unclear("the mail does not say which key".into()),
        several => Finding::Breach(format!("{} mails tell of it", several.len())),
    };
    trial.found("six days before the end", told);
    trial.conclude().await
}

async fn revoke(scene: &Scene, admin: &Actor, path: &str) -> Result<(), AttackError> {
    scene.demand(&admin.delete(path), 204).await.map(drop)
}

async fn guess(scene: &Scene) -> Outcome {
    let (program, id, key) = with_key(scene).await?;
    let mut trial = Trial::begin(scene, control(scene, &key)).await?;
    let shown = scene.demand(&program.admin.get(&format!("{}/{id}", program.keys_path())), 200).await?;
    let hint =
        shown.string("/hint").ok_or_else(|| AttackError::Setup("the list shows no beginning".into()))?;
    let house = house(scene);
    let malformed = refused("key.malformed");
    for length in [8, hint.len(), 20, 40, 72, 79] {
        let piece = key.get(..length).unwrap_or(&key);
        let story = format!("its first {length} characters");
        trial.refused(&story, house.clone().bearer(piece), malformed.clone()).await;
    }
    trial.refused("a wildcard", house.clone().bearer(format!("{hint}%")), malformed.clone()).await;
    trial.refused("one more", house.clone().bearer(format!("{key}0")), malformed).await;
    for number in 0..200_u32 {
        let digits: String =
            [Uuid::new_v4(), Uuid::new_v4()].iter().map(|id| id.simple().to_string()).collect();
        // Half of them begin as the real one does.
        let digits =
            if number % 2 == 0 { digits } else { format!("{}{}", &hint["ck_live_".len()..], &digits[4..]) };
        let guess = with_checksum(&format!("ck_live_{digits}"));
        trial.refused("a well-formed guess", house.clone().bearer(guess), refused("key.unknown")).await;
    }
    trial.conclude().await
}

async fn url(scene: &Scene) -> Outcome {
    let (_, _, key) = with_key(scene).await?;
    let mut trial = Trial::begin(scene, control(scene, &key)).await?;
    let anyone = scene.anyone();
    for name in ["api_key", "apikey", "key", "access_token", "token"] {
        let target = format!("/v1/organizations/{}?{name}={key}", scene.a());
        let story = format!("the parameter {name}");
        trial.refused(&story, anyone.get(&target), Refusal::unauthenticated()).await;
    }
    let house = house(scene);
    for name in ["x-api-key", "api-key", "x-auth-token"] {
        let story = format!("the field {name}");
        trial.refused(&story, house.clone().header(name, &key), Refusal::unauthenticated()).await;
    }
    let cookie = house.clone().header("cookie", format!("api_key={key}"));
    trial.refused("a cookie", cookie, Refusal::unauthenticated()).await;
    let basic = house.authorization(format!("Basic {key}"));
    trial.refused("as a password", basic, Refusal::unauthenticated()).await;
    let kept = scene.observer().log.lines().iter().any(|line| line.contains(&key));
    trial.found("the log", Finding::must(!kept, "the key stands in the log"));
    trial.conclude().await
}

fn refused(reason: &str) -> Refusal {
    Refusal::invalid_token(reason)
}

/// The key with the checksum that its own digits call for; anybody can calculate it.
fn with_checksum(text: &str) -> String {
    use aws_lc_rs::digest::{SHA256, digest};
    let sum = digest(&SHA256, text.as_bytes());
    let digits: String = sum.as_ref().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{text}{digits}")
}
