//! `session-termination`, at another's word: a provider says that somebody signed out there (OpenID Connect Back-Channel
//! Logout 1.0).

use crate::{
    attacks::{
        federation::{CLIENT_ID, House},
        prelude::*,
    },
    forge::Person as Staff,
};

pub(super) const ATTACKS: &[Attack] = &[attack!(
    SESSION_TERMINATION / "logout-token" = logout_token,
    "Two organizations name one provider, and are called the same there. Somebody works for both.",
    "The attacker tells the service in the provider's name that she signed out: by a forged token, by one for another \
     purpose, and by the word of a provider of his own.",
    "The provider itself says so: her sessions of both organizations must end.",
)];

/// The event of a logout token (OpenID Connect Back-Channel Logout §2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A perfect logout token of this house's provider.
fn logout_of(house: &House<'_>, subject: &str) -> Result<TokenRecipe, AttackError> {
    let key = house.issuer.key().ok_or_else(|| AttackError::Setup("the provider has no key".into()))?;
    let claims =
        json!({ "iss": house.issuer.url(), "aud": CLIENT_ID, "sub": subject, "events": { EVENT: {} } });
    let claims = claims.as_object().cloned().unwrap_or_default();
    Ok(TokenRecipe::new(key, claims).header("typ", "logout+jwt"))
}

fn told(scene: &Scene, token: &str) -> Request {
    scene.anyone().post("/signin/backchannel-logout").form(&[("logout_token", token)])
}

/// Whether the browser's session stands.
async fn is_signed_in(browser: &Browser) -> Result<bool, AttackError> {
    Ok(browser.get("/account").send_patiently().await?.status == 200)
}

async fn logout_token(scene: &Scene) -> Outcome {
    // The neighbour's is the older row: a look-up that takes the first would find it.
    let neighbour = House::open(scene, AdminB).await?;
    let (own, stranger) = (neighbour.beside(AdminA1).await?, House::open(scene, AdminB).await?);
    let mut trial = Trial::begin(scene, own.open_to("ada")).await?;
    let subject = format!("nurse-{}", own.provider);
    let nurse = || Staff::new(&subject, &format!("nurse@{}", own.domain));
    let hers = own.sign_in(nurse()).await?;
    let elsewhere = neighbour.sign_in(nurse()).await?;

    let perfect = || logout_of(&own, &subject);
    let impostor = Arc::new(SigningKey::generate(Algorithm::EdDsa)?);
    let now = crate::clock::unix_seconds();
    let forged = [
        ("signed by the attacker", perfect()?.secretly_signed_by(impostor.clone()), "id_token.signature"),
        ("under a key of his own", perfect()?.signed_by(impostor), "id_token.kid"),
        ("an ID token", perfect()?.header("typ", "JWT"), "id_token.typ"),
        ("with a nonce, as ID tokens have it", perfect()?.claim("nonce", "n"), "logout_token.nonce"),
        ("of ten minutes ago", perfect()?.claim("iat", now - 600), "logout_token.time"),
        ("for another client", perfect()?.claim("aud", "other"), "logout_token.iss"),
        ("of another event", perfect()?.claim("events", json!({ "other": {} })), "logout_token.events"),
        ("about nobody", perfect()?.without_claim("sub"), "logout_token.nobody"),
        ("without an id", perfect()?.claim("jti", ""), "logout_token.jti"),
    ];
    let refused = |reason| Refusal::oauth(400, "invalid_request").audit("oauth_request_refused", reason);
    for (story, token, reason) in forged {
        trial.refused(story, told(scene, &token.sign()?), refused(reason)).await;
    }
    let nothing = scene.anyone().post("/signin/backchannel-logout").form(&[("token", "x")]);
    trial.refused("no token", nothing, refused("logout_token.missing")).await;
    let foreign = logout_of(&stranger, &subject)?.sign()?;
    trial.honestly(scene.demand(&told(scene, &foreign), 200)).await?;
    for (story, browser) in [("her session", &hers), ("her session at the neighbour's", &elsewhere)] {
        trial.found(story, Finding::must(is_signed_in(browser).await?, "was ended by somebody else"));
    }

    let token = perfect()?.sign()?;
    trial.honestly(scene.demand(&told(scene, &token), 200)).await?;
    for (story, browser) in [("her session", &hers), ("her session at the neighbour's", &elsewhere)] {
        let stands = is_signed_in(browser).await?;
        trial.found(story, Finding::must(!stands, "outlives her session at the provider"));
    }
    trial.refused("the same again", told(scene, &token), refused("logout_token.replayed")).await;
    trial.conclude().await
}
