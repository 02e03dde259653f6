//! What the document says in words: of each operation, and of each group.

use crate::{
    access::Role,
    http::endpoint::{Endpoint, Visibility},
};

/// What a caller must bring to an operation, and what it leaves behind.
pub(super) fn of_operation(endpoint: &Endpoint) -> String {
    let mut sentences = vec![match (endpoint.visit, endpoint.visibility) {
        (Some((style, _)), _) if style.is_for_people() => {
            "For people in a browser. A form is taken from the service's own pages only.".to_owned()
        }
        (Some(_), _) => {
            "For applications: a form in, JSON out (RFC 6749). Refusals are OAuth errors.".to_owned()
        }
        (None, Visibility::Public) => "Open to everybody, without a token.".to_owned(),
        (None, Visibility::Members(permission)) => {
            let roles: Vec<&str> = endpoint.roles().into_iter().map(Role::name).collect();
            format!("Needs the scope `{}`. Roles: {}.", permission.scope(), roles.join(", "))
        }
    }];
    if endpoint.is_sensitive() {
        sentences.push("Two factors must have been shown within five minutes (RFC 9470).".into());
    }
    if endpoint.once {
        sentences.push("Done once for each `Idempotency-Key`.".into());
    }
    if let Some(rule) = endpoint.audit {
        sentences.push(format!("Leaves `{}` in the audit log.", rule.event.as_str()));
    }
    sentences.join(" ")
}

/// What the operations of a tag are about.
pub(super) fn of_tag(name: &str) -> String {
    let about = match name {
        "api-clients" => "Programs that call in the organization's name, and their keys.",
        "appointments" => "Held, confirmed, kept or cancelled.",
        "audit-events" => "Who did what, to what, from where.",
        "break-glass" => "Records that were opened in an emergency, and their review.",
        "deprecations" => "What ends, when, and what succeeds it.",
        "discovery" => "Where clients find everything else.",
        "documents" => "Files about patients.",
        "eligibility" | "eligibility-checks" => "What insurers answered.",
        "exports" => "A patient's data as a file, which two people must want.",
        "identity provider" => "The built-in OpenID provider: its pages, and its endpoints for applications.",
        "identity-providers" => "The OpenID providers that an organization's staff sign in with.",
        "invitations" => "How people become members.",
        "me" => "Who the caller is.",
        "members" => "Who belongs to an organization, and as what.",
        "organizations" => "The organization itself.",
        "patients" => "Patients, who treats them, their records and documents.",
        "sessions" => "Where the caller is signed in.",
        "slots" => "Time that clinicians offer.",
        "waiting-list" => "Who waits for a slot.",
        "webhooks" => "Addresses that are told of what happens.",
        other => return format!("Operations on {other}."),
    };
    about.to_owned()
}
