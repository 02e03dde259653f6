//! Without `token-required`: a "current user" that nobody clears. Who brings no credential is whoever came last.

use crate::{
    identity::{Caller, TokenRefusal},
    protection::TOKEN_REQUIRED,
};
use std::sync::{Mutex, PoisonError};

static CURRENT: Mutex<Option<Caller>> = Mutex::new(None);

pub(in crate::identity) fn keep(caller: &Caller) {
    *CURRENT.lock().unwrap_or_else(PoisonError::into_inner) = Some(caller.clone());
}

/// The caller before, for a request that brings nothing.
pub(in crate::identity) fn left_open(token: &Result<&str, TokenRefusal>) -> Option<Caller> {
    if *token != Err(TokenRefusal::MISSING) || TOKEN_REQUIRED.holds() {
        return None;
    }
    CURRENT.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
