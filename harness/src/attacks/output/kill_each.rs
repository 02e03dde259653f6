//! Every dependency, in every way in which it can be ill: what must be refused is refused.

use super::link::{Line, Link};
use crate::attacks::{Beside, prelude::*, set};
use url::Url;

/// How often a service may be asked after its dependency is back, once a second.
const RETURNS: u32 = 15;

/// What is asked in every state: what may be had, and what may not.
struct Questions {
    allowed: Request,
    refused: Vec<(&'static str, Request)>,
}

impl Questions {
    /// `revoked` was given back before; `suspended` has a token from better days.
    fn through(beside: &Scene, revoked: &str, suspended: &Actor) -> Result<Self, AttackError> {
        let (reception, guest) = (beside.actor(RecepA)?, beside.actor(GuestA)?);
        let unseen = guest.recipe().signed_by(Arc::new(SigningKey::generate(Algorithm::EdDsa)?)).sign()?;
        let forged = reception.recipe().segments()?.with_signature(&[0; 64]).to_string();
        let me = beside.anyone().get("/v1/me");
        Ok(Self {
            allowed: reception.get(&reception.members_path()),
            refused: vec![
                ("a wrong role", reception.with_scopes(EVERY_SCOPE)?.get("/v1/audit-events")),
                ("a missing scope", reception.with_scopes("profile:read")?.get(&reception.members_path())),
                ("a revoked token", me.clone().bearer(revoked)),
                ("a suspended member", me.clone().bearer(suspended.token())),
                ("an unseen key", me.clone().bearer(unseen)),
                ("a forged signature", me.bearer(forged)),
            ],
        })
    }

    /// All at once, as they come in the worst minute of the year.
    async fn ask(&self, trial: &mut Trial<'_>, state: &str) {
        let refused = futures_util::future::join_all(self.refused.iter().map(|(_, request)| request.send()));
        let (allowed, refused) = futures_util::future::join(self.allowed.send(), refused).await;
        trial.found(&format!("{state}: what is allowed"), served_or_put_off(&allowed));
        for ((story, _), answer) in self.refused.iter().zip(refused) {
            trial.found(&format!("{state}: {story}"), refused_or_put_off(&answer));
        }
    }

