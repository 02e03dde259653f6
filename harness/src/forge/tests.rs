//! The forge's tokens, checked by another library than the one that signs them.

use super::{Algorithm, Forge, SigningKey, TokenRecipe};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use serde_json::{Map, Value, json};
use std::sync::Arc;

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64URL.decode(payload).unwrap()).unwrap()
}

fn recipe(algorithm: Algorithm) -> (TokenRecipe, Arc<SigningKey>) {
    let key = Arc::new(SigningKey::generate(algorithm).unwrap());
    (TokenRecipe::new(key.clone(), Map::from_iter([("sub".to_owned(), json!("someone"))])), key)
}

#[test]
fn signatures_verify_under_the_published_key() {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, UnparsedPublicKey, VerificationAlgorithm};
    for (algorithm, verifier) in [
        (Algorithm::EdDsa, &ED25519 as &'static dyn VerificationAlgorithm),
        (Algorithm::Es256, &ECDSA_P256_SHA256_FIXED),
    ] {
        let (recipe, key) = recipe(algorithm);
        let token = recipe.segments().unwrap();
        let input = format!("{}.{}", token.header, token.payload);
        let signature = BASE64URL.decode(&token.signature).unwrap();
        UnparsedPublicKey::new(verifier, key.public_bytes()).verify(input.as_bytes(), &signature).unwrap();
    }
}

#[test]
fn every_token_has_its_own_jti_unless_it_is_fixed_or_left_out() {
    let (recipe, _) = recipe(Algorithm::EdDsa);
    let jti = |recipe: &TokenRecipe| claims(&recipe.sign().unwrap()).get("jti").cloned();
    assert_ne!(jti(&recipe), jti(&recipe));
    assert_eq!(jti(&recipe.clone().claim("jti", "one")), Some(json!("one")));
    assert_eq!(jti(&recipe.without_claim("jti")), None);
}

#[test]
fn json_texts_can_be_bent_beyond_what_a_library_writes() {
    let (recipe, _) = recipe(Algorithm::EdDsa);
    let token = recipe.claims_text(|text| text.replacen('{', r#"{"sub":"admin","#, 1)).segments().unwrap();
    let text = String::from_utf8(BASE64URL.decode(token.payload).unwrap()).unwrap();
    assert_eq!(text.matches(r#""sub""#).count(), 2);
}

#[tokio::test]
async fn rotation_publishes_and_retirement_withdraws() {
    let forge = Forge::start().await.unwrap();
    let staff = forge.issuer("staff").unwrap();
    let first = staff.key().unwrap();
    let second = staff.rotate(Algorithm::Es256).unwrap();
    assert_eq!(staff.jwks()["keys"].as_array().unwrap().len(), 2);
    assert_eq!(staff.key().unwrap().kid(), second.kid());
    staff.retire(first.kid());
    assert_eq!(staff.jwks()["keys"][0]["kid"], second.kid());
}
