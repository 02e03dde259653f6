//! `token-time-window`: a token counts from its beginning to its end, and never for long.

use crate::attacks::prelude::*;

/// Ten years.
const DECADE: i64 = 10 * 365 * 86_400;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        TOKEN_TIME_WINDOW / "expired" = expired,
        needs: Time,
        "Somebody found a token that has expired eleven seconds, an hour, ten years ago.",
        "Somebody captured a valid token, used it, and uses it again when its time is over.",
    ),
    attack!(
        TOKEN_TIME_WINDOW / "no-exp" = no_exp,
        "The token says nothing of its end, or what a careless reader takes for never.",
    ),
    attack!(
        TOKEN_TIME_WINDOW / "not-yet" = not_yet,
        "The token was issued for later: `nbf` or `iat` lie two minutes ahead.",
    ),
    attack!(
        TOKEN_TIME_WINDOW / "long" = long,
        "The issuer was careless: a correctly signed token that lives for ten years, or eleven minutes, or backwards.",
    ),
];

fn refused_for(what: &str) -> Refusal {
    Refusal::invalid_token(&format!("token.{what}"))
}

async fn expired(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let me = reception.get("/v1/me");
    // A clock a little slow or fast is no attack.
    let slow = me.clone().bearer(reception.recipe().shifted(5).sign()?);
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200).and(Control::new(slow, 200))).await?;

    // Accepted for its last two or three seconds of grace, and remembered by the service from then on.
    let made = tokio::time::Instant::now();
    let now = now(&reception)?;
    let captured = reception.recipe().claim("iat", now - 60).claim("exp", now - 7).sign()?;
    let captured = me.clone().bearer(captured);
    scene.demand(&captured, 200).await?;

    for (story, age) in [("eleven seconds", 11), ("an hour", 3600), ("ten years", DECADE)] {
        let token = reception.recipe().claim("iat", now - age - 300).claim("exp", now - age).sign()?;
        trial.refused(story, me.clone().bearer(token), refused_for("exp")).await;
    }
    let epoch = reception.recipe().claim("iat", 0).claim("exp", 1).sign()?;
    trial.refused("since 1970", me.bearer(epoch), refused_for("exp")).await;
    tokio::time::sleep_until(made + Duration::from_millis(3100)).await;
    for _ in 0..4 {
        let elsewhere = captured.clone().from(scene.fresh_address());
        trial.refused("a captured token after its end", elsewhere, refused_for("exp")).await;
    }
    trial.conclude().await
}

async fn no_exp(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let me = reception.get("/v1/me");
    // A NumericDate is any JSON number (RFC 7519 §2).
    let exp = now(&reception)? + 300;
    let written = |text: String| {
        let rewrite = move |claims: &str| claims.replace(&exp.to_string(), &text);
        reception.recipe().claim("exp", exp).claims_text(rewrite).sign()
    };
    let fraction = me.clone().bearer(written(format!("{exp}.5"))?);
    let exponent = me.clone().bearer(written(format!("{exp}e0"))?);
    let control = Control::new(me.clone(), 200).and(Control::new(fraction, 200));
    let mut trial = Trial::begin(scene, control.and(Control::new(exponent, 200))).await?;

    let mistyped = refused_for("claims");
    let without = reception.recipe().without_claim("exp").sign()?;
    trial.refused("no exp", me.clone().bearer(without), mistyped.clone()).await;
    let odd = [
        Value::Null,
        json!(exp.to_string()),
        json!(true),
        json!([exp]),
        json!({}),
        json!("never"),
        json!(1.0e18),
        json!(9_223_372_036_854_775_808_u64),
        json!(u64::MAX),
    ];
    for value in odd {
        let story = format!("exp: {value}");
        let token = reception.recipe().claim("exp", value).sign()?;
        trial.refused(&story, me.clone().bearer(token), mistyped.clone()).await;
    }
    // As text, because no JSON library writes these.
    for (text, reason) in
        [("1e400", "claims"), ("-0.5", "claims"), ("1e30", "claims"), ("Infinity", "malformed")]
    {
        let token = written(text.to_owned())?;
        trial.refused(&format!("exp: {text}"), me.clone().bearer(token), refused_for(reason)).await;
    }
    for (value, reason) in [(-1, "claims"), (i64::MIN, "claims"), (0, "exp"), (i64::MAX, "claims")] {
        let token = reception.recipe().claim("exp", value).sign()?;
        trial.refused(&format!("exp: {value}"), me.clone().bearer(token), refused_for(reason)).await;
    }
    trial.conclude().await
}

async fn not_yet(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let me = reception.get("/v1/me");
    let now = now(&reception)?;
    let ahead = me.clone().bearer(reception.recipe().claim("iat", now + 5).claim("nbf", now + 5).sign()?);
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200).and(Control::new(ahead, 200))).await?;

    for seconds in [30, 120, DECADE] {
        let token = reception.recipe().claim("nbf", now + seconds).sign()?;
        let story = format!("nbf in {seconds} s");
        trial.refused(&story, me.clone().bearer(token), refused_for("nbf")).await;
        let token = reception.recipe().shifted(seconds).sign()?;
        trial.refused(&format!("iat in {seconds} s"), me.clone().bearer(token), refused_for("iat")).await;
    }
    for value in [Value::Null, json!("0"), json!(-0.5), json!([0])] {
        for name in ["nbf", "iat"] {
            let story = format!("{name}: {value}");
            let token = reception.recipe().claim(name, value.clone()).sign()?;
            trial.refused(&story, me.clone().bearer(token), refused_for("claims")).await;
        }
    }
    let token = reception.recipe().without_claim("iat").sign()?;
    trial.refused("no iat", me.bearer(token), refused_for("claims")).await;
    trial.conclude().await
}

async fn long(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let me = reception.get("/v1/me");
    let now = now(&reception)?;
    let longest = me.clone().bearer(reception.recipe().claim("iat", now).claim("exp", now + 600).sign()?);
    let mut trial =
        Trial::begin(scene, Control::new(me.clone(), 200).and(Control::new(longest, 200))).await?;

    let lives = [
        ("ten years", now, now + DECADE),
        ("eleven minutes", now, now + 660),
        ("a second too long", now, now + 601),
        ("since ten years ago", now - DECADE, now + 300),
        ("since the beginning of time", 0, now + 300),
        ("backwards", now + 5, now + 4),
    ];
    for (story, iat, exp) in lives {
        let token = reception.recipe().claim("iat", iat).claim("exp", exp).sign()?;
        trial.refused(story, me.clone().bearer(token), refused_for("lifetime")).await;
    }
    trial.conclude().await
}

/// The time that the actor's tokens are made at.
fn now(actor: &Actor) -> Result<i64, AttackError> {
    let iat = actor.recipe().value_of("iat").as_i64();
    iat.ok_or_else(|| AttackError::Setup("the token has no time".into()))
}
