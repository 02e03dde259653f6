//! `build-hardening`: numbers don't wrap, memory is not both written and run, and nothing of ours is unsafe.

use super::dice::{Dice, percent_decoded};
use crate::{
    attacks::{
        elf::{Elf, with_executable_stack},
        filled, operations, parameters,
        prelude::*,
        without_rates,
    },
    matrix::{Endpoint, endpoints, has_clinic},
};
use brigandine_api::protection::BUILD_HARDENING;
use futures_util::future::join_all;
use std::path::Path;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        BUILD_HARDENING / "overflow" = overflow,
        "The receptionist asks for pages of sizes that wrap around to small ones in 32 and 64 bits.",
    ),
    attack!(
        BUILD_HARDENING / "flags" = flags,
        "An attacker reads how the binary was linked, and how it is built.",
        "Of a copy whose stack can be run he says so.",
    ),
    attack!(
        BUILD_HARDENING / "unwrap" = unwrap,
        needs: Time,
        "Somebody calls every endpoint with texts, numbers and fields bent at random, until something in the service gives way.",
    ),
];

async fn overflow(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let members = reception.members_path();
    let control = Control::new(reception.get(&format!("{members}?limit=100")), 200);
    let mut trial = Trial::begin(scene, control).await?;
    for size in [
        "4294967295",
        "4294967296",
        "4294967297",
        "4294967316",
        "2147483648",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551617",
        "340282366920938463463374607431768211457",
    ] {
        let domain = has_clinic().then_some("/v1/patients");
        for list in [members.as_str()].into_iter().chain(domain) {
            let request = reception.get(&format!("{list}?limit={size}"));
            trial.refused(size, request, Refusal::invalid("limit-out-of-range", "?limit")).await;
        }
    }
    if has_clinic() {
        unheard_of_dates(&reception, &mut trial).await;
    }
    trial.conclude().await
}

/// Dates at the ends of what calendars can hold.
async fn unheard_of_dates(reception: &Actor, trial: &mut Trial<'_>) {
    for date in ["+262142-12-31", "-262143-01-01", "9999999-01-01", "0000-00-00"] {
        let mut body = NewPatient::unique().body();
        if let Some(fields) = body.as_object_mut() {
            fields.insert("birth_date".into(), json!(date));
        }
        let request = reception.post("/v1/patients").json(&body);
        trial.refused(date, request, Refusal::problem(422, "validation-failed")).await;
    }
}

/// What the manifests promise about every build.
fn recipe() -> Result<Vec<(&'static str, bool)>, AttackError> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    let read = |name: &str| -> Result<toml::Table, AttackError> {
        let text = std::fs::read_to_string(workspace.join(name))?;
        text.parse().map_err(|error| AttackError::Setup(format!("{name} is no TOML: {error}")))
    };
    let (root, api, harness) = (read("Cargo.toml")?, read("api/Cargo.toml")?, read("harness/Cargo.toml")?);
    let at = |table: &toml::Table, path: &[&str]| {
        let (last, folders) = path.split_last()?;
        let mut table = table.clone();
        for folder in folders {
            table = table.get(*folder)?.as_table()?.clone();
        }
        table.get(*last).cloned()
    };
    let text = |path: &[&str]| at(&root, path).and_then(|value| value.as_str().map(str::to_owned));
    let inherits = |table| at(table, &["lints", "workspace"]) == Some(toml::Value::Boolean(true));
    let checked = at(&root, &["profile", "release", "overflow-checks"]) == Some(toml::Value::Boolean(true));
    let forbidden = text(&["workspace", "lints", "rust", "unsafe_code"]).as_deref() == Some("forbid");
    let denied = ["unwrap_used", "expect_used", "panic", "indexing_slicing"]
        .iter()
        .all(|lint| text(&["workspace", "lints", "clippy", lint]).as_deref() == Some("deny"));
    let stripped = text(&["profile", "release", "strip"]).as_deref() == Some("symbols");
    let unwinds = text(&["profile", "release", "panic"]).is_none_or(|panic| panic == "unwind");
    Ok(vec![
        ("releases have no overflow checks", checked),
        ("unsafe code is not forbidden", forbidden && inherits(&api) && inherits(&harness)),
        ("what panics is not denied", denied),
        ("one panic stops the whole service", unwinds),
        ("releases keep their symbols", stripped),
    ])
}

/// Whether the attacked twin is the one without this protection.
async fn is_careless(me: &Request) -> Result<bool, AttackError> {
    let answer = me.send_patiently().await?;
    Ok(answer.header("x-twin-off").is_some_and(|off| off.contains(BUILD_HARDENING.id)))
}

