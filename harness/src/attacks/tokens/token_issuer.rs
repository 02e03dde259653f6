//! `token-issuer`: `iss` is a configured issuer byte for byte, and the key is that issuer's.

use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        TOKEN_ISSUER / "wrong" = wrong,
        "The key is the right one, but the token names another issuer.",
        "Or one that a careless comparison takes for the right one: a slash, the case, the scheme, userinfo.",
    ),
    attack!(
        TOKEN_ISSUER / "missing" = missing,
        "The key is the right one, but the token names no issuer, or not by a text.",
    ),
    attack!(
        TOKEN_ISSUER / "cross" = cross,
        "The patients' issuer is trusted for patients.",
        "It signs a token for the administrator, in the name of the staff's issuer.",
    ),
];

fn bad_issuer() -> Refusal {
    Refusal::invalid_token("token.iss")
}

async fn wrong(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let me = reception.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;

    let right = reception.issuer();
    let bare = right.trim_start_matches("https://");
    let without_last: String = right.chars().take(right.chars().count().saturating_sub(1)).collect();
    let names = [
        "https://evil.example".to_owned(),
        String::new(),
        format!("{right}/"),
        right.to_uppercase(),
        format!("HTTPS://{bare}"),
        format!("http://{bare}"),
        bare.to_owned(),
        format!("https://staff@{bare}"),
        format!("https://evil.example/{right}"),
        format!("{right}.evil.example"),
        format!("{right}@evil.example"),
        format!("{right}#"),
        format!("{right}?"),
        format!("{right}/../staff"),
        format!(" {right}"),
        format!("{right}\t"),
        right.replace("staff", "st%61ff"),
        right.replace("127.0.0.1", "localhost"),
        format!("{right} https://evil.example"),
        without_last,
    ];
    for name in names {
        let token = reception.recipe().claim("iss", name.as_str()).sign()?;
        trial.refused(&format!("iss {name:?}"), me.clone().bearer(token), bad_issuer()).await;
    }
    trial.conclude().await
}

async fn missing(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let me = reception.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;

    // Whom the token is from can't be asked of a token that does not say so in a text.
    let mistyped = Refusal::invalid_token("token.claims");
    let token = reception.recipe().without_claim("iss").sign()?;
    trial.refused("no iss", me.clone().bearer(token), mistyped.clone()).await;
    let right = reception.issuer();
    let odd =
        [json!(7), Value::Null, json!(true), json!([right]), json!([right, "x"]), json!({ "iss": right })];
    for value in odd {
        let story = format!("iss: {value}");
        let token = reception.recipe().claim("iss", value).sign()?;
        trial.refused(&story, me.clone().bearer(token), mistyped.clone()).await;
    }
    trial.conclude().await
}

async fn cross(scene: &Scene) -> Outcome {
    let admin = scene.actor(AdminA1)?;
    let patient = scene.actor(PatA1)?;
    let me = admin.get("/v1/me");
    let control = Control::new(me.clone(), 200).and(Control::new(patient.get("/v1/me"), 200));
    let mut trial = Trial::begin(scene, control).await?;

    let missing = || AttackError::Setup("an issuer has no key".into());
    let key = |name| scene.forge().issuer(name).and_then(|issuer| issuer.key()).ok_or_else(missing);
    let (staff, patients) = (key("staff")?, key("patients")?);
    let unknown = Refusal::invalid_token("token.kid");
    let token = admin.recipe().signed_by(patients).sign()?;
    trial.refused("the patients' key, the staff's name", me.clone().bearer(token), unknown.clone()).await;
    let token = patient.recipe().signed_by(staff).sign()?;
    trial.refused("the staff's key, the patients' name", me.clone().bearer(token), unknown).await;
    // The right key and the right name, but a subject of the other issuer: nobody here.
    let token = admin.recipe().claim("sub", patient.subject()).sign()?;
    let nobody = Refusal::invalid_token("member.unknown");
    trial.refused("a patient's subject, by the staff's issuer", me.bearer(token), nobody).await;
    trial.conclude().await
}
