//! `token-claims-strict`: every claim once, in its one type, in a token of one spelling.

use crate::attacks::prelude::*;

/// Claims without which nobody can tell who is calling, where, and for how long.
const REQUIRED: [&str; 9] = ["iss", "sub", "aud", "exp", "iat", "jti", "client_id", "scope", "org"];

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        TOKEN_CLAIMS_STRICT / "missing-each" = missing_each,
        "The token is perfect but for one claim, which is not there, null, or empty.",
    ),
    attack!(
        TOKEN_CLAIMS_STRICT / "wrong-type" = wrong_type,
        "Somebody who belongs to both organizations writes two of them into one token.",
        "Each claim has another type than it should, which a lenient reader bends into shape.",
    ),
    attack!(
        TOKEN_CLAIMS_STRICT / "duplicate" = duplicate,
        "The issuer can be made to write a claim twice: organization A, then B; a subject, then another.",
        "One reader takes the first, another the last.",
    ),
    attack!(
        TOKEN_CLAIMS_STRICT / "crit" = crit,
        "The token's header says that there is more to it, which must be understood (RFC 7515 §4.1.11).",
    ),
    attack!(
        TOKEN_CLAIMS_STRICT / "segments" = segments,
        "A valid token is spelled otherwise: a fourth piece, blanks inside, padding, another last character.",
        "A list of withdrawn tokens would not know it again.",
    ),
];

/// Claims that are other people's, in shapes that are none of our business (RFC 7519 §4).
const FOREIGN: &str = r#""groups":[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,59,60,61,62,63,64,65,66,67,68,69,70,71,72,73,74,75,76,77,78,79,80,81,82,83,84,85,86,87,88,89,90,91,92,93,94,95,96,97,98,99,100],"https://idp.test/x":{"a":{"a":[[[[{}]]]],"b":null},"a":1},"note":"\u0000\u202e","rate":1.5e300,"":false"#;

fn bad_claims() -> Refusal {
    Refusal::invalid_token("token.claims")
}

/// The refusal, or the answer of organization B to a token that was A's.
fn not_in_b(scene: &Scene, refusal: Refusal) -> Refusal {
    let b = scene.b().to_string();
    refusal.breach_if(move |answer| answer.mentions(&b))
}

async fn missing_each(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let me = reception.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;

    for name in REQUIRED {
        // Whom a token is for is found out with its issuer's own audience, so it has a reason of its own.
        let refusal = if name == "aud" { Refusal::invalid_token("token.aud") } else { bad_claims() };
        let token = reception.recipe().without_claim(name).sign()?;
        trial.refused(&format!("no {name}"), me.clone().bearer(token), refusal.clone()).await;
        let null = format!("\"{name}\":null,\"was\":");
        let from = format!("\"{name}\":");
        let token = reception.recipe().claims_text(move |text| text.replace(&from, &null)).sign()?;
        trial.refused(&format!("{name}: null"), me.clone().bearer(token), refusal).await;
    }
    for name in ["sub", "jti", "client_id", "org"] {
        let token = reception.recipe().claim(name, "").sign()?;
        trial.refused(&format!("empty {name}"), me.clone().bearer(token), bad_claims()).await;
        let token = reception.recipe().claim(name, "x".repeat(256)).sign()?;
        trial.refused(&format!("{name} of 256 characters"), me.clone().bearer(token), bad_claims()).await;
    }
    trial.conclude().await
}

async fn wrong_type(scene: &Scene) -> Outcome {
    let both = scene.actor(MultiInA)?;
    let me = both.get("/v1/me");
    let (a, b) = (scene.a().to_string(), scene.b().to_string());
    let in_a = || {
        let a = a.clone();
        move |answer: &Answer| answer.mentions(&a)
    };
    let foreign =
        both.recipe().claims_text(|text| format!("{},{FOREIGN}}}", text.trim_end_matches('}'))).sign()?;
    let control = Control::judged(me.clone(), 200, in_a());
    let control = control.and(Control::judged(me.clone().bearer(foreign), 200, in_a()));
    let mut trial = Trial::begin(scene, control).await?;

    let scope = both.recipe().value_of("scope").as_str().unwrap_or_default().to_owned();
    let subject = both.subject();
    let odd = [
        ("org", json!([a])),
        ("org", json!([a, b])),
        ("org", json!([b, a])),
        ("org", json!({ "id": b })),
        ("org", json!(0)),
        ("org", json!(format!("{a},{b}"))),
        ("org", json!(format!("{a}\0{b}"))),
        ("sub", json!([subject])),
        ("sub", json!({ "sub": subject })),
        ("sub", json!(7)),
        ("sub", json!(true)),
        ("scope", json!(scope.split(' ').collect::<Vec<_>>())),
        ("scope", json!({ "profile:read": true })),
        ("scope", json!(1)),
        ("jti", json!(1)),
        ("jti", json!(["a"])),
        ("client_id", json!(["clinic-app"])),
        ("client_id", json!(7)),
        ("iat", json!(both.recipe().value_of("iat").to_string())),
        ("exp", json!(both.recipe().value_of("exp").to_string())),
        ("sid", json!(7)),
        ("sid", Value::Null),
        ("sid", json!(["a", "b"])),
    ];
    for (name, value) in odd {
        let story = format!("{name}: {value}");
        let token = both.recipe().claim(name, value).sign()?;
        trial.refused(&story, me.clone().bearer(token), not_in_b(scene, bad_claims())).await;
    }
    for (story, claims) in [("an array", "[]"), ("a text", "\"x\""), ("null", "null"), ("a number", "1")] {
        let token = both.recipe().claims_text(move |_| claims.to_owned()).sign()?;
        trial.refused(&format!("{story} for claims"), me.clone().bearer(token), bad_claims()).await;
    }
    // serde would read a struct from a list of its fields.
    let positional = both.recipe().claims_text(|text| {
        let claims: Value = serde_json::from_str(text).unwrap_or_default();
        let order = ["iss", "sub", "exp", "iat", "nbf", "jti", "client_id", "scope", "org", "sid"];
        Value::from(order.map(|name| claims.get(name).cloned().unwrap_or_default()).to_vec()).to_string()
    });
    trial.refused("the claims in a list", me.bearer(positional.sign()?), bad_claims()).await;
    trial.conclude().await
}

