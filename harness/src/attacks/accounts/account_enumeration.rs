//! `account-enumeration`: nobody learns who has an account.

use super::{
    door::Door,
    login_throttle_account::elsewhere,
    page::{plain, told_apart},
    people::{Person, fresh_address, fresh_password, people, roomy},
    steps::RESET,
};
use crate::attacks::{prelude::*, timing::told_apart_by_time};
use std::time::Instant;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        ACCOUNT_ENUMERATION / "body" = body,
        "Somebody gives a wrong password for an account, for a disabled one, and for none, and compares the answers.",
        "They go on until the account is delayed, and do the same where there is none.",
    ),
    attack!(
        ACCOUNT_ENUMERATION / "forgot" = forgot,
        "Somebody says that they forgot the password: of an account, of a disabled one, of none.",
        "They register with an address that has an account already, and with one that has none.",
    ),
    attack!(
        ACCOUNT_ENUMERATION / "timing" = timing,
        needs: Time,
        "Somebody measures two hundred sign-ins with accounts and two hundred without, taking turns.",
    ),
];

/// The subject of the mail to whoever registers, with or without an account.
const REGISTRATION: &str = "Your registration";

async fn disable(scene: &Scene, person: &Person) -> Result<(), AttackError> {
    let id = scene.observer().id(person.id);
    match scene
        .observer()
        .execute(&format!("UPDATE accounts SET status = 'disabled' WHERE id = {id}"))
        .await?
    {
        1 => Ok(()),
        hit => Err(AttackError::Setup(format!("disabling an account hit {hit} rows"))),
    }
}

async fn body(scene: &Scene) -> Outcome {
    let folks = people(scene, &[fresh_password(), fresh_password(), fresh_password()]).await?;
    let [honest, existing, disabled] = folks.as_slice() else {
        return Err(AttackError::Setup("nobody".into()));
    };
    disable(scene, disabled).await?;
    let beside = roomy(scene, &[]).await?;
    let door = Door::open(&beside.scene).await?;
    let control =
        Control::made_anew(303, || Ok::<_, AttackError>(door.attempt(&honest.email, &honest.password)));
    let mut trial = Trial::begin(scene, control).await?;
    let absent = fresh_address();
    let names = [&existing.email, &disabled.email, &absent];
    let (mut wrong, mut delayed) = (Vec::new(), Vec::new());
    for round in 0..9 {
        for email in names {
            // The owner of the disabled account still knows the password.
            let owner = round == 0 && *email == disabled.email;
            let password = if owner { disabled.password.as_str() } else { "a wrong guess" };
            let answer = door.attempt(email, password).send_patiently().await?;
            // What was typed stands in its field again, whoever has the address.
            let page = plain(&answer).replace(email.as_str(), "<typed>");
            match answer.status {
                401 => wrong.push(Some(page)),
                429 => delayed.push((email, Some(page))),
                _ => trial.found("the answers", Finding::Unclear(answer.summary())),
            }
        }
    }
    trial.found("wrong passwords", told_apart(&wrong));
    // When each wait ends depends on the machine; that each of them is made to wait does not.
    let all = names.iter().all(|name| delayed.iter().any(|(email, _)| email == name));
    trial.found("delayed accounts", Finding::must(all, "not every account is delayed"));
    let delayed: Vec<_> = delayed.into_iter().map(|(_, page)| page).collect();
    trial.found("delayed accounts", told_apart(&delayed));
    trial.conclude().await
}

