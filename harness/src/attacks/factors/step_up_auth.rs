//! `step-up-auth`: who gives rights to others has just shown two factors.

use crate::{
    attacks::{exports::new_export, prelude::*},
    matrix,
};
use brigandine_api::protection::MFA_REQUIRED;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        STEP_UP_AUTH / "stale" = stale,
        "The attacker finds the administrator's browser signed in; she left six minutes ago.",
        "He makes himself a member, and a receptionist an administrator.",
    ),
    attack!(
        STEP_UP_AUTH / "effects" = effects,
        "The attacker has tokens of an administrator, a clinician and a receptionist who signed in six minutes ago.",
        "He calls everything that gives rights, changes whom the service believes or tells, erases, exports, or opens.",
    ),
    attack!(
        STEP_UP_AUTH / "invite" = invite,
        "The attacker finds the administrator's browser signed in; she left an hour ago.",
        "He invites himself, as an administrator, as a receptionist and as a patient.",
    ),
    attack!(
        STEP_UP_AUTH / "low" = low,
        needs: People,
        twin: Twin::Also(&[&MFA_REQUIRED]),
        "A token of a sign-in with one factor adds a member.",
        "The administrator stepped up six minutes ago; her application has refreshed its tokens since, and adds one.",
    ),
    attack!(
        STEP_UP_AUTH / "forge" = forge,
        needs: People,
        "The attacker says in the request that it is fresh: in the query, the body, header fields.",
        "He says so to the authorization endpoint.",
    ),
    attack!(
        STEP_UP_AUTH / "export" = export,
        needs: Clinic,
        "The attacker finds a receptionist's and an administrator's browser signed in; both left six minutes ago.",
        "He asks for a patient's whole data, changes what was asked for, approves it, and fetches it.",
    ),
];

/// RFC 9470 §3.
fn challenged() -> Refusal {
    let challenge = r#"Bearer error="insufficient_user_authentication", acr_values="2", max_age="300""#;
    Refusal::problem(401, "insufficient-user-authentication")
        .header("www-authenticate", challenge)
        .audit("authz_fail", "step-up")
}

/// A member to be added.
fn newcomer(scene: &Scene) -> Result<Value, AttackError> {
    let subject = format!("newcomer.{}", Uuid::new_v4().simple());
    let issuer = scene.actor(RecepA)?.issuer().to_owned();
    Ok(json!({ "issuer": issuer, "subject": subject, "display_name": "Newcomer", "role": "admin" }))
}

fn adds(scene: &Scene) -> Result<Request, AttackError> {
    let admin = scene.actor(AdminA1)?;
    Ok(admin.post(&admin.members_path()).json(&newcomer(scene)?))
}

/// The administrator, who has just signed in, adds a member.
fn fresh_admin(scene: &Scene) -> Control<'_> {
    Control::made_anew(201, move || adds(scene))
}

fn minutes_ago(minutes: i64) -> i64 {
    crate::clock::unix_seconds() - 60 * minutes
}

async fn stale(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, fresh_admin(scene)).await?;
    let (admin, reception) = (scene.actor(AdminA1)?, scene.actor(RecepA)?);
    let raises = admin.patch(&reception.path()).json(&json!({ "role": "admin" }));
    for (story, recipe) in [
        ("six minutes ago", admin.recipe().claim("auth_time", minutes_ago(6))),
        ("it does not say when", admin.recipe().without_claim("auth_time")),
        ("in an hour", admin.recipe().claim("auth_time", minutes_ago(-60))),
    ] {
        let token = recipe.sign()?;
        trial.refused(&format!("adding, {story}"), adds(scene)?.bearer(&token), challenged()).await;
        trial.refused(&format!("raising, {story}"), raises.clone().bearer(&token), challenged()).await;
    }
    trial.conclude().await
}

/// By the table that the service itself serves: whatever is added to it is attacked here.
async fn effects(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, fresh_admin(scene)).await?;
    for endpoint in matrix::endpoints().iter().filter(|endpoint| endpoint.sensitive && !endpoint.over) {
        let caller = scene.somebody_who_may(endpoint)?;
        let story = format!("{} {}", endpoint.method, endpoint.path);
        let request = trial.honestly(scene.called(&caller, endpoint)).await?;
        let stale = caller.recipe().claim("auth_time", minutes_ago(6)).sign()?;
        let answer = trial.refused(&story, request.clone().bearer(&stale), challenged()).await;
        if answer.is_none_or(|answer| answer.succeeded()) {
            continue;
        }
        // It was refused for the age of the sign-in, and for nothing else.
        let answer = trial.honestly(request.send_leisurely()).await?;
        if !answer.succeeded() {
            trial.found(
                &story,
                Finding::Unclear(format!("a fresh sign-in was answered {}", answer.summary())),
            );
        }
    }
    trial.conclude().await
}