async fn duplicate(scene: &Scene) -> Outcome {
    let both = scene.actor(MultiInA)?;
    let me = both.get("/v1/me");
    let (a, b) = (scene.a().to_string(), scene.b().to_string());
    let admin = scene.actor(AdminA1)?.subject().to_owned();
    let control = Control::judged(me.clone(), 200, {
        let a = a.clone();
        move |answer| answer.mentions(&a)
    });
    let mut trial = Trial::begin(scene, control).await?;

    let further = [
        format!("\"org\":\"{b}\""),
        format!("\"\\u006frg\":\"{b}\""),
        format!("\"sub\":\"{admin}\""),
        "\"scope\":\"profile:read members:write\"".to_owned(),
        "\"exp\":9999999999".to_owned(),
        "\"aud\":\"https://evil.example\"".to_owned(),
        "\"unheard\":1,\"unheard\":2".to_owned(),
    ];
    for member in further {
        let (before, after) = (format!("{{{member},"), format!(",{member}}}"));
        let last = both.recipe().claims_text(move |text| format!("{}{after}", text.trim_end_matches('}')));
        let story = format!("{member}, last");
        trial.refused(&story, me.clone().bearer(last.sign()?), not_in_b(scene, bad_claims())).await;
        let first = both.recipe().claims_text(move |text| text.replacen('{', &before, 1));
        let story = format!("{member}, first");
        trial.refused(&story, me.clone().bearer(first.sign()?), not_in_b(scene, bad_claims())).await;
    }
    for member in ["\"alg\":\"none\"", "\"kid\":\"other\"", "\"typ\":\"JWT\"", "\"alg\":\"EdDSA\""] {
        let header =
            both.recipe().header_text(move |text| format!("{},{member}}}", text.trim_end_matches('}')));
        trial.refused(&format!("{member} again"), me.clone().bearer(header.sign()?), bad_claims()).await;
    }
    trial.conclude().await
}

async fn crit(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let me = reception.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;

    let extensions = [
        (json!(["x"]), "x", json!("1")),
        (json!(["b64"]), "b64", json!(false)),
        (json!(["exp"]), "exp", json!(1)),
        (json!(["x"]), "y", json!("1")),
        (json!(["alg"]), "x", json!("1")),
        (json!([]), "x", json!("1")),
        (json!("x"), "x", json!("1")),
        (json!({}), "x", json!("1")),
        (json!(false), "x", json!("1")),
        (Value::Null, "x", json!("1")),
    ];
    for (crit, name, value) in extensions {
        let story = format!("crit {crit} with {name}: {value}");
        let token = reception.recipe().header("crit", crit).header(name, value).sign()?;
        trial.refused(&story, me.clone().bearer(token), bad_claims()).await;
    }
    trial.conclude().await
}

async fn segments(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let me = reception.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me.clone(), 200)).await?;

    let Segments { header, payload, signature } = reception.recipe().segments()?;
    let respelled = respelled(&signature);
    let spellings = [
        ("a fourth piece", format!("{header}.{payload}.{signature}.{payload}")),
        ("a fourth, empty piece", format!("{header}.{payload}.{signature}.")),
        ("an empty first piece", format!(".{header}.{payload}.{signature}")),
        ("five pieces, as if encrypted", format!("{header}.{payload}.{signature}.{signature}.{signature}")),
        ("a blank within", format!("{header} .{payload}.{signature}")),
        ("a tab within", format!("{header}.\t{payload}.{signature}")),
        ("padding after the signature", format!("{header}.{payload}.{signature}==")),
        ("one padding character", format!("{header}.{payload}.{signature}=")),
        ("padding after the header", format!("{header}=.{payload}.{signature}")),
        ("another last character", format!("{header}.{payload}.{respelled}")),
        ("quotes around", format!("\"{header}.{payload}.{signature}\"")),
        ("percent encoding", format!("{header}%2E{payload}%2E{signature}")),
        ("a signature in base64", format!("{header}.{payload}.{}+/", signature)),
    ];
    for (story, token) in spellings {
        trial.refused(story, me.clone().bearer(token), Refusal::invalid_token("token.malformed")).await;
    }
    trial.conclude().await
}

/// The same 64 bytes with another last character: its four lowest bits are not used.
fn respelled(signature: &str) -> String {
    let mut characters: Vec<char> = signature.chars().collect();
    let alphabet: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['-', '_']).collect();
    let last = characters.pop().and_then(|last| alphabet.iter().position(|c| *c == last));
    characters.extend(last.and_then(|index| alphabet.get(index ^ 1)));
    characters.into_iter().collect()
}
