//! `limit-slow-client`: who sends slowly on purpose loses the connection.

use crate::attacks::prelude::*;
use futures_util::future::{join, join_all};
use std::time::Instant;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        LIMIT_SLOW_CLIENT / "slow-header" = slow_header,
        needs: Time,
        "Forty clients open connections and write a header field letter by letter, for ever.",
        "The receptionist works on in the meantime.",
    ),
    attack!(
        LIMIT_SLOW_CLIENT / "slow-body" = slow_body,
        needs: Time,
        "The administrator announces a body and stops after two bytes; another sends a byte every second.",
        "A third keeps just above the least rate, and would take a minute.",
        "The receptionist works on in the meantime.",
    ),
    attack!(
        LIMIT_SLOW_CLIENT / "slow-next-header" = slow_next_header,
        needs: Time,
        "A client is answered, and begins its next request on the same connection letter by letter.",
    ),
    attack!(
        LIMIT_SLOW_CLIENT / "slow-refused-body" = slow_refused_body,
        needs: Time,
        "A request without a token is refused, and its body in chunks goes on for ever, a byte a second.",
    ),
    attack!(
        LIMIT_SLOW_CLIENT / "slow-read" = slow_read,
        needs: Time,
        "A client sends nine hundred requests on one connection and reads none of the answers.",
        "The receptionist works on in the meantime.",
    ),
    attack!(
        LIMIT_SLOW_CLIENT / "h2" = h2,
        needs: Time,
        "A client offers HTTP/2 alone, and HTTP/2 it is not.",
        "It speaks it all the same: ten thousand streams opened and reset, ten thousand continuations, ten thousand settings.",
        "It begins to speak it letter by letter.",
    ),
    attack!(
        LIMIT_SLOW_CLIENT / "silent" = silent,
        needs: Time,
        "A hundred and twenty connections from one address say nothing, not even a TLS handshake.",
        "The receptionist, who is elsewhere, works on; then somebody at that address does.",
    ),
    attack!(
        LIMIT_SLOW_CLIENT / "hoard" = hoard,
        needs: Time,
        "Sixty connections from one address are kept alive by asking for a public page, which most are refused.",
    ),
];

/// The header deadline is 5 s, the body's 5 s without progress and 10 s in all; a busy machine gets a second more.
const HEADER: Duration = Duration::from_millis(6500);
const STALLED: Duration = Duration::from_millis(6500);
const WHOLE: Duration = Duration::from_millis(11_500);

/// A body that nobody reads any more may bring nothing for 12 s.
const DRAINED: Duration = Duration::from_secs(15);
/// Answers may stay unread for 10 s.
const UNREAD: Duration = Duration::from_secs(12);
/// Connections of one peer, and those that it keeps when it is told to come back later.
const PEER: usize = 100;
const KEPT: usize = 25;

/// How long a limit of the service's is waited for: longer on a busy machine, as an honest request meets it meanwhile.
struct Patience<'a> {
    begun: Instant,
    limit: Duration,
    honest: &'a Request,
    slowest: Duration,
}

impl<'a> Patience<'a> {
    fn new(limit: Duration, honest: &'a Request) -> Self {
        Self { begun: Instant::now(), limit, honest, slowest: Duration::ZERO }
    }

    fn lasts(&self) -> bool {
        self.begun.elapsed() < self.limit + self.slowest * 10
    }

    async fn ask(&mut self) -> Result<(), AttackError> {
        let asked = Instant::now();
        self.honest.send().await?;
        self.slowest = self.slowest.max(asked.elapsed());
        Ok(())
    }
}

const PUBLIC: &str = "/.well-known/oauth-protected-resource";

fn public(scene: &Scene) -> String {
    format!("GET {PUBLIC} HTTP/1.1\r\nHost: {}\r\n\r\n", scene.wire().target().host)
}

async fn slow_header(scene: &Scene) -> Outcome {
    let me = scene.actor(RecepA)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;
    let host = scene.wire().target().host.clone();
    let ages = join_all((0..40).map(|_| async {
        let mut dial = scene.dial(false).await?;
        dial.write(format!("GET /v1/me HTTP/1.1\r\nHost: {host}\r\nX-Slow: ")).await;
        let deadline = Instant::now() + HEADER;
        while Instant::now() < deadline {
            dial.write("y").await;
            if let Some(age) = dial.closed_within(Duration::from_millis(500)).await {
                return Ok::<_, AttackError>(Some(age));
            }
        }
        Ok(None)
    }));
    let meanwhile = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        me.send().await
    };
    let (ages, meanwhile) = join(ages, meanwhile).await;
    for age in ages {
        trial.found("a header for ever", Finding::must(age?.is_some(), "the connection is still open"));
    }
    trial.found("an honest request meanwhile", Finding::must(meanwhile?.status == 200, "was not served"));
    trial.conclude().await
}