/// Accounts that are measured; each only as often as nobody is delayed for.
const ACCOUNTS: usize = 50;
const TIMES: usize = 4;
/// On a very busy machine fewer samples must do: at least fifty of each are taken.
const ENOUGH: Duration = Duration::from_secs(30);
async fn timing(scene: &Scene) -> Outcome {
    let passwords: Vec<String> = (0..=ACCOUNTS).map(|_| fresh_password()).collect();
    let folks = people(scene, &passwords).await?;
    let Some((honest, folks)) = folks.split_first() else { return Err(AttackError::Setup("nobody".into())) };
    let beside = roomy(scene, &[]).await?;
    let door = Door::open(&beside.scene).await?;
    let control =
        Control::made_anew(303, || Ok::<_, AttackError>(door.attempt(&honest.email, &honest.password)));
    let mut trial = Trial::begin(scene, control).await?;
    let nobodies: Vec<String> = folks.iter().map(|_| fresh_address()).collect();
    let (mut with, mut without) = (Vec::new(), Vec::new());
    let mut samples = 0;
    let begun = Instant::now();
    for _ in 0..TIMES {
        if begun.elapsed() > ENOUGH {
            break;
        }
        for (number, (person, nobody)) in folks.iter().zip(&nobodies).enumerate() {
            let pair = [(&person.email, true), (nobody, false)];
            // Who comes first changes, so that nothing but the account is different.
            let order = if number % 2 == 0 { [0, 1] } else { [1, 0] };
            for place in order {
                let Some((email, exists)) = pair.get(place) else { continue };
                // From everywhere: while most sign-ins fail, one place gets one attempt.
                samples += 1;
                let attempt = door.attempt(email, "a wrong guess").from(elsewhere(samples));
                let answer = attempt.send_patiently().await?;
                if answer.status != 401 {
                    return Err(AttackError::Setup(format!("a sample answered {}", answer.summary())));
                }
                if *exists { with.push(answer.elapsed) } else { without.push(answer.elapsed) }
            }
        }
    }
    trial.found("with an account, and without", told_apart_by_time(&with, &without));
    trial.conclude().await
}

async fn forgot(scene: &Scene) -> Outcome {
    let folks = people(scene, &[fresh_password(), fresh_password(), fresh_password()]).await?;
    let [honest, existing, disabled] = folks.as_slice() else {
        return Err(AttackError::Setup("nobody".into()));
    };
    disable(scene, disabled).await?;
    let a = scene.observer().id(scene.a());
    scene
        .observer()
        .execute(&format!("UPDATE organizations SET self_registration = true WHERE id = {a}"))
        .await?;
    let door = Door::open(scene).await?;
    let control =
        Control::made_anew(303, || Ok::<_, AttackError>(door.attempt(&honest.email, &honest.password)));
    let mut trial = Trial::begin(scene, control).await?;
    let absent = fresh_address();
    let organization = scene.a().to_string();

    let mut pages = Vec::new();
    for email in [&existing.email, &disabled.email, &absent] {
        let answer = door.send("/password/forgot", &[("email", email)]).send_patiently().await?;
        pages.push((answer.status == 202).then(|| plain(&answer)));
    }
    // What is told is told to the mailbox.
    scene.outbox().wait_for(&existing.email, RESET, 1).await?;
    trial.found("a forgotten password", alike(&pages));

    let mut pages = Vec::new();
    for email in [&existing.email, &absent] {
        let fields = [("organization", organization.as_str()), ("email", email)];
        let answer = door.send("/signup", &fields).send_patiently().await?;
        pages.push((answer.status == 202).then(|| plain(&answer)));
    }
    scene.outbox().wait_for(&absent, REGISTRATION, 1).await?;
    let known = scene.outbox().wait_for(&existing.email, REGISTRATION, 1).await?;
    let told = known.iter().any(|mail| mail.text.contains("You already have an account"));
    trial.found("the mail to the owner", Finding::must(told, "the owner of the address is not told"));
    trial.found("a registration", alike(&pages));
    trial.conclude().await
}

/// As [`told_apart`]; a page that is not even answered alike is the breach.
fn alike(pages: &[Option<String>]) -> Finding {
    if pages.iter().any(Option::is_none) {
        return Finding::Breach("they are not all answered with 202".into());
    }
    told_apart(pages)
}
