//! Both ceremonies with an authenticator made of a key pair, on both engines.

use super::{Passkeys, registration::Registered};
use crate::{
    identity::factors::{
        registry,
        tests::{Person, moment},
    },
    ids::{AccountId, RowId},
    store::{
        Mode,
        testing::{Fixture, on_each_engine},
        types::Moment,
    },
};
use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use serde_json::{Value, json};
use url::Url;

const ORIGIN: &str = "https://clinic.test:8443";

/// User present, user verified.
const VERIFIED: u8 = 0b0101;
const PRESENT: u8 = 0b0001;

struct Authenticator {
    key: EcdsaKeyPair,
    id: [u8; 16],
    origin: &'static str,
    flags: u8,
    counter: u32,
}

impl Authenticator {
    fn new() -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        Self { key, id: *uuid::Uuid::new_v4().as_bytes(), origin: ORIGIN, flags: VERIFIED, counter: 1 }
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let challenge = &options["publicKey"]["challenge"];
        json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false })
            .to_string()
            .into_bytes()
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let host = digest(&SHA256, b"clinic.test");
        [host.as_ref(), &[flags], &self.counter.to_be_bytes()].concat()
    }

    fn credential(&self, response: Value) -> Value {
        let id = BASE64URL.encode(self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "extensions": {}, "response": response })
    }

    /// Answers `navigator.credentials.create`.
    fn create(&self, options: &Value) -> Value {
        let point = self.key.public_key().as_ref();
        let (x, y) = point[1..].split_at(32);
        // COSE_Key: EC2, ES256, P-256 (RFC 9053 §7.1.1).
        let key = [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32], x, &[0x22, 0x58, 32], y].concat();
        let data = [self.data(self.flags | 0x40), vec![0; 16], vec![0, 16], self.id.to_vec(), key].concat();
        let object = [
            b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".as_slice(),
            &[u8::try_from(data.len()).unwrap()],
            &data,
        ]
        .concat();
        self.credential(json!({
            "attestationObject": BASE64URL.encode(object),
            "clientDataJSON": BASE64URL.encode(self.client_data("webauthn.create", options)),
        }))
    }

    /// Answers `navigator.credentials.get` as this account's.
    fn get(&mut self, options: &Value, account: AccountId) -> Value {
        self.counter += 1;
        let (client, data) = (self.client_data("webauthn.get", options), self.data(self.flags));
        let signed = [data.as_slice(), digest(&SHA256, &client).as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        self.credential(json!({
            "authenticatorData": BASE64URL.encode(data),
            "clientDataJSON": BASE64URL.encode(client),
            "signature": BASE64URL.encode(signature),
            "userHandle": BASE64URL.encode(account.as_uuid().as_bytes()),
        }))
    }
}

struct Site {
    passkeys: Passkeys,
    ada: Person,
}

impl Site {
    async fn new(fixture: &Fixture) -> Self {
        let passkeys = Passkeys::new(&Url::parse(ORIGIN).unwrap()).unwrap();
        Self { passkeys, ada: Person::new(fixture).await }
    }

    async fn begin_registration(&self, now: Moment) -> (RowId, Value) {
        let mut transaction = self.ada.store.begin_identity(Mode::Write).await.unwrap();
        let (id, options) = self
            .passkeys
            .begin_registration(&mut transaction, self.ada.account, "ada@clinic.test", now)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        (id, serde_json::to_value(options).unwrap())
    }

    async fn finish_registration(&self, ceremony: RowId, credential: Value, now: Moment) -> Option<RowId> {
        let credential = &serde_json::from_value(credential).unwrap();
        let registered = Registered { ceremony, credential, name: "Key" };
        let mut transaction = self.ada.store.begin_identity(Mode::Write).await.unwrap();
        let factor = self
            .passkeys
            .finish_registration(&mut transaction, &self.ada.keyring, self.ada.account, registered, now)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        factor
    }

    async fn register(&self, authenticator: &Authenticator) -> Option<RowId> {
        let (id, options) = self.begin_registration(moment(0)).await;
        self.finish_registration(id, authenticator.create(&options), moment(1)).await
    }

    async fn begin(&self, now: Moment) -> (RowId, Value) {
        let mut transaction = self.ada.store.begin_identity(Mode::Write).await.unwrap();
        let (id, options) = self.passkeys.begin_sign_in(&mut transaction, now).await.unwrap();
        transaction.commit().await.unwrap();
        (id, serde_json::to_value(options).unwrap())
    }

    async fn finish(&self, ceremony: RowId, credential: Value, now: Moment) -> Option<AccountId> {
        let credential = serde_json::from_value(credential).unwrap();
        let mut transaction = self.ada.store.begin_identity(Mode::Write).await.unwrap();
        let account = self
            .passkeys
            .finish_sign_in(&mut transaction, &self.ada.keyring, ceremony, &credential, now)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        account.map(|standing| standing.id())
    }

