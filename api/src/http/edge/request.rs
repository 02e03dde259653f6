//! The request as it came: nobody guesses what a client may have meant.

use crate::protection::{
    API_KEY_STORAGE, AUTHZ_METHOD_PATH, CACHE_ISOLATION, TOKEN_TRANSPORT, VERSION_ISOLATION,
};
use actix_web::dev::ServiceRequest;
use brigandine_enforce::enforces;

/// Changes nothing.
pub(super) fn as_it_came(request: ServiceRequest) -> ServiceRequest {
    let request = in_its_version(request);
    let request = with_its_whole_path(request);
    let request = as_spelled(request);
    let request = without_token_in_address(request);
    without_key_in_address(request)
}

/// Whoever asks for no version, or for one that there is not, gets nothing: served with another one, a client would come to rely
/// on it (API9:2023).
#[enforces(VERSION_ISOLATION, otherwise = crate::vulnerable::http::requests::as_some_version)]
fn in_its_version(request: ServiceRequest) -> ServiceRequest {
    request
}

/// What a path ends with is part of it. Were `/v1/me/x.css` answered as `/v1/me`, a cache in front would keep somebody's data as a
/// picture for everybody (web cache deception, CWE-525).
#[enforces(CACHE_ISOLATION, otherwise = crate::vulnerable::http::requests::without_a_picture)]
fn with_its_whole_path(request: ServiceRequest) -> ServiceRequest {
    request
}

/// Method and path count as they stand in the request line, by which a gateway in front has decided: no field overrides the one,
/// and nothing of the other is decoded, folded or trimmed (CWE-436; API5:2023).
#[enforces(AUTHZ_METHOD_PATH, otherwise = crate::vulnerable::http::requests::be_helpful)]
fn as_spelled(request: ServiceRequest) -> ServiceRequest {
    request
}

/// A token is not taken from the address, which stands in logs and histories (RFC 6750 §5.3; RFC 9700 §4.3.2).
#[enforces(TOKEN_TRANSPORT, otherwise = crate::vulnerable::http::requests::take_token_of_query)]
fn without_token_in_address(request: ServiceRequest) -> ServiceRequest {
    request
}

/// Nor is a program's key taken from there, which would be good for longer (ASVS 14.2.1).
#[enforces(API_KEY_STORAGE, otherwise = crate::vulnerable::http::requests::take_key_of_query)]
fn without_key_in_address(request: ServiceRequest) -> ServiceRequest {
    request
}
