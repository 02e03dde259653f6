//! `flow-idempotency`: what is sent twice is done once.

use crate::attacks::prelude::*;
use futures_util::future::join_all;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        FLOW_IDEMPOTENCY / "other-body" = other_body,
        needs: Clinic,
        "The receptionist registers somebody, then sends the same key with somebody else's data.",
        "She is told that the key is spent, not that the second one was registered.",
    ),
    attack!(
        FLOW_IDEMPOTENCY / "other-user" = other_user,
        needs: Clinic,
        "The receptionist of B sends the key with which the one of A registered a patient; so does a colleague in A.",
        "None of them sees A's answer: each gets one of their own.",
        "The clinician who registered somebody with notes becomes a receptionist, and asks for the old answer again.",
    ),
    attack!(
        FLOW_IDEMPOTENCY / "race" = race,
        "The administrator's client sends one registration of a program twenty times at once, with one key.",
        "One program comes of it.",
    ),
    attack!(
        FLOW_IDEMPOTENCY / "none" = none,
        needs: Clinic,
        "The receptionist registers somebody without a key, with a long one, with two, and with one that is no UUID.",
    ),
    attack!(
        FLOW_IDEMPOTENCY / "after-deny" = after_deny,
        needs: Clinic,
        "A registration is refused for a broken rule, or for lack of the right; it is put right and sent with the same key.",
        "What was refused is not remembered: now it is done, once.",
    ),
];

fn register(actor: &Actor, who: &NewPatient, key: Uuid) -> Request {
    actor.post("/v1/patients").header("idempotency-key", key.to_string()).json(&who.body())
}

/// The same key twice: the same answer, one row.
fn said_twice(scene: &Scene) -> Result<Control<'_>, AttackError> {
    let reception = scene.actor(RecepA)?;
    Ok(Control::checked(move || {
        let request = register(&reception, &NewPatient::unique(), Uuid::new_v4());
        async move {
            let told = |error: ClientError| error.to_string();
            let first = request.send_patiently().await.map_err(told)?;
            let second = request.send_patiently().await.map_err(told)?;
            let alike = first.status == 201
                && second.status == 201
                && first.body == second.body
                && ["location", "etag"].iter().all(|name| first.header(name) == second.header(name));
            let marked = first.header(REPLAYED).is_none() && second.header(REPLAYED) == Some("true");
            if alike && marked {
                Ok(())
            } else {
                Err(format!("the same key: {} and {}", first.summary(), second.summary()))
            }
        }
    }))
}

const REPLAYED: &str = "idempotency-replayed";

/// 201 with a patient of one's own, made just now.
fn own(answer: &Answer, who: &NewPatient) -> Finding {
    match (answer.status, answer.mentions(&who.national_id), answer.header(REPLAYED)) {
        (201, true, None) => Finding::Fine,
        (201, ..) => Finding::Breach("is given an answer that is not its own".into()),
        _ if answer.header(REPLAYED).is_some() => Finding::Breach("is given an old answer".into()),
        _ => Finding::Unclear(answer.summary()),
    }
}

async fn other_body(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let key = Uuid::new_v4();
    let control = Control::made_anew(201, || register(&reception, &NewPatient::unique(), Uuid::new_v4()));
    let mut trial = Trial::begin(scene, control).await?;
    trial.honestly(scene.demand(&register(&reception, &NewPatient::unique(), key), 201)).await?;

    let spent = || {
        Refusal::problem(422, "idempotency-mismatch").audit("input_validation_fail", "idempotency-mismatch")
    };
    let another = register(&reception, &NewPatient::unique(), key);
    trial.refused("somebody else's data", another, spent()).await;
    trial.conclude().await
}

