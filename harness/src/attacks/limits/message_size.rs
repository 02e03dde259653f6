//! `limit-message-size`: too much is refused early, by its announced size or as soon as it is too much.

use crate::{
    attacks::{filled, memory::resident_bytes, prelude::*},
    matrix::endpoints,
};
use brigandine_api::protection::INPUT_CONTENT_TYPE;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        LIMIT_MESSAGE_SIZE / "body" = body,
        "The administrator adds a member with a body of exactly 64 KiB.",
        "She sends one byte more, announces 100 MiB, and streams without announcing anything.",
    ),
    attack!(
        LIMIT_MESSAGE_SIZE / "headers" = headers,
        "The receptionist asks who she is.",
        "She adds 70, then 200 fields; one field of 17, then 140 KiB; a hundred cookies; a target of 8, then 70 KiB.",
    ),
    attack!(
        LIMIT_MESSAGE_SIZE / "bomb" = bomb,
        twin: Twin::Layered(&[&INPUT_CONTENT_TYPE]),
        "Somebody packs sixteen megabytes of one letter into a hundred kilobytes.",
        "They send it to every endpoint that takes a body, as what it is: gzip.",
    ),
    attack!(
        LIMIT_MESSAGE_SIZE / "concurrent" = concurrent,
        "Twelve clients at once stream 2 MiB each to a service that takes 64 KiB.",
        "The attacker watches the memory of the service's process.",
    ),
];

const LIMIT: usize = 64 * 1024;

/// An honest new member, made longer by spaces: valid JSON of exactly this size.
fn newcomer_of(admin: &Actor, size: usize) -> String {
    let body = admin.newcomer().to_string();
    let padding = " ".repeat(size.saturating_sub(body.len()));
    format!("{body}{padding}")
}

fn too_large() -> Refusal {
    Refusal::problem(413, "content-too-large").audit("request_refused", "content-too-large")
}

/// The request line and fields that add a member, for bodies no library would send.
fn head(scene: &Scene, actor: &Actor, more: &str) -> String {
    let host = &scene.wire().target().host;
    format!(
        "POST {} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nIdempotency-Key: {}\r\n{more}\r\n\r\n",
        actor.members_path(),
        actor.token(),
        Uuid::new_v4()
    )
}

/// The body in chunks of 16 KiB.
fn chunked(scene: &Scene, actor: &Actor, body: &str) -> Vec<u8> {
    let mut bytes = head(scene, actor, "Transfer-Encoding: chunked").into_bytes();
    for chunk in body.as_bytes().chunks(16 * 1024) {
        bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    bytes
}

async fn body(scene: &Scene) -> Outcome {
    let admin = scene.actor(AdminA1)?;
    let add = admin.post(&admin.members_path());
    let (honest, adding) = (add.clone(), admin.clone());
    let control =
        Control::made_anew(201, move || honest.clone().body("application/json", newcomer_of(&adding, LIMIT)));
    let mut trial = Trial::begin(scene, control).await?;

    for size in [LIMIT + 1, 1024 * 1024] {
        let story = format!("{size} bytes, announced");
        let request = add.clone().body("application/json", newcomer_of(&admin, size));
        trial.refused(&story, request, too_large()).await;
        let story = format!("{size} bytes in chunks");
        let request = scene.raw(chunked(scene, &admin, &newcomer_of(&admin, size)));
        trial.refused(&story, request, too_large()).await;
    }
    let announced = head(scene, &admin, "Content-Length: 104857600") + "{";
    let early = scene.raw(announced).patience(Duration::from_secs(3));
    trial.refused("100 MiB announced, one byte sent: refused without waiting", early, too_large()).await;
    let beyond = head(scene, &admin, "Content-Length: 18446744073709551615") + "{";
    let beyond = scene.raw(beyond).patience(Duration::from_secs(3));
    trial
        .check("2^64-1 announced", beyond, |answer| {
            Finding::must(matches!(answer.status, 400 | 413), answer.summary())
        })
        .await;
    // A body that says it is compressed is never unpacked: there is no bomb to go off.
    let bomb = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0; 512]].concat();
    let packed = add.body("application/json", bomb).header("content-encoding", "gzip");
    trial.refused("a gzip bomb", packed, Refusal::problem(415, "unsupported-media-type")).await;
    trial.conclude().await
}

