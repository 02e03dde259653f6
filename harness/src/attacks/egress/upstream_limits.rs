//! `upstream-limits`: an insurer that hangs, floods or fails takes nobody else with it.

use crate::{
    attacks::{Beside, memory::resident_bytes, prelude::*, set, timing::goes_on},
    insurer::Reply,
};
use futures_util::future::{join_all, join3};
use tokio::time::{Instant, sleep};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        UPSTREAM_LIMITS / "hang" = hang,
        needs: Time.and(Clinic),
        "The insurer takes the question and says nothing; or a byte a second; or blanks without end; or announces ten \
         gigabytes; or sends what swells; or cuts the connection.",
        "Somebody else works on in the meantime.",
    ),
    attack!(
        UPSTREAM_LIMITS / "storm" = storm,
        needs: Clinic,
        "The insurer answers everything with 500, and a hundred questions come at once, and a hundred more.",
        "It recovers.",
    ),
    attack!(
        UPSTREAM_LIMITS / "recover" = recover,
        needs: Exclusive.and(Clinic),
        "The insurer answers everything with 500 until it is left alone; then it is healthy again.",
        "Somebody asks on while it rests, and after its rest.",
    ),
];

/// More than five seconds (catalogue P6), whatever a busy machine adds; far less than the insurer hangs.
const SOON: Duration = Duration::from_secs(15);
/// Far more than six answers of the greatest size take, far less than the insurer sends.
const MEMORY: u64 = 24 * 1024 * 1024;
/// Twenty that were on their way when the fifth failed, and those five.
const MOST: usize = 25;

/// A process of its own, because what is attacked counts failures.
async fn apart(scene: &Scene, rest_seconds: i64) -> Result<Beside, AttackError> {
    scene.beside(|table, _| set(table, "upstream.insurer.rest_seconds", rest_seconds)).await
}

async fn hang(scene: &Scene) -> Outcome {
    let (patient, insurer) = (scene.patient().await?, scene.insurer()?);
    let reception = scene.actor(RecepA)?;
    let beside = apart(scene, 60).await?;
    let through = beside.scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, scene.asks_the_insurer(&reception, &patient)).await?;
    scene.demand(&through.get("/v1/me"), 200).await?;
    let before = resident_bytes(beside.service.pid())?;
    let gzip = vec![("content-type", "application/json".to_owned()), ("content-encoding", "gzip".to_owned())];
    let bomb = Reply::Http(200, gzip, [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0; 200_000]].concat());
    let cases = [
        ("nothing", Reply::Hang, 504, "upstream-unavailable"),
        ("a trickle", Reply::Trickle, 504, "upstream-unavailable"),
        ("no end", Reply::Endless, 502, "upstream-invalid"),
        ("ten gigabytes", Reply::Huge, 502, "upstream-invalid"),
        ("what swells", bomb, 502, "upstream-invalid"),
        ("a cut connection", Reply::Reset, 502, "upstream-unavailable"),
    ];
    let asked = join_all(cases.iter().map(|(_, reply, ..)| {
        let request = through.checks(&patient, &insurer.card_with(reply.clone()));
        async move { tokio::time::timeout(SOON, request.send()).await }
    }));
    let memory = async {
        let mut most = 0;
        for _ in 0..20 {
            most = most.max(resident_bytes(beside.service.pid())?);
            sleep(Duration::from_millis(200)).await;
        }
        Ok::<_, AttackError>(most)
    };
    let (cheap, other) = (through.get("/v1/me"), reception.get("/v1/me"));
    let (answers, most, cheap) = join3(asked, memory, goes_on(&cheap, &other, 20)).await;
    let (most, cheap) = (most?, cheap?);
    for ((story, _, status, slug), answer) in cases.iter().zip(answers) {
        let finding = match answer {
            Err(_) => Finding::Breach(format!("no answer after {SOON:?}")),
            Ok(Err(error)) => Finding::Unclear(error.to_string()),
            Ok(Ok(answer)) if answer.succeeded() => Finding::Breach(answer.summary()),
            Ok(Ok(answer)) if answer.status == *status && answer.slug().as_deref() == Some(slug) => {
                Finding::Fine
            }
            Ok(Ok(answer)) => Finding::Unclear(answer.summary()),
        };
        trial.found(story, finding);
    }
    trial.found("somebody else", cheap);
    let grown = most.saturating_sub(before);
    trial.found("memory", Finding::must(grown < MEMORY, format!("it grew by {} KiB", grown / 1024)));
    trial.conclude().await
}

/// A hundred questions at once, by people who each stay within their own rate.
async fn ask_a_hundred(beside: &Beside, patient: &Patient, card: &str) -> Result<Vec<Answer>, AttackError> {
    let people = [RecepA, ClinA1, ClinA2, MultiInA, SuspendedA];
    let mut requests = Vec::new();
    for person in people {
        let person = beside.scene.actor(person)?;
        requests.extend((0..20).map(|_| person.checks(patient, card)));
    }
    Ok(join_all(requests.iter().map(Request::send)).await.into_iter().collect::<Result<_, _>>()?)
}

