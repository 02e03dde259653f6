//! `edge-desync`: requests within requests, as gateways and clients of other protocols would let them through.

use crate::{
    attacks::{filled, prelude::*},
    matrix::{Endpoint, endpoints},
};
use futures_util::future::join_all;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        EDGE_DESYNC / "clte" = clte,
        "The receptionist announces a body in two ways: a length and chunks, two lengths, a coding that only some would take for chunks.",
        "She hides the announcement behind a line feed. In what one of two readers takes for the body stands another request.",
        "Somebody sends such a body to every endpoint, with the length that it has.",
    ),
    attack!(
        EDGE_DESYNC / "poison" = poison,
        "A gateway hands one connection to one client after the other, two hundred times.",
        "The first client's request has a second one inside; the next client, a clinician, asks who she is.",
    ),
    attack!(
        EDGE_DESYNC / "h2" = h2,
        "The receptionist speaks HTTP/2 to the service, which does not.",
        "A gateway speaks it to her, and writes what she says into HTTP/1.1 as it is: line feeds in values, blanks in the path, colons in names, a coding beside a length.",
    ),
    attack!(
        EDGE_DESYNC / "h2c" = h2c,
        "The receptionist asks to go on in another protocol, at every endpoint: a gateway that agrees stops looking at what follows.",
        "What follows is another request. She sends one behind a request that ends the connection, too.",
    ),
];

/// How long an answer or the end of a connection may take; the service's own deadlines are shorter.
const SOON: Duration = Duration::from_secs(15);

/// The receptionist's request for who she is, with these fields beside her own.
fn who_am_i(scene: &Scene, by: &Actor, fields: &str) -> String {
    let (host, token) = (&scene.wire().target().host, by.token());
    format!("GET /v1/me HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n{fields}\r\n")
}

/// As [`is_refused_whole`], for many, a few at once: the end of a connection takes its time.
async fn are_refused_whole(
    scene: &Scene,
    trial: &mut Trial<'_>,
    messages: Vec<(String, String)>,
) -> Result<(), AttackError> {
    for some in messages.chunks(12) {
        let findings = some.iter().map(|(_, message)| is_refused_whole(scene, message));
        for ((story, _), finding) in some.iter().zip(join_all(findings).await) {
            trial.found(story, finding?);
        }
    }
    Ok(())
}

/// Sends the bytes: there must be one answer at most, 400, and the end of the connection.
async fn is_refused_whole(scene: &Scene, bytes: impl AsRef<[u8]>) -> Result<Finding, AttackError> {
    let mut dial = scene.dial(false).await?;
    dial.write(bytes).await;
    let first = dial.answer_within(SOON).await;
    let second = dial.answer_within(SOON).await;
    let ended = dial.closed_within(Duration::ZERO).await.is_some();
    Ok(match first {
        // What has a request's id was taken for a request, and routed.
        Some(answer) if answer.status != 400 && answer.request_id().is_some() => {
            Finding::Breach(format!("it was taken for a request: {}", answer.summary()))
        }
        _ if second.is_some() => Finding::Breach("what is inside was answered, too".into()),
        Some(answer) if answer.status != 400 => Finding::Unclear(answer.summary()),
        _ if !ended => Finding::Breach("the connection goes on".into()),
        _ => Finding::Fine,
    })
}

