//! `login-throttle-account`: guesses at one account are counted together, wherever they come from.

use super::{
    door::{Door, cookie, got_in},
    page::{plain, told_apart},
    people::{Person, fresh_address, fresh_password, hashes, people, roomy},
};
use crate::attacks::{Beside, prelude::*};
use brigandine_api::protection::INPUT_UNAMBIGUOUS;
use futures_util::future::join_all;
use std::net::Ipv4Addr;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        LOGIN_THROTTLE_ACCOUNT / "brute" = brute,
        "Somebody has fifty addresses and a list of two hundred passwords for one account; the right one is on it.",
        "They do the same to an address without an account, and compare the refusals.",
    ),
    attack!(
        LOGIN_THROTTLE_ACCOUNT / "alias" = alias,
        "Somebody writes the address in capitals, with a space, in wide letters, each time from elsewhere.",
    ),
    attack!(
        LOGIN_THROTTLE_ACCOUNT / "parallel" = parallel,
        "Somebody sends fifty guesses from fifty addresses in the same moment.",
    ),
    attack!(
        LOGIN_THROTTLE_ACCOUNT / "batch" = batch,
        twin: Twin::Also(&[&INPUT_UNAMBIGUOUS]),
        "Somebody sends twenty passwords in one form, and a list of credentials as JSON.",
    ),
    attack!(
        LOGIN_THROTTLE_ACCOUNT / "victim-dos" = victim_dos,
        "A doctor signs in and closes the browser. Somebody at the same address guesses until the account is delayed.",
        "The doctor's session goes on, and the doctor signs in again in the browser of before.",
    ),
];

/// What a person and a person's thief need, in a process where nothing but the account's own count is in the way.
struct Siege {
    beside: Beside,
    door: Door,
    victim: Person,
    other: Person,
}

impl Siege {
    async fn lay(scene: &Scene) -> Result<Self, AttackError> {
        let folks = people(scene, &[fresh_password(), fresh_password()]).await?;
        let [victim, other] = folks.as_slice() else { return Err(AttackError::Setup("nobody".into())) };
        let beside = roomy(scene, &[]).await?;
        let door = Door::open(&beside.scene).await?;
        Ok(Self { door, victim: victim.clone(), other: other.clone(), beside })
    }

    /// Somebody else signs in.
    fn control(&self) -> Control<'_> {
        Control::made_anew(303, || {
            Ok::<_, AttackError>(self.door.attempt(&self.other.email, &self.other.password))
        })
    }

    fn guess(&self, email: &str, password: &str, number: usize) -> Request {
        self.door.attempt(email, password).from(elsewhere(number))
    }
}

/// One address of many, each in a network of its own.
pub(in crate::attacks) fn elsewhere(number: usize) -> Ipv4Addr {
    let (high, low) = (u8::try_from(number / 250).unwrap_or(9), u8::try_from(number % 250).unwrap_or(9));
    Ipv4Addr::new(127, 241_u8.saturating_add(high % 10), low, 1)
}

/// Tries the guesses one after the other; tells what came of each.
async fn try_all(siege: &Siege, email: &str, guesses: &[String]) -> Result<Vec<Answer>, AttackError> {
    let mut answers = Vec::new();
    for (number, guess) in guesses.iter().enumerate() {
        let answer = siege.guess(email, guess, number % 50).send_patiently().await?;
        let over = got_in(&answer);
        answers.push(answer);
        if over {
            break;
        }
    }
    Ok(answers)
}

fn delayed(answers: &[Answer]) -> Finding {
    if answers.iter().any(got_in) {
        return Finding::Breach("a guess opened the account".into());
    }
    let free = answers.iter().filter(|answer| answer.status == 401).count();
    let told = answers.iter().filter(|answer| {
        let wait = answer.header("retry-after").and_then(|wait| wait.parse::<u64>().ok());
        answer.status == 429 && wait.is_some_and(|wait| wait >= 1)
    });
    let told = told.count();
    if free > 12 {
        Finding::Breach(format!("{free} guesses were taken"))
    } else if told + free == answers.len() && told > 0 {
        Finding::Fine
    } else {
        Finding::Unclear(format!("{free} taken and {told} delayed of {}", answers.len()))
    }
}

