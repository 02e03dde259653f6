//! `authz-escalation`: nobody grants more than they hold, nobody decides over themselves, somebody stays in charge.

use super::EVERY_SCOPE;
use crate::attacks::{
    prelude::*,
    program::{EVERYTHING, GIVING},
};
use brigandine_api::protection::AUTHZ_FUNCTION_MATRIX;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        AUTHZ_ESCALATION / "self" = oneself,
        "An administrator changes her own role and status, and removes herself.",
    ),
    attack!(
        AUTHZ_ESCALATION / "upward" = upward,
        twin: Twin::Layered(&[&AUTHZ_FUNCTION_MATRIX]),
        "Every role but the administrator's makes itself an administrator, makes somebody else one, and adds one.",
    ),
    attack!(
        AUTHZ_ESCALATION / "last-admin" = last_admin,
        "Two administrators demote each other at the same moment, again and again.",
        "The one who is left tries to leave.",
    ),
    attack!(
        AUTHZ_ESCALATION / "invite" = invite,
        needs: People,
        "An administrator knows the id of somebody's account, and makes its owner a member without their word.",
        "Somebody accepts an invitation that was sent to another; its addressee writes more into the answer, and answers twice.",
    ),
    attack!(
        AUTHZ_ESCALATION / "client" = client,
        "An administrator's token carries one scope of those that programs can have.",
        "She registers a program with each of the others, and with all; she makes a key with more than its program has.",
        "Everybody else registers one, for whatever they hold themselves.",
    ),
];

async fn oneself(scene: &Scene) -> Outcome {
    let (admin, colleague) = (scene.actor(AdminA1)?, scene.actor(ClinA2)?);
    let promote = |role: &str| admin.patch(&colleague.path()).json(&json!({ "role": role }));
    let control = Control::new(promote("reception"), 200).and(Control::new(promote("clinician"), 200));
    let mut trial = Trial::begin(scene, control).await?;

    let refusal = || Refusal::problem(403, "grant-exceeds-grantor").audit("authz_fail", "grant.self");
    for change in [
        json!({ "role": "clinician" }),
        json!({ "role": "service" }),
        json!({ "status": "suspended" }),
        json!({ "role": "auditor", "display_name": "Same" }),
    ] {
        trial.refused(&change.to_string(), admin.patch(&admin.path()).json(&change), refusal()).await;
    }
    trial.refused("removes herself", admin.delete(&admin.path()), refusal()).await;
    trial.conclude().await
}

async fn upward(scene: &Scene) -> Outcome {
    let (admin, colleague) = (scene.actor(AdminA1)?, scene.actor(ClinA2)?);
    let add = |by: &Actor, role: &str| {
        let subject = format!("friend-{}", Uuid::new_v4());
        let body =
            json!({ "issuer": by.issuer(), "subject": subject, "display_name": "Friend", "role": role });
        by.post(&by.members_path()).json(&body)
    };
    let mut trial = Trial::begin(scene, Control::made_anew(201, || add(&admin, "auditor"))).await?;

    for persona in [RecepA, ClinA1, AuditA, PatA1, SvcARw] {
        let actor = scene.actor(persona)?.with_scopes(EVERY_SCOPE)?;
        let promote = json!({ "role": "admin" });
        let attempts = [
            actor.patch(&actor.path()).json(&promote),
            actor.patch(&colleague.path()).json(&promote),
            actor.patch(&colleague.path()).json(&json!({ "role": "auditor" })),
            add(&actor, "admin"),
            add(&actor, "clinician"),
        ];
        for request in attempts {
            let story = format!("{}: {}", persona.name(), request.describe());
            // The matrix says no first; the grant rule stands behind it.
            let judge = |answer: &Answer| match answer.slug().as_deref() {
                Some("forbidden" | "grant-exceeds-grantor" | "not-a-user") if answer.status == 403 => {
                    Finding::Fine
                }
                _ if answer.succeeded() => Finding::Breach(answer.summary()),
                _ => Finding::Unclear(answer.summary()),
            };
            let Some(id) = trial.check(&story, request, judge).await.and_then(|answer| answer.request_id())
            else {
                continue;
            };
            let events = scene.observer().audit_events_of(id).await?;
            let told = events.iter().any(|row| row.text("event").as_deref() == Some("authz_fail"));
            let finding =
                if told { Finding::Fine } else { Finding::Unclear("the audit log has no word of it".into()) };
            trial.found(&story, finding);
        }
    }
    trial.conclude().await
}