async fn storm(scene: &Scene) -> Outcome {
    let (patient, insurer) = (scene.patient().await?, scene.insurer()?);
    let reception = scene.actor(RecepA)?;
    let beside = apart(scene, 4).await?;
    let mut trial = Trial::begin(scene, scene.asks_the_insurer(&reception, &patient)).await?;
    let card = insurer.card_with(Reply::status(500));
    let first = ask_a_hundred(&beside, &patient, &card).await?;
    let open = Instant::now();
    let came = insurer.questions(&card).len();
    trial.found(
        "a hundred at once",
        Finding::must(came <= MOST, format!("the insurer was asked {came} times")),
    );
    let enough = if came >= 5 { Finding::Fine } else { Finding::Unclear(format!("only {came} got there")) };
    trial.found("a hundred at once", enough);
    let second = ask_a_hundred(&beside, &patient, &card).await?;
    let more = insurer.questions(&card).len() - came;
    // One probe for each rest that began meanwhile.
    let probes = usize::try_from(open.elapsed().as_secs() / 4).unwrap_or(usize::MAX).saturating_add(1);
    trial.found("a hundred more", Finding::must(more <= probes, format!("it was asked {more} times more")));
    // A database to which a hundred come at this moment may say so itself.
    let busy = |answer: &&Answer| {
        matches!(answer.slug().as_deref(), Some("overloaded" | "dependency-unavailable"))
            && answer.says_come_back()
    };
    let asked = first.iter().chain(&second).filter(|answer| !busy(answer));
    for answer in asked {
        let slug = answer.slug();
        let proper = matches!(answer.status, 502 | 503) && slug.as_deref() == Some("upstream-unavailable");
        if !proper || answer.header("retry-after").is_none() {
            trial.found("an answer", Finding::Unclear(answer.summary()));
        }
    }
    let logged = beside.log.lines().iter().any(|line| line.contains("upstream_breaker_open"));
    trial.found("the log", Finding::must(logged, "nobody was told that the insurer fails"));
    insurer.behave(&card, Reply::Honest);
    let through = beside.scene.actor(RecepA)?;
    let recovered = trial.honestly(async {
        for _ in 0..40 {
            if through.checks(&patient, &card).send().await?.status == 200 {
                return Ok::<_, AttackError>(true);
            }
            sleep(Duration::from_millis(250)).await;
        }
        Ok(false)
    });
    let recovered = recovered.await?;
    let finding =
        if recovered { Finding::Fine } else { Finding::Unclear("it is left alone for ever".into()) };
    trial.found("after it recovered", finding);
    trial.conclude().await
}

async fn recover(scene: &Scene) -> Outcome {
    let (patient, insurer) = (scene.patient().await?, scene.insurer()?);
    let reception = scene.actor(RecepA)?;
    // Longer than what is asked during the rest may take on a busy machine.
    let beside = apart(scene, 15).await?;
    let mut trial = Trial::begin(scene, scene.asks_the_insurer(&reception, &patient)).await?;
    let people = [RecepA, ClinA1, ClinA2];
    let sick = insurer.card_with(Reply::status(500));
    for number in 0..6 {
        let person = beside.scene.actor(people.into_iter().cycle().nth(number).unwrap_or(RecepA))?;
        person.checks(&patient, &sick).send().await?;
    }
    let rested = Instant::now();
    let logged = beside.log.lines().iter().any(|line| line.contains("upstream_breaker_open"));
    trial.found("the log", Finding::must(logged, "nobody was told that the insurer fails"));
    let well = insurer.card();
    for person in people {
        let asked = beside.scene.actor(person)?.checks(&patient, &well);
        let answer = trial.honestly(asked.send()).await?;
        let left_alone = insurer.questions(&well).is_empty();
        let finding = match answer.status {
            _ if rested.elapsed() >= Duration::from_secs(15) => {
                Finding::Unclear("the rest is over already".into())
            }
            _ if !left_alone => Finding::Breach("it is asked while it rests".into()),
            503 if answer.header("retry-after").is_some() => Finding::Fine,
            _ => Finding::Unclear(answer.summary()),
        };
        trial.found("during its rest", finding);
    }
    sleep(Duration::from_secs(16).saturating_sub(rested.elapsed())).await;
    for (story, person) in [("the probe", ClinA1), ("after it", ClinA2), ("after that", MultiInA)] {
        let asked = beside.scene.actor(person)?.checks(&patient, &insurer.card());
        let answer = trial.honestly(asked.send_patiently()).await?;
        let finding = match answer.status {
            200 => Finding::Fine,
            _ => Finding::Unclear(format!("it is healthy, and the answer is {}", answer.summary())),
        };
        trial.found(story, finding);
    }
    trial.conclude().await
}
