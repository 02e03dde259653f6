//! Lists come in pages: bounded, and continued by a cursor that can't be made, changed or borrowed.

use super::{
    call::AuditNote,
    input::QueryParameters,
    problem::{Kind, Problem},
    query::Parameters,
};
use crate::{
    ids::{MemberId, OrganizationId},
    protection::{AUTHZ_OBJECT_COLLECTION, BUILD_HARDENING, LIMIT_PAGE_BATCH},
    sealing::Keyring,
    store::types::Moment,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use brigandine_enforce::enforces;
use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

const DEFAULT: u32 = 20;
const MOST: u32 = 100;
const MAC_PURPOSE: &str = "page-cursor";

/// How many items a page holds.
///
/// # Errors
/// `limit-out-of-range` for anything but a whole number from 1 to 100: no silent clamping.
fn size(parameters: &Parameters) -> Result<i64, Problem> {
    let Some(text) = parameters.get("limit") else { return Ok(i64::from(DEFAULT)) };
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let size = number(text).filter(|_| digits);
    let bounded = size.filter(|size| is_bounded(*size));
    bounded.map(i64::from).ok_or_else(|| Problem::new(Kind::LimitOutOfRange).at("?limit", "range"))
}

/// The number, unless it is too large to be kept: nothing wraps around to a small one (CWE-190), and no text makes it panic
/// (CWE-248).
#[enforces(BUILD_HARDENING, otherwise = crate::vulnerable::http::wrapped)]
fn number(text: &str) -> Option<u32> {
    text.parse().ok()
}

/// Whether one page may hold so many items. Else one request would read a whole table (API4:2023; CWE-770).
#[enforces(LIMIT_PAGE_BATCH, answers = true)]
fn is_bounded(size: u32) -> bool {
    (1..=MOST).contains(&size)
}

/// The parameters of a list without filters.
#[derive(Debug, utoipa::IntoParams)]
pub struct PageQuery {
    /// Items a page, 1 to 100; 20 unless given.
    #[param(required = false, minimum = 1, maximum = 100, default = json!(20))]
    limit: i64,
    /// Continues a list.
    #[param(pattern = "^[A-Za-z0-9_-]+$", max_length = 75)]
    cursor: Option<String>,
}

impl QueryParameters for PageQuery {
    const NAMES: &'static [&'static str] = &["limit", "cursor"];

    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        Ok(Self { limit: size(parameters)?, cursor: parameters.get("cursor").map(str::to_owned) })
    }
}

impl PageQuery {
    /// Rows to ask for: one more than the page holds, so that it is known whether there are more.
    #[must_use]
    pub const fn rows(&self) -> i64 {
        self.limit.saturating_add(1)
    }
}

/// A place in a list ordered by time and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// When the last item of the page before was made.
    pub at: DateTime<Utc>,
    /// Its id, which breaks ties.
    pub id: Uuid,
}

impl Position {
    /// Of an item.
    #[must_use]
    pub fn new(at: Moment, id: &Uuid) -> Self {
        Self { at: at.time(), id: *id }
    }
}

/// How many rows are read at a time by who reads a whole list.
pub const BATCH: i64 = 100;

/// A batch of a whole list: the id of each item with what its reader sees of it, and where the next batch begins.
pub type Batch<T> = (Vec<(Uuid, T)>, Option<Position>);

/// Where a whole list goes on after a batch of it; `None` at its end.
pub fn after_batch<R>(rows: &[R], position: impl Fn(&R) -> Position) -> Option<Position> {
    let full = i64::try_from(rows.len()).unwrap_or(i64::MAX) >= BATCH;
    rows.last().filter(|_| full).map(position)
}

/// A page that is being read.
pub struct Listing {
    scope: CursorScope,
    keyring: Keyring,
    limit: i64,
    after: Option<Position>,
}

impl Listing {
    /// Begins to read a page of a list that belongs to nobody else: `list` names the operation and its filter. The way to
    /// one is [`Call::listing`](super::call::Call::listing).
    pub(super) fn begin(
        organization: OrganizationId,
        member: MemberId,
        keyring: &Keyring,
        list: String,
        query: &PageQuery,
    ) -> Result<Self, Problem> {
        let scope = CursorScope { organization, member, list };
        let after = query.cursor.as_deref().map(|cursor| scope.open(keyring, cursor)).transpose()?;
        Ok(Self { scope, keyring: keyring.clone(), limit: query.limit, after })
    }

    /// Behind what the page begins; nothing for the first one. As conditions of a query: `at` is reached, and either passed,
    /// or it is the id that is passed. In this form the first condition is where an index is entered; as one OR of both, all
    /// the pages before would be read, too.
    #[must_use]
    pub const fn after(&self) -> Option<Position> {
        self.after
    }

