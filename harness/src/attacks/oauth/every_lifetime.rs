//! `session-timeouts`, end by end: whatever the database says ends, ends as long after its beginning as was reviewed here.

use crate::{
    attacks::{
        accounts::{Door, enters, reset_token},
        federation::House,
        prelude::*,
        program::claims_of,
    },
    matrix::endpoint_of,
};

pub(super) const ATTACKS: &[Attack] = &[attack!(
    SESSION_TIMEOUTS / "every-lifetime" = every_lifetime,
    // Alone: others let time pass for rows that belong to nobody.
    needs: People.and(Clinic).and(Exclusive),
    "People sign in, ask for links, hold, break glass and let files be made; programs get keys; administrators invite.",
    "Every column of the schema that says when something ends is compared with its row's beginning: a mistyped default of \
     ten times as long stands in a row as well as the right one.",
)];

/// Where a lifetime begins.
#[derive(Clone, Copy)]
enum Begin {
    /// With this column of its row.
    At(&'static str),
    /// With this column of its row, whenever that was: it may have been ended early, and never lives longer.
    Ever(&'static str),
    /// At a moment that the row does not keep, during the attack.
    Now,
}
use Begin::{At, Ever, Now};

/// Table, column, the rows that count, their beginning, and the seconds until their end; all in SQL. `STAFF`, `PATIENT` are
/// accounts, `HERE` are the organizations, `HELD` is an appointment.
const LIFETIMES: &[(&str, &str, &str, Begin, &str)] = &[
    ("api_keys", "expires_at", "organization_id IN (HERE)", At("created_at"), "90 * 86400"),
    ("appointments", "held_until", "id = HELD", At("created_at"), "600"),
    (
        "authorization_requests",
        "expires_at",
        "1 = 1",
        At("created_at"),
        "CASE WHEN pushed THEN 60 ELSE 600 END",
    ),
    ("break_glass_accesses", "expires_at", "organization_id IN (HERE)", At("opened_at"), "3600"),
    ("factor_challenges", "expires_at", "account_id = STAFF", At("created_at"), "600"),
    ("grants", "code_expires_at", "organization_id IN (HERE)", At("created_at"), "60"),
    (
        "grants",
        "expires_at",
        "account_id IN (STAFF, PATIENT)",
        At("(SELECT created_at FROM sessions WHERE sessions.id = session_id)"),
        "CASE WHEN account_id = PATIENT THEN 24 * 3600 ELSE 12 * 3600 END",
    ),
    ("idempotency_keys", "expires_at", "organization_id IN (HERE)", At("created_at"), "86400"),
    (
        "invitations",
        "expires_at",
        "organization_id IN (HERE) AND kind = 'invitation'",
        At("created_at"),
        "7 * 86400",
    ),
    ("login_transactions", "expires_at", "organization_id IN (HERE)", At("created_at"), "600"),
    (
        "one_time_secrets",
        "expires_at",
        "organization_id IN (HERE) OR account_id IN (STAFF, PATIENT)",
        At("created_at"),
        "CASE kind WHEN 'password-reset' THEN 600 WHEN 'email-change' THEN 86400 ELSE 7 * 86400 END",
    ),
    ("passkey_states", "expires_at", "1 = 1", Now, "300"),
    (
        "patient_exports",
        "expires_at",
        "organization_id IN (HERE) AND status = 'approved'",
        At("decided_at"),
        "86400",
    ),
    (
        "sessions",
        "expires_at",
        "account_id IN (STAFF, PATIENT)",
        At("created_at"),
        "CASE WHEN account_id = PATIENT THEN 24 * 3600 ELSE 12 * 3600 END",
    ),
    ("signing_keys", "signs_until", "1 = 1", Ever("signs_from"), "90 * 86400"),
    ("webhooks", "former_until", "organization_id IN (HERE)", Now, "86400"),
];

/// Ends that give nobody anything: how long it is remembered what must not come again, how long a worker has a row for
/// itself, and what insurers say.
const OTHERS: [(&str, &str); 4] = [
    ("eligibility_checks", "valid_until"),
    ("replays", "expires_at"),
    ("revocations", "expires_at"),
    ("webhook_deliveries", "claimed_until"),
];

/// Seconds that an access token lives.
const ACCESS: i64 = 300;
/// Seconds by which a beginning and an end of one moment may differ.
const ROUNDING: i64 = 2;
/// Seconds that the attack takes at most, where the beginning is not kept.
const ATTACK: i64 = 300;

/// Everything that ends, begun anew. Answers the appointment, and an access token.
async fn begin_everything(scene: &Scene) -> Result<(Uuid, String), AttackError> {
    scene.use_everything().await?;
    let (admin, patient) = (scene.person(AdminA1)?, scene.person(PatA1)?);
    let (browser, tokens) = admin.tokens().await?;
    patient.tokens().await?;
    let elsewhere = format!("new.{}@clinic.test", Uuid::new_v4().simple());
    enters(scene, &browser, &elsewhere, &admin.account().password).await?;
    let stranger = scene.browser();
    reset_token(scene, &stranger, &patient.account().email, 1).await?;
    stranger.send(&admin.authorization(CLINIC_APP).request(&stranger)).await?;
    if has_passkeys() {
        scene.demand(&Door::open(scene).await?.send("/signin/passkey", &[]), 200).await?;
    }
    let house = House::open(scene, AdminB).await?;
    house.sign_in(house.staff("ada")).await?;
    let of = scene.patient().await?;
    scene.cares(ClinA1, &of).await?;
    scene.approved_export(ClinA1, &of, "json").await?;
    Ok((scene.hold(ClinA1, &of).await?.id, tokens.access))
}

async fn every_lifetime(scene: &Scene) -> Outcome {
    let reception = scene.person(RecepA)?;
    let started = crate::clock::unix_seconds();
    let (held, access) = begin_everything(scene).await?;
    let mut trial = Trial::begin(scene, super::whole_way(&reception)).await?;
    for (table, column) in ends(scene).await? {
        let story = format!("{table}.{column}");
        let known = LIFETIMES.iter().find(|known| (known.0, known.1) == (table.as_str(), column.as_str()));
        let other = OTHERS.contains(&(table.as_str(), column.as_str()));
        let finding = match known {
            Some((_, _, rows, begin, seconds)) if table != "passkey_states" || has_passkeys() => {
                let (rows, seconds) = (spoken(scene, rows, held)?, spoken(scene, seconds, held)?);
                judged(scene, (&table, &column), &rows, (*begin, started), &seconds).await?
            }
            _ if other || (table == "passkey_states" && !has_passkeys()) => Finding::Fine,
            _ => Finding::Unclear("nobody says when it must end".into()),
        };
        trial.found(&story, finding);
    }
    let claims = claims_of(&access);
    let [issued, expires] =
        ["iat", "exp"].map(|name| claims.get(name).and_then(Value::as_i64).unwrap_or_default());
    trial.found(
        "an access token",
        Finding::must(expires - issued == ACCESS, format!("lives {} s", expires - issued)),
    );
    trial.conclude().await
}

/// Whether passkeys were built in.
fn has_passkeys() -> bool {
    endpoint_of("POST", "/signin/passkey").is_some()
}

/// Every column of the schema that says when something ends.
async fn ends(scene: &Scene) -> Result<Vec<(String, String)>, AttackError> {
    let observer = scene.observer();
    let mut ends = Vec::new();
    for table in observer.tables().await? {
        let columns = observer.columns(&table).await?;
        let ending = columns.into_iter().filter(|it| it.ends_with("expires_at") || it.ends_with("_until"));
        ends.extend(ending.map(|column| (table.clone(), column)));
    }
    Ok(ends)
}

/// The SQL with this scene's ids.
fn spoken(scene: &Scene, sql: &str, held: Uuid) -> Result<String, AttackError> {
    let observer = scene.observer();
    let account = |persona| Ok::<_, AttackError>(observer.id(scene.person(persona)?.account().id));
    let here = format!("{}, {}", observer.id(scene.a()), observer.id(scene.b()));
    let sql = sql.replace("STAFF", &account(AdminA1)?).replace("PATIENT", &account(PatA1)?);
    Ok(sql.replace("HERE", &here).replace("HELD", &observer.id(held)))
}

async fn judged(
    scene: &Scene,
    (table, column): (&str, &str),
    rows: &str,
    (begin, started): (Begin, i64),
    seconds: &str,
) -> Result<Finding, AttackError> {
    let observer = scene.observer();
    let (counted, wrong) = match begin {
        At(begin) => {
            let lives = observer.between(begin, column);
            let counted = format!("({rows}) AND {begin} >= {}", observer.instant(started));
            (counted, format!("abs({lives} - ({seconds})) > {ROUNDING}"))
        }
        Ever(begin) => {
            (rows.to_owned(), format!("{} > ({seconds}) + {ROUNDING}", observer.between(begin, column)))
        }
        Now => {
            let lives = observer.between(&observer.moment(0), column);
            (
                format!("({rows}) AND {lives} > ({seconds}) - {ATTACK}"),
                format!("{lives} > ({seconds}) + {ROUNDING}"),
            )
        }
    };
    if observer.rows(table, &counted).await?.is_empty() {
        return Ok(Finding::Unclear("nothing began".into()));
    }
    let wrong = observer.rows(table, &format!("{counted} AND {wrong}")).await?;
    Ok(Finding::must(wrong.is_empty(), format!("{} end otherwise than after {seconds} s", wrong.len())))
}
