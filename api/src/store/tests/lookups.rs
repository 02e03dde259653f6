//! A look-up that takes one row must be by something that only one row has. Else it takes whichever the database finds
//! first: somebody else's.
//!
//! Every place in the sources where one row is taken is reviewed here, by what makes it the only one; the keys are checked
//! against the schema. A new place fails until it stands here.

use crate::store::{prelude::*, testing::on_sqlite};
use diesel::{QueryableByName, sql_query, sql_types::Text};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// Why there is at most one row, or why it does not matter which.
#[derive(Clone, Copy)]
enum One {
    /// These columns of a table are unique together.
    Key(&'static str, &'static [&'static str]),
    /// An aggregate, or what a statement that wrote one row gives back.
    Single,
    /// The first in an order that the domain means.
    Ordered,
    /// Only whether there is any.
    Any,
}
use One::{Any, Key, Ordered, Single};

const ID: &[&str] = &["id"];

/// Files below `src`, with the places in them from top to bottom.
const REVIEWED: &[(&str, &[One])] = &[
    ("clinic/appointments/caps.rs", &[Single; 7]),
    ("clinic/appointments/find.rs", &[Key("appointments", ID), Key("slots", ID)]),
    ("clinic/appointments/hold.rs", &[Single]),
    ("clinic/appointments/lock.rs", &[Key("slots", ID), Key("patients", ID), Key("members", ID)]),
    ("clinic/appointments/slots/offer.rs", &[Single]),
    ("clinic/appointments/slots/withdraw.rs", &[Single]),
    ("clinic/appointments/waiting.rs", &[Key("waiting_list", ID), Ordered]),
    (
        "clinic/care/break_glass/review.rs",
        &[Key("break_glass_accesses", ID), Key("break_glass_accesses", ID)],
    ),
    ("clinic/care/standing.rs", &[Key("patients", ID)]),
    ("clinic/care/team.rs", &[Key("care_relations", ID)]),
    ("clinic/documents/access.rs", &[Key("documents", ID)]),
    ("clinic/documents/judge.rs", &[Key("documents", ID)]),
    ("clinic/documents/quota.rs", &[Key("document_usage", &["organization_id", "owner_id"])]),
    ("clinic/documents/upload.rs", &[Single]),
    ("clinic/eligibility/check.rs", &[Single]),
    ("clinic/eligibility/rows.rs", &[Ordered]),
    ("clinic/exports/quota.rs", &[Single, Ordered]),
    ("clinic/exports/rows.rs", &[Key("patient_exports", ID)]),
    ("clinic/patients/show.rs", &[Key("patients", ID)]),
    ("clinic/patients/write.rs", &[Single, Key("patients", ID), Single]),
    ("clinic/records/find.rs", &[Key("records", ID)]),
    (
        "http/idempotency/rows.rs",
        &[Key("idempotency_keys", &["organization_id", "member_id", "operation", "key"]), Single],
    ),
    ("identity/accounts/mod.rs", &[Key("accounts", &["email_index"]), Key("accounts", ID)]),
    ("identity/accounts/standing.rs", &[Key("accounts", ID), Key("accounts", ID)]),
    ("identity/api_keys/rows.rs", &[Key("api_keys", &["secret_mac"])]),
    ("identity/factors/enrolment.rs", &[Ordered]),
    ("identity/factors/passkeys/sign_in.rs", &[Key("factors", &["credential_id"])]),
    ("identity/factors/passkeys/state.rs", &[Key("passkey_states", ID)]),
    ("identity/factors/recovery.rs", &[Key("recovery_codes", &["account_id", "slot"]), Single]),
    ("identity/factors/throttle.rs", &[Key("factor_throttles", &["account_id", "organization_id"])]),
    ("identity/factors/totp.rs", &[Ordered]),
    ("identity/federation/domains.rs", &[Key("organization_domains", &["domain"])]),
    ("identity/federation/identities.rs", &[Key("linked_identities", &["issuer", "subject"])]),
    ("identity/federation/management.rs", &[Single, Key("identity_providers", ID)]),
    (
        "identity/federation/providers.rs",
        &[Key("identity_providers", ID), Key("identity_providers", ID), Any],
    ),
    ("identity/federation/transactions.rs", &[Key("login_transactions", &["state_hash"])]),
    (
        "identity/one_time/mod.rs",
        &[Key("one_time_secrets", &["secret_hash"]), Key("one_time_secrets", &["secret_hash"]), Single],
    ),
    ("identity/provider/clients.rs", &[Key("clients", &["client_id"])]),
    (
        "identity/provider/grants.rs",
        &[Key("grants", &["code_hash"]), Key("grants", &["code_hash"]), Key("grants", ID)],
    ),
    (
        "identity/provider/requests.rs",
        &[Key("authorization_requests", &["handle_hash"]), Key("authorization_requests", &["handle_hash"])],
    ),
    ("identity/provider/token/program.rs", &[Key("members", &["organization_id", "issuer", "subject"])]),
    ("identity/provider/token/refresh.rs", &[Key("refresh_tokens", &["token_hash"])]),
    ("identity/revocation.rs", &[Single]),
    ("identity/sessions/forms.rs", &[Key("sessions", ID)]),
    ("identity/sessions/list.rs", &[Key("sessions", ID)]),
    (
        "identity/sessions/mod.rs",
        &[Key("sessions", &["secret_hash"]), Key("sessions", ID), Key("sessions", ID)],
    ),
    ("identity/throttle/counter.rs", &[Single]),
    (
        "limits/spend.rs",
        &[
            Key("spend_rates", &["organization_id", "member_id", "purpose"]),
            Key("spend", &["organization_id", "purpose", "day"]),
        ],
    ),
    ("mail/postage.rs", &[Single]),
    ("organizations/api_clients/keys.rs", &[Key("api_keys", ID)]),
    ("organizations/api_clients/reminders.rs", &[Key("members", ID)]),
    ("organizations/api_clients/rows.rs", &[Key("clients", ID)]),
    ("organizations/found.rs", &[Single]),
    ("organizations/invitations/accept.rs", &[Single]),
    ("organizations/invitations/quota.rs", &[Ordered]),
    ("organizations/invitations/rows.rs", &[Key("invitations", ID), Key("organizations", ID)]),
    ("organizations/members.rs", &[Key("members", ID), Single]),
    ("organizations/people.rs", &[Key("members", ID)]),
    ("organizations/show.rs", &[Key("organizations", ID)]),
    ("server/key_files.rs", &[Single, Single, Single]),
    ("store/membership.rs", &[Key("members", &["organization_id", "issuer", "subject"])]),
    ("store/privileges.rs", &[Single]),
    ("webhooks/rows.rs", &[Key("webhooks", ID), Key("webhook_deliveries", ID)]),
    ("webhooks/worker/attempt.rs", &[Key("webhook_deliveries", ID), Key("organizations", ID)]),
    ("webhooks/worker/claim.rs", &[Any, Single]),
];

/// Files that hold no service: tests, and what only twins do.
fn is_left_out(path: &str) -> bool {
    path.split('/').any(|part| part.trim_end_matches(".rs").ends_with("tests"))
        || ["vulnerable", "weak", "careless", "testing", "interleavings", "plans"]
            .iter()
            .any(|name| path.contains(name))
}

/// How often a file takes one row. A slice's `first` has no argument.
fn places(source: &str) -> usize {
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split(".first").skip(1).chain(line.split(".get_result").skip(1)))
        .map(|after| match after.strip_prefix("::<").and_then(|generic| generic.split_once(">(")) {
            Some((_, arguments)) => arguments,
            None => after.strip_prefix('(').unwrap_or(")"),
        })
        .filter(|arguments| !arguments.starts_with(')'))
        .count()
}

fn collect(folder: &Path, root: &Path, into: &mut BTreeMap<String, usize>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            collect(&path, root, into);
        } else if name.ends_with(".rs") && !is_left_out(&name) {
            let count = places(&fs::read_to_string(&path).unwrap());
            if count > 0 {
                into.insert(name, count);
            }
        }
    }
}

