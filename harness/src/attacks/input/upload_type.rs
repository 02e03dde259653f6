//! `upload-type`: a file is what it is called, declared and built as, and lies where nobody can name it.

use super::walk;
use crate::attacks::{files::pdf, prelude::*};

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        UPLOAD_TYPE / "mismatch" = mismatch,
        needs: Clinic,
        "The receptionist adds a PDF, a PNG, a JPEG and a DICOM file to a patient's documents.",
        "She adds pages, scripts, programs and archives that call themselves PDF, wraps one into the other, and lies in \
         the name, in the declared type, or in both.",
    ),
    attack!(
        UPLOAD_TYPE / "path" = path,
        needs: Clinic,
        "The receptionist adds a PDF.",
        "She adds others whose names lead out of their folder, are absolute, hidden, devices or options to somebody's tool.",
        "The attacker looks for the names in all folders of the service.",
    ),
    attack!(
        UPLOAD_TYPE / "header" = header,
        needs: Clinic,
        "The receptionist sends multipart forms with two names, nested parts and odd boundaries; then a bare file with two \
         names, an old-style name, a name in another character set.",
    ),
    attack!(
        UPLOAD_TYPE / "direct" = direct,
        needs: Clinic,
        "The receptionist adds a PDF.",
        "An attacker guesses where it lies, by its name, by its id, by the names of folders, and asks for it over HTTP.",
    ),
];

fn wrong_type() -> Refusal {
    Refusal::problem(422, "file-type-not-allowed").audit_event("upload_validation")
}

fn wrong_name() -> Refusal {
    Refusal::problem(422, "file-name-invalid").audit_event("upload_validation")
}

fn unsupported() -> Refusal {
    Refusal::problem(415, "unsupported-media-type").header_has("accept-post", "application/pdf")
}

async fn mismatch(scene: &Scene) -> Outcome {
    let patient = scene.treated_patient().await?;
    let honest =
        [NewFile::pdf("a letter"), NewFile::png(4, 4, &[]), NewFile::jpeg(4, 4, &[]), NewFile::dicom(&[])];
    let control = Control::checked(|| async {
        for file in &honest {
            let id = scene.document(MultiInA, file, &patient).await.map_err(|error| error.to_string())?;
            let read = scene.actor(ClinA1).map_err(|error| error.to_string())?.downloads(id);
            let answer = read.send_patiently().await.map_err(|error| error.to_string())?;
            let whole = answer.status == 200 && answer.body == file.bytes;
            let typed = answer.header("content-type") == Some(file.media_type.as_str());
            if !whole || !typed {
                return Err(format!("{} came back as {}", file.name, answer.summary()));
            }
        }
        let list = scene.actor(RecepA).map_err(|error| error.to_string())?.get(&patient.documents_path());
        let listed = list.send_patiently().await.map_err(|error| error.to_string())?;
        if listed.status == 200 { Ok(()) } else { Err(listed.summary()) }
    });
    let mut trial = Trial::begin(scene, control).await?;

    let page = "<!DOCTYPE html><html><script>fetch('/v1/me')</script></html>";
    let archive = [b"PK\x05\x06".as_slice(), &[0; 18]].concat();
    let letter = pdf(b"a letter");
    let program = [b"MZ\x90\0".as_slice(), &[0; 60], b"PE\0\0"].concat();
    let inside: [(&str, Vec<u8>); 9] = [
        ("a page", page.into()),
        ("a drawing with a script", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec()),
        ("a program", program.clone()),
        ("a script for a server", b"<?php system($_GET['c']); ?>".to_vec()),
        ("a page in a PDF's head", [b"%PDF-1.7\n".as_slice(), page.as_bytes(), &letter].concat()),
        ("a PDF after something else", [b"GIF89a".as_slice(), &letter].concat()),
        ("an archive behind a PDF", [letter.as_slice(), &archive].concat()),
        ("an archive whose comment ends as a PDF does", [letter.as_slice(), &archive, b"\n%%EOF\n"].concat()),
        ("a document that is an archive", [b"PK\x03\x04[Content_Types].xml".as_slice(), &archive].concat()),
    ];
    let reception = scene.actor(RecepA)?;
    for (story, bytes) in inside {
        let file = NewFile::new("report.pdf", "application/pdf", bytes);
        trial.refused(story, reception.adds(&file, &patient), wrong_type()).await;
    }
    let clinician = scene.actor(ClinA2)?;
    let pictures = [
        ("a JPEG that says it is a PNG", NewFile::new("x.png", "image/png", NewFile::jpeg(4, 4, &[]).bytes)),
        ("a PNG that says it is a JPEG", NewFile::new("x.jpg", "image/jpeg", NewFile::png(4, 4, &[]).bytes)),
        ("a page that says it is a picture", NewFile::new("x.jpg", "image/jpeg", page)),
        ("a scan with a program before it", NewFile::dicom(&program)),
        ("a text that says it is a scan", NewFile::new("x.dcm", "application/dicom", vec![0; 4096])),
    ];
    for (story, file) in pictures {
        trial.refused(story, clinician.adds(&file, &patient), wrong_type()).await;
    }
    for (story, name, media_type) in [
        ("two ends, the last one counts", "report.pdf.exe", "application/pdf"),
        ("no end", "report", "application/pdf"),
        ("a drawing's end", "x.svg", "image/png"),
        ("a page's end", "x.html", "application/pdf"),
        ("another kind's end", "x.png", "application/pdf"),
        ("another kind's type", "report.pdf", "image/png"),
    ] {
        let file = NewFile::new(name, media_type, letter.clone());
        trial.refused(story, clinician.adds(&file, &patient), wrong_type()).await;
    }
    for media_type in ["text/html", "image/svg+xml", "application/zip", "application/octet-stream", "*/*", ""]
    {
        let file = NewFile::new("x.html", media_type, page);
        trial.refused(media_type, clinician.adds(&file, &patient), unsupported()).await;
    }
    trial.conclude().await
}