async fn clte(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let me = reception.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me, 200)).await?;
    let inside = who_am_i(scene, &reception, "");
    let length = inside.len();
    let chunks = format!("0\r\n\r\n{inside}");
    let whole = format!("{length:x}\r\n{inside}\r\n0\r\n\r\n");
    let cases = [
        ("CL.TE", "Content-Length: 6\r\nTransfer-Encoding: chunked", &chunks),
        ("TE.CL", "Transfer-Encoding: chunked\r\nContent-Length: 4", &whole),
        ("a length behind a line feed", "Transfer-Encoding: chunked\r\nX: y\nContent-Length: 4", &whole),
        ("chunks behind a line feed", "X: y\nTransfer-Encoding: chunked", &whole),
        ("chunks twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", &chunks),
        ("chunks and identity", "Transfer-Encoding: chunked, identity", &chunks),
        ("identity and chunks", "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", &chunks),
        ("identity", "Transfer-Encoding: identity", &chunks),
        ("xchunked", "Transfer-Encoding: xchunked", &chunks),
        ("quoted", "Transfer-Encoding: \"chunked\"", &chunks),
        ("a blank before the colon", "Transfer-Encoding : chunked", &chunks),
        ("a vertical tab", "Transfer-Encoding: \u{b}chunked", &chunks),
        ("a folded line", "Transfer-Encoding:\r\n chunked", &chunks),
        ("a blank before the name", "X: y\r\n Transfer-Encoding: chunked", &chunks),
        ("packed and in chunks", "Transfer-Encoding: gzip, chunked", &chunks),
        ("two lengths", "Content-Length: 0\r\nContent-Length: 5", &inside),
        ("the same length twice", "Content-Length: 5\r\nContent-Length: 5", &inside),
        ("a list of lengths", "Content-Length: 5, 5", &inside),
        ("a length with a sign", "Content-Length: +7", &inside),
        ("a negative length", "Content-Length: -1", &inside),
        ("a length in hexadecimal", "Content-Length: 0x7", &inside),
        ("two numbers", "Content-Length: 7 7", &inside),
        ("a fraction", "Content-Length: 7.0", &inside),
        ("no number", "Content-Length: ", &inside),
        ("more than fits", "Content-Length: 18446744073709551616", &inside),
    ];
    let message = |(story, fields, body): (&str, &str, &String)| {
        let head = who_am_i(scene, &reception, &format!("{fields}\r\n"));
        (story.to_owned(), head + body)
    };
    are_refused_whole(scene, &mut trial, cases.map(message).into()).await?;
    for some in endpoints().chunks(12) {
        let findings = some.iter().map(|endpoint| keeps_bodies_apart(scene, endpoint, &inside, &reception));
        for (endpoint, finding) in some.iter().zip(join_all(findings).await) {
            let story = format!("{} {} with a request for a body", endpoint.method, endpoint.path);
            trial.found(&story, finding?);
        }
    }
    trial.conclude().await
}

/// Sends a request with a body of its right length, and an honest one behind it; nothing in the body is served.
async fn keeps_bodies_apart(
    scene: &Scene,
    endpoint: &Endpoint,
    inside: &str,
    reception: &Actor,
) -> Result<Finding, AttackError> {
    const HONEST: &str = "/.well-known/oauth-protected-resource";
    let (method, path) = (&endpoint.method, filled(endpoint.path, scene));
    let host = &scene.wire().target().host;
    let mut dial = scene.dial(false).await?;
    let length = inside.len();
    dial.write(format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n{inside}\
         GET {HONEST} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    ))
    .await;
    let mut answers = Vec::new();
    while let Some(answer) = dial.answer_within(SOON).await {
        answers.push(answer);
        if answers.len() > 2 {
            break;
        }
    }
    let her_own = reception.id().to_string();
    let finding = match answers.as_slice() {
        [] => Finding::Unclear("there is no answer".into()),
        [_] | [_, _] => Finding::Fine,
        _ => Finding::Breach("there are more answers than requests".into()),
    };
    let served = answers.iter().any(|answer| answer.succeeded() && answer.mentions(&her_own));
    Ok(finding.and(Finding::must(!served, "what is in the body was served")))
}

async fn poison(scene: &Scene) -> Outcome {
    const ROUNDS: usize = 200;
    let attacker = scene.actor(RecepA)?;
    let victims = [scene.actor(ClinA1)?, scene.actor(ClinA2)?, scene.actor(AdminA1)?, scene.actor(AuditA)?];
    let mut trial = Trial::begin(scene, Control::new(attacker.get("/v1/me"), 200)).await?;
    let inside = who_am_i(scene, &attacker, "");
    let length = inside.len();
    let with = |fields: String| who_am_i(scene, &attacker, &fields);
    // Each is one request to a reader who takes a line feed, a blank or the second announcement otherwise.
    let ways = [
        with(format!("X: y\n\n{inside}")),
        with(format!("X: y\n\r\n{inside}")),
        with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n".into()) + "0\r\n\r\n" + &inside,
        with(format!("Content-Length: 0\r\nContent-Length: {length}\r\n")) + &inside,
        with("Transfer-Encoding : chunked\r\n".into()) + "0\r\n\r\n" + &inside,
    ];
    for (round, (way, victim)) in ways.iter().cycle().zip(victims.iter().cycle()).take(ROUNDS).enumerate() {
        let mut dial = scene.dial(false).await?;
        dial.write(way).await;
        let to_attacker = dial.answer_within(SOON).await;
        // A gateway gives the connection on, if it is still there, and else takes another one.
        if dial.closed_within(Duration::ZERO).await.is_some() || says_close(to_attacker.as_ref()) {
            dial = scene.dial(false).await?;
        }
        dial.write(who_am_i(scene, victim, "")).await;
        let finding = match dial.answer_within(SOON).await {
            Some(answer) if answer.mentions(&attacker.id().to_string()) => {
                Finding::Breach("the next client has the answer to what was inside".into())
            }
            Some(answer) if answer.status == 200 && answer.mentions(&victim.id().to_string()) => {
                Finding::Fine
            }
            Some(answer) => Finding::Breach(format!("the next client has {}", answer.summary())),
            None => Finding::Breach("the next client has no answer".into()),
        };
        let is_over = matches!(finding, Finding::Breach(_));
        trial.found(&format!("round {round}"), finding);
        if is_over {
            break;
        }
    }
    trial.conclude().await
}