#[test]
fn every_place_that_takes_one_row_is_reviewed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeMap::new();
    collect(&root, &root, &mut found);
    // Of the example domain nothing is there any more once it was thrown away.
    let is_here = |file: &str| root.join(file.split('/').next().unwrap_or_default()).exists();
    let reviewed: BTreeMap<String, usize> = REVIEWED
        .iter()
        .filter(|(file, _)| is_here(file))
        .map(|(file, places)| ((*file).to_owned(), places.len()))
        .collect();
    let differing: BTreeSet<&String> = found.keys().chain(reviewed.keys()).collect();
    let differing: Vec<_> = differing
        .into_iter()
        .filter(|file| found.get(*file) != reviewed.get(*file))
        .map(|file| format!("{file}: {:?} found, {:?} reviewed", found.get(file), reviewed.get(file)))
        .collect();
    assert!(differing.is_empty(), "what makes their row the only one?\n{}", differing.join("\n"));
}

#[derive(QueryableByName)]
struct Unique {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    columns: String,
}

#[tokio::test]
async fn their_keys_are_unique_in_the_schema() {
    on_sqlite(async |fixture| {
        let mut transaction = fixture.store.begin_unscoped(Mode::Read).await.unwrap();
        let sql = "SELECT list.name AS name, group_concat(info.name) AS columns FROM \
                   (SELECT m.name AS name, i.name AS index_name FROM sqlite_schema AS m, pragma_index_list(m.name) AS i \
                    WHERE m.type = 'table' AND i.\"unique\" = 1 AND i.partial = 0) AS list, \
                   pragma_index_info(list.index_name) AS info GROUP BY list.name, list.index_name";
        let unique: Vec<Unique> =
            each!(transaction.connection(), |c| sql_query(sql).load::<Unique>(c)).unwrap();
        for (file, places) in REVIEWED {
            for place in *places {
                let Key(table, columns) = place else { continue };
                let held = unique.iter().any(|index| {
                    index.name == *table && index.columns.split(',').all(|column| columns.contains(&column))
                });
                assert!(held, "{file}: {columns:?} of {table} are not unique");
            }
        }
    })
    .await;
}