async fn path(scene: &Scene) -> Outcome {
    let patient = scene.treated_patient().await?;
    let reception = scene.actor(RecepA)?;
    let added = || reception.adds(&NewFile::pdf("a letter"), &patient);
    let mut trial = Trial::begin(scene, Control::made_anew(201, added)).await?;

    let mark = Uuid::new_v4().simple().to_string();
    let clinician = scene.actor(ClinA1)?;
    for name in [
        format!("../../{mark}.pdf"),
        format!("../../../../../../etc/cron.d/{mark}.pdf"),
        format!("..\\..\\{mark}.pdf"),
        format!("/etc/{mark}.pdf"),
        format!("C:\\{mark}.pdf"),
        format!("..%2f..%2f{mark}.pdf").replace("%2f", "/"),
        format!("{mark}.pdf\0.html"),
        format!("{mark}\r\nX-Evil: 1.pdf"),
        format!("{mark}\u{202e}fdp.pdf"),
        format!(".htaccess-{mark}.pdf"),
        format!("-rf {mark}.pdf"),
        format!("{mark}.pdf "),
        format!("{mark}{}.pdf", "x".repeat(300)),
        "CON.pdf".into(),
        "aux.pdf".into(),
        "COM1.pdf".into(),
        "..".into(),
        String::new(),
    ] {
        let file = NewFile::pdf("a letter").named(&name);
        trial.refused(&format!("{name:?}"), clinician.adds(&file, &patient), wrong_name()).await;
    }
    let folder = scene.data_directory().parent().unwrap_or(scene.data_directory());
    let found: Vec<_> =
        walk(folder).into_iter().filter(|path| path.to_string_lossy().contains(&mark)).collect();
    trial.found("a name on the disk", Finding::must(found.is_empty(), format!("{} files", found.len())));
    // Whatever the store calls its files, it is none of the client's words.
    let documents = scene.data_directory().join("documents");
    let odd: Vec<_> = walk(&documents).into_iter().filter(|path| !is_opaque(path)).collect();
    trial.found("names in the store", Finding::must(odd.is_empty(), format!("{odd:?}")));
    trial.conclude().await
}

/// `<uuid>`, `<uuid>.<uuid>` or `<uuid>.lock`.
fn is_opaque(path: &std::path::Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.split('.').enumerate().all(|(at, part)| Uuid::try_parse(part).is_ok() || (at == 1 && part == "lock"))
}

