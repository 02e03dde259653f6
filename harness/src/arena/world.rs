//! Each attack's own two organizations, as one document for `admin import`.

use super::{ArenaError, Persona, applications};
use crate::forge::{Forge, Issuer};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc};
use totp_rs::Secret;
use uuid::Uuid;

/// A seeded member.
#[derive(Clone, Debug)]
pub struct Member {
    /// Who it is in the story.
    pub persona: Persona,
    /// The member's id in the service.
    pub id: Uuid,
    /// The organization's id.
    pub organization: Uuid,
    /// The `sub` of its tokens.
    pub subject: String,
    /// The `iss` of its tokens.
    pub issuer: String,
}

/// Somebody with an account at the built-in provider, and a membership of its own beside the persona's.
#[derive(Clone)]
pub struct Account {
    /// The account's id: the `sub` of its tokens.
    pub id: Uuid,
    /// The address that it signs in with.
    pub email: String,
    /// The password.
    pub password: String,
    /// The base32 seed of the authenticator, for those whose role needs a second factor.
    pub seed: Option<String>,
    /// The membership.
    pub member: Uuid,
    /// The organization's id.
    pub organization: Uuid,
}

// A password must not reach a panic message or a log by accident.
impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Account({})", self.email)
    }
}

/// One attack's organizations A and B.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Organization A.
    pub a: Uuid,
    /// Organization B.
    pub b: Uuid,
    members: HashMap<Persona, Member>,
    accounts: HashMap<Persona, Account>,
}

impl World {
    /// A world that no service knows.
    ///
    /// # Errors
    /// Never in practice: it is read as it was written.
    pub(crate) fn imagined(forge: &Forge) -> Result<Self, ArenaError> {
        let wish = Wish { name: "imagined".into(), issuer: None, people: Vec::new() };
        let imported = |of_b| {
            let members: Vec<Value> = roster(&wish, forge, of_b)
                .into_iter()
                .map(|(_, subject, _)| json!({ "id": Uuid::new_v4(), "subject": subject }))
                .collect();
            json!({ "id": Uuid::new_v4(), "members": members })
        };
        let printed =
            json!({ "accounts": [], "organizations": [imported(false), imported(true)] }).to_string();
        Ok(read(&[wish], forge, &printed)?.into_iter().next().unwrap_or_default())
    }

    /// The seeded member, if the persona takes part.
    #[must_use]
    pub fn member(&self, persona: Persona) -> Option<&Member> {
        self.members.get(&persona)
    }

    /// The persona's account, if the attack asked for people.
    #[must_use]
    pub fn account(&self, persona: Persona) -> Option<&Account> {
        self.accounts.get(&persona)
    }
}

/// What an attack wants of its world.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The attack's id, unique in the run.
    pub name: String,
    /// Whether it wants a trusted issuer of its own.
    pub own_issuer: bool,
    /// Whether it wants people with accounts at the built-in provider.
    pub people: bool,
}

impl Wanted {
    /// Nothing but the personas.
    #[must_use]
    pub fn plain(name: impl Into<String>) -> Self {
        Self { name: name.into(), own_issuer: false, people: false }
    }
}

/// Who has an account where people are wanted.
const PEOPLE: [Persona; 5] =
    [Persona::AdminA1, Persona::ClinA1, Persona::RecepA, Persona::PatA1, Persona::RecepB];

/// Somebody who is to have an account.
pub struct Newcomer {
    persona: Persona,
    email: String,
    password: String,
    seed: Option<String>,
}

impl Newcomer {
    /// The people of an attack, with passwords that nobody else has.
    #[must_use]
    pub fn people_of(name: &str) -> Vec<Self> {
        let tag = name.replace('/', ".");
        let new = |persona: Persona| Self {
            persona,
            email: format!("{}.{tag}@clinic.test", persona.name()).to_lowercase(),
            password: Uuid::new_v4().simple().to_string(),
            seed: persona.role().needs_second_factor().then(seed),
        };
        PEOPLE.into_iter().map(new).collect()
    }
}

/// A new seed for an authenticator: 160 bits in base32.
fn seed() -> String {
    let (first, second) = (Uuid::new_v4(), Uuid::new_v4());
    let bytes = first.as_bytes().iter().chain(second.as_bytes()).copied();
    let mut seed = [0; 20];
    seed.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    Secret::new_stack(seed).to_base32()
}

/// Who wants a world of its own.
pub struct Wish {
    /// The attack's id, unique in the run: `token-signature/tamper`.
    pub name: String,
    /// The attack's own trusted issuer, if it asked for one.
    pub issuer: Option<Arc<Issuer>>,
    /// The people with accounts, if it asked for them.
    pub people: Vec<Newcomer>,
}

