//! `tls-pq-group`: what is recorded today must not be read by a quantum computer later.

use super::strip::Stripper;
use crate::attacks::{prelude::*, session};
use rustls::crypto::{
    SupportedKxGroup,
    aws_lc_rs::kx_group::{SECP256R1, SECP384R1, X25519, X25519MLKEM768},
};
use std::net::SocketAddr;

const HYBRID: &str = "X25519MLKEM768";

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        TLS_PQ_GROUP / "prefer-classic" = prefer_classic,
        "Somebody records all traffic and waits for a quantum computer.",
        "Clients that offer the hybrid group first, with a share of a classic group beside it, must get \
         X25519MLKEM768. (rustls follows the client's order: who lists a classic group first gets that.)",
        "Clients that don't know it get the classic group they like best.",
    ),
    attack!(
        TLS_PQ_GROUP / "strip" = strip,
        "Through an attacker's proxy that changes nothing, client and service agree on the hybrid group.",
        "Then he removes it, and its key share, from the ClientHello, to make them settle for X25519.",
        "The handshake must fail at Finished, which covers every byte of both hellos.",
        "On the twin there is nothing to strip: the first session is classic already.",
    ),
];

/// The group of a session, or why there is none.
async fn group(
    scene: &Scene,
    groups: &[&'static dyn SupportedKxGroup],
    to: SocketAddr,
) -> Result<Result<String, String>, AttackError> {
    let config = session::config(scene, groups)?;
    let name = scene.wire().target().host.clone();
    Ok(match session::connect(scene, config, to, &name).await {
        Ok(stream) => {
            let group = stream.get_ref().1.negotiated_key_exchange_group();
            Ok(group.map(|group| format!("{:?}", group.name())).unwrap_or_default())
        }
        Err(error) => Err(error.to_string()),
    })
}

/// The service must be able to do without the hybrid group as well as with it, or nothing was chosen.
fn control(scene: &Scene) -> Result<Control<'_>, AttackError> {
    let classic = Control::checked(move || async move {
        match scene.probe().groups(&["X25519"]).shake().await {
            Ok(Handshake::Done(_)) => Ok(()),
            other => Err(format!("a classic client got {other:?}")),
        }
    });
    Ok(classic.and(Control::new(scene.actor(RecepA)?.get("/v1/me"), 200)))
}

async fn prefer_classic(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, control(scene)?).await?;
    let public = scene.wire().target().public;
    let clients: [(&str, &[&'static dyn SupportedKxGroup], &str); 6] = [
        ("hybrid only", &[X25519MLKEM768], HYBRID),
        ("hybrid and X25519, a share of each", &[X25519MLKEM768, X25519], HYBRID),
        ("hybrid and everything", &[X25519MLKEM768, X25519, SECP256R1, SECP384R1], HYBRID),
        ("hybrid and NIST curves", &[X25519MLKEM768, SECP384R1, SECP256R1], HYBRID),
        ("classic", &[X25519, SECP256R1], "X25519"),
        ("secp384r1 only", &[SECP384R1], "secp384r1"),
    ];
    for (story, groups, wanted) in clients {
        let finding = match group(scene, groups, public).await? {
            Ok(got) if got == wanted => Finding::Fine,
            Ok(got) => Finding::Breach(format!("agreed on {got} instead of {wanted}")),
            Err(why) if wanted == HYBRID => Finding::Breach(format!("refuses the hybrid group: {why}")),
            Err(why) => Finding::Unclear(why),
        };
        trial.found(story, finding);
    }
    trial.conclude().await
}

async fn strip(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, control(scene)?).await?;
    let offered: [&'static dyn SupportedKxGroup; 2] = [X25519MLKEM768, X25519];
    let public = scene.wire().target().public;

    let honest = Stripper::before(public, false, false).await?;
    trial.found(
        "through a proxy that changes nothing",
        match group(scene, &offered, honest.address).await? {
            Ok(got) => Finding::must(got == HYBRID, format!("agreed on {got}")),
            Err(why) => Finding::Unclear(why),
        },
    );
    for (story, groups, shares) in
        [("the group and its share are gone", true, true), ("only the share is gone", false, true)]
    {
        let thief = Stripper::before(public, groups, shares).await?;
        let finding = match group(scene, &offered, thief.address).await? {
            Ok(got) => Finding::Breach(format!("the session stands, on {got}")),
            Err(_) if thief.stripped() => Finding::Fine,
            Err(why) => Finding::Unclear(format!("nothing was stripped: {why}")),
        };
        trial.found(story, finding);
    }
    trial.conclude().await
}
