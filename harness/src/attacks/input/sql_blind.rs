//! `input-sql`, when nothing comes back but time.

use super::sql::{finds, named, search};
use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[attack!(
    INPUT_SQL / "time" = time,
    needs: Clinic,
    "The receptionist searches for a text that would make the database wait, if it were read as SQL.",
    "She compares the time with that of the same text which would not wait.",
)];

/// What the pause must be longer than to count, well above what a busy machine does to two equal requests.
const NOTICEABLE: Duration = Duration::from_millis(500);
/// A machine that is busy for one measurement is not for three.
const ROUNDS: usize = 3;

async fn time(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    named(scene, "Brannigan").await?;
    let control = Control::new(search(&reception, "Brannigan"), 200);
    let mut trial = Trial::begin(scene, control).await?;
    let postgres = scene.observer().is_postgres();
    let pause = |long: bool| match (postgres, long) {
        (true, true) => "'||(SELECT pg_sleep(1))::text||'".to_owned(),
        (true, false) => "'||(SELECT pg_sleep(0))::text||'".to_owned(),
        (false, long) => {
            let count = if long { "9000000" } else { "1" };
            format!(
                "'OR(WITH c(x)AS(VALUES(1)UNION ALL SELECT 1 FROM c LIMIT {count})SELECT sum(x)FROM c)>'0"
            )
        }
    };
    let mut waited = 0;
    for _ in 0..ROUNDS {
        let quick = search(&reception, &pause(false)).send().await?;
        let slow = search(&reception, &pause(true)).send().await?;
        trial.found("the pause", finds(&slow, &[]));
        trial.found("no pause", finds(&quick, &[]));
        if slow.elapsed.saturating_sub(quick.elapsed) < NOTICEABLE {
            break;
        }
        waited += 1;
    }
    trial.found(
        "three pauses of three",
        Finding::must(waited < ROUNDS, "the database waited as it was told to"),
    );
    trial.conclude().await
}