async fn slow_body(scene: &Scene) -> Outcome {
    let (reception, admin) = (scene.actor(RecepA)?, scene.actor(AdminA1)?);
    let me = reception.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;

    // (bytes at once, pause) until the announced 60 000 are there; 0 bytes is silence.
    let dribbles = [
        ("two bytes, then silence", 0, Duration::from_secs(1), STALLED),
        ("a byte a second", 1, Duration::from_secs(1), STALLED),
        ("1.2 KiB a second", 1229, Duration::from_secs(1), WHOLE),
    ];
    let attempts = join_all(
        dribbles.map(|(story, size, pause, limit)| dribble(scene, &admin, story, size, pause, limit, &me)),
    );
    let meanwhile = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        me.send().await
    };
    let (attempts, meanwhile) = join(attempts, meanwhile).await;
    for attempt in attempts {
        let (story, finding, answer) = attempt?;
        trial.found(story, finding);
        let Some(id) = answer.and_then(|answer| answer.request_id()) else { continue };
        let events = scene.observer().audit_events_of(id).await?;
        let named = events.iter().any(|row| row.text("reason").as_deref() == Some("request-timeout"));
        trial.found(story, Finding::must(named, "the refusal left no audit event"));
    }
    trial.found("an honest request meanwhile", Finding::must(meanwhile?.status == 200, "was not served"));
    trial.conclude().await
}

async fn dribble(
    scene: &Scene,
    actor: &Actor,
    story: &'static str,
    size: usize,
    pause: Duration,
    limit: Duration,
    honest: &Request,
) -> Result<(&'static str, Finding, Option<Answer>), AttackError> {
    let host = &scene.wire().target().host;
    let mut dial = scene.dial(false).await?;
    let token = actor.token();
    dial.write(format!(
        "POST {} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: 60000\r\n\r\n{{ ",
        actor.members_path()
    ))
    .await;
    let mut limit = Patience::new(limit, honest);
    while limit.lasts() {
        if let Some(answer) = dial.answer_within(pause).await {
            let refused = answer.status == 408 && answer.slug().as_deref() == Some("request-timeout");
            let finding = if refused {
                Finding::Fine
            } else if answer.succeeded() {
                Finding::Breach(answer.summary())
            } else {
                Finding::Unclear(answer.summary())
            };
            return Ok((story, finding, Some(answer)));
        }
        dial.write(" ".repeat(size)).await;
        limit.ask().await?;
    }
    Ok((story, Finding::Breach(format!("still waited for after {:?}", limit.begun.elapsed())), None))
}

async fn slow_next_header(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, Control::new(scene.anyone().get(PUBLIC), 200)).await?;
    let mut dial = scene.dial(false).await?;
    let host = &scene.wire().target().host;
    dial.write(public(scene)).await;
    let first = dial.answer_within(HEADER).await;
    if first.is_none_or(|answer| answer.status != 200) {
        return Err(AttackError::Setup("the first request of the connection is not answered".into()));
    }
    dial.write(format!("GET {PUBLIC} HTTP/1.1\r\nHost: {host}\r\nX-Slow: ")).await;
    let finding = is_closed_while(&mut dial, "y", HEADER).await;
    trial.found("a second header for ever", finding);
    trial.conclude().await
}

async fn slow_refused_body(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, Control::new(scene.anyone().get(PUBLIC), 200)).await?;
    let mut dial = scene.dial(false).await?;
    let host = &scene.wire().target().host;
    dial.write(format!(
        "POST /v1/webhooks HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\n\r\n1\r\n{{\r\n"
    ))
    .await;
    match dial.answer_within(STALLED).await {
        Some(answer) if answer.status == 401 => {}
        other => trial.found("the refusal", Finding::Unclear(format!("{:?}", other.map(|it| it.summary())))),
    }
    let finding = is_closed_while(&mut dial, "1\r\n \r\n", DRAINED).await;
    trial.found("a body for ever", finding);
    trial.conclude().await
}

/// Goes on writing, slowly, and sees whether the connection ends.
async fn is_closed_while(dial: &mut Dial, bytes: &str, limit: Duration) -> Finding {
    let deadline = Instant::now() + limit;
    while Instant::now() < deadline {
        dial.write(bytes).await;
        if dial.closed_within(Duration::from_millis(900)).await.is_some() {
            return Finding::Fine;
        }
    }
    Finding::Breach(format!("still open after {limit:?}"))
}

