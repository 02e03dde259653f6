//! `account-default-creds`: nobody has an account here whom nobody let in.

use super::{people::roomy, steps::new_password};
use crate::{
    arena::TemporaryDirectory,
    attacks::{prelude::*, set, write_settings},
};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        ACCOUNT_DEFAULT_CREDS / "defaults" = defaults,
        "The attacker tries what products are shipped with, and what documentation shows.",
    ),
    attack!(
        ACCOUNT_DEFAULT_CREDS / "setup-reuse" = setup_reuse,
        "The operator makes an organization, and its first administrator uses the printed link.",
        "The attacker finds the link in a terminal's scrollback: used, half an hour old, or after somebody administers.",
    ),
    attack!(
        ACCOUNT_DEFAULT_CREDS / "demo" = demo,
        "The operator keeps a setting of a demonstration: `demo_data`.",
    ),
];

/// Who is shipped with products, and at which domains.
const NAMES: [&str; 6] = ["admin", "root", "demo", "test", "user", "support"];
const DOMAINS: [&str; 3] = ["demo.example", "example.org", "clinic.test"];
/// What they are shipped with.
const PASSWORDS: [&str; 4] = ["brigandine demo password", "admin", "changeme", "password"];

/// A new organization's set-up link, as the operator is shown it.
struct Printed {
    organization: Uuid,
    token: String,
}

async fn bootstrap(scene: &Scene) -> Result<Printed, AttackError> {
    let service = scene.service()?;
    // A name of its own: said again, an organization that somebody administers gets no link.
    let name = format!("Set-up {}", Uuid::new_v4().simple());
    let arguments = ["admin", "bootstrap", "--organization", name.as_str()];
    let (mut code, mut printed, mut said) = service.command(service.settings(), &arguments).await?;
    for _ in 0..10 {
        // The running service writes to the same file.
        if !said.contains("busy") {
            break;
        }
        (code, printed, said) = service.command(service.settings(), &arguments).await?;
    }
    let odd =
        || AttackError::Setup(format!("bootstrap ended with {code}: {} {}", said.trim(), printed.trim()));
    let value: Value = serde_json::from_str(&printed).map_err(|_| odd())?;
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let organization = text("organization").and_then(|text| Uuid::parse_str(text).ok()).ok_or_else(odd)?;
    let token = text("setup_link").and_then(|link| link.split_once("/setup?token=")).ok_or_else(odd)?.1;
    Ok(Printed { organization, token: token.to_owned() })
}

/// The form of the set-up page.
async fn sets_up(
    browser: &Browser,
    token: &str,
    email: &str,
    password: &str,
) -> Result<Request, AttackError> {
    let csrf = browser.form_of("/password/forgot").await?;
    let fields = [
        ("csrf", csrf.as_str()),
        ("token", token),
        ("email", email),
        ("display_name", "Ada Lovelace"),
        ("new_password", password),
    ];
    Ok(browser.post("/setup", &fields))
}

fn somebody() -> String {
    format!("first.{}@clinic.test", Uuid::new_v4().simple())
}

/// First start: the link, the page, an administrator, who signs in.
fn first_administrator(scene: &Scene) -> Control<'_> {
    Control::checked(move || async move {
        let set_up = async {
            let printed = bootstrap(scene).await?;
            let (browser, email, password) = (scene.browser(), somebody(), new_password());
            let page = browser.get(&format!("/setup?token={}", printed.token));
            scene.demand_page(&browser, &page, 200).await?;
            let form = sets_up(&browser, &printed.token, &email, &password).await?;
            scene.demand_page(&browser, &form, 200).await?;
            signs_in(&browser, &email, &password).await
        };
        match set_up.await {
            Ok(true) => Ok(()),
            Ok(false) => Err("the first administrator can't sign in".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    })
}

async fn signs_in(browser: &Browser, email: &str, password: &str) -> Result<bool, AttackError> {
    let csrf = browser.form_of("/signin").await?;
    let fields = [("csrf", csrf.as_str()), ("email", email), ("password", password)];
    let answer = browser.send(&browser.post("/signin", &fields)).await?;
    Ok(answer.status == 303 && browser.cookie("__Host-session").is_some())
}

async fn defaults(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, first_administrator(scene)).await?;
    // A process of its own: so many failures make the service wary of everybody.
    let beside = roomy(scene, &[]).await?;
    for domain in DOMAINS {
        for name in NAMES {
            for password in PASSWORDS {
                let email = format!("{name}@{domain}");
                let taken = signs_in(&beside.scene.browser(), &email, password).await?;
                trial.found(&format!("{email} with {password:?}"), Finding::must(!taken, "signs in"));
            }
        }
    }
    trial.conclude().await
}

