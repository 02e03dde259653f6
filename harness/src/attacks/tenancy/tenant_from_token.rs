//! `tenant-from-token`: the organization is the token's; whatever else names one must agree.

use crate::{
    attacks::{filled, prelude::*},
    matrix::endpoints,
};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        TENANT_FROM_TOKEN / "header" = header,
        needs: Clinic,
        "Staff of A name B in every field that a proxy or an older client may use for it.",
        "They read themselves, their patients and their members, and look whose these are.",
    ),
    attack!(
        TENANT_FROM_TOKEN / "path" = path,
        "The administrator of A puts B into the address: to read, to add, to change and to remove.",
        "She adds the other organization to bodies as well.",
    ),
    attack!(
        TENANT_FROM_TOKEN / "multi-member" = multi_member,
        "Somebody who works in A and in B holds a token for A and asks for B.",
        "Then for an organization of which there is no token, and with tokens for several, and for a text.",
    ),
    attack!(
        TENANT_FROM_TOKEN / "none" = none,
        "Somebody who works in A and in B, and a member of A alone, hold tokens that name no organization.",
        "They call every endpoint, and name one wherever else a client could.",
    ),
];

/// Every place, beside the token, where a client could name an organization.
fn named_elsewhere(request: &Request, organization: Uuid) -> Vec<(String, Request)> {
    let id = organization.to_string();
    let fields = [
        ("X-Tenant-ID", id.clone()),
        ("X-Org", id.clone()),
        ("X-Organization-Id", id.clone()),
        ("Forwarded", format!("for=192.0.2.7;host={id}.clinic.test")),
        ("X-Forwarded-Host", format!("{id}.clinic.test")),
        ("Cookie", format!("org={id}")),
        ("X-Original-URL", format!("/v1/organizations/{id}/members")),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), request.clone().header(name, value))).collect()
}

async fn header(scene: &Scene) -> Outcome {
    let (reception, clinician) = (scene.actor(RecepA)?, scene.actor(ClinA1)?);
    let (own, theirs) = (scene.patient().await?, scene.patient_in_b().await?);
    let foreign_member = scene.actor(RecepB)?;
    let mut trial = Trial::begin(scene, Control::new(reception.get(&own.path()), 200)).await?;

    let names_b = [scene.b().to_string(), theirs.sent.family_name.clone(), foreign_member.id().to_string()];
    for request in [
        reception.get("/v1/me"),
        reception.get("/v1/patients"),
        reception.get("/v2/organization"),
        reception.get(&reception.members_path()),
    ] {
        for (story, request) in named_elsewhere(&request, scene.b()) {
            let judge = |answer: &Answer| {
                let clear =
                    if answer.status == 200 { Finding::Fine } else { Finding::Unclear(answer.summary()) };
                let foreign = names_b.iter().any(|name| answer.mentions(name));
                clear.and(Finding::must(!foreign, "the answer is about B"))
            };
            trial.check(&format!("{story}: {}", request.describe()), request, judge).await;
        }
    }
    for actor in [reception, clinician] {
        for (story, request) in named_elsewhere(&actor.get(&theirs.path()), scene.b()) {
            trial.refused(&format!("{story}: B's patient"), request, Refusal::hidden("object")).await;
        }
    }
    trial.conclude().await
}

async fn path(scene: &Scene) -> Outcome {
    let (admin, reception) = (scene.actor(AdminA1)?, scene.actor(RecepA)?);
    let victim = scene.actor(RecepB)?;
    let mut trial = Trial::begin(scene, Control::new(admin.get(&admin.members_path()), 200)).await?;

    let hidden = || Refusal::hidden("organization");
    let new_member = json!({
        "issuer": admin.issuer(), "subject": format!("mole-{}", Uuid::new_v4()), "display_name": "Mole", "role": "admin",
    });
    let (members, member) = (victim.members_path(), victim.path());
    for (story, request) in [
        ("its invitations", admin.get(&format!("{}/invitations", victim.organization_path()))),
        ("its members", admin.get(&members)),
        ("one of them", admin.get(&member)),
        ("her own membership behind B's address", admin.get(&format!("{members}/{}", admin.id()))),
        ("adding", admin.post(&members).json(&new_member)),
        ("changing", admin.patch(&member).json(&json!({ "role": "service" }))),
        ("removing", admin.delete(&member)),
        ("members, as reception", reception.get(&members)),
    ] {
        trial.refused(story, request, hidden()).await;
    }
    for absent in [Uuid::new_v4().to_string(), Uuid::nil().to_string()] {
        let request = admin.get(&format!("/v1/organizations/{absent}/members"));
        trial.refused("an organization that is not there", request, hidden()).await;
    }
    let unknown = || Refusal::problem(422, "unknown-member").audit("input_validation_fail", "unknown-member");
    for name in ["organization_id", "organization", "org_id", "tenant"] {
        let mut member = new_member.clone();
        if let Some(fields) = member.as_object_mut() {
            fields.insert(name.into(), json!(scene.b()));
        }
        trial.refused(name, admin.post(&admin.members_path()).json(&member), unknown()).await;
    }
    trial.conclude().await
}

