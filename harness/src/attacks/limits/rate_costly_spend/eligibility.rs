//! Questions to the insurer, which are paid for each time.

use crate::attacks::{Beside, prelude::*, set};
use futures_util::future::join_all;
use toml::{Table, Value as Toml};

/// What a member may ask at once (catalogue P7).
const BURST: usize = 5;

/// The same service with the rates that are its own, and not this harness's.
async fn with_its_own_rates(scene: &Scene) -> Result<Beside, AttackError> {
    scene.beside(|table, _| drop(table.remove("limits"))).await
}

/// Honest questions of the other organization: this one's money is counted.
async fn control<'a>(scene: &'a Scene, by: &'a Actor) -> Result<Control<'a>, AttackError> {
    let patient = scene.patient_in_b().await?;
    Ok(Control::checked(move || {
        let patient = patient.clone();
        async move {
            let insurer = scene.insurer().map_err(|error| error.to_string())?;
            let card = insurer.card();
            for _ in 0..2 {
                let answer = by.checks(&patient, &card).send().await.map_err(|error| error.to_string())?;
                if answer.status != 200 {
                    return Err(answer.summary());
                }
            }
            match insurer.questions(&card).len() {
                1 => Ok(()),
                came => Err(format!("the insurer was asked {came} times for the same question")),
            }
        }
    }))
}

fn refused_properly(answer: &Answer) -> bool {
    let wait = answer.header("retry-after").and_then(|wait| wait.parse::<u64>().ok());
    answer.status == 429
        && answer.slug().as_deref() == Some("quota-exceeded")
        && wait.is_some_and(|wait| wait >= 1)
}

pub(super) async fn upstream(scene: &Scene) -> Outcome {
    let (patient, insurer) = (scene.patient().await?, scene.insurer()?);
    let beside = with_its_own_rates(scene).await?;
    let (thief, other) = (beside.scene.actor(RecepA)?, scene.actor(RecepB)?);
    let mut trial = Trial::begin(scene, control(scene, &other).await?).await?;
    let cards: Vec<String> = (0..40).map(|_| insurer.card()).collect();
    let requests: Vec<Request> = cards.iter().map(|card| thief.checks(&patient, card)).collect();
    let answers = trial.honestly(async {
        let first = join_all(requests.iter().map(Request::send_patiently)).await;
        let again = join_all(requests.iter().map(Request::send_patiently)).await;
        first.into_iter().chain(again).collect::<Result<Vec<_>, _>>()
    });
    let answers = answers.await?;
    let came: usize = cards.iter().map(|card| insurer.questions(card).len()).sum();
    trial.found("forty questions", Finding::must(came <= BURST, format!("{came} were paid for")));
    let enough = if came == BURST { Finding::Fine } else { Finding::Unclear(format!("{came} were asked")) };
    trial.found("forty questions", enough);
    let odd = answers.iter().find(|answer| answer.status != 200 && !refused_properly(answer));
    let finding = odd.map_or(Finding::Fine, |answer| Finding::Unclear(answer.summary()));
    trial.found("the refusals", finding);
    let of_a = format!("organization_id = {}", scene.observer().id(scene.a()));
    let filter = format!("event = 'excess_rate_limit_exceeded' AND reason = 'spend.rate' AND {of_a}");
    let told = !scene.observer().rows("audit_events", &filter).await?.is_empty();
    trial.found("the audit log", Finding::must(told, "it tells nothing of it"));
    trial.conclude().await
}

pub(super) async fn cap(scene: &Scene) -> Outcome {
    let (patient, insurer) = (scene.patient().await?, scene.insurer()?);
    let beside = scene.beside(|table, _| ten_a_day(table)).await?;
    let other = scene.actor(RecepB)?;
    let mut trial = Trial::begin(scene, control(scene, &other).await?).await?;
    let through = beside.scene.actor(RecepA)?;
    let spent = async {
        // A question that comes back after a busy moment may have been paid already: what counts is what is spent. Where
        // nobody counts, twice as many are as good.
        for _ in 0..18 {
            if spent_today(scene).await? >= 90 {
                break;
            }
            beside.scene.demand(&through.checks(&patient, &insurer.card()), 200).await?;
        }
        Ok::<_, AttackError>(())
    };
    trial.honestly(spent).await?;
    let cards: Vec<String> = (0..5).map(|_| insurer.card()).collect();
    let mut requests = Vec::new();
    for (person, card) in [RecepA, ClinA1, ClinA2, MultiInA, SuspendedA].into_iter().zip(&cards) {
        requests.push(beside.scene.actor(person)?.checks(&patient, card));
    }
    let answers = trial.honestly(async {
        join_all(requests.iter().map(Request::send_patiently))
            .await
            .into_iter()
            .collect::<Result<Vec<_>, _>>()
    });
    let answers = answers.await?;
    let came: usize = cards.iter().map(|card| insurer.questions(card).len()).sum();
    trial.found("five for the last one", Finding::must(came <= 1, format!("{came} were paid for")));
    let answered = answers.iter().filter(|answer| answer.status == 200).count();
    let refused = answers.iter().filter(|answer| refused_properly(answer)).count();
    let finding = match (answered, refused) {
        (1, 4) => Finding::Fine,
        _ => Finding::Unclear(format!("{answered} were answered, {refused} refused")),
    };
    trial.found("five for the last one", finding);
    let of_a = format!("organization_id = {}", scene.observer().id(scene.a()));
    let told =
        scene.observer().rows("audit_events", &format!("event = 'spend_cap_reached' AND {of_a}")).await?;
    trial.found("the alert", Finding::must(told.len() == 1, format!("it was raised {} times", told.len())));
    let logged = beside.log.lines().iter().any(|line| line.contains("spend_cap_reached"));
    trial.found("the alert", Finding::must(logged, "the log does not know of it"));
    trial.conclude().await
}

/// The units that A has spent.
async fn spent_today(scene: &Scene) -> Result<i64, AttackError> {
    let of_a = format!("organization_id = {}", scene.observer().id(scene.a()));
    let days = scene.observer().rows("spend", &of_a).await?;
    Ok(days.iter().filter_map(|day| day.integer("units")).sum())
}

fn ten_a_day(table: &mut Table) {
    for (key, value) in [("price", 10), ("units_per_day", 100)] {
        set(table, &format!("upstream.insurer.{key}"), Toml::from(value));
    }
}