    /// Makes the page from one row more than it holds: that one says that there is more. Every item that is shown is named
    /// in the audit log.
    ///
    /// # Errors
    /// Those of `view`.
    pub fn page<R, T>(
        self,
        audit: &mut AuditNote,
        mut rows: Vec<R>,
        position: impl Fn(&R) -> Position,
        mut view: impl FnMut(R) -> Result<T, Problem>,
    ) -> Result<Page<T>, Problem> {
        let size = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        let next = match rows.last() {
            Some(last) if more => Some(self.scope.seal(&self.keyring, position(last))),
            _ => None,
        };
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            audit.object(position(&row).id);
            items.push(view(row)?);
        }
        Ok(Page { items, next })
    }
}

/// What a cursor is bound to: one list, one filter, one reader.
#[derive(Debug)]
struct CursorScope {
    organization: OrganizationId,
    member: MemberId,
    /// The operation and its filter, as one text.
    list: String,
}

impl CursorScope {
    fn message(&self, position: &[u8]) -> Vec<u8> {
        let mut message = Vec::with_capacity(position.len() + self.list.len() + 32);
        message.extend_from_slice(self.organization.as_uuid().as_bytes());
        message.extend_from_slice(self.member.as_uuid().as_bytes());
        message.extend_from_slice(position);
        message.extend_from_slice(self.list.as_bytes());
        message
    }

    /// The cursor that continues after `position`.
    fn seal(&self, keyring: &Keyring, position: Position) -> String {
        let mut bytes = position.at.timestamp_micros().to_be_bytes().to_vec();
        bytes.extend_from_slice(position.id.as_bytes());
        let mac = keyring.mac(MAC_PURPOSE, &self.message(&bytes));
        bytes.extend_from_slice(&mac);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The position that a cursor stands for.
    ///
    /// # Errors
    /// `invalid-cursor`, when it was not made for this list, this filter and this reader.
    fn open(&self, keyring: &Keyring, cursor: &str) -> Result<Position, Problem> {
        let invalid = || Problem::new(Kind::InvalidCursor);
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| invalid())?;
        let (position, mac) = bytes.split_at_checked(24).ok_or_else(invalid)?;
        self.check_mac(keyring, position, mac)?;
        let (at, id) = position.split_first_chunk::<8>().ok_or_else(invalid)?;
        let at = DateTime::from_timestamp_micros(i64::from_be_bytes(*at)).ok_or_else(invalid)?;
        Ok(Position { at, id: Uuid::from_slice(id).map_err(|_| invalid())? })
    }

    /// Refuses a cursor that was made up, or for another list, filter or reader: it would begin where its maker likes.
    #[enforces(AUTHZ_OBJECT_COLLECTION)]
    fn check_mac(&self, keyring: &Keyring, position: &[u8], mac: &[u8]) -> Result<(), Problem> {
        if keyring.verify_mac(MAC_PURPOSE, &self.message(position), mac) {
            Ok(())
        } else {
            Err(Kind::InvalidCursor.into())
        }
    }
}

/// One page of a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::{CursorScope, PageQuery, Position};
    use crate::{
        ids::{MemberId, OrganizationId},
        sealing::{DataKey, KeyProvider, Keyring, Purpose, SealingError},
    };
    use chrono::DateTime;
    use utoipa::IntoParams;
    use uuid::Uuid;
    use zeroize::Zeroizing;

    struct Fixed;

    impl KeyProvider for Fixed {
        fn current_key_id(&self) -> u32 {
            1
        }

        fn data_key(&self, _: u32, _: OrganizationId, _: Purpose) -> Result<DataKey, SealingError> {
            Ok(DataKey::new(Zeroizing::new([7; 32])))
        }
    }

    #[test]
    fn every_cursor_is_as_long_as_the_parameter_says() {
        let scope = CursorScope {
            organization: OrganizationId::random(),
            member: MemberId::random(),
            list: "listPatients".into(),
        };
        let position = Position {
            at: DateTime::from_timestamp_micros(i64::MAX).unwrap_or_default(),
            id: Uuid::new_v4(),
        };
        let cursor = scope.seal(&Keyring::new(Fixed).unwrap(), position);
        let parameters = serde_json::to_value(PageQuery::into_params(|| None)).unwrap();
        let said = parameters.as_array().unwrap().iter().find(|it| it["name"] == "cursor").unwrap();
        assert_eq!(said["schema"]["maxLength"], cursor.len());
    }
}
