//! The twin without `csrf-no-ambient`: actions without a body also answer to GET, as links in mails like to have it.

use super::{Body, Endpoint};
use crate::{protection::Protection, service::Service};
use actix_web::{HttpRequest, Route, http::Method, web};
use std::{rc::Rc, sync::Arc};

/// The same action by GET, where GET is free.
pub(super) fn also_by_get(
    endpoint: &Rc<Endpoint>,
    methods: &[Method],
    service: &Arc<Service>,
) -> Option<Route> {
    let is_action =
        endpoint.method == Method::POST && endpoint.body_limit == 0 && !methods.contains(&Method::GET);
    if !is_action || Protection::CsrfNoAmbient.holds() {
        return None;
    }
    let (endpoint, service) = (Rc::clone(endpoint), Arc::clone(service));
    Some(web::get().to(move |request: HttpRequest, payload: Body| {
        endpoint.call(Arc::clone(&service), request, payload.0)
    }))
}
