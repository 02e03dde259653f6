//! What an administrator may give a program.

use crate::{
    access::{PermissionName, Role, policy},
    audit::Reason,
    http::{
        openapi::{one_of, text_of},
        problem::{Kind, Problem},
        text::Text,
    },
    identity::{
        Scopes,
        networks::{self, Networks},
    },
    protection::{AUTHZ_ESCALATION, AUTHZ_SERVICE_ACCOUNT},
};
use brigandine_enforce::enforces;
use std::collections::BTreeSet;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

/// The scopes as they are stored: each one that programs can use at all, that `holder` (the administrator's token, or the
/// program itself for one of its keys) carries, once. So nobody makes a program, or a key, that can do more than the
/// credential it was made with.
///
/// # Errors
/// 422 for what is no scope of programs, `grant-exceeds-grantor` for what the holder lacks.
pub(super) fn scopes(asked: &[Text], holder: &Scopes) -> Result<String, Problem> {
    let mut given: Vec<&str> = Vec::with_capacity(asked.len());
    for scope in asked.iter().map(Text::as_str) {
        if !is_for_programs(scope) {
            return Err(Problem::new(Kind::ValidationFailed).at("/scopes", "scope"));
        }
        check_program(scope, holder)?;
        if !given.contains(&scope) {
            given.push(scope);
        }
    }
    Ok(given.join(" "))
}

/// A program is no more than whoever made it, and its keys are no more than the program (ASVS 8.3.3).
#[enforces(AUTHZ_SERVICE_ACCOUNT)]
fn check_program(scope: &str, holder: &Scopes) -> Result<(), Problem> {
    check_held(scope, holder)
}

/// Nobody gives what they do not hold: else a narrow token makes itself a wide key (CWE-269).
#[enforces(AUTHZ_ESCALATION)]
fn check_held(scope: &str, holder: &Scopes) -> Result<(), Problem> {
    if holder.contains(scope) {
        return Ok(());
    }
    Err(Problem::new(Kind::GrantExceedsGrantor).because(Reason::GRANT_SCOPE))
}

/// The networks that are asked for.
///
/// # Errors
/// 422 for what is no network in CIDR notation.
pub(super) fn networks(asked: Option<&[Text]>) -> Result<Networks, Problem> {
    let texts = asked.unwrap_or_default().iter().map(Text::as_str);
    Networks::parse(texts).ok_or_else(|| Problem::new(Kind::ValidationFailed).at("/networks", "network"))
}

fn is_for_programs(scope: &str) -> bool {
    for_programs().any(|known| known == scope)
}

fn for_programs() -> impl Iterator<Item = &'static str> {
    let all = PermissionName::ALL.iter().copied();
    all.filter(|&permission| policy::reach(Role::Service, permission).is_some()).map(PermissionName::scope)
}

/// A scope that programs can use, for the documentation.
pub(super) struct ProgramScope;

impl PartialSchema for ProgramScope {
    fn schema() -> RefOr<Schema> {
        one_of(for_programs().collect::<BTreeSet<_>>())
    }
}

impl ToSchema for ProgramScope {}

/// A network in CIDR notation, for the documentation.
pub(super) struct Network;

impl PartialSchema for Network {
    fn schema() -> RefOr<Schema> {
        text_of(networks::LONGEST)
    }
}

impl ToSchema for Network {}