async fn last_admin(scene: &Scene) -> Outcome {
    const ROUNDS: usize = 6;
    let (first, second) = (scene.actor(AdminA1)?, scene.actor(AdminA2)?);
    let demote = |by: &Actor, whom: &Actor| by.patch(&whom.path()).json(&json!({ "role": "auditor" }));
    let promote = |by: &Actor, whom: &Actor| by.patch(&whom.path()).json(&json!({ "role": "admin" }));
    let organization = scene.observer().id(scene.a());
    let administrators = format!("organization_id = {organization} AND role = 'admin' AND status = 'active'");
    let name = json!({ "display_name": "Chris" });
    let control = Control::new(scene.actor(ClinA2).map(|c| first.patch(&c.path()).json(&name))?, 200);
    let mut trial = Trial::begin(scene, control).await?;

    for round in 0..ROUNDS {
        let (one, other) = (demote(&first, &second), demote(&second, &first));
        let answers = trial
            .honestly(async {
                Ok::<_, AttackError>(futures_util::future::join(one.send(), other.send()).await)
            })
            .await?;
        let left = scene.observer().rows("members", &administrators).await?.len();
        trial.found(&format!("round {round}"), Finding::must(left > 0, "nobody is left in charge"));
        let answered =
            [answers.0, answers.1].into_iter().filter_map(Result::ok).filter(Answer::succeeded).count();
        if left == 0 || answered != 1 {
            let unclear =
                Finding::Unclear(format!("{answered} demotions succeeded, {left} administrators are left"));
            trial.found(&format!("round {round}"), unclear);
            return trial.conclude().await;
        }
        let rows = scene.observer().rows("members", &administrators).await?;
        let first_left = rows.iter().any(|row| row.uuid("id") == Some(first.id()));
        let back = if first_left { promote(&first, &second) } else { promote(&second, &first) };
        trial.honestly(scene.demand(&back, 200)).await?;
    }
    trial.honestly(scene.demand(&demote(&first, &second), 200)).await?;
    let refusal = || Refusal::problem(403, "grant-exceeds-grantor").audit("authz_fail", "grant.self");
    trial.refused("the last one demotes herself", demote(&first, &first), refusal()).await;
    let suspend = first.patch(&first.path()).json(&json!({ "status": "suspended" }));
    trial.refused("the last one suspends herself", suspend, refusal()).await;
    trial.refused("the last one removes herself", first.delete(&first.path()), refusal()).await;
    trial.conclude().await
}