async fn other_user(scene: &Scene) -> Outcome {
    let (reception, other, colleague) = (scene.actor(RecepA)?, scene.actor(RecepB)?, scene.actor(MultiInA)?);
    let mut trial = Trial::begin(scene, Control::new(reception.get("/v1/me"), 200)).await?;
    let key = Uuid::new_v4();
    let first = NewPatient::unique();
    trial.honestly(scene.demand(&register(&reception, &first, key), 201)).await?;
    for (story, actor) in [("a receptionist of B", other), ("a colleague", colleague)] {
        let mine = NewPatient::unique();
        let answer = trial.honestly(register(&actor, &mine, key).send_patiently()).await?;
        trial.found(story, own(&answer, &mine));
    }
    // The same body, too: it is another person's request.
    let anew = register(&scene.actor(RecepB)?, &first, Uuid::new_v4());
    trial.honestly(scene.demand(&anew, 201)).await?;

    let clinician = scene.actor(ClinA2)?;
    let key = Uuid::new_v4();
    let mut body = NewPatient::unique().body();
    if let Some(members) = body.as_object_mut() {
        members.insert("notes".into(), json!("confidential"));
    }
    let noted = clinician.post("/v1/patients").header("idempotency-key", key.to_string()).json(&body);
    trial.honestly(scene.demand(&noted, 201)).await?;
    let demote = scene.actor(AdminA1)?.patch(&clinician.path()).json(&json!({ "role": "reception" }));
    trial.honestly(scene.demand(&demote, 200)).await?;
    // Whoever may not write notes is refused by the key already: the old answer holds what they may not read.
    let spent = Refusal::problem(422, "idempotency-mismatch");
    trial.refused("a former clinician", noted, spent).await;
    trial.conclude().await
}

async fn race(scene: &Scene) -> Outcome {
    let admin = scene.giver()?;
    let mut trial = Trial::begin(scene, Control::new(admin.get("/v1/api-clients"), 200)).await?;
    let name = format!("Laboratory {}", Uuid::new_v4().simple());
    let body = json!({ "name": name, "scopes": ["organization:read"] });
    let key = Uuid::new_v4().to_string();
    let request = admin.post("/v1/api-clients").header("idempotency-key", &key).json(&body);
    let sent = (0..20).map(|_| request.send_patiently());
    let answers = trial.honestly(async { Ok::<_, AttackError>(join_all(sent).await) }).await?;
    let ids: std::collections::BTreeSet<_> = answers
        .iter()
        .flatten()
        .filter(|answer| answer.status == 201)
        .filter_map(|answer| answer.uuid("/id"))
        .collect();
    let odd = answers
        .iter()
        .flatten()
        .find(|answer| answer.status != 201 && answer.slug().as_deref() != Some("idempotency-in-progress"));
    let rows = scene.observer().rows("clients", &format!("name = '{name}'")).await?;
    let finding = match (ids.len(), rows.len(), odd) {
        (1, 1, None) => Finding::Fine,
        (1, 1, Some(odd)) => Finding::Unclear(odd.summary()),
        (0, ..) => Finding::Unclear("no program came of it".into()),
        (answers, rows, _) => Finding::Breach(format!("{rows} programs, in {answers} different answers")),
    };
    trial.found("twenty at once", finding);
    let other = json!({ "name": format!("{name} II"), "scopes": ["organization:read"] });
    let audited = |status, slug| Refusal::problem(status, slug).audit("input_validation_fail", slug);
    let another = request.clone().json(&other);
    trial.refused("for something else", another, audited(422, "idempotency-mismatch")).await;
    let bare = || admin.post("/v1/api-clients").json(&other).without("idempotency-key");
    trial.refused("without one", bare(), audited(400, "idempotency-key-required")).await;
    let word = bare().header("idempotency-key", "once");
    trial.refused("a word", word, audited(400, "invalid-idempotency-key")).await;
    if let Some(door) = scene.observer().postgres_door() {
        // Somebody's work under this key is not done. On SQLite nobody else's begins before it is.
        let (key, now) = (Uuid::new_v4(), "now(), now() + interval '1 hour'");
        let (a, member) = (scene.a(), admin.id());
        let working = door.as_superuser().await?;
        let begins = format!(
            "BEGIN; INSERT INTO idempotency_keys (id, organization_id, member_id, operation, key, digest, created_at, expires_at) \
             VALUES (gen_random_uuid(), '{a}', '{member}', 'createApiClient', '{key}', '\\x00', {now})"
        );
        working.batch_execute(&begins).await.map_err(|error| AttackError::Setup(error.to_string()))?;
        let second = bare().header("idempotency-key", key.to_string());
        trial
            .refused("while it is being done", second, Refusal::problem(409, "idempotency-in-progress"))
            .await;
    }
    trial.conclude().await
}