async fn header(scene: &Scene) -> Outcome {
    let patient = scene.treated_patient().await?;
    let clinician = scene.actor(ClinA1)?;
    let file = NewFile::pdf("a letter");
    let added = || clinician.adds(&file, &patient);
    let mut trial = Trial::begin(scene, Control::made_anew(201, added)).await?;

    let part = |disposition: &str| {
        format!(
            "--x\r\nContent-Disposition: {disposition}\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.7\r\n--x--\r\n"
        )
    };
    let reception = scene.actor(RecepA)?;
    for (story, media_type, disposition) in [
        (
            "two names",
            "multipart/form-data; boundary=x",
            "form-data; name=f; filename=a.pdf; filename=b.html",
        ),
        (
            "a name and its other form",
            "multipart/form-data; boundary=x",
            "form-data; filename=a.pdf; filename*=UTF-8''b.html",
        ),
        ("nested", "multipart/mixed; boundary=x", "attachment; filename=a.pdf"),
        ("a boundary in quotes", "multipart/form-data; boundary=\"x\"", "form-data; filename=a.pdf"),
        ("no boundary", "multipart/form-data", "form-data; filename=a.pdf"),
        ("with a parameter", "application/pdf; name=b.html", "form-data; filename=a.pdf"),
    ] {
        let body = NewFile::new("report.pdf", media_type, part(disposition));
        trial.refused(story, reception.adds(&body, &patient), unsupported()).await;
    }
    let twice = clinician.adds(&file, &patient).header("content-type", "text/html");
    trial.refused("two types", twice, unsupported()).await;
    let packed = clinician.adds(&file, &patient).header("content-encoding", "gzip");
    let uncoded = Refusal::problem(415, "unsupported-media-type").header("accept-encoding", "identity");
    trial.refused("a packed body", packed, uncoded).await;
    for disposition in [
        "attachment; filename=\"report.pdf\"",
        "attachment; filename*=UTF-8''a.pdf; filename=b.html",
        "attachment; filename=b.html; filename*=UTF-8''a.pdf",
        "attachment; filename*=UTF-8''a.pdf; filename*=UTF-8''b.html",
        "attachment; filename*=ISO-8859-1''a%E4.pdf",
        "attachment; filename*=UTF-8'en'a.pdf",
        "attachment; filename*=UTF-8''a%zz.pdf",
        "attachment; filename*=UTF-8''a b.pdf",
        "inline; filename*=UTF-8''a.pdf",
        "attachment",
        "",
    ] {
        let request = clinician.adds(&file, &patient).without("content-disposition");
        let request = request.header("content-disposition", disposition);
        trial.refused(disposition, request, wrong_name()).await;
    }
    let both = clinician
        .adds(&file, &patient)
        .header("content-disposition", file.clone().named("b.pdf").disposition());
    trial.refused("two fields", both, wrong_name()).await;
    trial.conclude().await
}

async fn direct(scene: &Scene) -> Outcome {
    let patient = scene.treated_patient().await?;
    let clinician = scene.actor(ClinA1)?;
    let name = format!("{}.pdf", Uuid::new_v4().simple());
    let id = scene.document(RecepA, &NewFile::pdf("a letter").named(&name), &patient).await?;
    let control = Control::new(clinician.downloads(id), 200);
    let mut trial = Trial::begin(scene, control).await?;
    let organization = scene.a();
    for path in [
        format!("/uploads/{name}"),
        format!("/files/{name}"),
        format!("/documents/{name}"),
        format!("/documents/kept/{organization}/{id}"),
        format!("/data/documents/kept/{organization}/{id}"),
        format!("/uploads/{organization}/{id}"),
        format!("/static/{id}"),
        format!("/v1/documents/{id}/{name}"),
        format!("/v1/documents/{organization}/{id}"),
        format!("/v1/patients/{}/documents/{name}", patient.id),
    ] {
        trial.refused(&path, scene.anyone().get(&path), Refusal::absent()).await;
        trial.refused(&format!("{path}, as a clinician"), clinician.get(&path), Refusal::absent()).await;
    }
    let content = scene.anyone().get(&format!("/v1/documents/{id}/content"));
    trial.refused("without a token", content, Refusal::unauthenticated()).await;
    let stranger = scene.actor(ClinB)?.downloads(id);
    trial.refused("by another clinic", stranger, Refusal::hidden("object")).await;
    trial.conclude().await
}
