//! `upload-resource-limits`: how much, how often, how large, and what is left behind.

use super::walk;
use crate::{
    attacks::{Beside, files::id_of, memory::resident_bytes, prelude::*, set},
    client::Sends,
};
use futures_util::future::join_all;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        UPLOAD_RESOURCE_LIMITS / "size" = size,
        needs: Time.and(Clinic),
        "The receptionist adds a PDF of 9.9 MiB.",
        "She announces 10 MiB and a byte; streams as much without announcing anything; announces one byte and sends more.",
    ),
    attack!(
        UPLOAD_RESOURCE_LIMITS / "quota" = quota,
        needs: Clinic,
        "An organization gives each member 300 KiB. The clinician fills hers, tries one more, deletes one, and tries again.",
        "Then she sends twelve at once where there is room for one.",
    ),
    attack!(
        UPLOAD_RESOURCE_LIMITS / "pace" = pace,
        needs: Clinic,
        "The clinician adds twenty documents, which is what she may in an hour, and one more.",
    ),
    attack!(
        UPLOAD_RESOURCE_LIMITS / "bomb" = bomb,
        needs: Clinic,
        "The receptionist adds pictures of 50 000 by 50 000 pixels, and of a few more than 40 million.",
    ),
    attack!(
        UPLOAD_RESOURCE_LIMITS / "temp" = temp,
        needs: Time.and(Clinic),
        "An attacker begins two hundred uploads and hangs up in the middle of each.",
        "He looks for what they left.",
    ),
    attack!(
        UPLOAD_RESOURCE_LIMITS / "memory" = memory,
        needs: Time.and(Clinic),
        "An operator lets files be 128 MiB. The clinician adds one of 100 MiB and reads it back.",
        "The attacker watches the memory of the service's process.",
    ),
];

const MIB: usize = 1024 * 1024;
const LIMIT: usize = 10 * MIB;

fn too_large() -> Refusal {
    Refusal::problem(413, "upload-too-large").audit("request_refused", "upload-too-large")
}

fn head(scene: &Scene, actor: &Actor, patient: &Patient, framing: &str) -> String {
    let (host, path) = (&scene.wire().target().host, patient.documents_path());
    format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {}\r\nContent-Type: application/pdf\r\n\
         Content-Disposition: {}\r\nIdempotency-Key: {}\r\n{framing}\r\n\r\n",
        actor.token(),
        NewFile::pdf("").disposition(),
        Uuid::new_v4()
    )
}

async fn size(scene: &Scene) -> Outcome {
    let patient = scene.patient().await?;
    let reception = scene.actor(RecepA)?;
    let large = || reception.adds(&NewFile::pdf_of(LIMIT - MIB / 10), &patient);
    let mut trial = Trial::begin(scene, Control::made_anew(201, large)).await?;

    for length in ["10485761", "104857600", "9223372036854775807"] {
        let early =
            scene.raw(head(scene, &reception, &patient, &format!("Content-Length: {length}")) + "%PDF");
        let early = early.patience(Duration::from_secs(8));
        trial.refused(&format!("{length} announced, four bytes sent"), early, too_large()).await;
    }
    let (story, finding) = chunked(scene, &patient).await?;
    trial.found(story, finding);
    // The rest of a body that was announced too short is no second request.
    let lie = head(scene, &reception, &patient, "Content-Length: 1");
    let lie = scene.raw([lie.as_bytes(), &NewFile::pdf_of(MIB).bytes].concat());
    trial
        .check("one byte announced, a MiB sent", lie, |answer| match answer.status {
            422 if answer.header("connection").is_some_and(|it| it.eq_ignore_ascii_case("close")) => {
                Finding::Fine
            }
            200..300 => Finding::Breach(answer.summary()),
            _ => Finding::Unclear(format!("{} {:?}", answer.summary(), answer.header("connection"))),
        })
        .await;
    trial.conclude().await
}

