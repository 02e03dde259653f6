//! `input-command-template`: what people write is data, whatever it looks like.

use super::walk;
use crate::{attacks::prelude::*, matrix::has_clinic};
use tokio::net::TcpListener;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        InputCommandTemplate / "command" = command,
        needs: Clinic,
        "The receptionist adds a file called `report;name.pdf`, and its name comes back letter by letter.",
        "She adds others whose names are commands to a shell, and looks for what they would have done.",
    ),
    attack!(
        InputCommandTemplate / "template" = template,
        "The clinic is called after a formula of every template language, and so is a patient.",
        "The administrator invites somebody, and reads the mail that goes out.",
        "Strangers put look-ups into header fields and line ends into addresses.",
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
    let catcher = TcpListener::bind("127.0.0.1:0").await?;
    let lookup = format!("${{jndi:ldap://{}/x}}", catcher.local_addr()?);

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
    for field in ["user-agent", "referer", "x-api-version", "x-request-id", "x-forwarded-for"] {
        trial
            .check(field, admin.get("/v1/me").header(field, &lookup), |answer| {
                Finding::must(answer.status == 200, answer.summary())
            })
            .await;
    }
    let caught = tokio::time::timeout(Duration::from_millis(300), catcher.accept()).await.is_ok();
    trial.found("the look-ups", Finding::must(!caught, "the service went to look"));
    for email in
        ["a@clinic.test\r\nBcc: evil@clinic.test", "a@clinic.test%0d%0aBcc: x", "a@clinic.test\nSubject: x"]
    {
        let request = admin.post(&invitations).json(&json!({ "email": email, "role": "reception" }));
        trial
            .check(email, request, |answer| match answer.status {
                422 => Finding::Fine,
                200..300 => Finding::Breach(answer.summary()),
                _ => Finding::Unclear(answer.summary()),
            })
            .await;
    }
    trial.conclude().await
}

/// The text without the line ends that quoted-printable puts in (RFC 2045 §6.7).
fn unfolded(text: &str) -> String {
    text.replace("=\r\n", "").replace("=3D", "=")
}
