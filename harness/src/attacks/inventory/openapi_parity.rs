//! `inventory-openapi-parity`: what is served is what is documented, and nothing else.

use super::{Operation, documented, filled, words};
use crate::{attacks::prelude::*, matrix::has_clinic};
use brigandine_api::endpoints;
use futures_util::future::join_all;
use std::collections::BTreeSet;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        InventoryOpenapiParity / "shadow" = shadow,
        "An attacker reads the OpenAPI document.",
        "He tries some five hundred paths that are not in it, and methods that are not, without a token and with the administrator's.",
    ),
    attack!(
        InventoryOpenapiParity / "params" = params,
        twin: Twin::Also(&[Protection::InputUnambiguous]),
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
                400 | 403 | 410 if !path.starts_with("/v1/") => Finding::Fine,
                // A deprecated one after its day.
                410 if answer.slug().as_deref() == Some("sunset") => Finding::Fine,
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
            let request = scene.anyone().request(method, &filled(path, scene));
            let refusal = Refusal::bare(405).header_has("allow", "");
            trial.refused(&format!("{method} {path}"), request, refusal).await;
        }
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
