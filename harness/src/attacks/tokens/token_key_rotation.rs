//! `token-key-rotation`: a withdrawn key is gone at once, and unknown keys can't be used to hammer the provider.

use crate::attacks::prelude::*;
use futures_util::future::join_all;

/// How many invented keys the flood names.
const FLOOD: usize = 200;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        TOKEN_KEY_ROTATION / "retired" = retired,
        needs: OwnIssuer,
        "The issuer publishes a new key; tokens under the old one still pass.",
        "It retires the old key, and the service hears of it.",
        "Who kept the old key signs with it; who kept a token of then replays it.",
    ),
    attack!(
        TOKEN_KEY_ROTATION / "emergency" = emergency,
        needs: Exclusive.and(OwnIssuer),
        "The issuer's key was stolen. It is replaced, and the operator has the service fetch the keys (SIGHUP).",
        "The thief presents a token that the service has taken before, and a new one.",
    ),
    attack!(
        TOKEN_KEY_ROTATION / "kid-flood" = kid_flood,
        needs: OwnIssuer,
        "An attacker sends hundreds of tokens, each under a key that does not exist.",
        "The issuer counts how often it is asked for its keys.",
    ),
];

fn unknown_key() -> Refusal {
    Refusal::invalid_token("token.kid")
}

/// An honest token under whatever key is the issuer's newest.
fn newest<'a>(scene: &'a Scene, guest: &'a Actor) -> Result<Control<'a>, AttackError> {
    let issuer = scene.own_issuer()?;
    Ok(Control::checked(move || async move {
        let key = issuer.key().ok_or("the issuer has no key")?;
        let token = guest.recipe().signed_by(key).sign().map_err(|error| error.to_string())?;
        let answer = guest.get("/v1/me").bearer(token).send().await.map_err(|error| error.to_string())?;
        if answer.status == 200 {
            Ok(())
        } else {
            Err(format!("the newest key's token: {}", answer.summary()))
        }
    }))
}

async fn retired(scene: &Scene) -> Outcome {
    let guest = scene.actor(GuestA)?;
    let issuer = scene.own_issuer()?;
    let me = guest.get("/v1/me");
    let mut trial = Trial::begin(scene, newest(scene, &guest)?).await?;

    let old = issuer.key().ok_or_else(|| AttackError::Setup("the issuer has no key".into()))?;
    let kept = guest.recipe().sign()?;
    scene.demand(&me.clone().bearer(&kept), 200).await?;
    let new = issuer.rotate(Algorithm::EdDsa)?;
    issuer.retire(old.kid());
    // The first token under the new key makes the service ask, and hear of both.
    let honest = me.clone().bearer(guest.recipe().signed_by(new).sign()?);
    scene.demand(&honest, 200).await?;

    let fresh = guest.recipe().signed_by(old).sign()?;
    trial.refused("a new token by the retired key", me.clone().bearer(fresh), unknown_key()).await;
    trial.refused("a token from before", me.clone().bearer(&kept), unknown_key()).await;
    // Each worker of the service remembers tokens of its own.
    for _ in 0..4 {
        let elsewhere = me.clone().bearer(&kept).from(scene.fresh_address());
        trial.refused("a token from before, on a new connection", elsewhere, unknown_key()).await;
    }
    trial.conclude().await
}

async fn emergency(scene: &Scene) -> Outcome {
    let guest = scene.actor(GuestA)?;
    let issuer = scene.own_issuer()?;
    let me = guest.get("/v1/me");
    let mut trial = Trial::begin(scene, newest(scene, &guest)?).await?;

    let stolen = issuer.key().ok_or_else(|| AttackError::Setup("the issuer has no key".into()))?;
    let taken = guest.recipe().sign()?;
    scene.demand(&me.clone().bearer(&taken), 200).await?;
    // The service has asked for an unknown key a moment ago, and will not ask again by itself.
    let unknown = guest.recipe().signed_by(Arc::new(SigningKey::generate(Algorithm::EdDsa)?)).sign()?;
    trial.refused("an unknown key", me.clone().bearer(unknown), unknown_key()).await;

    let new = issuer.rotate(Algorithm::EdDsa)?;
    issuer.retire(stolen.kid());
    let signal = scene.service()?.signal("HUP").await;
    signal.map_err(|error| AttackError::Setup(error.to_string()))?;
    let mut followed = false;
    let mut patience = Patience::new();
    while !followed && patience.lasts().await {
        let honest = me.clone().bearer(guest.recipe().signed_by(new.clone()).sign()?);
        followed = honest.send_patiently().await?.status == 200;
    }
    if !followed {
        return Err(AttackError::Setup("the service does not follow its operator".into()));
    }

    let fresh = guest.recipe().signed_by(stolen).sign()?;
    trial.refused("a new token by the stolen key", me.clone().bearer(fresh), unknown_key()).await;
    trial.refused("a token from before", me.clone().bearer(&taken), unknown_key()).await;
    trial.conclude().await
}

async fn kid_flood(scene: &Scene) -> Outcome {
    let guest = scene.actor(GuestA)?;
    let issuer = scene.own_issuer()?;
    let me = guest.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;

    let before = issuer.jwks_fetches();
    let impostor = Arc::new(SigningKey::generate(Algorithm::EdDsa)?);
    let invented = |_| {
        let token =
            guest.recipe().header("kid", Uuid::new_v4().to_string()).secretly_signed_by(impostor.clone());
        token.sign().map(|token| me.clone().bearer(token))
    };
    let mut flood = (0..FLOOD).map(invented).collect::<Result<Vec<_>, _>>()?;
    let last = flood.pop().ok_or_else(|| AttackError::Setup("there is no flood".into()))?;
    for wave in flood.chunks(10) {
        let answers = join_all(wave.iter().map(Request::send)).await;
        for answer in answers {
            let answer = answer?;
            let finding = if answer.slug().as_deref() == Some("invalid-token") {
                Finding::Fine
            } else {
                Finding::Unclear(answer.summary())
            };
            trial.found("an invented key", finding);
        }
    }
    trial.refused("the last of the flood", last, unknown_key()).await;
    let asked = issuer.jwks_fetches().saturating_sub(before);
    let story = "at most one question a minute";
    trial.found(story, Finding::must(asked <= 1, format!("the issuer was asked {asked} times")));
    trial.conclude().await
}
