//! `inventory-openapi-parity`: what is served is what is documented, and nothing else.

use super::{Operation, documented, filled, words};
use crate::{
    attacks::{constants, prelude::*, without_rates},
    matrix::has_clinic,
};
use brigandine_api::endpoints;
use brigandine_api::protection::INPUT_UNAMBIGUOUS;
use futures_util::future::join_all;
use std::collections::BTreeSet;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        INVENTORY_OPENAPI_PARITY / "shadow" = shadow,
        "An attacker reads the OpenAPI document.",
        "He tries some five hundred paths that are not in it, and methods that are not, without a token and with the administrator's.",
    ),
    attack!(
        INVENTORY_OPENAPI_PARITY / "zombie" = zombie,
        "An attacker reads the texts in the service's binary, and takes whatever begins like a path.",
        "He asks for each, and for each beginning of it.",
    ),
    attack!(
        INVENTORY_OPENAPI_PARITY / "params" = params,
        twin: Twin::Also(&[&INPUT_UNAMBIGUOUS]),
        "The receptionist adds parameters that no document names: debug, fields, include, and the names of a hundred frameworks.",
    ),
];

async fn shadow(scene: &Scene) -> Outcome {
    let me = scene.actor(AdminA1)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me, 200)).await?;
    let documented = documented(scene).await?;
    let rows: BTreeSet<Operation> =
        endpoints::all().iter().map(|row| (row.method.to_string(), row.path.to_owned())).collect();
    let differ: Vec<_> = documented.symmetric_difference(&rows).collect();
    let finding =
        if documented.is_empty() { Finding::Unclear("the document is empty".into()) } else { Finding::Fine };
    trial.found("rows and document", finding.and(Finding::must(differ.is_empty(), format!("{differ:?}"))));

    serves_what_it_documents(scene, &mut trial, &documented).await;
    let known: BTreeSet<&str> = documented.iter().map(|(_, path)| path.as_str()).collect();
    let unknown: Vec<String> =
        words::paths().into_iter().filter(|path| !known.contains(path.as_str())).collect();
    let admin = scene.actor(AdminA1)?;
    for some in unknown.chunks(12) {
        let requests: Vec<Request> = some.iter().map(|path| scene.anyone().get(path)).collect();
        for (path, answer) in some.iter().zip(join_all(requests.iter().map(Request::send)).await) {
            trial.found(path, absent(&answer?));
        }
    }
    // A token opens no further doors. (Some; they take from the administrator's own allowance.)
    for path in ["/v1/debug/users", "/v1/admin", "/v1/users", "/v1/export", "/v1/internal", "/openapi.json"] {
        trial.refused(path, admin.get(path), Refusal::absent()).await;
    }
    trial.conclude().await
}

fn absent(answer: &Answer) -> Finding {
    match (answer.status, answer.slug().as_deref()) {
        (404, Some("not-found")) => Finding::Fine,
        (200..400, _) => Finding::Breach(format!("answers {}", answer.summary())),
        _ => Finding::Unclear(format!("answers {}", answer.summary())),
    }
}

/// Every documented operation is there, and no other method of its path is.
async fn serves_what_it_documents(scene: &Scene, trial: &mut Trial<'_>, documented: &BTreeSet<Operation>) {
    for (method, path) in documented {
        let request = scene.anyone().request(method, &filled(path, scene));
        let story = format!("{method} {path}");
        trial
            .check(&story, request, |answer| match answer.status {
                200 | 401 => Finding::Fine,
                404 | 405 => Finding::Breach("is documented, but not served".into()),
                // The provider's endpoints take forms: an empty one is refused, but by them.
                400 | 403 if !path.starts_with("/v1/") => Finding::Fine,
                // A deprecated one after its day.
                410 if answer.slug().as_deref() == Some("sunset") => Finding::Fine,
                // What came as a form goes on as a link.
                303 if method == "POST"
                    && answer.header("location").is_some_and(|place| place.starts_with(path)) =>
                {
                    Finding::Fine
                }
                // Its pages for somebody who is signed in send everybody else to the sign-in.
                303 if answer.header("location").is_some_and(|place| place.starts_with("/signin")) => {
                    Finding::Fine
                }
                _ => Finding::Unclear(answer.summary()),
            })
            .await;
    }
    let paths: BTreeSet<&String> = documented.iter().map(|(_, path)| path).collect();
    for path in paths {
        for method in ["HEAD", "PUT", "POST", "PATCH", "DELETE", "TRACE", "PROPFIND", "LINK"] {
            if documented.contains(&(method.to_owned(), path.clone())) {
                continue;
            }
            if method == "HEAD" && documented.contains(&("GET".to_owned(), path.clone())) {
                let finding = answers_head_as_get(scene.anyone(), &filled(path, scene)).await;
                trial.found(&format!("HEAD {path}"), finding);
                continue;
            }
            let request = scene.anyone().request(method, &filled(path, scene));
            let refusal = Refusal::bare(405).header_has("allow", "");
            trial.refused(&format!("{method} {path}"), request, refusal).await;
        }
    }
}

