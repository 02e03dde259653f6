//! `authz-escalation`: nobody grants more than they hold, nobody decides over themselves, somebody stays in charge.

use super::EVERY_SCOPE;
use crate::attacks::prelude::*;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        AuthzEscalation / "self" = oneself,
        "An administrator changes her own role and status, and removes herself.",
    ),
    attack!(
        AuthzEscalation / "upward" = upward,
        twin: Twin::Layered(&[Protection::AuthzFunctionMatrix]),
        "Every role but the administrator's makes itself an administrator, makes somebody else one, and adds one.",
    ),
    attack!(
        AuthzEscalation / "last-admin" = last_admin,
        "Two administrators demote each other at the same moment, again and again.",
        "The one who is left tries to leave.",
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
