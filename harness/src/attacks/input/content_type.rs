//! `input-content-type`: JSON and nothing else is parsed.

use crate::attacks::prelude::*;
use tokio::net::TcpListener;

pub(super) const ATTACKS: &[Attack] = &[
    attack!(
        INPUT_CONTENT_TYPE / "types" = types,
        "A page of another site makes the administrator's browser send a form: text/plain, form data, nothing declared.",
        "Others send XML with an external entity, near misses of the right type, and two types at once.",
    ),
    attack!(
        INPUT_CONTENT_TYPE / "accept" = accept,
        "The administrator asks for HTML and XML, which a browser would render.",
    ),
    attack!(
        INPUT_CONTENT_TYPE / "encoding" = encoding,
        "The administrator declares her body compressed: a decoder would be one more parser, and a bomb's way in.",
    ),
    attack!(
        INPUT_CONTENT_TYPE / "lie" = lie,
        "The administrator declares XML and sends JSON, declares JSON and sends XML.",
    ),
];

fn unsupported(accepted: &str) -> Refusal {
    Refusal::problem(415, "unsupported-media-type")
        .header(accepted, "application/json")
        .header("accept", "application/json")
        .audit("request_refused", "unsupported-media-type")
}

/// The type would do; the coding would not.
fn encoded() -> Refusal {
    Refusal::problem(415, "unsupported-media-type")
        .header("accept-encoding", "identity")
        .header_absent("accept-post")
        .header_absent("accept-patch")
        .audit("request_refused", "unsupported-media-type")
}