fn gone(reason: &str) -> Refusal {
    Refusal::page(400).audit("one_time_secret_refused", reason)
}

async fn setup_reuse(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, first_administrator(scene)).await?;
    let browser = scene.browser();
    let used = bootstrap(scene).await?;
    let form = sets_up(&browser, &used.token, &somebody(), &new_password()).await?;
    scene.demand_page(&browser, &form, 200).await?;
    let again = sets_up(&browser, &used.token, &somebody(), &new_password()).await?;
    trial.refused("the link a second time", again, gone("invitation.token")).await;

    let late = bootstrap(scene).await?;
    let (observer, organization) = (scene.observer(), scene.observer().id(late.organization));
    let past = observer.moment(-60);
    observer
        .execute(&format!(
            "UPDATE one_time_secrets SET expires_at = {past} WHERE organization_id = {organization}"
        ))
        .await?;
    let form = sets_up(&browser, &late.token, &somebody(), &new_password()).await?;
    trial.refused("the link after half an hour", form, gone("invitation.token")).await;

    let second = bootstrap(scene).await?;
    let (organization, member) = (observer.id(second.organization), observer.id(Uuid::new_v4()));
    let now = observer.moment(0);
    observer
        .execute(&format!(
            "INSERT INTO members (id, organization_id, issuer, subject, display_name, role, status, version, created_at) \
             VALUES ({member}, {organization}, 'https://elsewhere.test', 'admin', 'Admin', 'admin', 'active', 1, {now})"
        ))
        .await?;
    let form = sets_up(&browser, &second.token, &somebody(), &new_password()).await?;
    trial.refused("the link while somebody administers", form, gone("invitation.administrator")).await;
    for (story, change, reason) in [
        (
            "the link of a set-up that was settled",
            "UPDATE invitations SET status = 'replaced' WHERE organization_id",
            "invitation.settled",
        ),
        (
            "the link of a closed organization",
            "UPDATE organizations SET status = 'closed' WHERE id",
            "invitation.organization",
        ),
    ] {
        let link = bootstrap(scene).await?;
        let organization = observer.id(link.organization);
        observer.execute(&format!("{change} = {organization}")).await?;
        let form = sets_up(&browser, &link.token, &somebody(), &new_password()).await?;
        trial.refused(story, form, gone(reason)).await;
    }
    trial.conclude().await
}

async fn demo(scene: &Scene) -> Outcome {
    let mut trial = Trial::begin(scene, first_administrator(scene)).await?;
    let folder = TemporaryDirectory::new()?;
    for value in [true, false] {
        let mut settings = scene.settings_table()?;
        set(&mut settings, "demo_data", value);
        let file = write_settings(folder.path(), &settings)?;
        let (code, _, said) = scene.service()?.command(&file, &["check-config"]).await?;
        let finding = match code {
            78 if said.contains("demo_data") => Finding::Fine,
            0 => Finding::Breach("the service would start".into()),
            _ => Finding::Unclear(format!("exit {code}: {}", said.trim())),
        };
        trial.found(&format!("demo_data = {value}"), finding);
    }
    trial.conclude().await
}