/// Streams without announcing a length, and counts what is taken before the answer.
async fn chunked(scene: &Scene, patient: &Patient) -> Result<(&'static str, Finding), AttackError> {
    const STORY: &str = "10 MiB and more in chunks";
    let clinician = scene.actor(ClinA1)?;
    let file = NewFile::pdf_of(LIMIT + MIB / 4).bytes;
    let mut dial = scene.dial(false).await?;
    dial.write(head(scene, &clinician, patient, "Transfer-Encoding: chunked")).await;
    let mut sent = 0;
    let mut answer = None;
    for piece in file.chunks(64 * 1024) {
        let framed = [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
        if !dial.write(framed).await {
            break;
        }
        sent += piece.len();
        if sent > LIMIT {
            answer = dial.answer_within(Duration::from_millis(200)).await;
            if answer.is_some() {
                break;
            }
        }
    }
    if answer.is_none() {
        dial.write("0\r\n\r\n").await;
        answer = dial.answer_within(Duration::from_secs(20)).await;
    }
    let Some(answer) = answer else { return Ok((STORY, Finding::Unclear("no answer".into()))) };
    let closes = answer.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    Ok((
        STORY,
        match (answer.status, answer.slug().as_deref()) {
            (413, Some("upload-too-large")) if sent <= LIMIT + MIB / 2 && closes => Finding::Fine,
            (413, Some("upload-too-large")) => {
                Finding::Unclear(format!("after {sent} bytes, and closes: {closes}"))
            }
            (200..300, _) => Finding::Breach(format!("{} after {sent} bytes", answer.summary())),
            _ => Finding::Unclear(answer.summary()),
        },
    ))
}

/// The same service where members have little room and much time.
async fn cramped(scene: &Scene) -> Result<Beside, AttackError> {
    scene
        .beside(|table, _| {
            set(table, "documents.directory", format!("documents-{}", Uuid::new_v4().simple()));
            set(table, "documents.file_bytes", 100 * 1024);
            set(table, "documents.member_bytes", 300 * 1024);
            set(table, "limits.upload_per_hour", 10_000);
        })
        .await
}

async fn quota(scene: &Scene) -> Outcome {
    let patient = scene.patient().await?;
    let beside = cramped(scene).await?;
    let there = &beside.scene;
    let (clinician, other) = (there.actor(ClinA1)?, there.actor(ClinA2)?);
    let small = || other.adds(&NewFile::pdf("a letter"), &patient);
    let mut trial = Trial::begin(scene, Control::made_anew(201, small)).await?;
    let file = NewFile::pdf_of(90 * 1024);
    let full = || Refusal::problem(409, "storage-quota-exceeded");

    let mut kept = Vec::new();
    for _ in 0..3 {
        let added = trial.honestly(there.demand(&clinician.adds(&file, &patient), 201)).await?;
        kept.push(id_of(&added)?);
    }
    trial.refused("a fourth where three fit", clinician.adds(&file, &patient), full()).await;
    let first = kept.first().copied().unwrap_or_default();
    let delete = clinician.delete(&format!("/v1/documents/{first}"));
    trial.honestly(there.demand(&delete, 204)).await?;
    trial.honestly(there.demand(&clinician.adds(&file, &patient), 201)).await?;
    let second = kept.get(1).copied().unwrap_or_default();
    let delete = clinician.delete(&format!("/v1/documents/{second}"));
    trial.honestly(there.demand(&delete, 204)).await?;

    // Twelve find room for one.
    let race: Vec<Request> = (0..12).map(|_| clinician.adds(&file, &patient)).collect();
    let answers = trial
        .honestly(async { Ok::<_, AttackError>(join_all(race.iter().map(Request::send_patiently)).await) })
        .await?;
    let won = answers.iter().flatten().filter(|answer| answer.status == 201).count();
    let finding = match won {
        1 => Finding::Fine,
        0 => Finding::Unclear("none of twelve was taken".into()),
        more => Finding::Breach(format!("{more} of twelve were taken")),
    };
    trial.found("twelve at once", finding);
    let observer = scene.observer();
    let rows = observer.rows("documents", &format!("uploaded_by = {}", observer.id(clinician.id()))).await?;
    let taken: i64 = rows.iter().filter_map(|row| row.integer("size")).sum();
    trial.found("the sum", Finding::must(taken <= 300 * 1024, format!("{taken} bytes are kept")));
    trial.conclude().await
}

async fn pace(scene: &Scene) -> Outcome {
    let patient = scene.patient().await?;
    let reception = scene.actor(RecepA)?;
    let added = || reception.adds(&NewFile::pdf("a letter"), &patient);
    let mut trial = Trial::begin(scene, Control::made_anew(201, added)).await?;
    let clinician = scene.actor(ClinA1)?;
    let request = clinician.adds(&NewFile::pdf("a letter"), &patient);
    for _ in 0..20 {
        trial.honestly(scene.demand(&request, 201)).await?;
    }
    let refusal = Refusal::problem(429, "quota-exceeded").header_has("retry-after", "");
    let refusal = refusal.audit("excess_rate_limit_exceeded", "upload");
    trial.refused("the twenty-first", request, refusal).await;
    trial.conclude().await
}

async fn bomb(scene: &Scene) -> Outcome {
    let patient = scene.patient().await?;
    let reception = scene.actor(RecepA)?;
    let honest = || reception.adds(&NewFile::png(8000, 5000, &[]), &patient);
    let mut trial = Trial::begin(scene, Control::made_anew(201, honest)).await?;
    let refused = || Refusal::problem(422, "file-type-not-allowed").audit_event("upload_validation");
    for (story, file) in [
        ("a PNG of 2.5 billion pixels", NewFile::png(50_000, 50_000, &[])),
        ("a PNG of 2^62 pixels", NewFile::png(0x7fff_ffff, 0x7fff_ffff, &[])),
        ("a PNG of a row too many", NewFile::png(8000, 5001, &[])),
        ("a JPEG of 2.5 billion pixels", NewFile::jpeg(50_000, 50_000, &[])),
    ] {
        trial.refused(story, reception.adds(&file, &patient), refused()).await;
    }
    trial.conclude().await
}

async fn temp(scene: &Scene) -> Outcome {
    let patient = scene.patient().await?;
    let beside = cramped(scene).await?;
    let there = &beside.scene;
    let clinician = there.actor(ClinA1)?;
    let other = there.actor(ClinA2)?;
    let added = || other.adds(&NewFile::pdf("a letter"), &patient);
    let mut trial = Trial::begin(scene, Control::made_anew(201, added)).await?;
    let file = NewFile::pdf_of(90 * 1024).bytes;
    let half = file.get(..70 * 1024).unwrap_or_default();
    for _ in 0..25 {
        let aborted = join_all((0..8).map(|_| async {
            let mut dial = there.dial(false).await?;
            dial.write(head(there, &clinician, &patient, &format!("Content-Length: {}", file.len()))).await;
            dial.write(half).await;
            Ok::<_, ClientError>(())
        }))
        .await;
        aborted.into_iter().collect::<Result<Vec<_>, _>>()?;
    }
    let folder = scene.data_directory().join(beside_folder(&beside)?);
    let left =
        || walk(&folder.join("incoming")).into_iter().filter(|path| path.extension().is_none()).count();
    for _ in 0..600 {
        if left() == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    trial.found("a minute later", Finding::must(left() == 0, format!("{} files are left", left())));
    trial.conclude().await
}

/// The folder that the second process keeps its files in.
fn beside_folder(beside: &Beside) -> Result<String, AttackError> {
    let table: toml::Table = std::fs::read_to_string(beside.service.settings())?
        .parse()
        .map_err(|_| AttackError::Setup("the settings are no TOML".into()))?;
    let folder = table.get("documents").and_then(|it| it.get("directory")).and_then(|it| it.as_str());
    folder.map(str::to_owned).ok_or_else(|| AttackError::Setup("there is no folder".into()))
}

async fn memory(scene: &Scene) -> Outcome {
    let patient = scene.patient().await?;
    let beside = scene
        .beside(|table, _| {
            set(table, "documents.directory", format!("documents-{}", Uuid::new_v4().simple()));
            set(table, "documents.file_bytes", i64::from(128 * 1024 * 1024));
        })
        .await?;
    let there = &beside.scene;
    let clinician = there.actor(ClinA1)?;
    let mut trial = Trial::begin(scene, Control::new(clinician.get("/v1/me"), 200)).await?;
    // What a first upload leaves for the next ones is no growth.
    let small = trial.honestly(there.document(ClinA1, &NewFile::pdf("a letter"), &patient)).await?;
    there.demand(&clinician.downloads(small), 200).await?;

    let pid = beside.service.pid();
    let before = resident_bytes(pid)?;
    let file = NewFile::pdf_of(100 * MIB);
    let large = async { there.demand(&clinician.adds(&file, &patient), 201).await };
    let (id, up) =
        trial.honestly(watched(pid, large)).await.and_then(|(answer, most)| Ok((id_of(&answer)?, most)))?;
    let state = there.state_after(&clinician, id, "pending").await?;
    let read = async { there.demand(&clinician.downloads(id), 200).await };
    let (answer, down) = watched(pid, read).await?;
    let same = state == "clean" && answer.body == file.bytes;
    trial.found(
        "what comes back",
        if same { Finding::Fine } else { Finding::Unclear(format!("{state}, not the same")) },
    );
    for (story, most) in [("100 MiB up", up), ("100 MiB down", down)] {
        let grown = most.saturating_sub(before) / MIB as u64;
        trial.found(story, Finding::must(grown < 20, format!("the service grew by {grown} MiB")));
    }
    trial.conclude().await
}

/// Does something, and says how much memory the process held at most meanwhile.
async fn watched<T>(
    pid: u32,
    work: impl Future<Output = Result<T, AttackError>>,
) -> Result<(T, u64), AttackError> {
    let mut work = std::pin::pin!(work);
    let mut most = 0;
    loop {
        tokio::select! {
            done = &mut work => return Ok((done?, most.max(resident_bytes(pid)?))),
            () = tokio::time::sleep(Duration::from_millis(10)) => most = most.max(resident_bytes(pid)?),
        }
    }
}
