//! Mails to people who never asked for one.

use super::exactly;
use crate::{
    attacks::{
        Browser,
        accounts::{Door, elsewhere},
        prelude::*,
        set,
    },
    catcher::MailServer,
};

/// What one source may cause in an hour.
const OF_SOURCE: usize = 20;
/// To one address in an hour, over all organizations.
const TO_ONE: usize = 3;
/// Mails that may wait in a queue.
const WAITING: usize = 256;
/// The subject of the mail to whoever registers.
const REGISTRATION: &str = "Your registration";
/// A domain whose mail server does not answer.
const FLOODED: &str = "flooded.test";

async fn opens(scene: &Scene, organizations: &[Uuid]) -> Result<(), AttackError> {
    for &organization in organizations {
        let id = scene.observer().id(organization);
        let sql = format!("UPDATE organizations SET self_registration = true WHERE id = {id}");
        scene.observer().execute(&sql).await?;
    }
    Ok(())
}

fn stranger(domain: &str) -> String {
    format!("s{}@{domain}", Uuid::new_v4().simple())
}

/// Somebody registers, and gets a mail.
fn registers<'a>(scene: &'a Scene, door: &'a Door) -> Control<'a> {
    Control::checked(move || async move {
        let registered = async {
            let (address, b) = (stranger("people.test"), scene.b().to_string());
            let form = door.send("/signup", &[("organization", &b), ("email", &address)]);
            scene.demand(&form, 202).await?;
            Ok::<_, AttackError>(scene.outbox().wait_for(&address, REGISTRATION, 1).await?.len())
        };
        match registered.await {
            Ok(1) => Ok(()),
            Ok(mails) => Err(format!("{mails} mails came")),
            Err(error) => Err(error.to_string()),
        }
    })
}

pub(super) async fn one_source(scene: &Scene) -> Outcome {
    opens(scene, &[scene.a(), scene.b()]).await?;
    let door = Door::open(scene).await?;
    let mut trial = Trial::begin(scene, registers(scene, &door)).await?;
    let (source, a) = (scene.fresh_address(), scene.a().to_string());
    let (mut taken, mut last) = (Vec::new(), None);
    for _ in 0..3 * OF_SOURCE {
        let address = stranger("people.test");
        let form = door.send("/signup", &[("organization", &a), ("email", &address)]).from(source);
        let answer = form.send_patiently().await?;
        match answer.status {
            202 => taken.push(address),
            429 => last = Some((form, answer)),
            _ => trial.found("a registration", Finding::Unclear(answer.summary())),
        }
    }
    // What flows back into the bucket meanwhile is one in three minutes.
    let few = taken.len() <= OF_SOURCE + 2;
    trial.found("sixty strangers", Finding::must(few, format!("{} were written to", taken.len())));
    if let Some(address) = taken.last() {
        let mails = scene.outbox().wait_for(address, REGISTRATION, 1).await?;
        let finding = if mails.len() == 1 { Finding::Fine } else { Finding::Unclear("no mail came".into()) };
        trial.found("the last one that was taken", finding);
    }
    if let Some((form, _)) = last {
        let limited = Refusal::page(429).header_has("retry-after", "");
        trial.refused("one more", form, limited).await;
        let forgets = door.send("/password/forgot", &[("email", "nobody@people.test")]).from(source);
        trial
            .refused("a forgotten password", forgets, Refusal::page(429).header_has("retry-after", ""))
            .await;
    }
    let told = "event = 'excess_rate_limit_exceeded' AND reason = 'mail'";
    let told =
        scene.observer().rows("audit_events", &format!("{told} AND source_address = '{source}'")).await?;
    let finding = match told.len() {
        0 => Finding::Breach("it tells nothing of it".into()),
        rows => Finding::must(rows <= 1 + OF_SOURCE, format!("{rows} rows: a flood of its own")),
    };
    trial.found("the audit log", finding);
    trial.conclude().await
}

