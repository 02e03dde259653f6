//! What a scope lets an application do, as people read it: on the consent page and in the document.

/// Every scope, with words that follow "It asks to".
pub(crate) const SCOPES: [(&str, &str); 40] = [
    ("openid", "know who you are"),
    ("email", "see your e-mail address"),
    ("offline_access", "stay signed in"),
    ("profile:read", "see your name and role"),
    ("organization:read", "see your organization"),
    ("members:read", "see the members of your organization"),
    ("members:write", "add, change and remove members"),
    ("providers:write", "see and change how your organization signs in"),
    ("patients:read", "see patients"),
    ("patients:write", "register and correct patients"),
    ("patients:discharge", "discharge patients"),
    ("documents:read", "see and fetch patients' documents"),
    ("documents:write", "add and delete patients' documents"),
    ("care-team:read", "see who treats a patient"),
    ("care-team:write", "say who treats a patient"),
    ("records:read", "read clinical records"),
    ("records:write", "write and amend clinical records"),
    ("records:break-glass", "open a patient's records in an emergency"),
    ("break-glass:review", "review what was opened in emergencies"),
    ("exports:read", "see who asked for a patient's data as a file"),
    ("exports:write", "ask for a patient's data as a file"),
    ("exports:approve", "approve that somebody gets a patient's data as a file"),
    ("exports:download", "fetch a patient's data as a file"),
    ("slots:read", "see free slots"),
    ("slots:write", "offer and withdraw slots"),
    ("appointments:read", "see appointments"),
    ("appointments:write", "hold, confirm and cancel appointments"),
    ("appointments:check-in", "say that a patient has come"),
    ("appointments:complete", "say that a patient was treated"),
    ("waiting-list:read", "see who waits for a slot"),
    ("waiting-list:write", "join and leave waiting lists"),
    ("eligibility:check", "ask an insurer whether it pays for a patient"),
    ("eligibility:read", "see what insurers answered"),
    ("audit:read", "read the audit log"),
    ("sessions:read", "see where you are signed in"),
    ("sessions:write", "sign you out elsewhere"),
    ("api-clients:read", "see which programs may call in your organization's name"),
    ("api-clients:write", "register programs, give them keys, and revoke them"),
    ("webhooks:read", "see which addresses are told of what happens here"),
    ("webhooks:write", "name such addresses, and change them"),
];

/// A scope as a person understands it; one that is not known here is shown as it is.
#[must_use]
pub(crate) fn in_plain_words(scope: &str) -> &str {
    SCOPES.iter().find(|(name, _)| *name == scope).map_or(scope, |(_, words)| words)
}

#[cfg(test)]
mod tests {
    use super::SCOPES;
    use crate::access::PermissionName;

    #[test]
    fn every_scope_has_words() {
        let of_permissions = PermissionName::ALL.iter().map(|name| name.scope());
        for scope in of_permissions.chain(["openid", "email", "offline_access"]) {
            assert!(SCOPES.iter().any(|(known, _)| *known == scope), "{scope}");
        }
    }
}
