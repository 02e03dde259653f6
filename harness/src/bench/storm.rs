//! What a storm of logins costs everybody else: the slowest of a hundred reads, and memory, calm and during the storm.

use super::{
    Options, failed,
    load::Load,
    subjects::{Subject, resident_kib},
};
use crate::{
    arena::TemporaryDirectory,
    attacks::{Browser, Scene, write_private},
    report::line,
    verdict::AttackError,
};
use futures_util::future::join;
use serde_json::json;
use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};
use tokio::task::JoinSet;
use uuid::Uuid;

/// Logins at once.
const LOGINS: usize = 50;
/// How soon somebody who was told to come again does.
const COME_AGAIN: Duration = Duration::from_millis(100);
/// Readers at once: few, so that what is measured is the wait for the service and not for each other.
const READERS: usize = 4;
/// What must hold: the ratio of the slowest of a hundred, and how much memory may grow.
const RATIO: f64 = 3.0;
const MEBIBYTES: f64 = 150.0;

/// Measures and prints; visits calm and stormy in turn, so that both meet the same machine.
pub(super) async fn measure(service: &Subject, scene: &Scene, options: Options) -> Result<(), AttackError> {
    let lasts = Duration::from_secs(options.seconds);
    let readers = Load { clients: READERS, lasts, ..service.load().clone() };
    let people = people(scene).await?;
    let browser = scene.browser();
    let csrf = browser.form_of("/signin").await?;
    let before = resident_kib(service.pid()).ok_or_else(|| failed("the service is gone"))?;
    let (mut calm, mut stormy, mut peak) = (Vec::new(), Vec::new(), before);
    let (signed_in, refused) = (AtomicU32::new(0), AtomicU32::new(0));
    for _ in 0..options.rounds {
        calm.push(readers.run().await.p99.as_secs_f64() * 1e3);
        let storm = async {
            let mut logins = JoinSet::new();
            let end = Instant::now() + lasts;
            for person in people.clone() {
                let (browser, csrf) = (browser.clone(), csrf.clone());
                logins.spawn(async move { log_in(&browser, &csrf, &person, end).await });
            }
            while let Some(done) = logins.join_next().await {
                if let Ok(Ok((answered, overloaded))) = done {
                    signed_in.fetch_add(answered, Ordering::Relaxed);
                    refused.fetch_add(overloaded, Ordering::Relaxed);
                }
            }
        };
        let (reads, ()) = join(readers.run(), storm).await;
        stormy.push(reads.p99.as_secs_f64() * 1e3);
        peak = peak.max(resident_kib(service.pid()).unwrap_or_default());
    }
    let (calm, stormy) = (super::table::median(calm), super::table::median(stormy));
    let grown = super::table::mebibytes(peak.saturating_sub(before));
    let word = |fine: bool| if fine { "within" } else { "BEYOND" };
    line(format_args!(""));
    line(format_args!(
        "{LOGINS} logins at once: p99 of GET /v1/patients/{{id}} {calm:.2} ms calm, {stormy:.2} ms in the storm: x {:.2} ({} {RATIO}); memory +{grown:.0} MiB ({} {MEBIBYTES})",
        stormy / calm,
        word(stormy <= calm * RATIO),
        word(grown < MEBIBYTES),
    ));
    line(format_args!(
        "{} signed in within {} s, {} were told to come again",
        signed_in.into_inner(),
        u64::from(options.rounds) * options.seconds,
        refused.into_inner(),
    ));
    Ok(())
}

/// Somebody's address and password.
type Person = (String, String);

/// Accounts to sign in to.
async fn people(scene: &Scene) -> Result<Vec<Person>, AttackError> {
    let people: Vec<Person> = (0..LOGINS)
        .map(|number| (format!("storm{number}@people.test"), Uuid::new_v4().to_string()))
        .collect();
    let accounts: Vec<_> =
        people.iter().map(|(email, password)| json!({ "email": email, "password": password })).collect();
    let folder = TemporaryDirectory::new()?;
    let document = json!({ "organizations": [], "accounts": accounts }).to_string();
    let file = write_private(folder.path(), &document)?.display().to_string();
    let service = scene.service()?;
    match service.command(service.settings(), &["admin", "import", &file]).await? {
        (0, ..) => Ok(people),
        (_, _, said) => Err(failed(&format!("no accounts were made: {}", said.trim())).into()),
    }
}

/// Signs in again and again: with the right password, as a shift that begins does.
async fn log_in(
    browser: &Browser,
    csrf: &str,
    (email, password): &Person,
    end: Instant,
) -> Result<(u32, u32), AttackError> {
    let (mut signed_in, mut refused) = (0, 0);
    while Instant::now() < end {
        let fields = [("csrf", csrf), ("email", email), ("password", password)];
        match browser.post("/signin", &fields).send().await?.status {
            303 => signed_in += 1,
            503 => {
                refused += 1;
                tokio::time::sleep(COME_AGAIN).await;
            }
            _ => return Err(failed("a sign-in went wrong").into()),
        }
    }
    Ok((signed_in, refused))
}
