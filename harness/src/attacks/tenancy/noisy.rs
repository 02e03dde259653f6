//! `tenant-isolation`: one organization holds no more than its share of what all use, however long it stays.

use crate::{
    attacks::{Hook, prelude::*, set, something_happens},
    catcher::Manner,
    insurer::Reply,
};
use futures_util::future::{join, join_all};
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        TENANT_ISOLATION / "noisy-webhooks" = webhooks,
        needs: Time,
        "An administrator of A names eight addresses that take what they are told and never answer, and makes much happen.",
        "Something happens in B.",
    ),
    attack!(
        TENANT_ISOLATION / "noisy-exports" = exports,
        needs: Time.and(Clinic),
        "Somebody in A fetches a patient's data until there is no place for another, and reads none of it.",
        "Somebody in B fetches theirs.",
    ),
    attack!(
        TENANT_ISOLATION / "noisy-uploads" = uploads,
        needs: Time.and(Clinic),
        "Somebody in A sends sixteen files at once, and lets each of them come to a halt.",
        "Somebody in B sends one.",
    ),
    attack!(
        TENANT_ISOLATION / "noisy-upstream" = upstream,
        needs: Time.and(Clinic),
        "Somebody in A asks the insurer about twenty cards at which it hangs.",
        "Somebody in B asks about one at which it does not.",
    ),
    attack!(
        TENANT_ISOLATION / "noisy-database" = database,
        needs: Exclusive.and(Clinic).and(Postgres),
        "A transaction holds a record of A and does not end. Sixty requests in A want to change that record.",
        "The receptionist of B registers patients.",
    ),
];

/// Messages that the eight addresses are to be told, and how many of them may leave while B's is waiting.
const MESSAGES: usize = 120;
const LEFT: usize = 40;

async fn webhooks(scene: &Scene) -> Outcome {
    const HOOKS: usize = 8;
    let theirs = Hook::open(scene, AdminB).await?;
    let mut trial = Trial::begin(scene, theirs.is_told(scene)).await?;
    let hooks = trial
        .honestly(async {
            let mut hooks = Vec::new();
            for _ in 0..HOOKS {
                hooks.push(Hook::open(scene, AdminA1).await?);
            }
            Ok::<_, AttackError>(hooks)
        })
        .await?;
    let told = || hooks.iter().map(|hook| scene.catcher().arrivals(&hook.token).len()).sum::<usize>();
    let before = told();
    for hook in &hooks {
        scene.catcher().behave(&hook.token, Manner::Hang);
    }
    let noise = async {
        for number in 0..MESSAGES / HOOKS {
            something_happens(scene, &format!("Renamed {number}")).await?;
        }
        Ok::<_, AttackError>(())
    };
    trial.honestly(noise).await?;
    let came = scene.catcher().arrivals(&theirs.token).len();
    let then = told();
    let asked = scene.demand(&theirs.admin.post(&format!("{}/test", theirs.path())), 201).await?;
    let arrival = scene.catcher().wait_for(&theirs.token, came.saturating_add(1)).await;
    // On a slow machine some left before.
    let (all, left) = (told().saturating_sub(before), told().saturating_sub(then));
    let finding = match arrival {
        None => Finding::Breach("it does not arrive".into()),
        Some(_) if left > LEFT => Finding::Breach(format!("it came after {left} of A's")),
        Some(_) if all == 0 => Finding::Unclear(format!("A is not told anything: {}", asked.summary())),
        Some(_) => Finding::Fine,
    };
    trial.found("a message to B", finding);
    let remove = async {
        for hook in &hooks {
            scene.demand(&hook.admin.delete(&hook.path()), 204).await?;
        }
        Ok::<_, AttackError>(())
    };
    trial.honestly(remove).await?;
    trial.conclude().await
}

/// A patient of whom there is so much to tell that it does not fit into what the network holds for a reader.
async fn thick_file(scene: &Scene) -> Result<Patient, AttackError> {
    let patient = scene.treated_patient().await?;
    let clinician = scene.actor(ClinA1)?;
    let body = json!({ "kind": "diagnosis", "body": "x".repeat(4000) });
    for _ in 0..64 {
        scene.demand(&clinician.post(&patient.records_path()).json(&body), 201).await?;
    }
    Ok(patient)
}