#[derive(Deserialize)]
struct ImportedAccount {
    email: String,
    id: Uuid,
}

#[derive(Deserialize)]
struct Imported {
    #[serde(default)]
    accounts: Vec<ImportedAccount>,
    organizations: Vec<ImportedOrganization>,
}

#[derive(Deserialize)]
struct ImportedOrganization {
    id: Uuid,
    members: Vec<ImportedMember>,
}

#[derive(Deserialize)]
struct ImportedMember {
    id: Uuid,
    subject: String,
}

/// Who is imported into A (`false`) or B (`true`) of a wish, with subject and issuer.
fn roster(wish: &Wish, forge: &Forge, of_b: bool) -> Vec<(Persona, String, String)> {
    let tag = wish.name.replace('/', ".");
    let mut all: Vec<_> = Persona::ALL
        .into_iter()
        .filter(|persona| persona.is_of_b() == of_b)
        .filter_map(|persona| {
            let issuer = forge.issuer(persona.issuer())?;
            Some((persona, format!("{}.{tag}", persona.name()), issuer.url().to_owned()))
        })
        .collect();
    if let (Some(own), false) = (&wish.issuer, of_b) {
        all.push((Persona::GuestA, format!("guestA.{tag}"), own.url().to_owned()));
    }
    all
}

/// The document for `admin import`: accounts, clients, and two organizations per wish, in order.
pub(super) fn document(wishes: &[Wish], forge: &Forge) -> Value {
    let accounts: Vec<Value> = wishes
        .iter()
        .flat_map(|wish| &wish.people)
        .map(|person| json!({ "email": person.email, "password": person.password, "totp_seed": person.seed }))
        .collect();
    let mut organizations = Vec::new();
    for wish in wishes {
        for (letter, of_b) in [("A", false), ("B", true)] {
            let mut members: Vec<Value> = roster(wish, forge, of_b)
                .into_iter()
                .map(|(persona, subject, issuer)| {
                    json!({
                        "issuer": issuer,
                        "subject": subject,
                        "display_name": persona.name(),
                        "role": persona.role().name(),
                    })
                })
                .collect();
            members.extend(wish.people.iter().filter(|person| person.persona.is_of_b() == of_b).map(
                |person| {
                    json!({
                        "subject": person.email,
                        "display_name": person.persona.name(),
                        "role": person.persona.role().name(),
                    })
                },
            ));
            organizations.push(json!({ "name": format!("{letter} of {}", wish.name), "members": members }));
        }
    }
    json!({ "accounts": accounts, "clients": applications::document(), "organizations": organizations })
}

/// Reads what `admin import` printed back into a world per wish, in order.
pub(super) fn read(wishes: &[Wish], forge: &Forge, printed: &str) -> Result<Vec<World>, ArenaError> {
    let odd =
        |why: &str| ArenaError::Service(format!("admin import printed something else than promised: {why}"));
    let imported: Imported = serde_json::from_str(printed).map_err(|error| odd(&error.to_string()))?;
    let accounts: HashMap<String, Uuid> =
        imported.accounts.into_iter().map(|account| (account.email, account.id)).collect();
    let mut organizations = imported.organizations.into_iter();
    let mut worlds = Vec::new();
    for wish in wishes {
        let mut world = World::default();
        for of_b in [false, true] {
            let organization = organizations.next().ok_or_else(|| odd("too few organizations"))?;
            let ids: HashMap<&str, Uuid> =
                organization.members.iter().map(|member| (member.subject.as_str(), member.id)).collect();
            for (persona, subject, issuer) in roster(wish, forge, of_b) {
                let id = *ids.get(subject.as_str()).ok_or_else(|| odd("a member is missing"))?;
                world
                    .members
                    .insert(persona, Member { persona, id, organization: organization.id, subject, issuer });
            }
            for person in wish.people.iter().filter(|person| person.persona.is_of_b() == of_b) {
                let id = *accounts.get(&person.email).ok_or_else(|| odd("an account is missing"))?;
                let member = *ids
                    .get(id.to_string().as_str())
                    .ok_or_else(|| odd("the member of an account is missing"))?;
                let account = Account {
                    id,
                    email: person.email.clone(),
                    password: person.password.clone(),
                    seed: person.seed.clone(),
                    member,
                    organization: organization.id,
                };
                world.accounts.insert(person.persona, account);
            }
            if of_b {
                world.b = organization.id;
            } else {
                world.a = organization.id;
            }
        }
        worlds.push(world);
    }
    Ok(worlds)
}
