//! `authz-service-account`: a program is nobody's stand-in.

mod deputy;

use super::EVERY_SCOPE;
use crate::attacks::{prelude::*, program::claims_of};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        AUTHZ_SERVICE_ACCOUNT / "user-api" = user_api,
        "The laboratory's program has a token with every scope there is.",
        "It asks who it is, who works here, where somebody is signed in, and tries to add and remove people.",
    ),
    attack!(
        AUTHZ_SERVICE_ACCOUNT / "as-user" = as_user,
        "The program says that it acts for the receptionist: in a field, in a parameter, at the token endpoint.",
        "An administrator tries to register a program under a person's name.",
    ),
    attack!(
        AUTHZ_SERVICE_ACCOUNT / "network" = network,
        "A program may call from one address only. Its token and its keys are stolen and used from elsewhere.",
    ),
    attack!(
        AUTHZ_SERVICE_ACCOUNT / "dead-network" = dead_network,
        "An administrator mistypes the networks of a program and of its key: nobody can be in them.",
        "The key is handed out, is of no use, and somebody takes the limit away to make it work.",
    ),
    attack!(
        AUTHZ_SERVICE_ACCOUNT / "deputy" = deputy::deputy,
        needs: Clinic,
        "A clinician exports everything of a patient whom she treats. The receptionist exports the same patient.",
        "The clinician fetches it with a token that may not read records, and when she treats the patient no more.",
    ),
];

fn not_a_user() -> Refusal {
    Refusal::problem(403, "not-a-user").audit("authz_fail", "service")
}

async fn user_api(scene: &Scene) -> Outcome {
    let program = scene.program(|_| {}).await?;
    let (_, key) = program.api_key(scene, &json!({ "name": "import" })).await?;
    let colleague = scene.actor(ClinA2)?;
    let service = scene.actor(SvcARw)?;
    let house = service.organization_path();
    let by_key = scene.anyone().get(&house).bearer(&key);
    let control = Control::new(by_key, 200).and(Control::new(service.get(&house), 200));
    let mut trial = Trial::begin(scene, control).await?;
    let service = service.with_scopes(EVERY_SCOPE)?;
    let new_member = json!({
        "issuer": colleague.issuer(), "subject": format!("new-{}", Uuid::new_v4()), "display_name": "New",
        "role": "auditor",
    });
    let attempts = [
        service.get("/v1/me"),
        service.get(&colleague.members_path()),
        service.get(&colleague.path()),
        service.post(&colleague.members_path()).json(&new_member),
        service.patch(&colleague.path()).json(&json!({ "role": "auditor" })),
        service.delete(&colleague.path()),
        service.get("/v1/sessions"),
        service.delete(&format!("/v1/sessions/{}", Uuid::new_v4())),
        service.get("/oauth2/userinfo"),
        service.get("/v1/api-clients"),
        service.post(&program.keys_path()).json(&json!({ "name": "another" })),
    ];
    for attempt in attempts {
        let story = attempt.describe();
        trial.refused(&story, attempt, not_a_user()).await;
    }
    trial.conclude().await
}

async fn as_user(scene: &Scene) -> Outcome {
    let program = scene.program(|_| {}).await?;
    let (_, key) = program.api_key(scene, &json!({ "name": "import" })).await?;
    let (reception, service) = (scene.actor(RecepA)?, scene.actor(SvcARw)?);
    let control = Control::new(scene.anyone().get(&service.organization_path()).bearer(&key), 200);
    let mut trial = Trial::begin(scene, control).await?;
    let id = reception.id().to_string();
    for name in ["x-on-behalf-of", "x-user-id", "x-remote-user", "x-forwarded-user", "sudo"] {
        let attempt = service.get("/v1/me").header(name, &id);
        trial.refused(&format!("the field {name}"), attempt, not_a_user()).await;
    }
    for name in ["sub", "user_id", "on_behalf_of"] {
        let attempt = service.get(&format!("/v1/me?{name}={id}"));
        trial.refused(&format!("the parameter {name}"), attempt, not_a_user()).await;
    }
    let assertion = program.assertion().sign()?;
    let fields = [
        ("grant_type", "client_credentials"),
        ("sub", reception.subject()),
        ("username", reception.subject()),
        ("subject", reception.subject()),
        ("requested_subject", reception.subject()),
    ];
    let asked = program.signed_form(scene.anyone().post("/oauth2/token"), &assertion, &fields);
    trial
        .check("a token in her name", asked, |answer| match answer.string("/access_token") {
            Some(token) => {
                let own = claims_of(&token).get("sub") == Some(&json!(program.client_id));
                Finding::must(own, "the token is about somebody else")
            }
            None => Finding::Unclear(answer.summary()),
        })
        .await;
    let body =
        json!({ "name": "Reception", "scopes": ["organization:read"], "client_id": reception.subject() });
    let named = program.admin.post("/v1/api-clients").json(&body);
    trial.refused("a program by her name", named, Refusal::invalid("unknown-member", "/client_id")).await;
    trial.conclude().await
}