async fn slow_read(scene: &Scene) -> Outcome {
    let me = scene.actor(RecepA)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;
    let mut dial = scene.dial_narrow(scene.fresh_address()).await?;
    // The service takes no more requests than it can answer; the rest stays with the client.
    let many = public(scene).repeat(900);
    let _ = tokio::time::timeout(Duration::from_secs(2), dial.write(many)).await;
    let meanwhile = me.send().await?;
    trial.found("an honest request meanwhile", Finding::must(meanwhile.status == 200, "was not served"));
    let mut unread = Patience::new(UNREAD, &me);
    while unread.lasts() {
        unread.ask().await?;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let closed = dial.closed_within(Duration::from_secs(2)).await;
    trial.found("nine hundred answers", Finding::must(closed.is_some(), "the connection is still open"));
    trial.conclude().await
}

async fn silent(scene: &Scene) -> Outcome {
    let me = scene.actor(RecepA)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;
    let address = scene.fresh_address();
    let mut dials = Vec::new();
    for _ in 0..PEER + 20 {
        dials.push(scene.dial_from(address, true).await?);
    }
    let soon = join_all(dials.iter_mut().map(|dial| dial.closed_within(Duration::from_secs(2)))).await;
    let open = soon.iter().filter(|closed| closed.is_none()).count();
    trial.found("so many from one address", Finding::must(open <= PEER, format!("{open} are open")));
    let meanwhile = me.send().await?;
    trial.found("somebody elsewhere", Finding::must(meanwhile.status == 200, "was not served"));
    let later = join_all(dials.iter_mut().map(|dial| dial.closed_within(STALLED))).await;
    let open = later.iter().filter(|closed| closed.is_none()).count();
    trial.found("connections that say nothing", Finding::must(open == 0, format!("{open} are still open")));
    let after = scene.anyone().get(PUBLIC).from(address).send().await?;
    trial.found("somebody at that address", Finding::must(after.status == 200, "was not served"));
    trial.conclude().await
}

async fn hoard(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, Control::new(scene.anyone().get(PUBLIC), 200)).await?;
    let address = scene.fresh_address();
    let request = public(scene);
    let mut open = Vec::new();
    for _ in 0..60 {
        open.push(scene.dial_from(address, false).await?);
    }
    // Until all are told to come back later; a few are not, as time goes by.
    for _ in 0..6 {
        let mut kept = Vec::new();
        let mut served = 0;
        for mut dial in open {
            dial.write(&request).await;
            let Some(answer) = dial.answer_within(STALLED).await else { continue };
            served += usize::from(answer.status == 200);
            if answer.header("connection") != Some("close") {
                kept.push(dial);
            }
        }
        open = kept;
        if served == 0 {
            break;
        }
    }
    let kept = open.len();
    trial.found("sixty connections", Finding::must(kept <= KEPT, format!("{kept} are kept alive")));
    let finding = if kept > 0 { Finding::Fine } else { Finding::Unclear("none is kept".into()) };
    trial.found("a few connections", finding);
    trial.conclude().await
}

/// A frame of HTTP/2 (RFC 9113 §4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or(0).to_be_bytes();
    let stream = stream.to_be_bytes();
    [length.get(1..).unwrap_or_default(), &[kind, flags], &stream, payload].concat()
}

async fn h2(scene: &Scene) -> Outcome {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const MANY: u32 = 10_000;
    let mut trial = Trial::begin(scene, Control::new(scene.anyone().get(PUBLIC), 200)).await?;
    let mut config = rustls::ClientConfig::clone(&scene.wire().target().tls);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let offered = scene.probe().config(Arc::new(config)).shake().await?;
    let spoken = matches!(&offered, Handshake::Done(peer) if peer.protocol == "h2");
    trial.found("HTTP/2 alone", Finding::must(!spoken, "the service speaks HTTP/2"));

    // HPACK: GET, https, / (RFC 7541 Appendix A).
    let request = [0x82, 0x87, 0x84];
    let settings = frame(4, 0, 0, &[]);
    let reset =
        |number: u32| [frame(1, 5, number * 2 + 1, &request), frame(3, 0, number * 2 + 1, &[0; 4])].concat();
    let resets: Vec<u8> = (0..MANY).flat_map(reset).collect();
    let more = |_| frame(9, 0, 1, &request);
    let continuations = [frame(1, 1, 1, &request), (0..MANY).flat_map(more).collect()].concat();
    let floods =
        [("streams", resets), ("continuations", continuations), ("settings", settings.repeat(10_000))];
    for (story, flood) in floods {
        let mut dial = scene.dial(false).await?;
        dial.write([PREFACE, &settings, &flood].concat()).await;
        let refused = dial.answer_within(STALLED).await.is_none_or(|answer| answer.status == 400);
        let ended = dial.closed_within(STALLED).await.is_some();
        trial.found(story, Finding::must(refused && ended, "they are taken"));
        trial.found(story, Finding::must(dial.seen().is_empty(), "they are answered"));
    }
    let mut dial = scene.dial(false).await?;
    let deadline = Instant::now() + HEADER;
    let mut finding = Finding::Breach(format!("still open after {HEADER:?}"));
    for letter in PREFACE {
        dial.write([*letter]).await;
        if dial.closed_within(Duration::from_millis(900)).await.is_some() {
            finding = Finding::Fine;
            break;
        }
        if Instant::now() >= deadline {
            break;
        }
    }
    trial.found("letter by letter", finding);
    trial.conclude().await
}
