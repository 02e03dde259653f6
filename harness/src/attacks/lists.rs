//! Who finds what in which list: for attacks that read all of them.

use super::{Actor, Scene};
use crate::{matrix::Endpoint, observe::Row, verdict::AttackError};

/// Whose rows a reader finds.
#[derive(Clone, Copy)]
pub(crate) enum Whose {
    /// Those of the organization.
    All,
    /// Those for which this SQL holds; `ME` is the reader.
    Mine(&'static str),
}
use Whose::{All, Mine};

/// A list, by its operation.
pub(crate) struct List {
    /// The operation.
    pub(crate) operation: &'static str,
    /// Where its items stand.
    pub(crate) table: &'static str,
    /// The column that names the parent in the address, if there is one.
    parent: Option<&'static str>,
    /// Who may read it, and what they find.
    pub(crate) readers: &'static [(&'static str, Whose)],
}

const fn list(
    operation: &'static str,
    table: &'static str,
    parent: Option<&'static str>,
    readers: &'static [(&'static str, Whose)],
) -> List {
    List { operation, table, parent, readers }
}

const OWN_PATIENT: Whose = Mine("patient_id IN (SELECT id FROM patients WHERE member_id = ME)");
const OWN_SLOT: Whose = Mine("slot_id IN (SELECT id FROM slots WHERE clinician_member_id = ME)");
const ASKED_BY_ME: Whose = Mine("requested_by = ME");
const TREATED: Whose = Mine(
    "patient_id IN (SELECT patient_id FROM care_relations WHERE member_id = ME AND ends_at IS NULL) OR author_member_id = ME",
);
const STAFF: &[(&str, Whose)] = &[("clinician", All), ("reception", All)];
const STAFF_AND_PATIENT: &[(&str, Whose)] =
    &[("clinician", All), ("reception", All), ("patient", OWN_PATIENT)];
const ADMIN: &[(&str, Whose)] = &[("admin", All)];
const PATIENTS: &[(&str, Whose)] =
    &[("clinician", All), ("reception", All), ("service", All), ("patient", Mine("member_id = ME"))];
const RECORDS: &[(&str, Whose)] = &[("clinician", TREATED), ("patient", OWN_PATIENT)];

/// Every list, and who finds what in it. Who is not named may not read it at all.
pub(crate) const LISTS: &[List] = &[
    list("listPatients", "patients", None, PATIENTS),
    list("listPatientsV2", "patients", None, PATIENTS),
    list(
        "listAppointments",
        "appointments",
        None,
        &[("reception", All), ("service", All), ("clinician", OWN_SLOT), ("patient", OWN_PATIENT)],
    ),
    list("listWaiting", "waiting_list", None, &[("reception", All), ("patient", OWN_PATIENT)]),
    list(
        "listExports",
        "patient_exports",
        None,
        &[("admin", All), ("auditor", All), ("clinician", ASKED_BY_ME), ("reception", ASKED_BY_ME)],
    ),
    list(
        "listSlots",
        "slots",
        None,
        &[("clinician", All), ("reception", All), ("patient", All), ("service", All)],
    ),
    list("listBrokenGlass", "break_glass_accesses", None, &[("auditor", All)]),
    list("listDocuments", "documents", Some("patient_id"), STAFF_AND_PATIENT),
    list("listEligibility", "eligibility_checks", Some("patient_id"), STAFF_AND_PATIENT),
    list("listCareTeam", "care_relations", Some("patient_id"), STAFF),
    list("listRecords", "records", Some("patient_id"), RECORDS),
    list("listRecordVersions", "records", Some("id"), RECORDS),
    list(
        "listMembers",
        "members",
        None,
        &[("admin", All), ("clinician", All), ("reception", All), ("auditor", All)],
    ),
    list("listInvitations", "invitations", None, ADMIN),
    list("listProviders", "identity_providers", None, ADMIN),
    list("listApiClients", "clients", None, ADMIN),
    list("listApiKeys", "api_keys", Some("client_id"), ADMIN),
    list("listWebhooks", "webhooks", None, ADMIN),
    list("listWebhookDeliveries", "webhook_deliveries", Some("webhook_id"), ADMIN),
    list("listAuditEvents", "audit_events", None, &[("auditor", All)]),
];

impl List {
    /// Whether it stands behind a parent.
    pub(crate) fn is_nested(&self) -> bool {
        self.parent.is_some()
    }

    /// The rows that somebody of this role finds, as SQL; `None`, if they may not read the list at all.
    pub(crate) fn theirs(&self, scene: &Scene, role: &str, reader: &Actor) -> Option<String> {
        let (_, whose) = self.readers.iter().find(|(named, _)| *named == role)?;
        let observer = scene.observer();
        let here = format!("organization_id = {}", observer.id(scene.a()));
        Some(match whose {
            All => here,
            Mine(sql) => format!("{here} AND ({})", sql.replace("ME", &observer.id(reader.id()))),
        })
    }

    /// The list in which a row is to be found: its address, and its rows as SQL beside those of [`List::theirs`].
    ///
    /// # Errors
    /// When the row does not say where.
    pub(crate) fn of(
        &self,
        scene: &Scene,
        endpoint: &Endpoint,
        row: &Row,
    ) -> Result<(String, String), AttackError> {
        let mut parts = Vec::new();
        let mut within = "1 = 1".to_owned();
        for part in endpoint.path.split('/') {
            let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else {
                parts.push(part.to_owned());
                continue;
            };
            let column = match self.parent {
                Some("id") if name == "record" => "id".to_owned(),
                _ => format!("{name}_id"),
            };
            let missing = || AttackError::Setup(format!("{} has no {column}", self.table));
            let id = row.uuid(&column).ok_or_else(missing)?;
            within = format!("{column} = {}", scene.observer().id(id));
            parts.push(id.to_string());
        }
        Ok((parts.join("/"), within))
    }
}