async fn exports(scene: &Scene) -> Outcome {
    const READERS: usize = 8;
    let (ours, theirs) = (thick_file(scene).await?, scene.patient_in_b().await?);
    let export = scene.approved_export(ClinA1, &ours, "json").await?;
    let other = scene.approved_export(RecepB, &theirs, "json").await?;
    let fetch = other.download(scene)?;
    let mut trial = Trial::begin(scene, Control::new(fetch.clone(), 200)).await?;
    let (host, token) = (&scene.wire().target().host, scene.actor(ClinA1)?.token().to_owned());
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n",
        export.content_path()
    );
    let reader = async || {
        let mut dial = scene.dial_narrow(scene.fresh_address()).await?;
        dial.write(&request).await;
        dial.begins_within(Duration::from_secs(20)).await;
        Ok::<_, AttackError>((dial.seen().starts_with(b"HTTP/1.1 200"), dial))
    };
    // One after the other, until one comes back a second time in vain: everything that A may have is taken.
    let (mut stalled, mut in_vain) = (Vec::new(), 0);
    while stalled.len() < READERS && in_vain < 2 {
        let (served, dial) = reader().await?;
        if served {
            stalled.push(dial);
            in_vain = 0;
        } else {
            in_vain += 1;
            pause().await;
        }
    }
    let answers = asked(|| fetch.clone()).await?;
    // A reader's place is taken from them in the end, and goes to whoever asks then.
    let (still_full, _) = reader().await.map(|(served, dial)| (!served, dial))?;
    trial.found("the other organization's export", served(&answers, 200));
    let finding = if (1..READERS).contains(&stalled.len()) && still_full {
        Finding::Fine
    } else {
        Finding::Unclear(format!("{} are served, and {still_full} that another is not", stalled.len()))
    };
    trial.found("readers who stall", finding);
    drop(stalled);
    trial.conclude().await
}

/// Asks while somebody else makes noise, and again after a moment when there is no place.
async fn asked(request: impl Fn() -> Request) -> Result<Vec<Answer>, AttackError> {
    let mut answers = Vec::new();
    for _ in 0..3 {
        let answer = request().send().await?;
        let come_back = answer.status == 503;
        answers.push(answer);
        if !come_back {
            break;
        }
        pause().await;
    }
    Ok(answers)
}

/// Before somebody asks again.
async fn pause() {
    tokio::time::sleep(Duration::from_millis(200)).await;
}

/// Whether there was a place. A machine that is busy with others, too, may have none at times.
fn served(answers: &[Answer], status: u16) -> Finding {
    let full = answers.iter().filter(|answer| answer.status == 503).count();
    match answers.iter().find(|answer| answer.status != status) {
        _ if full * 3 > answers.len() * 2 => {
            Finding::Breach(format!("{full} of {} found no place", answers.len()))
        }
        _ if answers.is_empty() => Finding::Unclear("there was no time to ask".into()),
        Some(odd) if answers.last().is_none_or(|last| last.status != status) => {
            Finding::Unclear(odd.summary())
        }
        _ => Finding::Fine,
    }
}

async fn uploads(scene: &Scene) -> Outcome {
    const FILES: usize = 16;
    let (ours, theirs) = (scene.patient().await?, scene.patient_in_b().await?);
    let sender = scene.actor(RecepB)?;
    let file = NewFile::pdf("a letter");
    let added = || sender.adds(&file, &theirs);
    let mut trial = Trial::begin(scene, Control::made_anew(201, added)).await?;
    let (host, path) = (&scene.wire().target().host, ours.documents_path());
    let token = scene.actor(RecepA)?.token().to_owned();
    let half = NewFile::pdf_of(64 * 1024).bytes.get(..24 * 1024).unwrap_or_default().to_vec();
    let mut halted = join_all((0..FILES).map(|_| async {
        let mut dial = scene.dial(false).await?;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/pdf\r\nContent-Disposition: {}\r\nIdempotency-Key: {}\r\n\
             Content-Length: 65536\r\n\r\n",
            NewFile::pdf("").disposition(),
            Uuid::new_v4()
        );
        dial.write(head).await;
        dial.write(&half).await;
        Ok::<_, AttackError>(dial)
    }))
    .await
    .into_iter()
    .collect::<Result<Vec<_>, _>>()?;
    // Each is refused, or has a place.
    let refused = join_all(halted.iter_mut().map(|dial| dial.answer_within(Duration::from_secs(2)))).await;
    let answers = trial.honestly(asked(added)).await?;
    trial.found("the other organization's file", served(&answers, 201));
    let odd = refused.iter().flatten().find(|answer| !answer.says_come_back());
    if let Some(odd) = odd {
        trial.found("files that come to a halt", Finding::Unclear(odd.summary()));
    }
    trial.conclude().await
}