async fn multi_member(scene: &Scene) -> Outcome {
    let (in_a, in_b) = (scene.actor(MultiInA)?, scene.actor(MultiInB)?);
    let (own, theirs) = (scene.actor(ClinA1)?, scene.actor(ClinB)?);
    let control = Control::new(in_a.get(&own.path()), 200).and(Control::new(in_b.get(&theirs.path()), 200));
    let mut trial = Trial::begin(scene, control).await?;

    let hidden = || Refusal::hidden("organization");
    trial.refused("B's members", in_a.get(&in_b.members_path()), hidden()).await;
    trial.refused("her own membership in B", in_a.get(&in_b.path()), hidden()).await;
    let behind = format!("{}/{}", in_a.members_path(), theirs.id());
    trial.refused("B's clinician", in_a.get(&behind), Refusal::hidden("object")).await;
    let named = in_a.get(&behind).header("X-Tenant-ID", scene.b().to_string());
    trial.refused("B's clinician, naming B", named, Refusal::hidden("object")).await;

    let me = in_a.get("/v1/me");
    let (a, b) = (scene.a().to_string(), scene.b().to_string());
    for org in [
        json!(null),
        json!(""),
        json!([a, b]),
        json!({ "id": a }),
        json!(7),
        json!("*"),
        json!(format!("{a},{b}")),
        json!(format!("{a}'; SET app.tenant = '{b}")),
        json!(format!("{a}' OR '1'='1")),
    ] {
        let token = in_a.recipe().claim("org", org.clone()).sign()?;
        let refusal = Refusal::invalid_token("token.claims");
        trial.refused(&format!("a token for {org}"), me.clone().bearer(token), refusal).await;
    }
    let elsewhere = in_a.recipe().claim("org", Uuid::new_v4().to_string()).sign()?;
    let refusal = Refusal::invalid_token("member.unknown");
    trial.refused("a token for an organization without her", me.bearer(elsewhere), refusal).await;
    trial.conclude().await
}

async fn none(scene: &Scene) -> Outcome {
    let (both, member) = (scene.actor(MultiInA)?, scene.actor(AdminA1)?);
    let control =
        Control::new(both.get("/v1/me"), 200).and(Control::new(member.get(&member.members_path()), 200));
    let mut trial = Trial::begin(scene, control).await?;
    let refused = || Refusal::invalid_token("token.claims");
    for actor in [&both, &member] {
        let token = actor.recipe().without_claim("org").sign()?;
        let me = actor.get("/v1/me").bearer(&token);
        trial.refused(actor.persona().name(), me.clone(), refused()).await;
        for organization in [scene.a(), scene.b()] {
            for (field, request) in named_elsewhere(&me, organization) {
                trial.refused(&format!("{}, with {field}", actor.persona().name()), request, refused()).await;
            }
        }
    }
    let token = member.with_scopes(EVERY_SCOPE)?.recipe().without_claim("org").sign()?;
    for endpoint in endpoints().iter().filter(|endpoint| !endpoint.roles.is_empty() && !endpoint.over) {
        let request = scene.anyone().request(&endpoint.method, &filled(endpoint.path, scene));
        let request = request.bearer(&token).from(scene.fresh_address());
        trial.refused(&request.describe(), request, refused()).await;
    }
    trial.conclude().await
}
