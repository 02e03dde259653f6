//! `authz-object-collection`, list by list: what each role may find in each, compared row by row with the database.

use crate::{
    attacks::{
        furnished::{objects_in, of_role},
        lists::{LISTS, List},
        prelude::*,
    },
    matrix::{Endpoint, Relation, endpoints},
};
use std::collections::BTreeSet;

pub(super) const ATTACKS: &[Attack] = &[attack!(
    AUTHZ_OBJECT_COLLECTION / "every-list" = every_list,
    needs: People.and(Clinic),
    "There is something of everybody's in A and in B: patients, appointments, places on the waiting list, exports, and all else.",
    "Every role that may read a list reads it to its end, and each item is looked up: it must be theirs, and not all may be.",
)];

async fn every_list(scene: &Scene) -> Outcome {
    scene.furnish().await?;
    // A second parent of each kind, with something behind it.
    scene.furnish_with(Relation::SameOrganization).await?;
    let control = Control::new(scene.actor(AdminA1)?.get(&scene.actor(RecepA)?.path()), 200);
    let mut trial = Trial::begin(scene, control).await?;
    let lists = endpoints().iter().filter(|it| it.method == "GET" && it.operation.starts_with("list"));
    for endpoint in lists.filter(|it| !it.over && !it.roles.is_empty() && it.operation != "listSessions") {
        let Some(list) = LISTS.iter().find(|list| list.operation == endpoint.operation) else {
            let why = Finding::Unclear("nobody says who finds what in this list".into());
            trial.found(endpoint.operation, why);
            continue;
        };
        for role in &endpoint.roles {
            let finding = read(scene, endpoint, list, role).await?;
            trial.found(&format!("{} by {role}", endpoint.operation), finding);
        }
    }
    let finding = sessions(scene).await?;
    trial.found("listSessions", finding);
    trial.conclude().await
}

async fn read(scene: &Scene, endpoint: &Endpoint, list: &List, role: &str) -> Result<Finding, AttackError> {
    let (reader, observer) = (of_role(scene, role)?, scene.observer());
    let Some(theirs) = list.theirs(scene, role, &reader) else {
        return Ok(Finding::Breach("whoever has this role may not read it at all".into()));
    };
    let rows = observer.rows(list.table, &theirs).await?;
    let Some(row) = rows.first() else {
        return Ok(Finding::Unclear("there is nothing of one's own to be found".into()));
    };
    let (path, within) = list.of(scene, endpoint, row)?;
    let seen = walk(&reader, &path).await?;
    let ids = |rows: Vec<Row>| rows.iter().filter_map(|row| row.uuid("id")).collect::<BTreeSet<_>>();
    let theirs = ids(observer.rows(list.table, &format!("{theirs} AND {within}")).await?);
    let all = ids(observer.rows(list.table, "1 = 1").await?);
    let beside = format!("organization_id = {} AND NOT ({within})", observer.id(scene.a()));
    let alone = list.is_nested() && observer.rows(list.table, &beside).await?.is_empty();
    if alone || all.is_subset(&theirs) || seen.is_empty() {
        return Ok(Finding::Unclear("there is nothing foreign, or nothing is seen".into()));
    }
    let foreign = seen.difference(&theirs).count();
    Ok(Finding::must(foreign == 0, format!("the list holds {foreign} that are none of the reader's")))
}

/// The ids on every page of a list.
async fn walk(reader: &Actor, path: &str) -> Result<BTreeSet<Uuid>, AttackError> {
    let (mut seen, mut next) = (BTreeSet::new(), path.to_owned());
    for _ in 0..40 {
        let answer = reader.get(&next).send_leisurely().await?;
        let items = objects_in(&answer).filter(|_| answer.status == 200);
        let odd = || AttackError::Setup(format!("{next} answered {}", answer.summary()));
        seen.extend(items.ok_or_else(odd)?);
        let Some(cursor) = answer.string("/next") else { break };
        next = format!("{path}?cursor={cursor}");
    }
    Ok(seen)
}

/// Sessions are not an organization's, but of people with accounts.
async fn sessions(scene: &Scene) -> Result<Finding, AttackError> {
    let (reception, other) = (scene.person(RecepA)?, scene.person(RecepB)?);
    let (_, tokens) = reception.tokens().await?;
    other.tokens().await?;
    let answer = scene.demand(&scene.anyone().get("/v1/sessions").bearer(&tokens.access), 200).await?;
    let mine = format!("account_id = {}", scene.observer().id(reception.account().id));
    let rows = scene.observer().rows("sessions", &mine).await?;
    let mine: BTreeSet<_> = rows.iter().filter_map(|row| row.uuid("id")).collect();
    let seen = objects_in(&answer).unwrap_or_default();
    if seen.is_empty() {
        return Ok(Finding::Unclear(answer.summary()));
    }
    Ok(Finding::must(seen.is_subset(&mine), "the list holds sessions of others"))
}
