//! `login-throttle-source`: one place can't try many accounts.

use super::{
    door::{Door, got_in},
    people::{Person, fresh_address, fresh_password, people},
};
use crate::attacks::{Beside, prelude::*, set};
use std::net::Ipv4Addr;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        LoginThrottleSource / "spray" = spray,
        "Five of five hundred people have the password that somebody tries at all of them:",
        "from one IPv4 address, from every host of an IPv6 /64, from every host of an IPv4 /24.",
    ),
    attack!(
        LoginThrottleSource / "stuff" = stuff,
        "Somebody bought five hundred addresses with passwords, of which five still fit, and rents twenty addresses.",
    ),
];

/// How many are tried.
const TRIED: usize = 500;
/// Where in the list the five are: never among the first, which anybody may try.
const PLACES: [usize; 5] = [60, 160, 260, 360, 460];

async fn five(scene: &Scene, password: impl Fn(usize) -> String) -> Result<Vec<Person>, AttackError> {
    people(scene, &(0..PLACES.len()).map(password).collect::<Vec<_>>()).await
}

/// A process behind a proxy, with the service's own rates for sign-ins, and none for visits.
async fn behind_a_proxy(scene: &Scene) -> Result<Beside, AttackError> {
    let beside = scene.beside(|settings, _| {
        set(settings, "limits.visitor_per_minute", 60_000);
        set(settings, "limits.visitor_burst", 10_000);
        set(settings, "passwords.queue", 512);
        set(settings, "server.trusted_proxies", toml::Value::Array(vec!["127.0.0.0/8".into()]));
    });
    beside.await
}

/// Three people sign in from one address.
fn three_from_one_address<'a>(door: &'a Door, folks: &'a [Person], network: &'static str) -> Control<'a> {
    let times = std::sync::atomic::AtomicU8::new(0);
    Control::checked(move || {
        let time = times.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        async move {
            for person in folks.iter().take(3) {
                let attempt = door
                    .attempt(&person.email, &person.password)
                    .header("x-forwarded-for", format!("{network}.{time}.7"));
                let answer = attempt.send().await.map_err(|error| error.to_string())?;
                if !got_in(&answer) {
                    return Err(format!("an honest sign-in answered {}", answer.summary()));
                }
            }
            Ok(())
        }
    })
}

/// Tries the pairs one after the other; counts who got in.
async fn try_all(
    door: &Door,
    pairs: &[(String, String)],
    from: impl Fn(usize) -> String,
) -> Result<(usize, usize, Finding), AttackError> {
    let (mut opened, mut refused, mut odd) = (0, 0, Finding::Fine);
    for (number, (email, password)) in pairs.iter().enumerate() {
        let attempt = door.attempt(email, password).header("x-forwarded-for", from(number));
        let answer = attempt.send().await?;
        match answer.status {
            _ if got_in(&answer) => opened += 1,
            429 if answer.header("retry-after").is_some() => refused += 1,
            401 => {}
            _ => odd = Finding::Unclear(answer.summary()),
        }
    }
    Ok((opened, refused, odd))
}

/// Five hundred pairs, with the people at their places.
fn list(folks: &[Person], wrong: impl Fn(usize) -> String) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = (0..TRIED).map(|number| (fresh_address(), wrong(number))).collect();
    for (place, person) in PLACES.into_iter().zip(folks) {
        if let Some(pair) = pairs.get_mut(place) {
            *pair = (person.email.clone(), person.password.clone());
        }
    }
    pairs
}

async fn spray(scene: &Scene) -> Outcome {
    let shared = fresh_password();
    let folks = five(scene, |_| shared.clone()).await?;
    let beside = behind_a_proxy(scene).await?;
    let door = Door::open(&beside.scene).await?;
    let mut trial = Trial::begin(scene, three_from_one_address(&door, &folks, "192.0")).await?;
    let pairs = list(&folks, |_| shared.clone());
    let v4 = |_: usize| "198.51.100.9".to_owned();
    let v6 = |number: usize| format!("2001:db8:5:5::{:x}", number * 7919);
    let network = |number: usize| format!("203.0.113.{}", number % 250 + 1);
    let ways: [(&str, &(dyn Fn(usize) -> String + Sync)); 3] =
        [("one IPv4 address", &v4), ("an IPv6 /64", &v6), ("an IPv4 /24", &network)];
    for (story, from) in ways {
        let (opened, refused, odd) = try_all(&door, &pairs, from).await?;
        trial.found(story, odd.and(Finding::must(opened == 0, format!("{opened} accounts were opened"))));
        if refused == 0 && opened == 0 {
            trial.found(story, Finding::Unclear("nothing was refused".into()));
        }
    }
    trial.conclude().await
}

async fn stuff(scene: &Scene) -> Outcome {
    let folks = five(scene, |_| fresh_password()).await?;
    let beside = behind_a_proxy(scene).await?;
    let door = Door::open(&beside.scene).await?;
    let mut trial = Trial::begin(scene, three_from_one_address(&door, &folks, "192.0")).await?;
    let pairs = list(&folks, |number| format!("a stolen password {number}"));
    let rented = |number: usize| Ipv4Addr::new(100, 64, u8::try_from(number % 20).unwrap_or(0), 1).to_string();
    let (opened, refused, odd) = try_all(&door, &pairs, rented).await?;
    let few = Finding::must(opened <= 1, format!("{opened} accounts were opened"));
    trial.found("five hundred pairs over twenty addresses", odd.and(few));
    if refused == 0 && opened <= 1 {
        trial.found("the refusals", Finding::Unclear("nothing was refused".into()));
    }
    trial.conclude().await
}
