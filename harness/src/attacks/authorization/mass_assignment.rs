//! `mass-assignment`: a body writes what its operation names, and nothing else.

use crate::{
    attacks::{accounts::new_password, prelude::*},
    matrix::has_clinic,
};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        MASS_ASSIGNMENT / "extra" = extra,
        "Staff add the names of columns and of views to every body that they may send.",
    ),
    attack!(
        MASS_ASSIGNMENT / "alias" = alias,
        "They write the same names in camel case, upper case, dotted, as an array, as patches.",
    ),
    attack!(
        MASS_ASSIGNMENT / "positional" = positional,
        needs: Clinic,
        "The receptionist sends a patient as an array, field by field.",
    ),
    attack!(
        MASS_ASSIGNMENT / "self-invite" = self_invite,
        needs: People,
        "Somebody is invited as a receptionist, by mail.",
        "She writes into the form that accepts it what she would rather be: administrator, of another organization, at once.",
        "The administrator's application writes into invitations what is not for it to say.",
    ),
];

fn unknown() -> Refusal {
    Refusal::problem(422, "unknown-member").audit("input_validation_fail", "unknown-member")
}

fn with(mut body: Value, name: &str, value: &Value) -> Value {
    if let Some(members) = body.as_object_mut() {
        members.insert(name.into(), value.clone());
    }
    body
}

/// Every operation that takes a body, with an honest one.
struct Writes {
    /// Where the example domain is served.
    patient: Option<Patient>,
    reception: Actor,
    admin: Actor,
    colleague: Actor,
}

impl Writes {
    async fn of(scene: &Scene) -> Result<Self, AttackError> {
        Ok(Self {
            patient: if has_clinic() { Some(scene.patient().await?) } else { None },
            reception: scene.actor(RecepA)?,
            admin: scene.actor(AdminA1)?,
            colleague: scene.actor(ClinA2)?,
        })
    }

    fn register(&self) -> Option<(Request, Value)> {
        self.patient.as_ref()?;
        Some((self.reception.post("/v1/patients"), NewPatient::unique().body()))
    }

    fn correct(&self) -> Option<(Request, Value)> {
        let patient = self.patient.as_ref()?;
        Some((self.reception.patch(&patient.path()), json!({ "phone": "+4930555011" })))
    }

    fn of_patients(&self) -> impl Iterator<Item = (Request, Value)> {
        self.register().into_iter().chain(self.correct())
    }

    fn add(&self) -> (Request, Value) {
        let subject = format!("new-{}", Uuid::new_v4());
        let body = json!({ "issuer": self.admin.issuer(), "subject": subject, "display_name": "New", "role": "auditor" });
        (self.admin.post(&self.admin.members_path()), body)
    }

    fn change(&self) -> (Request, Value) {
        (self.admin.patch(&self.colleague.path()), json!({ "display_name": "Chris" }))
    }

    fn control(&self) -> Control<'_> {
        let members =
            Control::made_anew(201, || send(self.add())).and(Control::made_anew(200, || send(self.change())));
        if self.patient.is_none() {
            return members;
        }
        members
            .and(Control::made_anew(201, || self.register().map(send).ok_or_else(no_patient)))
            .and(Control::made_anew(200, || self.correct().map(send).ok_or_else(no_patient)))
    }
}

fn no_patient() -> AttackError {
    AttackError::Setup("there is no patient".into())
}

fn send((request, body): (Request, Value)) -> Request {
    request.json(&body)
}

async fn extra(scene: &Scene) -> Outcome {
    let writes = Writes::of(scene).await?;
    let mut trial = Trial::begin(scene, writes.control()).await?;
    let (b, id) = (json!(scene.b()), json!(Uuid::new_v4()));
    let everywhere = [
        ("organization_id", b.clone()),
        ("org_id", b),
        ("id", id.clone()),
        ("owner_id", id.clone()),
        ("roles", json!(["admin"])),
        ("is_verified", json!(true)),
        ("created_at", json!("2001-01-01T00:00:00Z")),
        ("version", json!(7)),
        ("password_hash", json!("x")),
        ("mfa_enabled", json!(false)),
    ];
    let to_patients = [
        ("status", json!("discharged")),
        ("role", json!("admin")),
        ("registered_by", id.clone()),
        ("discharged_at", json!("2001-01-01T00:00:00Z")),
        ("national_id_index", json!("00")),
    ];
    let to_corrections = [("national_id", json!("ID000000")), ("member_id", id.clone())];
    let to_new_members = [("status", json!("suspended"))];
    let to_changes = [("issuer", json!("https://evil.test")), ("subject", json!("evil")), ("member_id", id)];

    for (name, value) in everywhere.iter().chain(&to_patients) {
        for (request, body) in writes.of_patients() {
            let story = format!("{} with {name}", request.describe());
            trial.refused(&story, request.json(&with(body, name, value)), unknown()).await;
        }
    }
    for (name, value) in &to_corrections {
        let Some((request, body)) = writes.correct() else { break };
        trial.refused(name, request.json(&with(body, name, value)), unknown()).await;
    }
    for (name, value) in everywhere.iter().chain(&to_new_members) {
        let (request, body) = writes.add();
        trial.refused(name, request.json(&with(body, name, value)), unknown()).await;
    }
    for (name, value) in everywhere.iter().chain(&to_changes) {
        let (request, body) = writes.change();
        trial.refused(name, request.json(&with(body, name, value)), unknown()).await;
    }
    trial.conclude().await
}