async fn types(scene: &Scene) -> Outcome {
    let (admin, member) = (scene.actor(AdminA1)?, scene.actor(RecepA)?.path());
    let members = admin.members_path();
    let control = Control::new(admin.get(&member), 200);
    let mut trial = Trial::begin(scene, control).await?;

    // However an honest client writes it (RFC 9110 §5.6.6).
    for kind in [
        "application/json;",
        "Application/JSON ; charset=\"UTF-8\"",
        "application/json;charset=utf-8;",
        "application/json\t;\tCharset=\"utf\\-8\" ;",
    ] {
        let rename = admin.patch(&member).body(kind, r#"{"display_name":"Reception"}"#);
        trial.honestly(scene.demand(&rename, 200)).await?;
    }
    for kind in [
        "text/plain",
        "text/plain;charset=UTF-8",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/x+json",
        "application/vnd.api+json",
        "application/merge-patch+json",
        "application/json-patch+json",
        "application/jsonp",
        "application/json;charset=utf-7",
        "application/json;charset=utf-16",
        "application/json; charset=utf-8; boundary=x",
        "application/json, text/plain",
        "application/xml",
        "*/*",
        "json",
        "",
    ] {
        let request = admin.post(&members).body(kind, admin.newcomer().to_string());
        trial.refused(&format!("adds as {kind:?}"), request, unsupported("accept-post")).await;
        let request = admin.patch(&member).body(kind, r#"{"display_name":"Mallory"}"#);
        trial.refused(&format!("renames as {kind:?}"), request, unsupported("accept-patch")).await;
    }
    let body = admin.newcomer().to_string();
    let untyped = admin.post(&members).untyped_body(body.clone());
    trial.refused("no type at all", untyped, unsupported("accept-post")).await;
    let twice = admin.post(&members).body("application/json", body).header("content-type", "text/plain");
    trial.refused("two types", twice, unsupported("accept-post")).await;
    entity(scene, &mut trial).await?;
    trial.conclude().await
}

/// An XML body whose entity lives on a listener of the attacker's: nobody may come for it.
async fn entity(scene: &Scene, trial: &mut Trial<'_>) -> Result<(), AttackError> {
    let catcher = TcpListener::bind("127.0.0.1:0").await?;
    let address = catcher.local_addr()?;
    let xml =
        format!(r#"<?xml version="1.0"?><!DOCTYPE p [<!ENTITY e SYSTEM "http://{address}/">]><p>&e;</p>"#);
    let admin = scene.actor(AdminA1)?;
    let request = admin.post(&admin.members_path()).body("application/xml", xml);
    trial.refused("an external entity", request, unsupported("accept-post")).await;
    let caught = tokio::time::timeout(Duration::from_millis(50), catcher.accept()).await.is_ok();
    trial.found("an external entity", Finding::must(!caught, "the service fetched the entity"));
    Ok(())
}

async fn accept(scene: &Scene) -> Outcome {
    let (admin, member) = (scene.actor(AdminA1)?, scene.actor(RecepA)?.path());
    let members = admin.members_path();
    let control = Control::new(admin.get(&member).header("accept", "application/json"), 200);
    let mut trial = Trial::begin(scene, control).await?;
    let refusal = || {
        Refusal::problem(406, "not-acceptable")
            .breach_if(|answer| answer.status == 406 && answer.string("/acceptable/0").is_none())
            .audit("request_refused", "not-acceptable")
    };
    for fine in ["application/json;q=0.1, text/html", "text/html;x=\"a,b\", */*;q=\"0.5\"", "application/*"] {
        trial
            .check(&format!("reads as {fine:?}"), admin.get(&member).header("accept", fine), |answer| {
                if answer.status == 200 { Finding::Fine } else { Finding::Unclear(answer.summary()) }
            })
            .await;
    }
    for wanted in [
        "text/html",
        "application/xml",
        "text/*",
        "application/xhtml+xml, application/xml;q=0.9",
        "image/png",
        "application/json;q=0",
        "application/json;q=0.000, text/html",
        "application/json;Q=0, */*",
        "text/html;x=\"a, application/json\"",
        "application/jsonp",
        "",
    ] {
        let request = admin.get(&member).header("accept", wanted);
        trial.refused(&format!("reads as {wanted:?}"), request, refusal()).await;
        let request = admin.post(&members).json(&admin.newcomer()).header("accept", wanted);
        trial.refused(&format!("adds as {wanted:?}"), request, refusal()).await;
    }
    let metadata = scene.anyone().get("/.well-known/oauth-protected-resource").header("accept", "text/html");
    trial.refused("the public metadata as HTML", metadata, Refusal::problem(406, "not-acceptable")).await;
    trial.conclude().await
}

async fn encoding(scene: &Scene) -> Outcome {
    let (admin, member) = (scene.actor(AdminA1)?, scene.actor(RecepA)?.path());
    let members = admin.members_path();
    let control = Control::new(admin.get(&member), 200);
    let mut trial = Trial::begin(scene, control).await?;
    for coding in ["gzip", "deflate", "br", "zstd", "x", "identity", "gzip, gzip", ""] {
        let request = admin.post(&members).json(&admin.newcomer()).header("content-encoding", coding);
        trial.refused(&format!("adds in {coding:?}"), request, encoded()).await;
    }
    // The smallest gzip member there is, holding nothing: a decoder would show itself by another complaint.
    let packed = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0].as_slice();
    let request = admin.patch(&member).body("application/json", packed).header("content-encoding", "gzip");
    trial.refused("renames with a real gzip member", request, encoded()).await;
    trial.conclude().await
}

async fn lie(scene: &Scene) -> Outcome {
    let admin = scene.actor(AdminA1)?;
    let members = admin.members_path();
    let control = Control::new(admin.get(&members), 200);
    let mut trial = Trial::begin(scene, control).await?;
    let json = admin.newcomer().to_string();
    for kind in ["application/xml", "text/xml", "application/soap+xml", "application/x-yaml"] {
        let request = admin.post(&members).body(kind, json.clone());
        trial.refused(&format!("JSON as {kind}"), request, unsupported("accept-post")).await;
    }
    for (story, body) in [
        ("XML as JSON", "<member><display_name>Gwen</display_name></member>"),
        ("a form as JSON", "display_name=Gwen&role=admin"),
        ("YAML as JSON", "display_name: Gwen\nrole: admin\n"),
    ] {
        let request = admin.post(&members).body("application/json", body);
        let refusal =
            Refusal::problem(400, "malformed-json").audit("input_validation_fail", "malformed-json");
        trial.refused(story, request, refusal).await;
    }
    trial.conclude().await
}
