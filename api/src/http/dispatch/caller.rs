//! Who calls: room to verify a token that is new → token → proof of possession → rate of the principal → scope.
//!
//! Nothing costly is done before a limit was asked: neither a signature, nor a look-up, nor a row in a table or in the log.
//! Whoever has proven nothing is counted by the address; whoever proved to hold the token, by the principal.

use super::Way;
use crate::{
    access::{self, PermissionName},
    http::{deprecation, problem::Problem},
    identity::{
        Caller, Presented,
        possession::{self, Demand},
    },
    limits::Room,
    protection::{CSRF_NO_AMBIENT, DEPRECATION_LIFECYCLE, VERSION_ISOLATION},
};
use actix_web::{
    HttpRequest,
    http::header::{HeaderMap, HeaderName, SET_COOKIE},
};
use brigandine_enforce::enforces;

impl Way {
    /// The caller, as far as the token goes: what they may do here is for the database to say. `headers` are the request's.
    pub(super) async fn identify(
        &mut self,
        request: &HttpRequest,
        headers: &HeaderMap,
        permission: PermissionName,
    ) -> Result<Caller, Problem> {
        if self.is_over() {
            // Before the token is looked at: there is nothing left that a caller could be allowed.
            self.admit_unknown()?;
            self.check_sunset()?;
        }
        let (caller, room) = self.authenticate(headers).await?;
        self.admit(headers, request, &caller, room).await?;
        access::check_scope(&caller, permission)?;
        Ok(caller)
    }

    /// The caller. A token that was never verified takes room of its address first: checking signatures is the dearest
    /// thing that a stranger can make the service do.
    async fn authenticate(&mut self, headers: &HeaderMap) -> Result<(Caller, Room), Problem> {
        let identity = self.service.identity.clone();
        let presented = match identity.recall(headers) {
            Ok(presented) => presented,
            Err(refusal) => {
                self.admit_unknown()?;
                return Err(refusal.into());
            }
        };
        let (caller, room) = match presented {
            Presented::Known(caller) => (caller, Room::NONE),
            Presented::New(token) => {
                let room = self.service.limits.room(self.facts.address).await?;
                (identity.verify(token, &self.service).await?, room)
            }
        };
        set_no_cookie(headers, &mut self.headers);
        self.facts.organization.set(Some(caller.organization()));
        self.caller = Some(caller.clone());
        Ok((caller, room))
    }

    /// Counts the request against whoever proves to be its principal. A token that is bound to a key counts for whoever
    /// shows the key, and only for this request; until then it may be a thief's, who must not use up what the owner may do.
    async fn admit(
        &mut self,
        headers: &HeaderMap,
        request: &HttpRequest,
        caller: &Caller,
        room: Room,
    ) -> Result<(), Problem> {
        let limits = self.service.limits.clone();
        let bound = match possession::demand(headers, caller)? {
            Demand::Proof(bound) => bound,
            Demand::Nothing => return self.admit_known(caller, room),
            Demand::Refuse(refusal) if caller.key_thumbprint().is_none() => {
                self.admit_known(caller, room)?;
                return Err(possession::refused(&self.service, refusal));
            }
            Demand::Refuse(refusal) => {
                limits.disproven(caller, self.facts.address)?;
                room.give_back();
                return Err(possession::refused(&self.service, refusal));
            }
        };
        let proof_room = limits.proof_room(caller, self.facts.address).await?;
        // The token is genuine, and what follows is bounded by the other room.
        room.give_back();
        let line = (request.method().as_str(), request.path());
        let one_use = possession::prove(&self.service, headers, &bound, line)?;
        self.admit_known(caller, Room::NONE)?;
        proof_room.give_back();
        if !possession::spend(&self.service, one_use).await? {
            limits.disproven(caller, self.facts.address)?;
            return Err(possession::refused(&self.service, possession::REPLAYED));
        }
        if let Some(nonce) = possession::next_nonce(&self.service) {
            self.headers.insert(HeaderName::from_static("dpop-nonce"), nonce);
        }
        Ok(())
    }

    fn admit_known(&mut self, caller: &Caller, room: Room) -> Result<(), Problem> {
        if is_counted(self.row.path) {
            self.service.limits.known(caller, &mut self.headers)?;
        }
        // Only now: whoever has used up what the principal may do must not have signatures checked for nothing.
        room.give_back();
        Ok(())
    }

    /// Counts a visit to the provider's pages and OAuth endpoints.
    pub(in crate::http) fn admit_visitor(&self) -> Result<(), Problem> {
        Ok(self.service.limits.visitor(self.facts.address)?)
    }

    pub(super) fn admit_unknown(&self) -> Result<(), Problem> {
        Ok(self.service.limits.unknown(self.facts.address)?)
    }

    /// What is gone answers so, whoever asks (RFC 9110 §15.5.11).
    #[enforces(DEPRECATION_LIFECYCLE)]
    pub(super) fn check_sunset(&self) -> Result<(), Problem> {
        if self.row.deprecation.is_some() {
            deprecation::check(&self.service, self.row.operation)?;
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        self.check_sunset().is_err()
    }
}

/// Every version counts alike, or whoever has used up what they may do in one goes on in the other (API9:2023).
#[enforces(VERSION_ISOLATION, answers = !_path.starts_with("/v2/"))]
fn is_counted(_path: &str) -> bool {
    true
}

/// An answer to a program leaves no cookie behind: browsers would send it along by themselves, wherever the next request comes
/// from (CWE-352).
#[enforces(CSRF_NO_AMBIENT, otherwise = crate::vulnerable::identity::tokens::credentials::keep_logged_in)]
fn set_no_cookie(_request: &HeaderMap, answer: &mut HeaderMap) {
    answer.remove(SET_COOKIE);
}
