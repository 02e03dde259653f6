//! The fields that operations take beside a body.

use crate::{
    attacks::prelude::*,
    matrix::{self, Endpoint, Relation, endpoints},
};

/// What is no key.
fn no_keys() -> Vec<Vec<u8>> {
    let id = Uuid::new_v4();
    vec![
        b"".to_vec(),
        b"\"\"".to_vec(),
        b"key".to_vec(),
        format!("{id}0").into_bytes(),
        format!("{id}{id}").into_bytes(),
        id.simple().to_string().into_bytes(),
        format!("{{{id}}}").into_bytes(),
        format!("urn:uuid:{id}").into_bytes(),
        format!("'{id}'").into_bytes(),
        format!("{id}; x=1").into_bytes(),
        format!("\"{id}").into_bytes(),
        "k\u{fc}nstlich".as_bytes().to_vec(),
        vec![0xff; 36],
        vec![b'0'; 4000],
    ]
}

/// What is no tag.
fn no_tags() -> Vec<Vec<u8>> {
    vec![
        b"0".to_vec(),
        b"\"0".to_vec(),
        b"w/\"0\"".to_vec(),
        b"\"a\" \"b\"".to_vec(),
        "\"k\u{fc}nstlich\"".as_bytes().to_vec(),
        vec![0xff; 24],
        vec![b'a'; 4000],
        [&b"\"a\""[..], &b",\"a\"".repeat(40)].concat(),
    ]
}

/// Who may call it, by the first role that may.
fn caller(scene: &Scene, endpoint: &Endpoint) -> Result<Option<Actor>, AttackError> {
    let persona = endpoint.roles.iter().find_map(|role| match *role {
        "admin" => Some(AdminA1),
        "clinician" => Some(ClinA1),
        "reception" => Some(RecepA),
        "auditor" => Some(AuditA),
        _ => None,
    });
    let Some(persona) = persona else { return Ok(None) };
    Ok(Some(scene.actor(persona)?.with_scopes(EVERY_SCOPE)?))
}

/// An object that the caller reaches, where it takes one.
const RELATIONS: [Relation; 3] = [Relation::Own, Relation::Treated, Relation::SameOrganization];

async fn honest(
    scene: &Scene,
    actor: &Actor,
    endpoint: &'static Endpoint,
) -> Result<Option<Request>, AttackError> {
    for relation in RELATIONS {
        if let Some(call) = matrix::call(scene, Some(actor), endpoint, relation).await? {
            return Ok(Some(call.by(actor, &endpoint.method)));
        }
    }
    Ok(None)
}

pub(super) async fn header(scene: &Scene) -> Outcome {
    let admin = scene.actor(AdminA1)?;
    let add = || admin.post(&admin.members_path()).json(&admin.newcomer());
    let mut trial = Trial::begin(scene, Control::made_anew(201, add)).await?;
    for endpoint in endpoints().iter().filter(|it| (it.once || it.conditional) && !it.over) {
        let Some(actor) = caller(scene, endpoint)? else { continue };
        let Some(request) = trial.honestly(honest(scene, &actor, endpoint)).await? else { continue };
        let line = format!("{} {}", endpoint.method, endpoint.path);
        if endpoint.once {
            for key in no_keys() {
                let wrong = request.clone().without("idempotency-key").header("idempotency-key", &key);
                let answer = trial.refused(&told(&line, "key", &key), wrong, no_key(&key)).await;
                if answer.is_some_and(|answer| answer.succeeded()) {
                    // Done, and done again with the next one: there is room for so many only.
                    return trial.conclude().await;
                }
            }
        }
        if endpoint.conditional {
            for tag in no_tags() {
                let wrong = request.clone().without("if-match").header("if-match", &tag);
                trial.refused(&told(&line, "tag", &tag), wrong, no_tag()).await;
            }
        }
    }
    names(scene, &mut trial).await?;
    trial.conclude().await
}

fn told(line: &str, what: &str, value: &[u8]) -> String {
    let shown: String = String::from_utf8_lossy(value).chars().take(24).collect();
    format!("{line} with the {what} {shown:?}")
}

/// Refused, and not repeated.
fn no_key(key: &[u8]) -> Refusal {
    let text = String::from_utf8_lossy(key).into_owned();
    Refusal::problem(400, "invalid-idempotency-key")
        .breach_if(move |answer| answer.succeeded() || (text.len() > 8 && answer.mentions(&text)))
}

fn no_tag() -> Refusal {
    Refusal::problem(400, "invalid-precondition")
}

/// What a client calls its request is kept where it can do no harm, and never in place of the service's own name for it.
async fn names(scene: &Scene, trial: &mut Trial<'_>) -> Result<(), AttackError> {
    let reception = scene.actor(RecepA)?;
    let read = reception.get(&reception.path());
    let honest = Uuid::new_v4().to_string();
    let wrong: [(&str, Vec<u8>); 6] = [
        ("too short", b"x".to_vec()),
        ("too long", vec![b'a'; 65]),
        ("far too long", vec![b'a'; 4000]),
        ("no ASCII", "k\u{fc}nstlich-benannt".as_bytes().to_vec()),
        ("octets", vec![0xff; 16]),
        ("with a quote", b"12345678\",\"x\":\"".to_vec()),
    ];
    for (story, name) in wrong {
        let text = String::from_utf8_lossy(&name).into_owned();
        let answer = trial.check(story, read.clone().header("x-request-id", &name), |answer| {
            let repeated = text.len() > 8 && answer.mentions(&text);
            let served =
                if answer.status == 200 { Finding::Fine } else { Finding::Unclear(answer.summary()) };
            served.and(Finding::must(!repeated, "the answer repeats it"))
        });
        let own = answer.await.and_then(|answer| answer.request_id());
        let own = own.ok_or_else(|| AttackError::Setup("an answer has no id of its own".into()))?;
        let rows = scene.observer().audit_events_of(own).await?;
        let kept = rows.iter().any(|row| row.text("client_request_id").is_some());
        let recorded = if rows.is_empty() { Finding::Unclear("no row".into()) } else { Finding::Fine };
        trial.found(story, recorded.and(Finding::must(!kept, "the audit log keeps it")));
    }
    let answer = trial.check("an honest one", read.header("x-request-id", &honest), |answer| {
        if answer.status == 200 { Finding::Fine } else { Finding::Unclear(answer.summary()) }
    });
    let own = answer.await.and_then(|answer| answer.request_id());
    let rows = scene.observer().audit_events_of(own.unwrap_or_default()).await?;
    let kept = rows.iter().any(|row| row.text("client_request_id").as_deref() == Some(honest.as_str()));
    trial.found("an honest one", if kept { Finding::Fine } else { Finding::Unclear("is not kept".into()) });
    Ok(())
}