async fn upstream(scene: &Scene) -> Outcome {
    let (ours, theirs, insurer) = (scene.patient().await?, scene.patient_in_b().await?, scene.insurer()?);
    let reception = scene.actor(RecepB)?;
    let mut trial = Trial::begin(scene, scene.asks_the_insurer(&reception, &theirs)).await?;
    // A process of its own, because an insurer that hangs is left alone after a while.
    let beside = scene.beside(|table, _| set(table, "upstream.insurer.rest_seconds", 60)).await?;
    let noisy = [beside.scene.actor(RecepA)?, beside.scene.actor(ClinA1)?];
    let other = beside.scene.actor(RecepB)?;
    scene.demand(&other.get("/v1/me"), 200).await?;
    // More than there are places, by people who each stay within their own rate.
    let questions: Vec<Request> = (0..15)
        .flat_map(|_| noisy.iter().map(|actor| actor.checks(&ours, &insurer.card_with(Reply::Hang))))
        .collect();
    let (full, over) = (Notify::new(), AtomicBool::new(false));
    let noise = join_all(questions.iter().map(|question| async {
        match question.send().await {
            Ok(answer) if answer.status == 503 => full.notify_one(),
            // The first that is given up: a place is free again.
            _ => over.store(true, Ordering::Relaxed),
        }
    }));
    // From when somebody is refused, as everything that A may have is taken.
    let meanwhile = async {
        let _ = tokio::time::timeout(Duration::from_secs(20), full.notified()).await;
        let mut answers = Vec::new();
        while answers.len() < 10 && !over.load(Ordering::Relaxed) {
            answers.push(other.checks(&theirs, &insurer.card()).send().await?);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok::<_, AttackError>(answers)
    };
    let (_, answers) = trial.honestly(async { Ok::<_, AttackError>(join(noise, meanwhile).await) }).await?;
    trial.found("the other organization's question", served(&answers?, 200));
    trial.conclude().await
}

async fn database(scene: &Scene) -> Outcome {
    let (reception, other) = (scene.actor(RecepA)?, scene.actor(RecepB)?);
    let patient = scene.patient().await?;
    let registers = || other.post("/v1/patients").json(&NewPatient::unique().body());
    let mut trial = Trial::begin(scene, Control::made_anew(201, registers)).await?;
    let seen = scene.demand(&reception.get(&patient.path()), 200).await?;
    let tag = seen.header("etag").unwrap_or_default().to_owned();
    let observer = scene.observer();
    observer.execute("BEGIN").await?;
    let id = observer.id(patient.id);
    observer.execute(&format!("SELECT 1 FROM patients WHERE id = {id} FOR UPDATE")).await?;
    let changes: Vec<Request> = (0..60)
        .map(|_| {
            let change = reception.patch(&patient.path()).header("if-match", &tag);
            change.json(&json!({ "family_name": "Mallory" }))
        })
        .collect();
    // One after the other, so that whoever gives up on the record makes room for one who came before B.
    let noise = join_all(changes.iter().zip((0..6_u64).cycle()).map(|(change, turn)| async move {
        tokio::time::sleep(Duration::from_millis(40 * turn)).await;
        change.send().await
    }));
    let meanwhile = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let mut answers = Vec::new();
        for _ in 0..8 {
            answers.push(registers().send().await?);
        }
        Ok::<_, AttackError>(answers)
    };
    let both = async {
        let (_, answers) = join(noise, meanwhile).await;
        observer.execute("ROLLBACK").await?;
        answers
    };
    let answers = trial.honestly(both).await?;
    let refused = answers.iter().filter(|answer| answer.status == 503).count();
    let told = format!("{refused} of {} were refused", answers.len());
    trial.found("the other organization's patients", Finding::must(refused == 0, told));
    if let Some(odd) = answers.iter().find(|answer| !matches!(answer.status, 201 | 503)) {
        trial.found("the other organization's patients", Finding::Unclear(odd.summary()));
    }
    trial.conclude().await
}