async fn flags(scene: &Scene) -> Outcome {
    let me = scene.actor(RecepA)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;
    let mut binary = std::fs::read(scene.service()?.binary())?;
    let copy = with_executable_stack(&binary);
    let seen = copy.as_deref().and_then(Elf::parse).is_some_and(|elf| !elf.weaknesses().is_empty());
    trial.found(
        "a careless copy",
        if seen { Finding::Fine } else { Finding::Unclear("nothing is seen in it".into()) },
    );
    if is_careless(&me).await? {
        // Linked by somebody who does not look: what the twin runs as is not what is judged.
        binary = copy.unwrap_or_default();
    }
    trial.found(
        "how it is linked",
        match Elf::parse(&binary).map(|elf| elf.weaknesses()) {
            Some(weaknesses) => Finding::must(weaknesses.is_empty(), weaknesses.join(", ")),
            None => Finding::Unclear("it is no ELF file".into()),
        },
    );
    for (what, holds) in recipe()? {
        trial.found("how it is built", Finding::must(holds, what));
    }
    trial.conclude().await
}

/// Texts that code trips over which takes characters for bytes, numbers for small, or something for there.
const ODD: [&str; 22] = [
    "",
    "%C3%A9",
    "+%C3%A9",
    "%00",
    "%F0%9F%92%89",
    "%E2%80%AE",
    "%FF%FE",
    "-0",
    "1e999",
    "0x",
    "9999999999999999999999",
    "..",
    "%2e%2e%2f",
    "a%CC%81",
    "{}",
    "%25s%25n",
    "null",
    "[]",
    "1970-01-01T00:00:00Z",
    "00000000-0000-0000-0000-000000000000",
    "AAAA",
    "%C2%A0",
];

async fn unwrap(scene: &Scene) -> Outcome {
    let me = scene.actor(RecepA)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me, 200)).await?;
    let beside = scene.beside(|settings, _| without_rates(settings)).await?;
    let operations = operations(scene).await?;
    let mut dice = Dice(scene.seed() | 1);
    let mut sent = 0_usize;
    for endpoint in endpoints().iter().filter(|endpoint| !endpoint.over) {
        let operation = operations.get(&(endpoint.method.clone(), endpoint.path.to_owned()));
        let names = operation.map(parameters).unwrap_or_default();
        // What is bent may still be honest enough to be done.
        let bent = trial.honestly(bend(&beside.scene, endpoint, &names, &mut dice)).await?;
        sent += bent.len();
        for (story, answer) in bent {
            trial.found(&story, Finding::must(answer.status != 500, answer.summary()));
        }
    }
    let enough = sent > endpoints().len() * ROUNDS;
    trial.found("the calls", if enough { Finding::Fine } else { Finding::Unclear(format!("only {sent}")) });
    let bugs = beside.log.lines().iter().filter(|line| line.contains("A bug stopped a request")).count();
    trial.found("the log", Finding::must(bugs == 0, format!("{bugs} requests were stopped by bugs")));
    trial.found("the process", Finding::must(beside.service.is_alive(), "it is gone"));
    trial.conclude().await
}

/// How often each endpoint is called with each kind of thing bent.
const ROUNDS: usize = 3;

/// Calls the endpoint with its parameters, its path, its body and its fields bent; what was answered.
async fn bend(
    scene: &Scene,
    endpoint: &Endpoint,
    names: &[String],
    dice: &mut Dice,
) -> Result<Vec<(String, Answer)>, AttackError> {
    const FIELDS: [&str; 7] =
        ["if-match", "idempotency-key", "accept", "content-type", "dpop", "cookie", "x-forwarded-for"];
    let method = endpoint.method.as_str();
    let caller = if endpoint.roles.is_empty() { None } else { Some(scene.somebody_who_may(endpoint)?) };
    let (mut path, mut body) = (filled(endpoint.path, scene), json!({}));
    if let Some(caller) = caller.as_ref().filter(|_| endpoint.body_limit > 0) {
        let call = scene.call_within_reach(caller, endpoint).await?;
        path.clone_from(&call.path);
        body = call.body().cloned().unwrap_or(body);
    }
    let request = |target: &str| match &caller {
        Some(caller) => caller.request(method, target),
        None => scene.anyone().request(method, target),
    };
    let above = path.rsplit_once('/').map_or("", |(above, _)| above);
    let mut bent = Vec::new();
    for round in 0..ROUNDS.max(names.len()) {
        // Each parameter in turn, with a character of two bytes first: that is what is most often forgotten.
        let name = names.get(round % names.len().max(1)).map_or("limit", String::as_str);
        let odd = if round < names.len() { "%C3%A9" } else { dice.one_of(&ODD) };
        bent.push(request(&format!("{path}?{name}={odd}")));
        bent.push(request(&path).header(dice.one_of(&FIELDS), percent_decoded(dice.one_of(&ODD))));
        bent.push(request(&format!("{above}/{}", dice.one_of(&ODD))));
        if endpoint.body_limit > 0 {
            bent.push(request(&path).json(&dice.bends(body.clone())));
            bent.push(request(&path).body("application/json", dice.garbles(body.to_string())));
        }
    }
    let mut answers = Vec::new();
    let bent: Vec<Request> =
        bent.into_iter().map(|request| request.header("if-match", "\"nothing-seen\"")).collect();
    for some in bent.chunks(8) {
        for (request, answer) in some.iter().zip(join_all(some.iter().map(Request::send_patiently)).await) {
            match answer {
                Ok(answer) => answers.push((request.describe(), answer)),
                // Not even the client's own library takes it.
                Err(ClientError::Inexpressible(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(answers)
}
