//! Who calls: token → proof of possession → rate of the principal → scope.

use super::Way;
use crate::{
    access::{self, PermissionName},
    http::{deprecation, problem::Problem},
    identity::{Caller, Presented, possession},
    protection::Protection,
};
use actix_web::{
    HttpRequest,
    http::header::{HeaderMap, HeaderName},
};

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
        let caller = self.authenticate(headers).await?;
        self.demand_possession(headers, request, &caller).await?;
        #[cfg(feature = "twin")]
        if !crate::http::weak::is_unwatched(self.row.path) {
            self.admit_known(&caller)?;
        }
        #[cfg(not(feature = "twin"))]
        self.admit_known(&caller)?;
        access::check_scope(&caller, permission)?;
        Ok(caller)
    }

    /// The caller. A token that was never verified is counted against its address first: checking signatures is the
    /// dearest thing that a stranger can make the service do.
    async fn authenticate(&mut self, headers: &HeaderMap) -> Result<Caller, Problem> {
        let identity = self.service.identity.clone();
        let presented = match identity.recall(headers) {
            Ok(presented) => presented,
            Err(refusal) => {
                self.admit_unknown()?;
                return Err(refusal.into());
            }
        };
        let caller = match presented {
            Presented::Known(caller) => caller,
            Presented::New(token) => {
                self.admit_unknown()?;
                if token.is_api_key() {
                    identity.verify_api_key(token, &self.service).await?
                } else {
                    identity.verify(token).await?
                }
            }
        };
        #[cfg(feature = "twin")]
        if let Some(cookie) = crate::identity::weak::cookie::keep_logged_in(headers) {
            self.headers.insert(actix_web::http::header::SET_COOKIE, cookie);
        }
        self.facts.organization.set(Some(caller.organization()));
        self.caller = Some(caller.clone());
        Ok(caller)
    }

    /// A token that is bound to a key counts for whoever shows the key, and only for this request.
    async fn demand_possession(
        &mut self,
        headers: &HeaderMap,
        request: &HttpRequest,
        caller: &Caller,
    ) -> Result<(), Problem> {
        let (method, path) = (request.method().as_str(), request.path());
        let nonce = possession::check(&self.service, headers, caller, method, path).await?;
        if let Some(nonce) = nonce {
            self.headers.insert(HeaderName::from_static("dpop-nonce"), nonce);
        }
        Ok(())
    }

    fn admit_known(&mut self, caller: &Caller) -> Result<(), Problem> {
        self.service.limits.known(caller, &mut self.headers).map_err(|exceeded| {
            self.recorded = exceeded.sampled;
            exceeded.into()
        })
    }

    /// Counts a visit to the provider's pages and OAuth endpoints.
    pub(in crate::http) fn admit_visitor(&mut self) -> Result<(), Problem> {
        self.service.limits.visitor(self.facts.address).map_err(|exceeded| {
            self.recorded = exceeded.sampled;
            exceeded.into()
        })
    }

    pub(super) fn admit_unknown(&mut self) -> Result<(), Problem> {
        self.service.limits.unknown(self.facts.address).map_err(|exceeded| {
            self.recorded = exceeded.sampled;
            exceeded.into()
        })
    }

    /// What is gone answers so, whoever asks (RFC 9110 §15.5.11).
    pub(super) fn check_sunset(&self) -> Result<(), Problem> {
        if self.row.deprecation.is_some() && Protection::DeprecationLifecycle.holds() {
            deprecation::check(&self.service, self.row.operation)?;
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        self.check_sunset().is_err()
    }
}
