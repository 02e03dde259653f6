//! Identifiers as distinct types, so that a patient's id can't be passed where a member's is meant.
//!
//! All are UUIDv4: 122 random bits (RFC 9562 §5.4), so that no id can be guessed or counted. An id is a name and
//! never a right: every use of one is checked against the caller.

use serde::{Deserialize, Deserializer, Serialize, de};
use std::{borrow::Cow, fmt};
use uuid::Uuid;

/// The one form in which an id comes in, wherever it stands: path, query, field or body. Hyphenated, its letters in either
/// case (RFC 9562 §4); `Uuid` itself would also take braces, URNs and bare digits, which gateways read as something else.
#[must_use]
pub fn parse(text: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(text).ok()?;
    let mut hyphenated = Uuid::encode_buffer();
    id.as_hyphenated().encode_lower(&mut hyphenated).eq_ignore_ascii_case(text).then_some(id)
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
        #[diesel(sql_type = crate::store::types::Id)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new random id.
            #[must_use]
            pub fn random() -> Self {
                Self(Uuid::new_v4())
            }

            /// The id with this value.
            #[must_use]
            pub const fn from_uuid(value: Uuid) -> Self {
                Self(value)
            }

            /// Its value.
            #[must_use]
            pub const fn as_uuid(&self) -> &Uuid {
                &self.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                parse(&text).map(Self).ok_or_else(|| de::Error::custom("not a UUID"))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(formatter)
            }
        }
    };
}

id!(/** An organization: the tenant. */ OrganizationId);
id!(/** A member: a subject of a trusted issuer, bound to one organization. */ MemberId);
id!(/** A patient of an organization. */ PatientId);
id!(/** A document of a patient: also the name of its file. */ DocumentId);
id!(/** One request, in the answer's `instance`, the access line and the audit row. */ RequestId);
id!(/** One row of the audit log. */ AuditEventId);
id!(/** An account of the built-in provider: the `sub` of its tokens. */ AccountId);
id!(/** A signed-in browser: the `sid` of the tokens that came of it. */ SessionId);
id!(/** What an account allowed a client to do in one organization: the root of a code and its tokens. */ GrantId);
id!(/** A signing key: its `kid`. */ KeyId);
id!(/** A client's registration; the client itself knows its `client_id`. */ RegistrationId);
id!(/** An invitation into an organization. */ InvitationId);
id!(/** A row that nothing outside its table refers to. */ RowId);
id!(/** An API key of a program. */ ApiKeyId);
id!(/** An organization's own OpenID provider. */ ProviderId);
id!(/** A clinician's place on a patient's care team. */ CareRelationId);
id!(/** A broken glass: an hour with a patient's records without a care relation. */ BreakGlassId);
id!(/** A clinical record. */ RecordId);
id!(/** A question to an insurer, and its answer. */ EligibilityCheckId);
id!(/** Time that a clinician offers. */ SlotId);
id!(/** A patient's appointment. */ AppointmentId);
id!(/** A place on the waiting list. */ WaitingId);
id!(/** A request to export a patient's data. */ ExportId);
id!(/** An address of an organization that is told of events. */ WebhookId);
id!(/** One message to a webhook. */ DeliveryId);

#[cfg(test)]
mod tests {
    use super::{MemberId, parse};

    #[test]
    fn an_id_has_one_form_in_either_case() {
        let id = MemberId::random();
        let text = id.to_string();
        for fine in [text.clone(), text.to_uppercase()] {
            assert_eq!(parse(&fine).map(MemberId::from_uuid), Some(id));
            assert_eq!(serde_json::from_value::<MemberId>(fine.into()).ok(), Some(id));
        }
        let uuid = id.as_uuid();
        for wrong in
            [uuid.simple().to_string(), uuid.urn().to_string(), uuid.braced().to_string(), format!("{text} ")]
        {
            assert_eq!(parse(&wrong), None, "{wrong}");
            assert!(serde_json::from_value::<MemberId>(wrong.into()).is_err());
        }
    }
}
