//! What a storm of logins costs everybody else: the slowest of a hundred reads, and memory, calm and during the storm.

use super::{
    Options, failed,
    load::Load,
    subjects::{Subject, resident_kib},
};
use crate::{attacks::Scene, report::line, verdict::AttackError};
use futures_util::future::join;
use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// Logins at once.
const LOGINS: usize = 50;
/// Readers at once: few, so that what is measured is the wait for the service and not for each other.
const READERS: usize = 4;
/// What must hold: the ratio of the slowest of a hundred, and how much memory may grow.
const RATIO: f64 = 3.0;
const MEBIBYTES: f64 = 150.0;

/// Measures and prints; visits calm and stormy in turn, so that both meet the same machine.
pub(super) async fn measure(service: &Subject, scene: &Scene, options: Options) -> Result<(), AttackError> {
    let lasts = Duration::from_secs(options.seconds);
    let readers = Load { clients: READERS, lasts, ..service.load().clone() };
    let browser = scene.browser();
    let csrf = browser.form_of("/signin").await?;
    let before = resident_kib(service.pid()).ok_or_else(|| failed("the service is gone"))?;
    let (mut calm, mut stormy, mut peak) = (Vec::new(), Vec::new(), before);
    let (hashed, refused) = (AtomicU32::new(0), AtomicU32::new(0));
    for _ in 0..options.rounds {
        calm.push(readers.run().await.p99.as_secs_f64() * 1e3);
        let storm = async {
            let mut logins = JoinSet::new();
            let end = Instant::now() + lasts;
            for login in 0..LOGINS {
                let (browser, csrf) = (browser.clone(), csrf.clone());
                logins.spawn(async move { log_in(&browser, &csrf, login, end).await });
            }
            while let Some(done) = logins.join_next().await {
                if let Ok(Ok((answered, overloaded))) = done {
                    hashed.fetch_add(answered, Ordering::Relaxed);
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
        "{} logins were worked at in {} s, {} were told to come again",
        hashed.into_inner(),
        u64::from(options.rounds) * options.seconds,
        refused.into_inner(),
    ));
    Ok(())
}

/// Tries passwords at accounts that do not exist, which costs the service as much as one that does.
async fn log_in(
    browser: &crate::attacks::Browser,
    csrf: &str,
    login: usize,
    end: Instant,
) -> Result<(u32, u32), AttackError> {
    let (mut hashed, mut refused) = (0, 0);
    let mut number = 0_u32;
    while Instant::now() < end {
        number += 1;
        let email = format!("storm{login}.{number}@people.test");
        let fields = [("csrf", csrf), ("email", email.as_str()), ("password", "a wrong guess")];
        match browser.post("/signin", &fields).send().await?.status {
            503 => refused += 1,
            _ => hashed += 1,
        }
    }
    Ok((hashed, refused))
}
