//! `tls-modern`: TLS 1.3 only, and no data before the handshake is over.

use super::hello::{HANDSHAKE_FAILURE, Hello, ILLEGAL_PARAMETER, PROTOCOL_VERSION, Reaction};
use crate::attacks::{prelude::*, session};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        TLS_MODERN / "old-version" = old_version,
        "Someone on the path makes a client offer less than TLS 1.3: hellos written by hand, limited to SSL 3.0, \
         TLS 1.0, 1.1 and 1.2, the last with the best suites there are for it.",
        "Each must end in the alert protocol_version, as if the service had never heard of them.",
        "On the twin rustls speaks 1.2; what rustls can't, a few lines before it answer with the ServerHello of an \
         old library.",
    ),
    attack!(
        TLS_MODERN / "weak-cipher" = weak_cipher,
        "The same with the suites of old attacks: RSA key transport, CBC, RC4, 3DES, NULL, anonymous, EXPORT; and \
         with compression, for CRIME.",
        "On the twin the hand-written responder takes the first suite offered.",
    ),
    attack!(
        TLS_MODERN / "early-data" = early_data,
        "A client registers a patient on a resumed session, and someone on the path records every byte of it.",
        "The session's ticket must not allow data before the handshake (0-RTT), which anybody could send again.",
        "He sends the recorded bytes again, twice: no second patient may appear.",
    ),
];

const ECDHE_AEAD: [u16; 6] = [0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8, 0xcca9];
const CBC: [u16; 4] = [0xc009, 0xc00a, 0xc013, 0xc014];

fn judge(reaction: &Reaction, wanted: &[u8]) -> Finding {
    match reaction {
        Reaction::Alert(alert) if wanted.contains(alert) => Finding::Fine,
        Reaction::Agreed { version, suite } => {
            Finding::Breach(format!("the server agreed to version {version:04x}, suite {suite:04x}"))
        }
        other => Finding::Unclear(format!("{other:?} instead of an alert of {wanted:?}")),
    }
}

/// A TLS 1.3 client gets a session, and in it the receptionist an answer.
fn control(scene: &Scene) -> Result<Control<'_>, AttackError> {
    let me = Control::new(scene.actor(RecepA)?.get("/v1/me"), 200);
    Ok(Control::checked(|| modern_client(scene)).and(me))
}

async fn modern_client(scene: &Scene) -> Result<(), String> {
    match scene.probe().shake().await {
        Ok(Handshake::Done(peer)) if peer.version == "TLSv1_3" => Ok(()),
        other => Err(format!("a TLS 1.3 client got {other:?}")),
    }
}

async fn old_version(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, control(scene)?).await?;
    let all: Vec<u16> = ECDHE_AEAD.into_iter().chain(CBC).chain([0x002f, 0x0035]).collect();
    let old = |version| Hello::old(version, &all);
    let hellos = [
        ("SSL 3.0", old(0x0300)),
        ("TLS 1.0", old(0x0301)),
        ("TLS 1.1", old(0x0302)),
        ("TLS 1.2", old(0x0303)),
        ("TLS 1.2 by supported_versions", Hello { versions: vec![0x0303], ..old(0x0303) }),
        ("TLS 1.2 and a draft of 1.3", Hello { versions: vec![0x7f17, 0x0303, 0x0302], ..old(0x0303) }),
        ("TLS 1.2 after a fallback (RFC 7507)", Hello::old(0x0303, &[0xc02b, 0xc02f, 0x5600])),
    ];
    for (story, hello) in hellos {
        let reaction = hello.send(scene).await?;
        trial.found(story, judge(&reaction, &[PROTOCOL_VERSION]));
    }
    trial.conclude().await
}

async fn weak_cipher(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, control(scene)?).await?;
    let suites: [(&str, &[u16]); 8] = [
        ("RSA key transport", &[0x009c, 0x009d]),
        ("CBC", &CBC),
        ("CBC with RSA key transport", &[0x002f, 0x0035]),
        ("3DES", &[0x000a, 0xc012]),
        ("RC4", &[0x0005, 0xc011]),
        ("NULL", &[0x0002, 0xc010]),
        ("anonymous", &[0x0034, 0xc018]),
        ("EXPORT", &[0x0003, 0x0008]),
    ];
    for (story, suites) in suites {
        let reaction = Hello::old(0x0303, suites).send(scene).await?;
        trial.found(story, judge(&reaction, &[PROTOCOL_VERSION, HANDSHAKE_FAILURE]));
    }
    let squeezed = |compressions| Hello {
        compressions,
        versions: vec![0x0304],
        ..Hello::old(0x0303, &[0x1301, 0x1302])
    };
    let reaction = squeezed(vec![1]).send(scene).await?;
    trial.found("DEFLATE only", judge(&reaction, &[ILLEGAL_PARAMETER, HANDSHAKE_FAILURE]));
    trial.conclude().await
}

async fn early_data(scene: &Scene) -> Outcome {
    let admin = scene.actor(AdminA1)?;
    let mut trial = Trial::begin(scene, Control::new(admin.get("/v1/me"), 200)).await?;
    let body = admin.newcomer().to_string();
    let request = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Idempotency-Key: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        admin.members_path(),
        scene.wire().target().host,
        admin.token(),
        Uuid::new_v4(),
        body.len(),
    );
    let flight = trial.honestly(session::resumed(scene, request.as_bytes())).await?;
    trial.found(
        "the session was resumed",
        match flight.resumed {
            true => Finding::Fine,
            false => Finding::Unclear("the second handshake was a full one".into()),
        },
    );
    let offered = format!("the ticket allows {} bytes of 0-RTT", flight.early_data);
    trial.found("0-RTT", Finding::must(flight.early_data == 0 && !flight.accepted, offered));
    if !flight.accepted {
        let created = flight.answer.starts_with("HTTP/1.1 201");
        let why = format!("the honest registration was answered {:?}", flight.answer.lines().next());
        trial.found("the recorded request", if created { Finding::Fine } else { Finding::Unclear(why) });
    }
    for _ in 0..2 {
        session::replay(scene, &flight.recorded).await?;
        // What came of it is in the state, which `conclude` compares.
        trial.found("replayed", Finding::Fine);
    }
    trial.conclude().await
}