async fn none(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, said_twice(scene)?).await?;
    let bare =
        || reception.post("/v1/patients").json(&NewPatient::unique().body()).without("idempotency-key");
    let required = Refusal::problem(400, "idempotency-key-required")
        .audit("input_validation_fail", "idempotency-key-required");
    trial.refused("no key", bare(), required).await;
    let invalid = || Refusal::problem(400, "invalid-idempotency-key");
    let (key, long) = (Uuid::new_v4(), "a".repeat(300));
    for text in ["", "1", &long, &key.simple().to_string(), &key.urn().to_string()] {
        trial.refused("no UUID", bare().header("idempotency-key", text), invalid()).await;
    }
    let two = bare().header("idempotency-key", key.to_string()).header("idempotency-key", key.to_string());
    trial.refused("two keys", two, invalid()).await;
    let admin = scene.giver()?;
    let required = || Refusal::problem(400, "idempotency-key-required");
    for (path, body) in [
        ("/v1/api-clients".to_owned(), json!({ "name": "Laboratory", "scopes": ["organization:read"] })),
        (
            admin.members_path(),
            json!({
                "issuer": admin.issuer(), "subject": Uuid::new_v4(), "display_name": "New", "role": "reception",
            }),
        ),
        (
            format!("{}/invitations", admin.organization_path()),
            json!({
                "email": format!("{}@clinic.test", Uuid::new_v4().simple()), "role": "reception",
            }),
        ),
    ] {
        let request = admin.post(&path).json(&body).without("idempotency-key");
        trial.refused(&path, request, required()).await;
    }
    trial.conclude().await
}

/// What was refused once is not refused for ever.
fn done_now(answer: &Answer, who: &NewPatient) -> Finding {
    match answer.status {
        400..500 => Finding::Breach(format!("is still refused: {}", answer.summary())),
        _ => own(answer, who),
    }
}

async fn after_deny(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, Control::new(reception.get("/v1/me"), 200)).await?;
    let key = Uuid::new_v4();
    let who = NewPatient::unique();
    let broken = NewPatient { birth_date: "1700-01-01".into(), ..who.clone() };
    let refusal = Refusal::invalid("validation-failed", "/birth_date");
    trial.refused("a broken rule", register(&reception, &broken, key), refusal).await;
    let answer = trial.honestly(register(&reception, &who, key).send_patiently()).await?;
    trial.found("put right", done_now(&answer, &who));
    // And it is remembered from here on.
    let again = register(&reception, &who, key).send_patiently().await?;
    let replayed = again.status == 201 && again.header(REPLAYED) == Some("true");
    let finding = if replayed { Finding::Fine } else { Finding::Breach(again.summary()) };
    trial.found("and again", finding);

    let (auditor, key) = (scene.actor(AuditA)?.with_scopes(EVERY_SCOPE)?, Uuid::new_v4());
    let who = NewPatient::unique();
    trial.refused("without the right", register(&auditor, &who, key), Refusal::forbidden()).await;
    let promote = scene.actor(AdminA1)?.patch(&auditor.path()).json(&json!({ "role": "reception" }));
    trial.honestly(scene.demand(&promote, 200)).await?;
    let answer = trial.honestly(register(&auditor, &who, key).send_patiently()).await?;
    trial.found("with the right", done_now(&answer, &who));
    trial.conclude().await
}
