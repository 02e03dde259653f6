//! `token-type`: only access tokens open doors; their relatives of the same issuer and key do not.

use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        TokenType / "id-token" = id_token,
        "The receptionist's browser application holds her ID token.",
        "She presents it: as the provider made it, then one whose provider puts every claim into it.",
    ),
    attack!(
        TokenType / "typ-jwt" = typ_jwt,
        "The receptionist's claims are perfect, but the token calls itself something else, or nothing.",
    ),
];

fn bad_type() -> Refusal {
    Refusal::invalid_token("token.typ")
}

async fn id_token(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let me = reception.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;

    let full = reception
        .recipe()
        .header("typ", "JWT")
        .claim("nonce", "n-0S6_WzA2Mj")
        .claim("at_hash", "77QmUPtjPfzWtF2AnpK9RQ")
        .claim("auth_time", reception.recipe().value_of("iat"))
        .claim("azp", "clinic-app")
        .claim("email", "reception@clinic.test");
    let plain =
        ["jti", "client_id", "scope", "org"].into_iter().fold(full.clone(), TokenRecipe::without_claim);
    let plain = plain.claim("aud", "clinic-app").sign()?;
    trial.refused("an ID token", me.clone().bearer(plain), bad_type()).await;
    let widened = full.clone().sign()?;
    trial.refused("an ID token with every claim", me.clone().bearer(widened), bad_type()).await;
    let untyped = full.without_header("typ").sign()?;
    trial.refused("an ID token without typ", me.bearer(untyped), bad_type()).await;
    trial.conclude().await
}

async fn typ_jwt(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let me = reception.get("/v1/me");
    let long = me.clone().bearer(reception.recipe().header("typ", "application/at+jwt").sign()?);
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200).and(Control::new(long, 200))).await?;

    let token = reception.recipe().without_header("typ").sign()?;
    trial.refused("no typ", me.clone().bearer(token), bad_type()).await;
    let relatives = [
        "JWT",
        "jwt",
        "",
        "AT+JWT ",
        " at+jwt",
        "at+jwt;v=1",
        "at+jwt2",
        "at-jwt",
        "application/jwt",
        "application/application/at+jwt",
        "text/at+jwt",
        "rt+jwt",
        "logout+jwt",
        "dpop+jwt",
        "secevent+jwt",
        "token-introspection+jwt",
        "oauth-authz-req+jwt",
        "client-authentication+jwt",
    ];
    for typ in relatives {
        let token = reception.recipe().header("typ", typ).sign()?;
        trial.refused(&format!("typ {typ:?}"), me.clone().bearer(token), bad_type()).await;
    }
    let token = reception.recipe().header("typ", Value::Null).sign()?;
    trial.refused("typ: null", me.clone().bearer(token), bad_type()).await;
    for typ in [json!(7), json!(["at+jwt"]), json!({ "typ": "at+jwt" })] {
        let story = format!("typ: {typ}");
        let token = reception.recipe().header("typ", typ).sign()?;
        trial.refused(&story, me.clone().bearer(token), Refusal::invalid_token("token.claims")).await;
    }
    // No claim can stand in for the header.
    let token =
        reception.recipe().header("typ", "JWT").claim("typ", "at+jwt").claim("token_use", "access").sign()?;
    trial.refused("typ among the claims", me.bearer(token), bad_type()).await;
    trial.conclude().await
}