    /// The dependency is well again: so is the service, by itself.
    async fn returns(&self, trial: &mut Trial<'_>, state: &str) {
        let mut last = self.allowed.send().await;
        for _ in 0..RETURNS {
            if last.as_ref().is_ok_and(|answer| answer.status == 200) {
                break;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
            last = self.allowed.send().await;
        }
        let served = match &last {
            Ok(answer) if answer.status == 200 => Finding::Fine,
            Ok(answer) => Finding::Unclear(format!("it does not return: {}", answer.summary())),
            Err(error) => Finding::Unclear(error.to_string()),
        };
        trial.found(&format!("after {state}"), served);
        self.ask(trial, &format!("after {state}")).await;
    }
}

fn is_put_off(answer: &Answer) -> bool {
    let says_so = matches!(answer.slug().as_deref(), Some("dependency-unavailable" | "overloaded"));
    answer.status == 503 && says_so && answer.header("retry-after").is_some()
}

fn served_or_put_off(answer: &Result<Answer, ClientError>) -> Finding {
    match answer {
        Ok(answer) if answer.status == 200 || is_put_off(answer) => Finding::Fine,
        Ok(answer) => Finding::Unclear(answer.summary()),
        Err(error) => Finding::Unclear(error.to_string()),
    }
}

fn refused_or_put_off(answer: &Result<Answer, ClientError>) -> Finding {
    match answer {
        Ok(answer) if answer.succeeded() => Finding::Breach(format!("let in with {}", answer.summary())),
        Ok(answer) if matches!(answer.status, 401 | 403) || is_put_off(answer) => Finding::Fine,
        Ok(answer) => Finding::Unclear(answer.summary()),
        Err(error) => Finding::Unclear(error.to_string()),
    }
}

/// A token of the person's, given back.
async fn revoked(person: &Person) -> Result<String, AttackError> {
    let (_, tokens) = person.tokens().await?;
    let form = [("client_id", CLINIC_APP.client_id), ("token", tokens.access.as_str())];
    let answer = person.authorization(CLINIC_APP).post("/oauth2/revoke", &form).send_patiently().await?;
    match answer.status {
        200 => Ok(tokens.access),
        status => Err(AttackError::Setup(format!("revocation was answered {status}"))),
    }
}

/// A process whose database, if that is a server, is at the other end of a link.
async fn behind(scene: &Scene, link: Option<&Link>) -> Result<Beside, AttackError> {
    let own = scene.settings_table()?;
    let url = own.get("database").and_then(|database| database.get("url")?.as_str()).map(str::to_owned);
    let relayed = match (link, url) {
        (Some(link), Some(url)) => Some(link.in_place_of(&url)?),
        _ => None,
    };
    scene
        .beside(|settings, _| {
            if let Some(url) = relayed {
                set(settings, "database.url", url);
            }
        })
        .await
}

pub(super) async fn kill_each(scene: &Scene) -> Outcome {
    let (reception, guest) = (scene.actor(RecepA)?, scene.actor(GuestA)?);
    let revoked = revoked(&scene.person(RecepA)?).await?;
    let suspended = scene.suspended().await?;
    let observer = scene.observer();
    let link = if observer.is_postgres() { Some(Link::to_database(scene).await?) } else { None };
    let beside = behind(scene, link.as_ref()).await?;
    let control = Control::new(reception.get(&reception.members_path()), 200)
        .and(Control::new(guest.get("/v1/me"), 200));
    let mut trial = Trial::begin(scene, control).await?;
    let questions = Questions::through(&beside.scene, &revoked, &suspended)?;
    questions.ask(&mut trial, "all is well").await;

    if let Some(link) = &link {
        for line in [Line::Cut, Line::Silent, Line::Slow, Line::Corrupt] {
            let state = format!("the database's line: {line:?}");
            link.becomes(line);
            questions.ask(&mut trial, &state).await;
            link.becomes(Line::Open);
            questions.returns(&mut trial, &state).await;
        }
    }
    lock(scene, true).await?;
    questions.ask(&mut trial, "the database's only writer never ends").await;
    lock(scene, false).await?;
    questions.returns(&mut trial, "the writer").await;

    let issuer = scene.own_issuer()?;
    for (state, mode) in [
        ("errors", Mode::Status(503)),
        ("half a minute's silence", Mode::Slow(Duration::from_secs(30))),
        ("garbage", Mode::Jwks("<html>".into())),
        ("an empty set", Mode::Jwks("{\"keys\":[]}".into())),
    ] {
        issuer.behave(mode);
        let story = format!("keys: {state}");
        // One that has the keys at hand, and one that starts without.
        Questions::through(&beside.scene, &revoked, &suspended)?.ask(&mut trial, &story).await;
        let fresh = behind(scene, None).await?;
        let questions = Questions::through(&fresh.scene, &revoked, &suspended)?;
        questions.ask(&mut trial, &format!("{story}, at the start")).await;
    }
    issuer.behave(Mode::Honest);
    trial.conclude().await
}

/// Somebody else's transaction that keeps every other from writing.
async fn lock(scene: &Scene, locked: bool) -> Result<(), AttackError> {
    let observer = scene.observer();
    match (observer.is_postgres(), locked) {
        (true, true) => {
            observer.execute("BEGIN").await?;
            observer.execute("LOCK TABLE audit_events, members, replays IN ACCESS EXCLUSIVE MODE").await?;
        }
        (false, true) => drop(observer.execute("BEGIN IMMEDIATE").await?),
        (_, false) => drop(observer.execute("ROLLBACK").await?),
    }
    Ok(())
}

/// The host and port of a database's address.
pub(super) fn place(url: &str) -> Result<(Url, String), AttackError> {
    let odd = |what: &str| AttackError::Setup(format!("the database's address has no {what}"));
    let url = Url::parse(url).map_err(|error| odd(&error.to_string()))?;
    let host = url.host_str().ok_or_else(|| odd("host"))?.to_owned();
    let port = url.port().unwrap_or(5432);
    Ok((url, format!("{host}:{port}")))
}