async fn headers(scene: &Scene) -> Outcome {
    let me = scene.actor(RecepA)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;
    let too_large = || Refusal::problem(431, "header-fields-too-large");

    let fields = |count: usize| {
        (0..count).fold(me.clone(), |request, number| request.header(&format!("x-padding-{number}"), "y"))
    };
    trial.refused("70 fields more", fields(70), too_large()).await;
    // Where the parser stops, the connection ends: those requests leave from addresses that nothing else uses.
    let alone = |request: Request| request.from(scene.fresh_address());
    trial.refused("200 fields: the parser stops", alone(fields(200)), Refusal::bare(431)).await;
    let field = |size: usize| me.clone().header("x-padding", "y".repeat(size));
    trial.refused("a field of 17 KiB", field(17 * 1024), too_large()).await;
    trial.refused("a field of 64 KiB", field(64 * 1024), too_large()).await;
    let huge = alone(field(140 * 1024));
    trial.refused("a field of 140 KiB: the parser stops", huge, Refusal::bare(431)).await;
    let cookies: Vec<String> = (0..100).map(|number| format!("c{number}={}", "y".repeat(200))).collect();
    trial.refused("a hundred cookies", me.clone().header("cookie", cookies.join("; ")), too_large()).await;

    let reception = scene.actor(RecepA)?;
    let members = reception.members_path();
    let long = |size: usize| reception.get(&format!("{members}?cursor={}", "y".repeat(size)));
    trial.refused("a target of 8 KiB", long(8 * 1024), Refusal::problem(414, "uri-too-long")).await;
    let many: String = (0..1000).map(|number| format!("&p{number}=1")).collect();
    let many = reception.get(&format!("{members}?{}", many.trim_start_matches('&')));
    trial.refused("a thousand parameters", many, Refusal::problem(414, "uri-too-long")).await;
    let host = &scene.wire().target().host;
    let huge = format!("GET /{} HTTP/1.1\r\nHost: {host}\r\n\r\n", "y".repeat(70 * 1024));
    trial
        .check("a target of 70 KiB: the parser stops", scene.raw(huge), |answer| {
            Finding::must(matches!(answer.status, 400 | 414 | 431), answer.summary())
        })
        .await;
    trial.conclude().await
}

async fn concurrent(scene: &Scene) -> Outcome {
    let (reception, admin) = (scene.actor(RecepA)?, scene.actor(AdminA1)?);
    let pid = scene.service()?.pid();
    let mut trial = Trial::begin(scene, Control::new(reception.get("/v1/me"), 200)).await?;

    let before = resident_bytes(pid)?;
    let requests: Vec<Request> =
        (0..12).map(|_| scene.raw(chunked(scene, &admin, &newcomer_of(&admin, 2 * 1024 * 1024)))).collect();
    let answers = futures_util::future::join_all(requests.iter().map(Request::send)).await;
    let grown = resident_bytes(pid)?.saturating_sub(before);
    for answer in answers {
        let answer = answer?;
        let finding = match answer.status {
            413 => Finding::Fine,
            200..300 => Finding::Breach("2 MiB were taken".into()),
            _ => Finding::Unclear(answer.summary()),
        };
        trial.found("2 MiB in chunks, twelve at once", finding);
    }
    // Other attacks run beside this one, so the bound is generous: what twelve refused bodies leave is near nothing.
    let few = grown < 64 * 1024 * 1024;
    trial.found("memory", Finding::must(few, format!("the service grew by {} MiB", grown / 1024 / 1024)));
    trial.conclude().await
}

/// So many letters `a` as gzip (RFC 1951 §3.2.6, RFC 1952): one letter, then 258 copies of it in every 13 bits.
fn packed(letters: usize) -> Vec<u8> {
    // The last block, with fixed codes; `a` is 0x61 + 0x30 in eight bits.
    let mut bits: Vec<bool> = vec![true, true, false];
    let mut code = |value: u16, length: u16| bits.extend((0..length).rev().map(|bit| value >> bit & 1 == 1));
    code(0x91, 8);
    for _ in 0..letters / 258 {
        code(0xc5, 8);
        code(0, 5);
    }
    code(0, 7);
    let octet = |bits: &[bool]| bits.iter().rev().fold(0_u8, |octet, bit| octet << 1 | u8::from(*bit));
    let deflated = bits.chunks(8).map(octet);
    // Nobody comes as far as the checksum.
    [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255].into_iter().chain(deflated).chain([0; 8]).collect()
}

async fn bomb(scene: &Scene) -> Outcome {
    const MOST: u64 = 64 * 1024 * 1024;
    let me = scene.actor(RecepA)?.get("/v1/me");
    let beside = scene.beside(|_, _| {}).await?;
    let mut trial = Trial::begin(scene, Control::new(me, 200)).await?;
    let bomb = packed(16 << 20);
    let before = resident_bytes(beside.service.pid())?;
    for endpoint in endpoints().iter().filter(|endpoint| endpoint.body_limit > 0 && !endpoint.over) {
        let (method, path) = (&endpoint.method, filled(endpoint.path, scene));
        let is_form = endpoint.roles.is_empty();
        let request = if is_form {
            beside.scene.anyone().request(method, &path)
        } else {
            beside.scene.somebody_who_may(endpoint)?.request(method, &path)
        };
        let kind = if is_form { "application/x-www-form-urlencoded" } else { "application/json" };
        let request = request.header("if-match", "\"nothing-seen\"").header("content-encoding", "gzip");
        let story = format!("{method} {}", endpoint.path);
        trial.check(&story, request.body(kind, bomb.clone()), defused).await;
    }
    let grown = resident_bytes(beside.service.pid())?.saturating_sub(before);
    trial.found("memory", Finding::must(grown < MOST, format!("the service grew by {} MiB", grown >> 20)));
    trial.conclude().await
}

/// Refused for its coding or its size. Whoever says more of it has read it.
fn defused(answer: &Answer) -> Finding {
    match (answer.status, answer.slug().as_deref()) {
        (413 | 415, _) => Finding::Fine,
        (200..300, _) | (400, Some("malformed-json")) => {
            Finding::Breach(format!("it was read: {}", answer.summary()))
        }
        _ => Finding::Unclear(answer.summary()),
    }
}