/// Whether the answer is the last one of its connection; none is, too.
fn says_close(answer: Option<&Answer>) -> bool {
    answer.is_none_or(|answer| answer.header("connection") == Some("close"))
}

async fn h2(scene: &Scene) -> Outcome {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    // An empty SETTINGS frame, and the head of a DATA frame of a stream (RFC 9113 §4.1).
    const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
    let reception = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, Control::new(reception.get("/v1/me"), 200)).await?;
    let inside = who_am_i(scene, &reception, "");
    let mut frames = [PREFACE, SETTINGS].concat();
    frames.extend_from_slice(inside.as_bytes());
    trial.found("HTTP/2, and a request in its frames", is_refused_whole(scene, &frames).await?);
    frames = [PREFACE, &SETTINGS.repeat(1000), inside.as_bytes()].concat();
    trial.found("a thousand frames", is_refused_whole(scene, &frames).await?);

    let (host, token) = (&scene.wire().target().host, reception.token());
    let fields = format!("Host: {host}\r\nAuthorization: Bearer {token}\r\n");
    let length = inside.len();
    let cases = [
        ("a line feed in a value", who_am_i(scene, &reception, "X: y\nX-Z: z\r\n")),
        ("a coding behind it", who_am_i(scene, &reception, "X: y\nTransfer-Encoding: chunked\r\n")),
        ("a request behind it", who_am_i(scene, &reception, &format!("X: y\n\n{inside}"))),
        ("a carriage return in a value", who_am_i(scene, &reception, "X: y\rX-Z: z\r\n")),
        ("NUL in a value", who_am_i(scene, &reception, "X: y\0z\r\n")),
        (
            "a coding beside a length",
            who_am_i(
                scene,
                &reception,
                &format!("Transfer-Encoding: chunked\r\nContent-Length: {length}\r\n"),
            ),
        ),
        ("a pseudo-header as a field", who_am_i(scene, &reception, ":authority: other.test\r\n")),
        ("a colon in a name", who_am_i(scene, &reception, "Transfer-Encoding: chunked: z\r\n")),
        ("a blank in a name", who_am_i(scene, &reception, "Transfer Encoding: chunked\r\n")),
        ("a blank in the path", format!("GET /v1/me x HTTP/1.1\r\n{fields}\r\n")),
        ("a version in the path", format!("GET /v1/me HTTP/1.1 x HTTP/1.1\r\n{fields}\r\n")),
        ("a line feed in the path", format!("GET /v1/me\nX: y HTTP/1.1\r\n{fields}\r\n")),
        ("a request line in the method", format!("GET /v1/me HTTP/1.1\nX: POST / HTTP/1.1\r\n{fields}\r\n")),
    ];
    let messages = cases.map(|(story, head)| (story.to_owned(), head + &inside));
    are_refused_whole(scene, &mut trial, messages.into()).await?;
    trial.conclude().await
}

async fn h2c(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, Control::new(reception.get("/v1/me"), 200)).await?;
    let inside = who_am_i(scene, &reception, "");
    let cases = [
        (
            "h2c",
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
        ),
        (
            "WebSocket",
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        ),
        (
            "a version that nobody has",
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 777\r\n",
        ),
        ("TLS", "Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n"),
        ("several", "Connection: keep-alive, Upgrade\r\nUpgrade: h2c, websocket\r\n"),
    ];
    let message =
        |(story, fields): (&str, &str)| (story.to_owned(), who_am_i(scene, &reception, fields) + &inside);
    let mut messages: Vec<_> = cases.map(message).into();
    let host = &scene.wire().target().host;
    messages.extend(endpoints().iter().map(|Endpoint { method, path, .. }| {
        let asks = format!(
            "{method} {} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n",
            filled(path, scene)
        );
        (format!("h2c for {method} {path}"), asks + &inside)
    }));
    are_refused_whole(scene, &mut trial, messages).await?;
    let mut dial = scene.dial(false).await?;
    dial.write(who_am_i(scene, &reception, "Connection: close\r\n") + &inside).await;
    let (last, behind) = (dial.answer_within(SOON).await, dial.answer_within(SOON).await);
    let served = last.is_some_and(|answer| answer.status == 200);
    let finding =
        if served { Finding::Fine } else { Finding::Unclear("the last request is not served".into()) };
    let finding = finding.and(Finding::must(behind.is_none(), "what comes behind the end was answered"));
    trial.found("a request behind the last one", finding);
    trial.conclude().await
}
