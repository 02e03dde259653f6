//! `output-download-safe`: a file is saved, never shown, and a spreadsheet does not run what is in it.

mod formula;

use crate::attacks::{files::escaped, prelude::*};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        OUTPUT_DOWNLOAD_SAFE / "inline" = inline,
        needs: Clinic,
        "The clinician downloads a PDF.",
        "A page of somebody else's opens it as a page, in a frame, as a script and as a picture.",
    ),
    attack!(
        OUTPUT_DOWNLOAD_SAFE / "name" = name,
        needs: Clinic,
        "The receptionist adds a file called `Über \"1\".pdf`, and it is saved under that name.",
        "She adds others with quotes, second parameters and escapes in their names.",
    ),
    attack!(
        OUTPUT_DOWNLOAD_SAFE / "formula" = formula::formula,
        needs: Clinic,
        "A patient is registered under a name that is a formula; so are her data, notes, records and documents.",
        "A clinician exports them as CSV, and somebody opens the file in a spreadsheet.",
    ),
    attack!(
        OUTPUT_DOWNLOAD_SAFE / "range" = range,
        needs: Clinic,
        "The clinician asks for a thousand ranges of one file at once.",
    ),
];

const POLICY: [&str; 3] = ["default-src 'none'", "sandbox", "frame-ancestors 'none'"];

/// Everything that keeps a browser from showing it.
fn is_to_be_saved(answer: &Answer, file: &NewFile) -> Finding {
    let one = |name: &str| match answer.header_all(name).as_slice() {
        [value] => (*value).to_owned(),
        other => format!("{other:?}"),
    };
    let policy = one("content-security-policy");
    let wanted = [
        ("content-disposition", file.disposition()),
        ("content-type", file.media_type.clone()),
        ("x-content-type-options", "nosniff".into()),
        ("cache-control", "no-store".into()),
        ("accept-ranges", "none".into()),
        ("cross-origin-resource-policy", "same-origin".into()),
    ];
    let odd = wanted.iter().find(|(name, value)| one(name) != *value);
    let unclear = if answer.status == 200 { Finding::Fine } else { Finding::Unclear(answer.summary()) };
    if let (Some((name, _)), 200 | 206) = (odd, answer.status) {
        return Finding::Breach(format!("{name}: {}", one(name)));
    }
    let closed = POLICY.iter().all(|part| policy.contains(part));
    unclear.and(Finding::must(closed || answer.status != 200, format!("the policy is {policy}")))
}

async fn inline(scene: &Scene) -> Outcome {
    let patient = scene.treated_patient().await?;
    let clinician = scene.actor(ClinA1)?;
    let file = NewFile::pdf("<< /S /JavaScript /JS (app.alert(1)) >>");
    let id = scene.document(RecepA, &file, &patient).await?;
    let sent = file.bytes.clone();
    let control = Control::judged(clinician.downloads(id), 200, move |answer| answer.body == sent);
    let mut trial = Trial::begin(scene, control).await?;
    for (story, accept, destination, mode) in [
        ("as a page", "text/html,application/xhtml+xml,*/*;q=0.8", "document", "navigate"),
        ("in a frame", "text/html,*/*;q=0.8", "iframe", "navigate"),
        ("as a script", "*/*", "script", "no-cors"),
        ("as a picture", "image/avif,image/webp,*/*", "image", "no-cors"),
        ("as an object", "*/*", "object", "navigate"),
        ("as text only", "text/html", "document", "navigate"),
    ] {
        let request = clinician
            .downloads(id)
            .header("accept", accept)
            .header("sec-fetch-dest", destination)
            .header("sec-fetch-mode", mode)
            .header("sec-fetch-site", "cross-site");
        trial.check(story, request, |answer| is_to_be_saved(answer, &file)).await;
    }
    trial.conclude().await
}

async fn name(scene: &Scene) -> Outcome {
    let patient = scene.treated_patient().await?;
    let clinician = scene.actor(ClinA1)?;
    let named = |name: &str| NewFile::pdf("a letter").named(name);
    let honest = named("Über \"1\".pdf");
    let first = scene.document(RecepA, &honest, &patient).await?;
    let disposition = honest.disposition();
    let control = Control::judged(clinician.downloads(first), 200, move |answer| {
        answer
            .header("content-disposition")
            .is_some_and(|value| value == disposition || value.contains("filename"))
    });
    let mut trial = Trial::begin(scene, control).await?;
    for name in [
        "x\";filename=evil.html;.pdf",
        "x;filename=evil.html;.pdf",
        "x%22%3Bfilename=evil.html.pdf",
        "x';filename*=UTF-8''evil.html;.pdf",
        "x, inline; filename=evil.html.pdf",
        "<script>alert(1)<script>.pdf",
        "=HYPERLINK(1).pdf",
        "日本語 файл.pdf",
        "x\u{200b}y.pdf",
    ] {
        let file = named(name);
        let id = trial.honestly(scene.document(RecepA, &file, &patient)).await?;
        trial.check(name, clinician.downloads(id), |answer| is_to_be_saved(answer, &file)).await;
        let view = format!("/v1/documents/{id}");
        trial
            .check(name, clinician.get(&view), |answer| {
                Finding::must(answer.string("/name").as_deref() == Some(name), "the name is another")
                    .and(Finding::must(!answer.text().contains("<script"), "markup leaves as it came"))
            })
            .await;
        trial.found(name, Finding::must(escaped(name).is_ascii(), "the harness escapes badly"));
    }
    trial.conclude().await
}

async fn range(scene: &Scene) -> Outcome {
    let patient = scene.treated_patient().await?;
    let clinician = scene.actor(ClinA1)?;
    let file = NewFile::pdf(&"a long letter ".repeat(2000));
    let id = scene.document(RecepA, &file, &patient).await?;
    let mut trial = Trial::begin(scene, Control::new(clinician.downloads(id), 200)).await?;
    let many: Vec<String> = (0..1000).map(|number| format!("{number}-{}", number + 9)).collect();
    for (story, range) in [
        ("a thousand ranges", format!("bytes={}", many.join(","))),
        ("one range", "bytes=0-9".to_owned()),
        ("the whole, many times", format!("bytes={}", vec!["0-20000"; 200].join(","))),
        ("a range from the end", "bytes=-5".to_owned()),
        ("a broken range", "bytes=9-0".to_owned()),
    ] {
        let request = clinician.downloads(id).header("range", range);
        trial
            .check(story, request, |answer| {
                let whole = answer.status == 200 && answer.body == file.bytes;
                Finding::must(whole, format!("{} with {} bytes", answer.summary(), answer.body.len()))
            })
            .await;
    }
    trial.conclude().await
}
