//! `edge-desync`: everybody on the way finds the same end of a message.

use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        EDGE_DESYNC / "lf" = lf,
        "The receptionist sends requests whose lines end in a line feed alone: one line, the last one, all of them.",
        "She hides such a request behind an honest one on the same connection.",
    ),
    attack!(
        EDGE_DESYNC / "chunks" = chunks,
        "The administrator names a webhook in chunks: a size with a space behind it, a trailer that ends in a line feed alone.",
        "She sends sizes that are none, and more than a chunk's size says.",
    ),
];

async fn lf(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let mut trial = Trial::begin(scene, Control::new(reception.get("/v1/me"), 200)).await?;
    let (host, token) = (&scene.wire().target().host, reception.token());
    let honest = format!("GET /v1/me HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n");
    let last = honest.trim_end().to_owned();
    for (story, bytes) in [
        ("the request line", honest.replacen("\r\n", "\n", 1)),
        ("a field", honest.replace("\r\nAuthorization", "\nAuthorization")),
        ("the last field", format!("{last}\n\r\n")),
        ("the empty line", format!("{last}\r\n\n")),
        ("every line", honest.replace("\r\n", "\n")),
        ("an empty line before it", format!("\n{honest}")),
    ] {
        trial.refused(story, scene.raw(bytes), Refusal::bare(400)).await;
    }
    let both = [honest.clone(), honest.replace("\r\n", "\n")].concat();
    let mut dial = scene.dial(false).await?;
    dial.write(both).await;
    for (story, status) in [("the honest one", 200), ("the one behind it", 400)] {
        let answer = dial.answer_within(Duration::from_secs(10)).await;
        trial.found(
            story,
            match answer {
                Some(answer) if answer.status == status => Finding::Fine,
                Some(answer) if answer.succeeded() => Finding::Breach(answer.summary()),
                Some(answer) => Finding::Unclear(answer.summary()),
                None => Finding::Unclear("no answer".into()),
            },
        );
    }
    trial.conclude().await
}

async fn chunks(scene: &Scene) -> Outcome {
    let admin = scene.actor(AdminA1)?.with_scopes("webhooks:read webhooks:write")?;
    let mut trial = Trial::begin(scene, Control::new(admin.get("/v1/webhooks"), 200)).await?;
    let (host, token) = (&scene.wire().target().host, admin.token());
    let request = |chunks: &str| {
        scene.raw(format!(
            "POST /v1/webhooks HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nIdempotency-Key: {}\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}",
            Uuid::new_v4()
        ))
    };
    let catcher = scene.catcher();
    let body = json!({ "url": catcher.url(&catcher.token()), "event_types": ["member.changed"] }).to_string();
    let size = format!("{:x}", body.len());
    let honest = request(&format!("{size}\r\n{body}\r\n0\r\n\r\n"));
    trial.honestly(scene.demand(&honest, 201)).await?;
    for (story, chunks) in [
        ("a space behind the size", format!("{size} \r\n{body}\r\n0\r\n\r\n")),
        ("a trailer that ends in a line feed", format!("{size}\r\n{body}\r\n0\r\nX: y\n\r\n\r\n")),
        ("a size that ends in a line feed", format!("{size}\n{body}\r\n0\r\n\r\n")),
        ("no size", format!("\r\n{body}\r\n0\r\n\r\n")),
        ("a size that is none", format!("x\r\n{body}\r\n0\r\n\r\n")),
        ("a negative size", format!("-1\r\n{body}\r\n0\r\n\r\n")),
        ("more than the size says", format!("1\r\n{body}\r\n0\r\n\r\n")),
    ] {
        trial.refused(story, request(&chunks), Refusal::problem(400, "bad-request")).await;
    }
    trial.conclude().await
}