    async fn sign_in(&self, authenticator: &mut Authenticator) -> Option<AccountId> {
        let (id, options) = self.begin(moment(60)).await;
        self.finish(id, authenticator.get(&options, self.ada.account), moment(61)).await
    }
}

#[tokio::test]
async fn a_passkey_is_registered_and_shown() {
    on_each_engine(async |fixture: &Fixture| {
        let site = Site::new(fixture).await;
        let mut key = Authenticator::new();
        let (id, options) = site.begin_registration(moment(0)).await;
        let selection = &options["publicKey"]["authenticatorSelection"];
        assert_eq!(selection["userVerification"], "required");
        assert_eq!(selection["requireResidentKey"], true);
        let factor = site.finish_registration(id, key.create(&options), moment(1)).await.unwrap();
        for _ in 0..2 {
            assert_eq!(site.sign_in(&mut key).await, Some(site.ada.account));
        }
        let mut transaction = site.ada.store.begin_identity(Mode::Write).await.unwrap();
        let factors = registry::list(&mut transaction, site.ada.account).await.unwrap();
        let found = factors.iter().find(|found| found.id == factor).unwrap();
        assert_eq!((found.kind.as_str(), found.last_used_at), ("passkey", Some(moment(61))));
    })
    .await;
}

#[tokio::test]
async fn a_ceremony_ends_once_and_in_time() {
    on_each_engine(async |fixture: &Fixture| {
        let site = Site::new(fixture).await;
        let mut key = Authenticator::new();
        let (late, options) = site.begin_registration(moment(0)).await;
        assert_eq!(site.finish_registration(late, key.create(&options), moment(300)).await, None);
        site.register(&key).await.unwrap();

        let (id, options) = site.begin(moment(60)).await;
        let answer = key.get(&options, site.ada.account);
        assert_eq!(site.finish(id, answer.clone(), moment(61)).await, Some(site.ada.account));
        assert_eq!(site.finish(id, answer.clone(), moment(61)).await, None, "replayed");
        let (other, _) = site.begin(moment(60)).await;
        assert_eq!(site.finish(other, answer, moment(61)).await, None, "another challenge's answer");
        let (late, options) = site.begin(moment(60)).await;
        let answer = key.get(&options, site.ada.account);
        assert_eq!(site.finish(late, answer, moment(360)).await, None, "late");
        let (registration, _) = site.begin_registration(moment(60)).await;
        let answer = key.get(&options, site.ada.account);
        assert_eq!(site.finish(registration, answer, moment(61)).await, None, "another ceremony");
    })
    .await;
}

#[tokio::test]
async fn without_user_verification_or_for_another_origin_it_is_refused() {
    on_each_engine(async |fixture: &Fixture| {
        let site = Site::new(fixture).await;
        let careless = Authenticator { flags: PRESENT, ..Authenticator::new() };
        assert_eq!(site.register(&careless).await, None);
        let phished = Authenticator { origin: "https://clinic.test.evil.test", ..Authenticator::new() };
        assert_eq!(site.register(&phished).await, None);

        let mut key = Authenticator::new();
        site.register(&key).await.unwrap();
        key.flags = PRESENT;
        assert_eq!(site.sign_in(&mut key).await, None);
        (key.flags, key.origin) = (VERIFIED, "https://clinic.test");
        assert_eq!(site.sign_in(&mut key).await, None, "another port");
        key.origin = ORIGIN;
        assert_eq!(site.sign_in(&mut key).await, Some(site.ada.account));
    })
    .await;
}

#[tokio::test]
async fn a_copied_or_borrowed_passkey_is_refused() {
    on_each_engine(async |fixture: &Fixture| {
        let site = Site::new(fixture).await;
        let mut key = Authenticator::new();
        site.register(&key).await.unwrap();
        assert_eq!(site.sign_in(&mut key).await, Some(site.ada.account));
        key.counter -= 1;
        assert_eq!(site.sign_in(&mut key).await, None, "the counter stands still: a copy");

        let mut eve = Site::new(fixture).await;
        eve.ada.keyring = site.ada.keyring.clone();
        let stolen = Authenticator { id: key.id, ..Authenticator::new() };
        assert_eq!(eve.register(&stolen).await, None, "a credential id that is Ada's");
        let mut own = Authenticator::new();
        eve.register(&own).await.unwrap();
        assert_eq!(site.sign_in(&mut own).await, None, "Eve's passkey with Ada's user handle");
    })
    .await;
}

#[test]
fn an_address_has_no_passkeys() {
    assert!(Passkeys::new(&Url::parse("https://127.0.0.1:8443").unwrap()).is_err());
    assert!(Passkeys::new(&Url::parse("https://localhost:8443").unwrap()).is_ok());
}