async fn invite(scene: &Scene) -> Outcome {
    let admin = scene.actor(AdminA1)?;
    let (stranger, other) = (scene.person(RecepB)?, scene.person(RecepA)?);
    let add = || admin.post(&admin.members_path()).json(&admin.newcomer());
    let mut trial = Trial::begin(scene, Control::made_anew(201, add)).await?;
    let (own, elsewhere) = (scene.anyone().get("").address(), scene.actor(AdminB)?);
    for role in ["patient", "reception", "admin"] {
        let body = json!({
            "issuer": own, "subject": other.account().id, "display_name": "Bound", "role": role,
        });
        let bind = elsewhere.post(&elsewhere.members_path()).json(&body);
        let refusal = Refusal::invalid("validation-failed", "/issuer");
        trial.refused(&format!("a stranger's account as {role}"), bind, refusal).await;
    }

    let email = &stranger.account().email;
    let invitation = json!({ "email": email, "role": "reception", "display_name": "Robin" });
    let path = format!("{}/invitations", admin.organization_path());
    trial.honestly(scene.demand(&admin.post(&path).json(&invitation), 201)).await?;
    let mails = scene.outbox().wait_for(email, "You are invited", 1).await?;
    let token = mails.first().and_then(|mail| mail.token()).map(str::to_owned);
    let token = token.ok_or_else(|| AttackError::Setup("the invitation was not mailed".into()))?;
    let browser = other.signed_in().await?;
    let csrf = browser.form_of("/signin").await?;
    let taken = browser.post("/invitation", &[("csrf", &csrf), ("token", &token), ("display_name", "Other")]);
    trial.refused("another's invitation", taken, Refusal::page(422)).await;

    let browser = stranger.signed_in().await?;
    let csrf = browser.form_of("/signin").await?;
    let (b, hers) = (scene.b().to_string(), other.account().email.clone());
    let more = [("role", "admin"), ("organization", &b), ("email", &hers), ("kind", "setup")];
    let mut fields = vec![("csrf", csrf.as_str()), ("token", &token), ("display_name", "Robin")];
    fields.extend(more);
    let accepted = browser.post("/invitation", &fields);
    trial.honestly(scene.demand_page(&browser, &accepted, 200)).await?;
    let account = stranger.account().id;
    let rows = scene.observer().rows("members", &format!("subject = '{account}'")).await?;
    let of_a: Vec<_> = rows.iter().filter(|row| row.uuid("organization_id") == Some(scene.a())).collect();
    let as_invited = matches!(of_a.as_slice(), [row] if row.text("role").as_deref() == Some("reception"));
    trial.found("what came of it", Finding::must(rows.len() == 2 && as_invited, "more than was offered"));
    let used = Refusal::page(400).audit("one_time_secret_refused", "invitation.token");
    trial.refused("the link a second time", browser.post("/invitation", &fields), used).await;
    trial.conclude().await
}

async fn client(scene: &Scene) -> Outcome {
    let admin = scene.actor(AdminA1)?;
    let own = "organization:read";
    let narrow = admin.with_scopes(&format!("api-clients:read api-clients:write {own}"))?;
    let register = |by: &Actor, scopes: &[&str]| {
        by.post("/v1/api-clients").json(&json!({ "name": "Laboratory", "scopes": scopes }))
    };
    let program = scene.program(|body| drop(body.insert("scopes".into(), json!([own])))).await?;
    let mut trial = Trial::begin(scene, Control::made_anew(201, || register(&narrow, &[own]))).await?;
    let beyond = || Refusal::problem(403, "grant-exceeds-grantor").audit("authz_fail", "grant.scope");
    let others: Vec<&str> = EVERYTHING.split(' ').filter(|scope| *scope != own).collect();
    for scope in &others {
        trial.refused(scope, register(&narrow, &[scope]), beyond()).await;
        trial.refused(&format!("{own} and {scope}"), register(&narrow, &[own, scope]), beyond()).await;
        let key = admin.with_scopes(GIVING)?.post(&program.keys_path());
        let key = key.json(&json!({ "name": "import", "scopes": [own, scope] }));
        trial.refused(&format!("a key with {scope}"), key, beyond()).await;
    }
    trial
        .refused("all at once", register(&narrow, &EVERYTHING.split(' ').collect::<Vec<_>>()), beyond())
        .await;
    for scope in ["members:write", "api-clients:write", "audit:read", "exports:approve", "*"] {
        let wide = admin.with_scopes(EVERY_SCOPE)?;
        let refusal = Refusal::invalid("validation-failed", "/scopes");
        trial.refused(&format!("a program with {scope}"), register(&wide, &[scope]), refusal).await;
    }
    for persona in [RecepA, ClinA1, AuditA, PatA1] {
        let actor = scene.actor(persona)?.with_scopes(EVERY_SCOPE)?;
        trial.refused(persona.name(), register(&actor, &[own]), Refusal::forbidden()).await;
    }
    trial.conclude().await
}