async fn dead_network(scene: &Scene) -> Outcome {
    let networks = json!(["192.0.2.0/24", "2001:db8::/32"]);
    let program = scene.program(|body| drop(body.insert("networks".into(), networks.clone()))).await?;
    let key = |networks: Value| {
        program.admin.post(&program.keys_path()).json(&json!({ "name": "import", "networks": networks }))
    };
    let control = Control::made_anew(201, || Ok::<_, AttackError>(key(json!(["192.0.2.64/26"]))));
    let mut trial = Trial::begin(scene, control).await?;
    for (story, dead) in [
        ("another network than its program's", json!(["198.51.100.0/24"])),
        ("IPv4 addresses in the form of IPv6", json!(["::ffff:192.0.2.0/120"])),
        ("a multicast network", json!(["224.0.0.0/4"])),
        ("no address at all", json!(["0.0.0.0/32"])),
    ] {
        trial.refused(story, key(dead), Refusal::invalid("validation-failed", "/networks")).await;
    }
    let body = json!({ "name": "Laboratory", "scopes": ["organization:read"], "networks": ["ff02::/16"] });
    let refused = Refusal::invalid("validation-failed", "/networks");
    trial.refused("a program", program.admin.post("/v1/api-clients").json(&body), refused).await;
    trial.conclude().await
}

async fn network(scene: &Scene) -> Outcome {
    let (inside, outside) = (scene.fresh_address(), scene.fresh_address());
    let networks = json!([format!("{inside}/32")]);
    let program = scene.program(|body| drop(body.insert("networks".into(), networks.clone()))).await?;
    let (free, suspended) = (scene.program(|_| {}).await?, scene.program(|_| {}).await?);
    let (_, of_program) = program.api_key(scene, &json!({ "name": "anywhere" })).await?;
    let (_, of_key) = free.api_key(scene, &json!({ "name": "one address", "networks": networks })).await?;
    let ask = program.token_request(scene, None)?.from(inside);
    let answer = scene.demand(&ask, 200).await?;
    let token = answer.string("/access_token").ok_or_else(|| AttackError::Setup("no access token".into()))?;
    let house = scene.anyone().get(&program.admin.organization_path());
    let credentials = [("its token", &token), ("its key", &of_program), ("a key of one address", &of_key)];
    let mut control = Control::new(house.clone().bearer(&token).from(inside), 200);
    for (_, credential) in &credentials {
        control = control.and(Control::new(house.clone().bearer(credential).from(inside), 200));
    }
    let mut trial = Trial::begin(scene, control).await?;
    let refused = Refusal::problem(403, "client-network").audit("authz_fail", "network");
    for (story, credential) in credentials {
        let attempt = house.clone().bearer(credential).from(outside);
        trial.refused(story, attempt.clone(), refused.clone()).await;
        let claimed = attempt.header("x-forwarded-for", inside.to_string());
        trial.refused(&format!("{story}, naming the right address"), claimed, refused.clone()).await;
    }
    let elsewhere = program.token_request(scene, None)?.from(outside);
    let refusal = Refusal::oauth(401, "invalid_client").audit("oauth_request_refused", "client.network");
    trial.refused("a new token", elsewhere, refusal).await;
    let poor = program.admin.with_scopes("api-clients:write")?;
    let body = json!({ "name": "Laboratory", "scopes": ["organization:read"] });
    let refusal = Refusal::problem(403, "grant-exceeds-grantor").audit("authz_fail", "grant.scope");
    trial.refused("more than its maker holds", poor.post("/v1/api-clients").json(&body), refusal).await;
    let observer = scene.observer();
    let suspend =
        format!("UPDATE members SET status = 'suspended' WHERE subject = '{}'", suspended.client_id);
    trial.honestly(observer.execute(&suspend)).await?;
    let refusal = Refusal::oauth(401, "invalid_client").audit("oauth_request_refused", "client.member");
    trial.refused("a token for a suspended program", suspended.token_request(scene, None)?, refusal).await;
    trial.conclude().await
}