async fn alias(scene: &Scene) -> Outcome {
    let writes = Writes::of(scene).await?;
    let mut trial = Trial::begin(scene, writes.control()).await?;
    let names = [
        "Status",
        "STATUS",
        "patient.status",
        "patient[status]",
        "/status",
        "organizationId",
        "OrganizationID",
        "organization-id",
        "registeredBy",
        " status",
        "__proto__",
        "$set",
    ];
    for name in names {
        for (request, body) in writes.of_patients().chain([writes.add(), writes.change()]) {
            let story = format!("{} with {name:?}", request.describe());
            trial.refused(&story, request.json(&with(body, name, &json!("discharged"))), unknown()).await;
        }
    }
    let (request, _) = writes.correct().unwrap_or_else(|| writes.change());
    let merge = json!({ "status": null, "registered_by": null });
    trial.refused("a merge patch's null", request.clone().json(&merge), unknown()).await;
    let operations = json!([{ "op": "replace", "path": "/status", "value": "discharged" }]);
    let array = Refusal::invalid("validation-failed", "");
    trial.refused("a list of operations", request.clone().json(&operations), array).await;
    for kind in ["application/json-patch+json", "application/merge-patch+json"] {
        let refusal = Refusal::problem(415, "unsupported-media-type")
            .header("accept-patch", "application/json")
            .audit("request_refused", "unsupported-media-type");
        trial.refused(kind, request.clone().body(kind, operations.to_string()), refusal).await;
    }
    trial.conclude().await
}

async fn positional(scene: &Scene) -> Outcome {
    let writes = Writes::of(scene).await?;
    let mut trial = Trial::begin(scene, writes.control()).await?;
    let array = || Refusal::invalid("validation-failed", "");
    let new = NewPatient::unique();
    let fields = json!([
        new.given_name,
        new.family_name,
        new.birth_date,
        new.national_id,
        new.phone,
        null,
        {},
        null,
        null
    ]);
    let patients = writes.reception.post("/v1/patients");
    trial.refused("a patient, field by field", patients.clone().json(&fields), array()).await;
    let member = json!([writes.admin.issuer(), format!("new-{}", Uuid::new_v4()), "New", "admin"]);
    let members = writes.admin.post(&writes.admin.members_path());
    trial.refused("a member, field by field", members.json(&member), array()).await;
    let correction = json!(["Ann", "Berg", "1990-01-01", null, null, {}, null]);
    let (correct, _) = writes.correct().ok_or_else(no_patient)?;
    trial.refused("a correction, field by field", correct.json(&correction), array()).await;
    for odd in [json!([]), json!("x"), json!(7), Value::Null, json!(true), json!([new.body()])] {
        trial.refused(&odd.to_string(), patients.clone().json(&odd), array()).await;
    }
    trial.conclude().await
}

async fn self_invite(scene: &Scene) -> Outcome {
    let admin = scene.actor(AdminA1)?;
    let invitations = format!("{}/invitations", admin.organization_path());
    let invite = |email: &str| {
        let body = json!({ "email": email, "role": "reception", "display_name": "Robin" });
        (admin.post(&invitations), body)
    };
    let address = || format!("{}@clinic.test", Uuid::new_v4().simple());
    let mut trial = Trial::begin(scene, Control::made_anew(201, || send(invite(&address())))).await?;
    for (name, value) in [
        ("status", json!("accepted")),
        ("kind", json!("setup")),
        ("organization_id", json!(scene.b())),
        ("invited_by", json!(admin.id())),
        ("expires_at", json!("2999-01-01T00:00:00Z")),
        ("token", json!("0".repeat(43))),
        ("roles", json!(["admin"])),
    ] {
        let (request, body) = invite(&address());
        trial.refused(name, request.json(&with(body, name, &value)), unknown()).await;
    }

    let email = address();
    trial.honestly(scene.demand(&send(invite(&email)), 201)).await?;
    let mails = scene.outbox().wait_for(&email, "You are invited", 1).await?;
    let token = mails.first().and_then(|mail| mail.token()).map(str::to_owned);
    let token = token.ok_or_else(|| AttackError::Setup("the invitation was not mailed".into()))?;
    let (browser, password, b) = (scene.browser(), new_password(), scene.b().to_string());
    let csrf = browser.form_of("/signin").await?;
    let fields = [
        ("csrf", csrf.as_str()),
        ("token", token.as_str()),
        ("display_name", "Robin"),
        ("new_password", password.as_str()),
        ("role", "admin"),
        ("roles", "admin"),
        ("member[role]", "admin"),
        ("organization", b.as_str()),
        ("organization_id", b.as_str()),
        ("status", "active"),
        ("issuer", admin.issuer()),
        ("is_admin", "true"),
    ];
    let before = administrators(scene).await?;
    trial.honestly(scene.demand_page(&browser, &browser.post("/invitation", &fields), 200)).await?;
    let filter = format!("organization_id = {} AND display_name = 'Robin'", scene.observer().id(scene.a()));
    let joined = scene.observer().rows("members", &filter).await?;
    let as_invited = matches!(joined.as_slice(), [row] if row.text("role").as_deref() == Some("reception"));
    trial.found("what came of it", Finding::must(as_invited, "more than was offered"));
    let after = administrators(scene).await?;
    trial.found("who administers", Finding::must(before == after, "one more than before"));
    trial.conclude().await
}

/// How many administer A or B.
async fn administrators(scene: &Scene) -> Result<usize, AttackError> {
    let observer = scene.observer();
    let (a, b) = (observer.id(scene.a()), observer.id(scene.b()));
    let filter = format!("role = 'admin' AND organization_id IN ({a}, {b})");
    Ok(observer.rows("members", &filter).await?.len())
}
