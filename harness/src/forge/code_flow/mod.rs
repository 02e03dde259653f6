//! The authorization code flow of an issuer: who signs in there, and what is bent about it.
//!
//! Nobody types a password at the forge: whom the attack named with [`Issuer::will_sign_in`] is signed in at once. Honest,
//! the issuer is as strict as any provider: exact redirect URI, PKCE, client authentication, each code once.

mod authorize;
mod client;
mod token;

pub use client::RegisteredClient;

use super::{Issuer, TokenRecipe};
use serde_json::{Map, Value, json};
use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

type BendToken = Arc<dyn Fn(TokenRecipe) -> TokenRecipe + Send + Sync>;
type BendResponse = Arc<dyn Fn(&mut Vec<(String, String)>) + Send + Sync>;

/// Who signs in at an issuer: the claims of their ID tokens beside the protocol's own.
#[derive(Clone, Debug)]
pub struct Person(pub(super) Map<String, Value>);

impl Person {
    /// Somebody with a verified e-mail, who showed two factors.
    #[must_use]
    pub fn new(subject: &str, email: &str) -> Self {
        Self(Map::from_iter([
            ("sub".to_owned(), json!(subject)),
            ("email".to_owned(), json!(email)),
            ("email_verified".to_owned(), json!(true)),
            ("amr".to_owned(), json!(["pwd", "otp", "mfa"])),
        ]))
    }

    /// With another claim.
    #[must_use]
    pub fn with(mut self, claim: &str, value: impl Into<Value>) -> Self {
        self.0.insert(claim.into(), value.into());
        self
    }
}

/// What is bent about an issuer's sign-ins; nothing by default.
#[derive(Clone, Default)]
pub struct Bend {
    id_token: Option<BendToken>,
    response: Option<BendResponse>,
    codes_last: bool,
    failing: bool,
    userinfo: Option<Value>,
}

impl fmt::Debug for Bend {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Bend")
    }
}

impl Bend {
    /// The ID token, after the honest recipe was made.
    #[must_use]
    pub fn id_token(bend: impl Fn(TokenRecipe) -> TokenRecipe + Send + Sync + 'static) -> Self {
        Self { id_token: Some(Arc::new(bend)), ..Self::default() }
    }

    /// The parameters that the browser is sent back with.
    #[must_use]
    pub fn response(bend: impl Fn(&mut Vec<(String, String)>) + Send + Sync + 'static) -> Self {
        Self { response: Some(Arc::new(bend)), ..Self::default() }
    }

    /// Its token endpoint has a bug: it answers no code.
    #[must_use]
    pub fn failing() -> Self {
        Self { failing: true, ..Self::default() }
    }

    /// What it says of whoever signed in, beside the ID token. Named in the discovery document from then on.
    #[must_use]
    pub fn userinfo(document: Value) -> Self {
        Self { userinfo: Some(document), ..Self::default() }
    }

    /// Its codes work more than once.
    #[must_use]
    pub fn codes_last() -> Self {
        Self { codes_last: true, ..Self::default() }
    }
}

/// What an issuer knows of its sign-ins.
#[derive(Default)]
pub(super) struct CodeFlow {
    person: Mutex<Option<Person>>,
    bend: Mutex<Bend>,
    client: Mutex<Option<RegisteredClient>>,
    codes: Mutex<HashMap<String, Pending>>,
    exchanges: AtomicU64,
}

/// A code that was given out.
#[derive(Clone)]
struct Pending {
    client_id: String,
    redirect_uri: String,
    nonce: Option<String>,
    challenge: String,
    person: Person,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Issuer {
    /// Names who is signed in from now on.
    pub fn will_sign_in(&self, person: Person) {
        *lock(&self.flow.person) = Some(person);
    }

    /// Bends something; the default is honest again.
    pub fn bend(&self, bend: Bend) {
        *lock(&self.flow.bend) = bend;
    }

    /// Registers the relying party.
    pub fn register(&self, client: RegisteredClient) {
        *lock(&self.flow.client) = Some(client);
    }

    /// What it says of whoever signed in, if it says anything.
    pub(super) fn userinfo(&self) -> Option<Value> {
        lock(&self.flow.bend).userinfo.clone()
    }

    /// How often the token endpoint was asked.
    #[must_use]
    pub fn exchanges(&self) -> u64 {
        self.flow.exchanges.load(Ordering::Relaxed)
    }
}
