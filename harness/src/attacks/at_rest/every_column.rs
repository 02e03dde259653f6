//! `crypto-aad-binding`, column by column: whatever looks sealed in the database is opened, by the operator's key and by this
//! file's own reckoning of the place that it must be bound to.

use crate::attacks::{accounts::enters, federation::House, prelude::*};
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    digest::{SHA256, digest},
    hkdf::{HKDF_SHA256, Salt},
};
use std::collections::BTreeMap;

pub(super) const ATTACKS: &[Attack] = &[attack!(
    CRYPTO_AAD_BINDING / "every-column" = every_column,
    needs: People.and(Clinic),
    "Every table holds something. A thief has the database, and tries where its sealed values would open.",
    "Each value in each column opens in its own organization, table, column, row and version, and of a factor for its own \
     account: with one of them changed, it must not.",
)];

/// Whose key a value is sealed with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// The organization in `organization_id`.
    Organization,
    /// No tenant.
    Nobody,
}

/// Which version of its row a value belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    /// The one in `version`: the row changes.
    Row,
    /// The first: the row never changes, or not in what is sealed.
    First,
}

/// Every sealed column, and what it must be bound to.
const PLACES: &[(&str, &str, Owner, Version)] = &[
    ("accounts", "email", Owner::Nobody, Version::Row),
    ("break_glass_accesses", "note", Owner::Organization, Version::First),
    ("break_glass_accesses", "reason", Owner::Organization, Version::First),
    ("documents", "file_key", Owner::Organization, Version::First),
    ("documents", "name", Owner::Organization, Version::First),
    ("eligibility_checks", "member_no", Owner::Organization, Version::First),
    ("eligibility_checks", "plan", Owner::Organization, Version::First),
    ("factors", "secret", Owner::Nobody, Version::Row),
    ("idempotency_keys", "answer", Owner::Organization, Version::First),
    ("identity_providers", "credential", Owner::Organization, Version::Row),
    ("invitations", "email", Owner::Organization, Version::First),
    ("login_transactions", "verifier", Owner::Organization, Version::First),
    ("one_time_secrets", "email", Owner::Nobody, Version::First),
    ("patient_exports", "reason", Owner::Organization, Version::Row),
    ("patients", "national_id", Owner::Organization, Version::Row),
    ("patients", "notes", Owner::Organization, Version::Row),
    ("patients", "phone", Owner::Organization, Version::Row),
    ("record_versions", "body", Owner::Organization, Version::First),
    ("record_versions", "reason", Owner::Organization, Version::First),
    ("signing_keys", "private_key", Owner::Nobody, Version::First),
    ("webhooks", "former_secret", Owner::Organization, Version::Row),
    ("webhooks", "secret", Owner::Organization, Version::Row),
];

/// The operator's key file, read as its description says.
struct Operator {
    id: [u8; 4],
    secret: Vec<u8>,
}

impl Operator {
    fn of(scene: &Scene) -> Result<Self, AttackError> {
        let secret = std::fs::read(scene.data_directory().join("keys/field.key"))?;
        let fingerprint = digest(&SHA256, &[b"brigandine key id".as_slice(), &secret].concat());
        let id = fingerprint.as_ref().first_chunk().copied().unwrap_or_default();
        Ok(Self { id, secret })
    }

    /// The organization's key for fields (HKDF, RFC 5869).
    fn key(&self, organization: Uuid) -> Option<LessSafeKey> {
        let root = Salt::new(HKDF_SHA256, b"brigandine/1").extract(&self.secret);
        let info = [organization.as_bytes().as_slice(), b"field-encryption"];
        let mut key = [0; 32];
        root.expand(&info, HKDF_SHA256).ok()?.fill(&mut key).ok()?;
        Some(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).ok()?))
    }

    /// Nonce and ciphertext of what begins as sealed values do: with 1 and the key's id.
    fn sealed<'b>(&self, bytes: &'b [u8]) -> Option<([u8; NONCE_LEN], &'b [u8])> {
        let rest = bytes.strip_prefix(&[1])?.strip_prefix(&self.id)?;
        let (nonce, body) = rest.split_first_chunk()?;
        Some((*nonce, body))
    }
}

/// A place, as it goes into the additional data.
#[derive(Clone)]
struct Bound {
    organization: Uuid,
    table: String,
    column: String,
    row: Uuid,
    version: i32,
}

impl Bound {
    fn of(row: &Row, (table, column, owner, version): (&str, &str, Owner, Version)) -> Option<Self> {
        let column = match (table, row.uuid("account_id")) {
            // Whoever can write to the database can't hand their authenticator to somebody else's account.
            ("factors", Some(account)) => format!("secret of {account}"),
            _ => column.to_owned(),
        };
        Some(Self {
            organization: if owner == Owner::Nobody { Uuid::nil() } else { row.uuid("organization_id")? },
            table: table.to_owned(),
            column,
            row: row.uuid("id")?,
            version: if version == Version::First {
                1
            } else {
                i32::try_from(row.integer("version")?).ok()?
            },
        })
    }

