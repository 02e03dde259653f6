//! `/v1/sessions`: people see where they are signed in, and end what they don't know.

use super::{Origin, Session, by_id, end, end_all, origin};
use crate::{
    access::{
        Permission,
        permission::{EndSessions, ReadSessions},
    },
    audit::{EventName, Reason},
    http::{
        answer::{Gone, Shown},
        call::Call,
        endpoint::{AuditRule, Endpoint},
        input::{Nothing, Path},
        precondition::IfUnchanged,
        problem::{Kind, Problem},
    },
    ids::{AccountId, OrganizationId, SessionId},
    protection::{OIDC_ACCOUNT_LINKING, SESSION_TERMINATION},
    store::{prelude::*, schema::sessions, types::Moment},
};
use actix_web::http::Method;
use brigandine_enforce::enforces;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// The endpoints of this folder.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let ended = Some(AuditRule { event: EventName::SessionEnded, object_type: "session" });
    let mut endpoints = vec![
        Endpoint::new(
            Method::GET,
            "/v1/sessions",
            "listSessions",
            "Lists where you are signed in.",
            Some(AuditRule { event: EventName::SensitiveRead, object_type: "session" }),
            list,
        ),
        Endpoint::new(
            Method::DELETE,
            "/v1/sessions",
            "endOtherSessions",
            "Ends all your sessions but the one that this token came of.",
            ended,
            end_others,
        ),
        Endpoint::new(
            Method::DELETE,
            "/v1/sessions/{session}",
            "endSession",
            "Ends one of your sessions; its tokens stop working with the next request.",
            ended,
            end_one,
        ),
    ];
    endpoints.extend(super::forms::endpoints());
    endpoints
}

/// Where somebody is signed in.
#[derive(Debug, Serialize, ToSchema)]
struct SessionList {
    sessions: Vec<SessionForSelf>,
}

/// A session as its owner sees it.
#[derive(Debug, Serialize, ToSchema)]
struct SessionForSelf {
    #[schema(value_type = uuid::Uuid)]
    id: SessionId,
    /// What the browser calls itself.
    name: String,
    /// How they signed in: `pwd`, `otp`, `hwk` (RFC 8176).
    methods: Vec<String>,
    created_at: DateTime<Utc>,
    last_used_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    /// Whether this token came of it.
    current: bool,
}

async fn list(call: &mut Call<ReadSessions>, _: Nothing) -> Result<Shown<SessionList>, Problem> {
    let list = visible(call).await?;
    list.sessions.iter().for_each(|session| call.audit.object(*session.id.as_uuid()));
    Ok(Shown(list))
}

/// The sessions that the caller sees.
async fn visible<P: Permission>(call: &mut Call<P>) -> Result<SessionList, Problem> {
    let (account, now) = (call.own_account()?, Moment::new(call.clock.now()));
    call.tenant.identity().await?;
    let rows: Vec<Session> = each!(call.tenant.connection(), |c| sessions::table
        .filter(sessions::account_id.eq(account))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .order(sessions::created_at.desc())
        .select(Session::as_select())
        .load(c))?;
    let (current, reach) = (current(call), Reach::of(call, account).await?);
    let standing = rows.into_iter().filter(|row| row.stands(now.time()).is_ok() && reach.has(row.id));
    let sessions = standing.map(|row| SessionForSelf {
        current: current == Some(row.id),
        id: row.id,
        name: row.name,
        methods: row.amr.split(' ').map(str::to_owned).collect(),
        created_at: row.created_at.time(),
        last_used_at: row.last_used_at.time(),
        expires_at: row.expires_at.time(),
    });
    Ok(SessionList { sessions: sessions.collect() })
}

async fn end_one(call: &mut Call<EndSessions>, Path(id): Path<SessionId>) -> Result<Gone, Problem> {
    let account = call.own_account()?;
    call.tenant.identity().await?;
    let found = each!(call.tenant.connection(), |c| sessions::table
        .filter(sessions::id.eq(id))
        .select((sessions::id, sessions::account_id))
        .first::<(SessionId, AccountId)>(c))
    .optional()?;
    let (own, of) = found.ok_or(Kind::NotFound)?;
    let own_one = of == account && Reach::of(call, account).await?.has(own);
    check_own(own_one)?;
    let (issuer, clock) = (call.identifier().to_owned(), call.clock);
    if !end(call.tenant.transaction(), &issuer, own, clock).await? {
        return Err(Kind::NotFound.into());
    }
    call.audit.object(*id.as_uuid());
    Ok(Gone)
}

/// Somebody else's session looks like the name of nothing.
#[enforces(SESSION_TERMINATION)]
fn check_own(is_own: bool) -> Result<(), Problem> {
    if is_own { Ok(()) } else { Err(Problem::new(Kind::NotFound).because(Reason::OBJECT)) }
}

async fn end_others(call: &mut Call<EndSessions>, if_unchanged: IfUnchanged) -> Result<Gone, Problem> {
    let account = call.own_account()?;
    if if_unchanged.is_asked() {
        let _seen = if_unchanged.check(&visible(call).await?)?;
    }
    call.tenant.identity().await?;
    let (current, reach) = (current(call), Reach::of(call, account).await?);
    let (issuer, clock) = (call.identifier().to_owned(), call.clock);
    let transaction = call.tenant.transaction();
    match reach {
        Reach::All => drop(end_all(transaction, &issuer, account, current, clock).await?),
        Reach::These(sessions) => {
            for session in sessions.into_iter().filter(|session| Some(*session) != current) {
                end(transaction, &issuer, session, clock).await?;
            }
        }
    }
    call.audit.object(*account.as_uuid());
    Ok(Gone)
}

/// The session that the token came of.
fn current<P: Permission>(call: &Call<P>) -> Option<SessionId> {
    call.caller().session().and_then(|sid| Uuid::try_parse(sid).ok()).map(SessionId::from_uuid)
}

/// Which sessions of an account somebody sees and ends.
enum Reach {
    /// The owner of the account.
    All,
    /// Somebody for whom an organization's provider vouches: those that came by the same organization's word.
    These(Vec<SessionId>),
}

/// Whose word somebody came by, who sees and ends what came by the same only: where else the account's owner is signed
/// in is no business of an organization's administrators.
#[enforces(OIDC_ACCOUNT_LINKING, answers = None)]
fn confined_to(origin: &Origin) -> Option<OrganizationId> {
    origin.organization()
}

impl Reach {
    async fn of<P: Permission>(call: &mut Call<P>, account: AccountId) -> Result<Self, Problem> {
        let Some(current) = current(call) else { return Ok(Self::All) };
        let transaction = call.tenant.transaction();
        let Some(current) = by_id(transaction, current).await? else { return Ok(Self::These(Vec::new())) };
        match confined_to(&current.origin) {
            None => Ok(Self::All),
            Some(organization) => {
                Ok(Self::These(origin::vouched_for(transaction, account, organization).await?))
            }
        }
    }

    fn has(&self, session: SessionId) -> bool {
        match self {
            Self::All => true,
            Self::These(sessions) => sessions.contains(&session),
        }
    }
}
