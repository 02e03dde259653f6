//! `rate-costly-spend`, exports: a patient's whole history is asked for seldom.

use crate::attacks::{exports::new_export, prelude::*};

pub(super) const ATTACKS: &[Attack] = &[attack!(
    RateCostlySpend / "export" = export,
    needs: Clinic,
    "A receptionist asks for five exports at once, and again.",
    "She and her colleagues come back every other hour, until a day has ten; then five of them ask at once.",
)];

fn exceeded() -> Refusal {
    Refusal::problem(429, "quota-exceeded")
        .header_has("retry-after", "")
        .audit("excess_rate_limit_exceeded", "export")
}

/// The receptionist of B asks for one.
fn honest(scene: &Scene) -> Control<'_> {
    Control::checked(move || async move {
        let made = async {
            let patient = scene.patient_in_b().await?;
            let of_b = scene.observer().id(scene.b());
            let past = scene.observer().moment(-200_000);
            let sql =
                format!("UPDATE patient_exports SET requested_at = {past} WHERE organization_id = {of_b}");
            scene.observer().execute(&sql).await?;
            let asks = scene.actor(RecepB)?.post(&patient.exports_path()).json(&new_export("json"));
            scene.demand(&asks, 201).await
        };
        made.await.map(drop).map_err(|error: AttackError| error.to_string())
    })
}

/// How many of these requests, sent at once, were taken.
async fn taken(trial: &mut Trial<'_>, requests: &[Request]) -> Result<usize, AttackError> {
    let all = futures_util::future::join_all(requests.iter().map(Request::send_patiently));
    let answers = trial.honestly(async { Ok::<_, AttackError>(all.await) }).await?;
    let mut taken = 0;
    for answer in answers {
        match answer? {
            answer if answer.status == 201 => taken += 1,
            answer if answer.slug().as_deref() == Some("quota-exceeded") => {}
            answer => trial.found("at once", Finding::Unclear(answer.summary())),
        }
    }
    Ok(taken)
}

fn exactly(wanted: usize, taken: usize) -> Finding {
    let told = format!("{taken} were taken where {wanted} may be");
    if taken < wanted { Finding::Unclear(told) } else { Finding::must(taken == wanted, told) }
}

async fn export(scene: &Scene) -> Outcome {
    let patient = scene.patient().await?;
    let mut trial = Trial::begin(scene, honest(scene)).await?;
    let asks = |by: Persona| {
        Ok::<_, AttackError>(scene.actor(by)?.post(&patient.exports_path()).json(&new_export("json")))
    };
    let own = vec![asks(RecepA)?; 5];
    let made = taken(&mut trial, &own).await?;
    trial.found("five at once", exactly(2, made));
    trial.refused("a third in an hour", asks(RecepA)?, exceeded()).await;
    for by in [MultiInA, RecepA, RecepA] {
        trial.honestly(scene.exports_were_hours_ago(2)).await?;
        for _ in 0..2 {
            trial.honestly(scene.demand(&asks(by)?, 201)).await?;
        }
    }
    trial.honestly(scene.exports_were_hours_ago(2)).await?;
    let odd = trial.honestly(scene.demand(&asks(RecepA)?, 201)).await?;
    let id = odd.request_id().ok_or_else(|| AttackError::Setup("no request id".into()))?;
    let events = scene.observer().audit_events_of(id).await?;
    let told = events.iter().any(|row| row.text("event").as_deref() == Some("export_anomaly"));
    trial.found("the third of one in a day", Finding::must(told, "nobody is told"));
    let colleagues = [RecepA, MultiInA, SuspendedA, ExmemberA, SuspendedA];
    let last = colleagues.into_iter().map(asks).collect::<Result<Vec<_>, _>>()?;
    let made = taken(&mut trial, &last).await?;
    trial.found("five for the last one of the day", exactly(1, made));
    trial.refused("the eleventh of a day", asks(ExmemberA)?, exceeded()).await;
    trial.conclude().await
}