async fn brute(scene: &Scene) -> Outcome {
    let siege = Siege::lay(scene).await?;
    let mut trial = Trial::begin(scene, siege.control()).await?;
    let guesses: Vec<String> = (0..200).map(|number| format!("a wrong guess {number}")).collect();
    let (some, rest) = guesses.split_at(60);
    let before = hashes(&siege.beside.scene).await?;
    let mut answers = try_all(&siege, &siege.victim.email, some).await?;
    // Not at the very moment when a wait is over: then one guess is free for anybody.
    held_up(&siege).await?;
    answers.push(siege.guess(&siege.victim.email, &siege.victim.password, 60).send_patiently().await?);
    if !answers.iter().any(got_in) {
        answers.extend(try_all(&siege, &siege.victim.email, rest).await?);
    }
    let hashed = hashes(&siege.beside.scene).await? - before;
    trial.found("two hundred guesses", delayed(&answers));
    trial.found("the work", Finding::must(hashed <= 12, format!("argon2id ran {hashed} times")));
    trial.found("the audit log", locked(scene, &answers).await?);

    let absent = try_all(&siege, &fresh_address(), guesses.get(..20).unwrap_or_default()).await?;
    trial.found("an address without an account", delayed(&absent));
    let refusal = |answers: &[Answer]| answers.iter().find(|answer| answer.status == 429).map(plain);
    trial.found("both refusals", told_apart(&[refusal(&answers), refusal(&absent)]));
    trial.conclude().await
}

async fn locked(scene: &Scene, answers: &[Answer]) -> Result<Finding, AttackError> {
    for answer in answers.iter().filter(|answer| answer.status == 429) {
        let Some(id) = answer.request_id() else { continue };
        let events = scene.observer().audit_events_of(id).await?;
        if events.iter().any(|row| row.text("event").as_deref() == Some("authn_login_lock")) {
            return Ok(Finding::Fine);
        }
    }
    if answers.iter().all(|answer| answer.status != 429) {
        return Ok(Finding::Breach("nothing was delayed".into()));
    }
    Ok(Finding::Breach("no refusal left an event".into()))
}

async fn alias(scene: &Scene) -> Outcome {
    let siege = Siege::lay(scene).await?;
    let mut trial = Trial::begin(scene, siege.control()).await?;
    let email = &siege.victim.email;
    let wide: String = email.chars().map(|c| if c == 'p' { '\u{ff50}' } else { c }).collect();
    let ways = [
        email.to_uppercase(),
        format!(" {email} "),
        wide,
        format!("{email}."),
        email.replace("people", "PeOpLe"),
    ];
    let before = hashes(&siege.beside.scene).await?;
    for number in 0..25 {
        let Some(way) = ways.get(number % ways.len()) else { continue };
        siege.guess(way, &format!("a wrong guess {number}"), number).send_patiently().await?;
    }
    held_up(&siege).await?;
    // The right password last, under the plain name: it must wait like any guess.
    let last = siege.guess(email, &siege.victim.password, 40).send_patiently().await?;
    let hashed = hashes(&siege.beside.scene).await? - before;
    trial.found("five ways of writing one address", delayed(&[last]));
    trial.found("the work", Finding::must(hashed <= 12, format!("argon2id ran {hashed} times")));
    trial.conclude().await
}