    /// The same with one part changed, each in turn.
    fn elsewhere(&self) -> [(&'static str, Self); 5] {
        let other = |change: fn(&mut Self)| {
            let mut place = self.clone();
            change(&mut place);
            place
        };
        [
            (
                "another organization",
                other(|place| place.organization = Uuid::from_u128(place.organization.as_u128() ^ 1)),
            ),
            ("another table", other(|place| place.table.push('s'))),
            ("another column", other(|place| place.column.push('s'))),
            ("another row", other(|place| place.row = Uuid::from_u128(place.row.as_u128() ^ 1))),
            ("another version", other(|place| place.version = place.version.wrapping_add(1))),
        ]
    }

    fn bytes(&self, key_id: [u8; 4]) -> Vec<u8> {
        [
            [1].as_slice(),
            self.organization.as_bytes(),
            &self.table.len().to_be_bytes(),
            self.table.as_bytes(),
            &self.column.len().to_be_bytes(),
            self.column.as_bytes(),
            self.row.as_bytes(),
            &self.version.to_be_bytes(),
            &key_id,
        ]
        .concat()
    }

    /// Whether a value opens here, by the key of `keys_of`.
    fn opens(&self, operator: &Operator, keys_of: Uuid, bytes: &[u8]) -> bool {
        let opened = || {
            let (nonce, body) = operator.sealed(bytes)?;
            let (key, mut body) = (operator.key(keys_of)?, body.to_vec());
            let aad = Aad::from(self.bytes(operator.id));
            key.open_in_place(Nonce::assume_unique_for_key(nonce), aad, &mut body).ok().map(|_| ())
        };
        opened().is_some()
    }
}

/// What the scene does not have by itself.
async fn more(scene: &Scene) -> Result<(), AttackError> {
    let admin = scene.person(AdminA1)?;
    let (browser, _) = admin.tokens().await?;
    let address = format!("new.{}@clinic.test", Uuid::new_v4().simple());
    enters(scene, &browser, &address, &admin.account().password).await?;
    let house = House::open(scene, AdminB).await?;
    house.sign_in(house.staff("ada")).await?;
    let notes = json!({ "notes": "Asthma." });
    let noted = scene.actor(ClinA1)?.patch(&scene.patient().await?.path()).json(&notes);
    scene.demand(&noted, 200).await.map(drop)
}

async fn every_column(scene: &Scene) -> Outcome {
    scene.use_everything().await?;
    more(scene).await?;
    let operator = Operator::of(scene)?;
    let control = Control::new(scene.actor(RecepA)?.get("/v1/me"), 200);
    let mut trial = Trial::begin(scene, control).await?;
    // Others tamper with what is theirs.
    let mut ours = vec![scene.a(), scene.b()];
    for persona in [AdminA1, ClinA1, RecepA, PatA1, RecepB] {
        ours.push(scene.person(persona)?.account().id);
    }
    let mut seen = BTreeMap::<String, Finding>::new();
    for table in scene.observer().tables().await? {
        let rows = scene.observer().rows(&table, "1 = 1").await?;
        for row in
            rows.into_iter().filter(|row| table == "signing_keys" || ours.iter().any(|our| is_of(row, *our)))
        {
            for column in row.columns() {
                let Some(bytes) = row.bytes(column).filter(|bytes| operator.sealed(bytes).is_some()) else {
                    continue;
                };
                let finding = bound(&operator, &row, (&table, column), &bytes);
                let judged = seen.entry(format!("{table}.{column}")).or_insert(Finding::Fine);
                *judged = judged.clone().and(finding);
            }
        }
    }
    for (table, column, ..) in PLACES {
        let name = format!("{table}.{column}");
        let nothing = || Finding::Unclear("nothing sealed stands there".into());
        seen.entry(name).or_insert_with(nothing);
    }
    seen.into_iter().for_each(|(name, finding)| trial.found(&name, finding));
    trial.conclude().await
}

/// Whether a row belongs to an organization or an account, or is it.
fn is_of(row: &Row, owner: Uuid) -> bool {
    ["organization_id", "account_id", "id"].iter().any(|column| row.uuid(column) == Some(owner))
}

/// Whether a value opens in its own place, and nowhere else.
fn bound(operator: &Operator, row: &Row, (table, column): (&str, &str), bytes: &[u8]) -> Finding {
    let Some(place) = PLACES.iter().find(|place| (place.0, place.1) == (table, column)) else {
        return Finding::Unclear("nobody says what this sealed column is bound to".into());
    };
    let Some(place) = Bound::of(row, *place) else {
        return Finding::Unclear("the row does not say where it belongs".into());
    };
    if !place.opens(operator, place.organization, bytes) {
        return Finding::Breach("is not bound to all that it must be bound to".into());
    }
    for (story, other) in place.elsewhere() {
        // By the right key, so that it is the place that decides; and by the key of the other place.
        for keys_of in [place.organization, other.organization] {
            if other.opens(operator, keys_of, bytes) {
                return Finding::Breach(format!("opens in {story}"));
            }
        }
    }
    Finding::Fine
}