async fn invite(scene: &Scene) -> Outcome {
    let admin = scene.actor(AdminA1)?;
    let invitations = format!("{}/invitations", admin.organization_path());
    let invites = |role: &str| {
        let email = format!("{}@clinic.test", Uuid::new_v4().simple());
        admin.post(&invitations).json(&json!({ "email": email, "role": role }))
    };
    let mut trial = Trial::begin(scene, Control::made_anew(201, || invites("admin"))).await?;
    let token = admin.recipe().claim("auth_time", minutes_ago(60)).sign()?;
    for role in ["admin", "clinician", "auditor", "reception", "patient"] {
        trial.refused(role, invites(role).bearer(&token), challenged()).await;
    }
    trial.conclude().await
}

async fn low(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, fresh_admin(scene)).await?;
    let admin = scene.actor(AdminA1)?;
    let token = admin.recipe().claim("acr", "1").sign()?;
    trial.refused("one factor", adds(scene)?.bearer(&token), challenged()).await;

    let person = scene.person(AdminA1)?;
    let app = person.authorization(CLINIC_APP).with("scope", "profile:read members:write");
    let tokens = app.tokens(&person.signed_in().await?).await?;
    age(scene, &person).await?;
    let refreshed = Tokens::of(&app.refresh(&tokens.refresh).send_patiently().await?);
    let refreshed = refreshed.ok_or_else(|| AttackError::Setup("the refresh gave no tokens".into()))?;
    trial.refused("refreshed since", adds(scene)?.bearer(&refreshed.access), challenged()).await;
    trial.conclude().await
}

async fn export(scene: &Scene) -> Outcome {
    let patient = scene.patient().await?;
    let fresh = Control::checked(move || async move {
        let made = async {
            let export = scene.approved_export(RecepA, &scene.patient().await?, "json").await?;
            scene.demand(&export.download(scene)?, 200).await
        };
        made.await.map(drop).map_err(|error: AttackError| error.to_string())
    });
    let mut trial = Trial::begin(scene, fresh).await?;
    let waiting = trial.honestly(scene.export(RecepA, &patient, "json")).await?;
    let approved = trial.honestly(scene.approved_export(MultiInA, &patient, "json")).await?;
    let asks = scene.actor(RecepA)?.post(&patient.exports_path()).json(&new_export("json"));
    let changes = scene.actor(RecepA)?.patch(&waiting.path()).json(&json!({ "format": "csv" }));
    for (story, by, request) in [
        ("asking", RecepA, asks),
        ("changing", RecepA, changes),
        ("approving", AdminA1, waiting.decision(scene, AdminA1, "approve")?),
        ("fetching", MultiInA, approved.download(scene)?),
    ] {
        let token = scene.actor(by)?.recipe().claim("auth_time", minutes_ago(6)).sign()?;
        trial.refused(story, request.bearer(&token), challenged()).await;
    }
    trial.conclude().await
}

/// Lets six minutes pass for the person's sign-ins and what came of them.
async fn age(scene: &Scene, person: &Person) -> Result<(), AttackError> {
    let observer = scene.observer();
    let (mine, past) = (observer.id(person.account().id), observer.moment(-360));
    for table in ["sessions", "grants"] {
        let sql = format!("UPDATE {table} SET authenticated_at = {past} WHERE account_id = {mine}");
        observer.execute(&sql).await?;
    }
    Ok(())
}

async fn forge(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, fresh_admin(scene)).await?;
    let admin = scene.actor(AdminA1)?;
    let now = crate::clock::unix_seconds().to_string();
    let token = admin.recipe().claim("auth_time", minutes_ago(6)).sign()?;
    let path = admin.members_path();
    let query = format!("{path}?acr=2&acr_values=2&auth_time={now}&max_age=300");
    let by_query = admin.post(&query).json(&newcomer(scene)?).bearer(&token);
    trial.refused("in the query", by_query, challenged()).await;
    let mut body = newcomer(scene)?;
    if let Some(fields) = body.as_object_mut() {
        fields.insert("acr".into(), json!("2"));
        fields.insert("auth_time".into(), json!(crate::clock::unix_seconds()));
    }
    trial.refused("in the body", admin.post(&path).json(&body).bearer(&token), challenged()).await;
    let by_headers = adds(scene)?.bearer(&token).header("x-acr", "2").header("x-auth-time", &now);
    trial.refused("in header fields", by_headers, challenged()).await;

    let person = scene.person(AdminA1)?;
    let browser = person.signed_in().await?;
    age(scene, &person).await?;
    let app = person
        .authorization(CLINIC_APP)
        .with("scope", "profile:read members:write")
        .with("acr_values", "2")
        .with("acr", "2")
        .with("auth_time", &now);
    let tokens = app.tokens(&browser).await?;
    trial.refused("at the authorization", adds(scene)?.bearer(&tokens.access), challenged()).await;
    trial.conclude().await
}
