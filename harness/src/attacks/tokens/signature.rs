//! `token-signature`: nothing is believed before the signature verified over the received bytes.

use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        TokenSignature / "tamper" = tamper,
        "The receptionist takes her own valid token.",
        "She writes the administrator's subject, then a wider scope, into it and keeps the signature.",
        "She asks who she is.",
    ),
    attack!(
        TokenSignature / "strip" = strip,
        "The receptionist writes the administrator's subject into her token.",
        "She removes the signature, then zeroes it, then puts another valid token's signature there.",
    ),
    attack!(
        TokenSignature / "foreign-key" = foreign_key,
        "An attacker makes keys of his own and gives them the name of the issuer's key.",
        "He signs the administrator's claims with them.",
    ),
];

fn bad_signature() -> Refusal {
    Refusal::invalid_token("token.signature")
}

async fn tamper(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let admin = scene.actor(AdminA1)?;
    let me = reception.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;

    let token = reception.recipe().segments()?;
    let other_subject = token.clone().tampered(|claims| claims.replace(reception.subject(), admin.subject()));
    let wider_scope = token.tampered(|claims| claims.replace("profile:read", "profile:read members:write"));
    let first = trial.refused("changed subject", me.clone().bearer(other_subject), bad_signature()).await;
    let second = trial.refused("changed scope", me.bearer(wider_scope), bad_signature()).await;
    trial.alike("the refusals say nothing about the token", &[first, second]);
    trial.conclude().await
}

async fn strip(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let admin = scene.actor(AdminA1)?;
    let me = reception.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;

    let spliced = reception.recipe().segments()?.signature;
    let forged = reception.recipe().claim("sub", admin.subject()).segments()?;
    let zeroed = forged.clone().with_signature(&[0; 64]);
    trial.refused("all-zero signature", me.clone().bearer(zeroed), bad_signature()).await;
    let spliced = Segments { signature: spliced, ..forged.clone() };
    trial.refused("another token's signature", me.clone().bearer(spliced), bad_signature()).await;
    let stripped = forged.with_signature(b"");
    trial.refused("empty signature", me.bearer(stripped), bad_signature()).await;
    trial.conclude().await
}

async fn foreign_key(scene: &Scene) -> Outcome {
    let admin = scene.actor(AdminA1)?;
    let me = admin.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;

    let honest = admin.recipe().segments()?;
    let impostor = Arc::new(SigningKey::generate(Algorithm::EdDsa)?);
    let token = admin.recipe().secretly_signed_by(impostor).sign()?;
    trial.refused("an Ed25519 key under the issuer's kid", me.clone().bearer(token), bad_signature()).await;
    let other_curve = Arc::new(SigningKey::generate(Algorithm::Es256)?);
    let token = admin.recipe().secretly_signed_by(other_curve).sign()?;
    trial.refused("a P-256 signature under an EdDSA header", me.clone().bearer(token), bad_signature()).await;
    trial
        .check("the honest token still works", me.bearer(honest), |answer| {
            if answer.status == 200 { Finding::Fine } else { Finding::Unclear(answer.summary()) }
        })
        .await;
    trial.conclude().await
}