/// Guesses until the account is delayed for longer than a busy machine takes to send one request.
async fn held_up(siege: &Siege) -> Result<(), AttackError> {
    const LONG: u64 = 4;
    let mut taken = 0;
    for number in 0..60 {
        let answer = siege.guess(&siege.victim.email, "one more guess", number).send_patiently().await?;
        let wait = answer.header("retry-after").and_then(|wait| wait.parse::<u64>().ok());
        taken += usize::from(answer.status == 401);
        if taken > 12 || wait.is_some_and(|wait| wait >= LONG) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

async fn parallel(scene: &Scene) -> Outcome {
    let siege = Siege::lay(scene).await?;
    let mut trial = Trial::begin(scene, siege.control()).await?;
    let before = hashes(&siege.beside.scene).await?;
    let guesses: Vec<Request> = (0..50)
        .map(|number| siege.guess(&siege.victim.email, &format!("a wrong guess {number}"), number))
        .map(|guess| guess.patience(Duration::from_secs(60)))
        .collect();
    let mut taken = 0;
    for answer in join_all(guesses.iter().map(Request::send_patiently)).await {
        taken += usize::from(answer?.status == 401);
    }
    let hashed = hashes(&siege.beside.scene).await? - before;
    // Five are free; the sixth may come a second later on a busy machine.
    let few = taken <= 7 && hashed <= 7;
    trial.found("fifty at once", Finding::must(few, format!("{taken} guesses were taken, {hashed} hashed")));
    trial.conclude().await
}

async fn batch(scene: &Scene) -> Outcome {
    let siege = Siege::lay(scene).await?;
    let mut trial = Trial::begin(scene, siege.control()).await?;
    let guesses: Vec<String> = (0..20).map(|number| format!("a wrong guess {number}")).collect();
    let mut fields = vec![("email", siege.victim.email.as_str())];
    fields.extend(guesses.iter().map(|guess| ("password", guess.as_str())));
    fields.push(("password", &siege.victim.password));
    let form = siege.door.send("/signin", &fields).from(elsewhere(0)).patience(Duration::from_secs(60));
    trial
        .check("twenty passwords in one form", form, |answer| match answer.status {
            400 => Finding::Fine,
            _ if got_in(answer) => Finding::Breach("one of them opened the account".into()),
            _ => Finding::Unclear(answer.summary()),
        })
        .await;
    let list: Vec<Value> =
        guesses.iter().map(|guess| json!({ "email": siege.victim.email, "password": guess })).collect();
    let list = siege.door.send("/signin", &[]).from(elsewhere(1)).json(&json!(list));
    trial
        .check("a list of credentials", list, |answer| match answer.status {
            403 | 415 => Finding::Fine,
            _ if got_in(answer) => Finding::Breach("one of them opened the account".into()),
            _ => Finding::Unclear(answer.summary()),
        })
        .await;
    trial.conclude().await
}

async fn victim_dos(scene: &Scene) -> Outcome {
    let siege = Siege::lay(scene).await?;
    let mut trial = Trial::begin(scene, siege.control()).await?;
    let victim = &siege.victim;
    let signed_in = scene_demand(&siege.guess(&victim.email, &victim.password, 7), 303).await?;
    let missing = || AttackError::Setup("the sign-in set no cookies".into());
    let device = cookie(&signed_in, "__Host-device").ok_or_else(missing)?;
    let mut refused = 0;
    for number in 0..12 {
        let answer =
            siege.guess(&victim.email, &format!("a wrong guess {number}"), 7).send_patiently().await?;
        refused += usize::from(answer.status == 429);
    }
    if refused == 0 {
        trial.found("a dozen guesses", Finding::Unclear("the account is not delayed".into()));
    }
    let account = scene.observer().id(victim.id);
    let standing = format!("account_id = {account} AND ended_at IS NULL");
    let standing = scene.observer().rows("sessions", &standing).await?;
    trial.found("the doctor's session", Finding::must(!standing.is_empty(), "it was ended"));
    // The browser's other cookies ended with it.
    let known = Door::open(&siege.beside.scene).await?.attempt(&victim.email, &victim.password);
    let known = with_cookie(known, &device).from(elsewhere(7));
    trial
        .check("the doctor's browser", known, |answer| {
            Finding::must(got_in(answer), format!("its owner is locked out: {}", answer.summary()))
        })
        .await;
    trial.conclude().await
}

/// The request with one more cookie.
fn with_cookie(request: Request, cookie: &str) -> Request {
    request.header("cookie", cookie)
}

async fn scene_demand(request: &Request, status: u16) -> Result<Answer, AttackError> {
    let answer = request.send_patiently().await?;
    if answer.status == status {
        return Ok(answer);
    }
    Err(AttackError::Setup(format!("{} answered {}", request.describe(), answer.summary())))
}