pub(super) async fn mailbox(scene: &Scene) -> Outcome {
    opens(scene, &[scene.a(), scene.b()]).await?;
    let door = Door::open(scene).await?;
    let mut trial = Trial::begin(scene, registers(scene, &door)).await?;
    let victim = stranger("people.test");
    let mut sent = 0;
    for round in 0..6 {
        for organization in [scene.a(), scene.b()] {
            // Other spellings of the same mailbox, from everywhere.
            let address = if round % 2 == 0 { victim.clone() } else { victim.replace("people", "PEOPLE") };
            let organization = organization.to_string();
            let fields = [("organization", organization.as_str()), ("email", address.as_str())];
            sent += 1;
            let answer = door.send("/signup", &fields).from(elsewhere(sent)).send_patiently().await?;
            // The answer is the same: who is bombed learns it from the mailbox, and nobody else does.
            let same = if answer.status == 202 { Finding::Fine } else { Finding::Unclear(answer.summary()) };
            trial.found("a registration", same);
        }
    }
    // Work is done one after the other: when a later one's mail is there, all mails to the victim are.
    trial
        .honestly(async {
            let (address, b) = (stranger("people.test"), scene.b().to_string());
            let form = door.send("/signup", &[("organization", &b), ("email", &address)]);
            scene.demand(&form, 202).await?;
            scene.outbox().wait_for(&address, REGISTRATION, 1).await?;
            Ok::<_, AttackError>(())
        })
        .await?;
    let mut mails = scene.outbox().unless(&victim, REGISTRATION, TO_ONE + 1).await?.len();
    mails += scene.outbox().mails_to(&victim.replace("people", "PEOPLE"))?.len();
    trial.found("the victim's mailbox", exactly(TO_ONE, mails));
    trial.conclude().await
}

/// She changes her password, and changes it back; how many notices came of it.
async fn notices(
    person: &Person,
    browser: &Browser,
    server: &MailServer,
    wanted: usize,
) -> Result<usize, AttackError> {
    let account = person.account();
    let before = server.taken(&account.email);
    let other = format!("{} {}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    for (current, next) in [(account.password.as_str(), other.as_str()), (&other, &account.password)] {
        let csrf = browser.form_of("/password/forgot").await?;
        let fields = [("csrf", csrf.as_str()), ("password", current), ("new_password", next)];
        let answer = browser.send(&browser.post("/account/password", &fields)).await?;
        if answer.status != 200 {
            return Err(AttackError::Setup(format!("the password can't be changed: {}", answer.summary())));
        }
    }
    Ok(server.wait_for(&account.email, before + wanted).await - before)
}

pub(super) async fn full_queue(scene: &Scene) -> Outcome {
    opens(scene, &[scene.a()]).await?;
    let server = MailServer::slow_for(FLOODED).await?;
    let beside = scene
        .beside(|table, _| {
            set(table, "mail.host", "127.0.0.1");
            set(table, "mail.port", i64::from(server.port()));
            set(table, "mail.tls", "none");
            // The flood comes from everywhere.
            for key in ["mail_per_hour", "mail_network_per_hour", "visitor_per_minute", "visitor_burst"] {
                set(table, &format!("limits.{key}"), 10_000);
            }
        })
        .await?;
    let owner = beside.scene.person(RecepB)?;
    let browser = owner.signed_in().await?;
    let (owner, server, browser) = (&owner, &server, &browser);
    let control = Control::checked(move || async move {
        match notices(owner, browser, server, 2).await {
            Ok(2) => Ok(()),
            Ok(came) => Err(format!("{came} notices came of two changes")),
            Err(error) => Err(error.to_string()),
        }
    });
    let mut trial =
        Trial::begin(scene, Control::new(scene.actor(RecepB)?.get("/v1/me"), 200).and(control)).await?;
    let door = Door::open(&beside.scene).await?;
    let a = scene.a().to_string();
    let forms: Vec<Request> = (0..WAITING + 40)
        .map(|_| {
            let address = stranger(FLOODED);
            door.send("/signup", &[("organization", &a), ("email", &address)])
        })
        .collect();
    let mut full = 0;
    for some in forms.chunks(16) {
        for answer in futures_util::future::join_all(some.iter().map(Request::send)).await {
            full += usize::from(answer?.status == 503);
        }
    }
    let finding =
        if full > 0 { Finding::Fine } else { Finding::Unclear("the strangers' queue was never full".into()) };
    trial.found("the flood", finding);
    let came = notices(owner, browser, server, 2).await?;
    trial.found("the notices meanwhile", Finding::must(came == 2, format!("{came} of two came")));
    let metrics = beside.scene.anyone().get("/metrics").to_operations().send().await?.text();
    let counted = metrics.lines().any(|line| {
        line.strip_prefix("brigandine_mails_dropped_total{queue=\"registrations\"} ")
            .is_some_and(|count| count.trim().parse::<u64>().is_ok_and(|count| count > 0))
    });
    trial.found("what was dropped", Finding::must(counted, "is not counted"));
    trial.conclude().await
}
