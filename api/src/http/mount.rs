//! Puts the rows on the router: one resource per path, so that a wrong method is told which ones are right.

use super::{
    cors, dispatch,
    endpoint::Endpoint,
    problem::{Kind, Problem},
};
use crate::{
    protection::{CSRF_NO_AMBIENT, INVENTORY_MGMT_ISOLATED, INVENTORY_OPENAPI_PARITY, UPLOAD_TYPE},
    service::Service,
};
use actix_web::{
    HttpRequest, Resource,
    dev::Payload,
    http::{
        Method,
        header::{self, HeaderValue},
    },
    web,
};
use brigandine_enforce::enforces;
use std::{collections::BTreeMap, rc::Rc, sync::Arc};

/// Mounts every endpoint; whatever else is asked for gets a problem.
pub fn mount(config: &mut web::ServiceConfig, service: &Arc<Service>, endpoints: Vec<Endpoint>) {
    mount_no_helpers(config, service);
    mount_no_folder(config, service);
    mount_no_operations(config, service);
    let fields = cors::Fields::of(&endpoints);
    let mut paths: BTreeMap<&'static str, Vec<Rc<Endpoint>>> = BTreeMap::new();
    for endpoint in endpoints {
        paths.entry(endpoint.path).or_default().push(Rc::new(endpoint));
    }
    for (path, endpoints) in paths {
        let methods: Vec<Method> =
            endpoints.iter().flat_map(|endpoint| served_for(endpoint)).cloned().collect();
        let is_page =
            endpoints.iter().any(|endpoint| endpoint.visit.is_some_and(|(style, _)| style.is_for_people()));
        let mut resource = Resource::new(path);
        for endpoint in endpoints {
            for method in answered(&endpoint, &methods) {
                let (endpoint, service) = (Rc::clone(&endpoint), Arc::clone(service));
                resource = resource.route(web::method(method.clone()).to(
                    move |request: HttpRequest, payload: Body| {
                        endpoint.call(Arc::clone(&service), request, payload.0)
                    },
                ));
            }
        }
        // Where people sign in, no other origin has anything to read (RFC 9700 §2.6).
        let origins = if is_page { &[][..] } else { &service.origins };
        let (allow, refusing) = (allow(&methods), Arc::clone(service));
        let wrong_method = move |request: HttpRequest| {
            let problem = Problem::new(Kind::MethodNotAllowed).with_header(header::ALLOW, allow.clone());
            let service = Arc::clone(&refusing);
            async move { dispatch::nothing(&service, &request, problem).await }
        };
        let rules = cors::rules(origins, &methods, &fields);
        config.service(resource.default_service(web::to(wrong_method)).wrap(rules));
    }
    let service = Arc::clone(service);
    config.default_service(web::to(move |request: HttpRequest| {
        let service = Arc::clone(&service);
        async move { dispatch::nothing(&service, &request, Kind::NotFound.into()).await }
    }));
}

/// Nothing is served but what stands in the table of contents: a route that somebody needed once, and forgot, is in no document
/// and under no test (API9:2023).
#[enforces(INVENTORY_OPENAPI_PARITY, otherwise = crate::vulnerable::http::routes::mount_helpers)]
fn mount_no_helpers(_config: &mut web::ServiceConfig, _service: &Arc<Service>) {}

/// No folder is served: a file that was uploaded has no address at which it is shown as whatever it looks like (CWE-552).
#[enforces(UPLOAD_TYPE, otherwise = crate::vulnerable::http::routes::mount_folder)]
fn mount_no_folder(_config: &mut web::ServiceConfig, _service: &Arc<Service>) {}

/// Health and metrics have a listener of their own, which is not on the internet (ASVS 13.4.5).
#[enforces(INVENTORY_MGMT_ISOLATED, otherwise = crate::vulnerable::http::routes::mount_operations)]
fn mount_no_operations(_config: &mut web::ServiceConfig, _service: &Arc<Service>) {}

/// Whatever is read by GET answers to HEAD in the same words, without the body, which the edge keeps back (RFC 9110 §9.3.2).
pub(crate) fn served_for(endpoint: &Endpoint) -> &'static [Method] {
    match endpoint.method {
        Method::GET => &[Method::GET, Method::HEAD],
        Method::POST => &[Method::POST],
        Method::PATCH => &[Method::PATCH],
        Method::DELETE => &[Method::DELETE],
        _ => &[],
    }
}

/// The methods of the resource that this endpoint answers to. Nothing is done by GET: a link in a mail, or a picture in a
/// foreign page, would be enough to do it (RFC 9110 §9.2.1; CWE-352).
#[enforces(CSRF_NO_AMBIENT, otherwise = crate::vulnerable::http::also_by_get)]
fn answered(endpoint: &Endpoint, _of_the_resource: &[Method]) -> &'static [Method] {
    served_for(endpoint)
}

fn allow(methods: &[Method]) -> HeaderValue {
    let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
    HeaderValue::from_str(&names.join(", ")).unwrap_or(HeaderValue::from_static("OPTIONS"))
}

/// The request's body, unread.
struct Body(Payload);

impl actix_web::FromRequest for Body {
    type Error = std::convert::Infallible;
    type Future = std::future::Ready<Result<Self, Self::Error>>;

    fn from_request(_: &HttpRequest, payload: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self(payload.take())))
    }
}
