//! `token-signature`: nothing is believed before the signature verified over the received bytes.

use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        TOKEN_SIGNATURE / "tamper" = tamper,
        "The receptionist takes her own valid token.",
        "She writes the administrator's subject, a wider scope, another organization into it and keeps the signature.",
        "She asks who she is.",
    ),
    attack!(
        TOKEN_SIGNATURE / "strip" = strip,
        "The receptionist writes the administrator's subject into her token.",
        "She leaves the signature out, then its dot too.",
    ),
    attack!(
        TOKEN_SIGNATURE / "splice" = splice,
        "The receptionist writes the administrator's subject into her token.",
        "She puts the signature of another valid token of hers there, then a cut one, then a longer one.",
    ),
    attack!(
        TOKEN_SIGNATURE / "zero-sig" = zero_sig,
        needs: OwnIssuer,
        "The guest's issuer has a P-256 key too.",
        "The guest forges tokens under either key with a signature of zeroes: r = s = 0 satisfied broken ECDSA.",
    ),
    attack!(
        TOKEN_SIGNATURE / "foreign-key" = foreign_key,
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
    let other_organization =
        token.clone().tampered(|claims| claims.replace(&scene.a().to_string(), &scene.b().to_string()));
    let wider_scope = token.tampered(|claims| claims.replace("profile:read", "profile:read members:write"));
    let first = trial.refused("changed subject", me.clone().bearer(other_subject), bad_signature()).await;
    let second = trial.refused("changed scope", me.clone().bearer(wider_scope), bad_signature()).await;
    let third = trial.refused("changed organization", me.bearer(other_organization), bad_signature()).await;
    trial.alike("the refusals say nothing about the token", &[first, second, third]);
    trial.conclude().await
}

async fn strip(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let admin = scene.actor(AdminA1)?;
    let me = reception.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;

    let forged = reception.recipe().claim("sub", admin.subject()).segments()?;
    let two = format!("{}.{}", forged.header, forged.payload);
    trial.refused("no signature", me.clone().bearer(format!("{two}.")), bad_signature()).await;
    trial.refused("two pieces", me.bearer(two), Refusal::invalid_token("token.malformed")).await;
    trial.conclude().await
}

async fn splice(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let admin = scene.actor(AdminA1)?;
    let me = reception.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;

    let spliced = reception.recipe().segments()?.signature;
    let forged = reception.recipe().claim("sub", admin.subject()).segments()?;
    let spliced = Segments { signature: spliced, ..forged.clone() };
    trial.refused("another token's signature", me.clone().bearer(spliced), bad_signature()).await;
    for length in [1, 32, 63, 65, 128] {
        let padded = forged.clone().with_signature(&vec![7; length]);
        trial
            .refused(&format!("a signature of {length} bytes"), me.clone().bearer(padded), bad_signature())
            .await;
    }
    trial.conclude().await
}

async fn zero_sig(scene: &Scene) -> Outcome {
    let guest = scene.actor(GuestA)?;
    let p256 = scene.own_issuer()?.rotate(Algorithm::Es256)?;
    let me = guest.get("/v1/me");
    // The service learns of the new key by the first token under it.
    let honest = me.clone().bearer(guest.recipe().signed_by(p256.clone()).sign()?);
    let control = Control::new(me.clone(), 200).and(Control::new(honest, 200));
    let mut trial = Trial::begin(scene, control).await?;

    let ed25519 = guest.recipe().segments()?.with_signature(&[0; 64]);
    trial.refused("64 zero bytes for Ed25519", me.clone().bearer(ed25519), bad_signature()).await;
    let p256 = guest.recipe().signed_by(p256).segments()?;
    trial
        .refused("r = s = 0", me.clone().bearer(p256.clone().with_signature(&[0; 64])), bad_signature())
        .await;
    let mut one = vec![0; 63];
    one.push(1);
    trial
        .refused("r = 0, s = 1", me.clone().bearer(p256.clone().with_signature(&one)), bad_signature())
        .await;
    trial.refused("all ones", me.bearer(p256.with_signature(&[255; 64])), bad_signature()).await;
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
