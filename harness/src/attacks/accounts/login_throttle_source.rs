//! `login-throttle-source`: one place can't try many accounts.

use super::{
    door::{Door, cookie, got_in},
    people::{Person, fresh_address, fresh_password, people},
};
use crate::attacks::{Beside, prelude::*, set};
use futures_util::stream::{self, StreamExt};
use std::{net::Ipv4Addr, time::Instant};
use tokio::sync::Mutex;

/// The address that an attempt comes from, by its number.
type From<'a> = &'a (dyn Fn(usize) -> String + Sync);

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        LOGIN_THROTTLE_SOURCE / "spray" = spray,
        "Five of two hundred people have the password that somebody tries at all of them:",
        "from one IPv4 address, from every host of an IPv6 /64, from every host of an IPv4 /24.",
    ),
    attack!(
        LOGIN_THROTTLE_SOURCE / "stuff" = stuff,
        "Somebody bought two hundred addresses with passwords, of which five still fit, and rents twenty addresses.",
    ),
];

/// How many are tried.
const TRIED: usize = 200;
/// How many attempts are on their way at once.
const AT_ONCE: usize = 8;
/// Where in the list the five are: never among the first, which anybody may try.
const PLACES: [usize; 5] = [40, 100, 130, 160, 190];

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

/// Two people sign in from one address, each in the browser of the last time; before and after that is four sign-ins, for
/// which the address has room without a wait.
fn two_from_one_address<'a>(door: &'a Door, folks: &'a [Person]) -> Control<'a> {
    let known = Arc::new(Mutex::new(Vec::<String>::new()));
    Control::checked(move || {
        let known = known.clone();
        async move {
            let before = std::mem::take(&mut *known.lock().await);
            for (number, person) in folks.iter().take(2).enumerate() {
                let mut attempt =
                    door.attempt(&person.email, &person.password).header("x-forwarded-for", "192.0.2.7");
                if let Some(device) = before.get(number) {
                    attempt = attempt.header("cookie", device);
                }
                let answer = attempt.send_patiently().await.map_err(|error| error.to_string())?;
                let device = cookie(&answer, "__Host-device").filter(|_| got_in(&answer));
                let device =
                    device.ok_or_else(|| format!("an honest sign-in answered {}", answer.summary()))?;
                known.lock().await.push(device);
            }
            Ok(())
        }
    })
}

/// What came of a list of pairs.
struct Tried {
    bucket: Bucket,
    opened: usize,
    /// Whose password was looked at, opened ones among them.
    taken: usize,
    refused: usize,
    odd: Finding,
    lasted: Duration,
}

/// Tries the pairs in their order, a few at once.
async fn try_all(
    door: &Door,
    pairs: &[(String, String)],
    from: impl Fn(usize) -> String,
    bucket: Bucket,
) -> Result<Tried, AttackError> {
    let begun = Instant::now();
    let lasted = Duration::ZERO;
    let mut tried = Tried { bucket, opened: 0, taken: 0, refused: 0, odd: Finding::Fine, lasted };
    let attempts: Vec<Request> = pairs
        .iter()
        .enumerate()
        .map(|(number, (email, password))| {
            door.attempt(email, password).header("x-forwarded-for", from(number))
        })
        .collect();
    let sent = attempts.into_iter().map(|attempt: Request| async move { attempt.send_patiently().await });
    let mut answers = stream::iter(sent).buffered(AT_ONCE);
    while let Some(answer) = answers.next().await {
        let answer = answer?;
        match answer.status {
            _ if got_in(&answer) => (tried.opened, tried.taken) = (tried.opened + 1, tried.taken + 1),
            429 if answer.header("retry-after").is_some() => tried.refused += 1,
            401 => tried.taken += 1,
            _ => tried.odd = Finding::Unclear(answer.summary()),
        }
        tried.lasted = begun.elapsed();
        // Once is luck; twice, with more than the bucket gives, is enough for whoever does it.
        if tried.opened > 1 && tried.is_beyond() {
            break;
        }
    }
    Ok(tried)
}

/// What a place may try: so many at once, and so many a second.
#[derive(Clone, Copy)]
struct Bucket {
    burst: f64,
    per_second: f64,
}

impl Tried {
    /// Whether more was taken than the bucket gives in the time that it lasted, as seen from here: the service counts less.
    fn is_beyond(&self) -> bool {
        let allowed = self.bucket.burst + self.bucket.per_second * self.lasted.as_secs_f64() + 1.0;
        f64::from(u32::try_from(self.taken).unwrap_or(u32::MAX)) > allowed
    }

    fn judged(self) -> Finding {
        let beyond = self.is_beyond();
        let Self { opened, taken, refused, odd, lasted, .. } = self;
        if beyond {
            return Finding::Breach(format!(
                "{taken} were taken in {lasted:?}, {opened} accounts were opened"
            ));
        }
        if refused == 0 {
            return Finding::Unclear(format!(
                "nothing was refused: {taken} in {lasted:?} are too slow to be many"
            ));
        }
        odd
    }
}

/// Two hundred pairs, with the people at their places.
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
    let mut trial = Trial::begin(scene, two_from_one_address(&door, &folks)).await?;
    let pairs = list(&folks, |_| shared.clone());
    let v4 = |_: usize| "198.51.100.9".to_owned();
    let v6 = |number: usize| format!("2001:db8:5:5::{:x}:1", number);
    let network = |number: usize| format!("203.0.113.{}", number % 250 + 1);
    let bucket = |burst: f64, per_minute: f64| Bucket { burst, per_second: per_minute / 60.0 };
    let ways: [(&str, From<'_>, Bucket); 3] = [
        ("one IPv4 address", &v4, bucket(5.0, 20.0)),
        ("an IPv6 /64", &v6, bucket(5.0, 20.0)),
        ("an IPv4 /24", &network, bucket(25.0, 100.0)),
    ];
    for (story, from, bucket) in ways {
        trial.found(story, try_all(&door, &pairs, from, bucket).await?.judged());
    }
    trial.conclude().await
}

async fn stuff(scene: &Scene) -> Outcome {
    let folks = five(scene, |_| fresh_password()).await?;
    let beside = behind_a_proxy(scene).await?;
    let door = Door::open(&beside.scene).await?;
    let mut trial = Trial::begin(scene, two_from_one_address(&door, &folks)).await?;
    let pairs = list(&folks, |number| format!("a stolen password {number}"));
    let rented =
        |number: usize| Ipv4Addr::new(100, 64, u8::try_from(number % 20).unwrap_or(0), 1).to_string();
    // Fifty failures until the service is on its guard, then one attempt a minute from each address.
    let bucket = Bucket { burst: 90.0, per_second: 20.0 / 60.0 };
    let tried = try_all(&door, &pairs, rented, bucket).await?;
    trial.found("two hundred pairs over twenty addresses", tried.judged());
    trial.conclude().await
}