/// The same status and fields as GET has, and no body (RFC 9110 §9.3.2).
async fn answers_head_as_get(sender: impl Sends, target: &str) -> Finding {
    let (get, head) = (sender.get(target).send_leisurely().await, sender.head(target).send_leisurely().await);
    let (Ok(get), Ok(head)) = (get, head) else { return Finding::Unclear("no answer".into()) };
    // Each answer has its own id, nonce and count.
    let own = [
        "date",
        "x-request-id",
        "dpop-nonce",
        "ratelimit",
        "set-cookie",
        "content-security-policy",
        "location",
    ];
    let fields = |answer: &Answer| {
        let mut fields: Vec<(String, String)> =
            answer.headers.iter().filter(|(name, _)| !own.contains(&name.as_str())).cloned().collect();
        fields.sort();
        fields
    };
    let same = get.status == head.status && fields(&get) == fields(&head);
    if same && head.body.is_empty() {
        Finding::Fine
    } else {
        Finding::Unclear(format!("GET answers {}, HEAD {}", get.summary(), head.summary()))
    }
}

async fn params(scene: &Scene) -> Outcome {
    let reception = scene.actor(RecepA)?;
    let members = reception.members_path();
    let mut trial = Trial::begin(scene, Control::new(reception.get(&members), 200)).await?;
    let unknown = || Refusal::problem(400, "unknown-parameter");
    for parameter in [
        "debug=1",
        "debug=true",
        "include=notes",
        "expand=all",
        "embed=member",
        "format=csv",
        "callback=x",
        "_method=DELETE",
        "pretty",
        "verbose=1",
        "trace=1",
        "as=admin",
        "organization_id=x",
        "role=admin",
        "q=x",
        "filter=x",
        "where=x",
        "%24filter=x",
        "select=*",
        "limit%5B%5D=5",
        "Limit=5",
        "offset=0",
        "access_token=x",
    ] {
        let request = reception.get(&format!("{members}?{parameter}"));
        trial.refused(parameter, request, unknown()).await;
        let request = reception.get(&format!("/v1/me?{parameter}"));
        trial.refused(&format!("me: {parameter}"), request, unknown()).await;
    }
    if has_clinic() {
        // The patients' lists know `fields`, but nothing that it does not name itself.
        let fields = reception.get("/v1/patients?fields=*");
        trial.refused("fields=*", fields, Refusal::problem(400, "unknown-field")).await;
    }
    trial.refused("me: fields=id", reception.get("/v1/me?fields=id"), unknown()).await;
    let admin = scene.actor(AdminA1)?;
    let mut body = admin.newcomer();
    if let Some(fields) = body.as_object_mut() {
        fields.insert("debug".into(), json!(true));
    }
    let refusal = Refusal::problem(422, "unknown-member");
    trial.refused("an unknown member", admin.post(&members).json(&body), refusal).await;
    trial.conclude().await
}

/// What paths begin with, in any service.
const ROOTS: [&[u8]; 9] =
    [b"/v1/", b"/v2/", b"/v3/", b"/api/", b"/debug", b"/admin/", b"/internal", b"/uploads", b"/test"];
/// The longest path that is looked for.
const LONGEST: usize = 80;

/// Every path in the binary's texts, and every beginning of one that ends with a segment of some length: texts stand there
/// without a gap between them.
fn paths_in(texts: &[u8]) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for root in ROOTS {
        for at in memchr::memmem::find_iter(texts, root) {
            let rest = texts.get(at..).unwrap_or_default();
            let is_part = |octet: &&u8| {
                octet.is_ascii_lowercase() || octet.is_ascii_digit() || b"/-_.{}".contains(octet)
            };
            let text: String =
                rest.iter().take(LONGEST).take_while(is_part).map(|octet| char::from(*octet)).collect();
            // Where a version begins, another path does.
            let behind = text.get(1..).unwrap_or_default();
            let next = ["/v1/", "/v2/"].iter().filter_map(|version| behind.find(version)).min();
            let text = next.and_then(|end| text.get(..=end)).unwrap_or(&text);
            let beginnings = (root.len() + 2..=text.len()).filter_map(|end| text.get(..end));
            let whole =
                |path: &&str| path.matches('{').count() == path.matches('}').count() && !path.ends_with('/');
            paths.extend(beginnings.filter(whole).map(str::to_owned));
        }
    }
    paths
}

async fn zombie(scene: &Scene) -> Outcome {
    let me = scene.actor(AdminA1)?.get("/v1/me");
    let mut trial = Trial::begin(scene, Control::new(me, 200)).await?;
    let beside = scene.beside(|settings, _| without_rates(settings)).await?;
    let documented = documented(scene).await?;
    let fits = |path: &str| documented.iter().any(|(_, template)| is_of(template, path));
    let paths: Vec<String> = paths_in(&constants(scene.service()?.binary())?)
        .into_iter()
        .map(|path| filled(&path, scene))
        .filter(|path| !fits(path))
        .collect();
    let enough = paths.len() > 50;
    trial.found(
        "the binary's paths",
        if enough { Finding::Fine } else { Finding::Unclear("there are few".into()) },
    );
    for some in paths.chunks(16) {
        let requests: Vec<Request> = some.iter().map(|path| beside.scene.anyone().get(path)).collect();
        for (path, answer) in some.iter().zip(join_all(requests.iter().map(Request::send_patiently)).await) {
            trial.found(path, absent(&answer?));
        }
    }
    trial.conclude().await
}

/// Whether the path is one of this template.
fn is_of(template: &str, path: &str) -> bool {
    let (mut wanted, mut parts) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), parts.next()) {
            (None, None) => return true,
            (Some(wanted), Some(part)) if wanted == part || (wanted.starts_with('{') && !part.is_empty()) => {
            }
            _ => return false,
        }
    }
}
