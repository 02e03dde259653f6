//! Whether lists and look-ups stay flat: the same requests to a service with a thousand patients and to one with a
//! million, in turn.
//!
//! The million is older than the thousand. So a cursor that stood near the end of the thousand stands near the end of the
//! million, and nobody has to turn ten thousand pages to get there.

use super::{
    Options, failed,
    load::Load,
    subjects::{Subject, service},
    table::median,
};
use crate::{
    arena::{Binaries, Persona, PostgresServer},
    attacks::Scene,
    client::Sends,
    report::line,
    verdict::AttackError,
};
use std::time::Duration;

/// Patients of the organization that is asked.
const FEW: u32 = 1_000;
const MANY: u32 = 1_000_000;
/// What must hold: the ratio of the medians.
const RATIO: f64 = 1.5;
/// Few, so that what is measured is the answer and not the wait for others.
const CLIENTS: usize = 2;
const SEED: &str = "INSERT INTO patients (id, organization_id, given_name, family_name, birth_date, national_id, \
     national_id_index, metadata, status, registered_by, version, created_at) \
     SELECT gen_random_uuid(), m.organization_id, 'Given' || i % 1000, 'Family' || i % 10000, date '1950-01-01' + i % 20000, \
     decode(repeat('00', 48), 'hex'), sha256(($3::text || i)::bytea), '{}', \
     CASE WHEN i % 10 = 0 THEN 'discharged' ELSE 'active' END, m.id, 1, \
     $4::text::timestamptz + i * interval '1 second' \
     FROM members m, generate_series(1, $2::text::integer) AS i WHERE m.id = $1::text::uuid";

/// Measures and prints.
pub(super) async fn measure(
    binaries: &Binaries,
    server: &PostgresServer,
    options: Options,
) -> Result<(), AttackError> {
    let few = Sized::start(binaries, server, options, 0).await?;
    let many = Sized::start(binaries, server, options, MANY).await?;
    line(format_args!("{:<34} {:>12} {:>12} {:>7}", "p50, us", "10^3", "10^6", "ratio"));
    for ((name, target), (_, same)) in few.targets.iter().zip(&many.targets) {
        let mut figures = Vec::new();
        for _ in 0..options.rounds {
            figures.push((few.median(target, options).await?, many.median(same, options).await?));
        }
        let (small, large) = figures.iter().copied().unzip();
        let ratio = median(figures.iter().map(|(small, large)| large / small).collect());
        let verdict = if ratio <= RATIO { "" } else { "  more than 1.5" };
        line(format_args!(
            "{name:<34} {:>12.0} {:>12.0} {ratio:>7.2}{verdict}",
            median(small),
            median(large)
        ));
    }
    few.subject.end(server).await?;
    Ok(many.subject.end(server).await?)
}

/// A service with so many patients.
struct Sized {
    subject: Subject,
    targets: [(&'static str, String); 4],
}

impl Sized {
    async fn start(
        binaries: &Binaries,
        server: &PostgresServer,
        options: Options,
        more: u32,
    ) -> Result<Self, AttackError> {
        let subject = service(binaries, server, "growth", None, options).await?;
        let scene = subject.scene()?;
        seed(&scene, FEW, "2026-01-01").await?;
        let deep = deep_cursor(&scene).await?;
        seed(&scene, more, "2000-01-01").await?;
        let targets = [
            ("show", subject.load().target.clone()),
            ("first page", "/v1/patients".to_owned()),
            ("page near the end", format!("/v1/patients?cursor={deep}")),
            ("page of the discharged", "/v1/patients?status=discharged".to_owned()),
        ];
        Ok(Self { subject, targets })
    }

    async fn median(&self, target: &str, options: Options) -> Result<f64, AttackError> {
        let lasts = Duration::from_secs(options.seconds);
        // A cursor is its reader's alone.
        let tokens = self.subject.load().tokens.iter().take(1).cloned().collect();
        let whole = self.subject.load().clone();
        let load = Load { target: target.to_owned(), tokens, clients: CLIENTS, lasts, ..whole };
        let measured = load.run().await;
        if measured.errors > 0 {
            return Err(failed("a measured request failed").into());
        }
        Ok(measured.p50.as_secs_f64() * 1e6)
    }
}

/// Adds patients by SQL, as the owner of the tables.
async fn seed(scene: &Scene, number: u32, since: &str) -> Result<(), AttackError> {
    let door = scene.observer().postgres_door().ok_or_else(|| failed("growth is measured on PostgreSQL"))?;
    let client = door.as_owner().await?;
    let clinician = scene.actor(Persona::ClinA1)?;
    let told = |error: tokio_postgres::Error| failed(&format!("seeding failed: {error}"));
    let tenant = format!("SET app.tenant = '{}'", clinician.organization());
    client.batch_execute(&tenant).await.map_err(told)?;
    let (member, number) = (clinician.id().to_string(), number.to_string());
    client.execute(SEED, &[&member, &number, &since, &since]).await.map_err(told)?;
    client.batch_execute("ANALYZE patients").await.map_err(told)?;
    Ok(())
}

/// The cursor near the end of the list.
async fn deep_cursor(scene: &Scene) -> Result<String, AttackError> {
    let reader = scene.actor(Persona::ClinA1)?;
    let mut cursor = String::new();
    for _ in 0..FEW / 100 - 1 {
        let page = reader.get(&format!("/v1/patients?limit=100{cursor}")).send().await?;
        let json = page.json();
        let next =
            json.get("next").and_then(|next| next.as_str()).ok_or_else(|| failed("the list ends early"))?;
        cursor = format!("&cursor={next}");
    }
    Ok(cursor.trim_start_matches("&cursor=").to_owned())
}
