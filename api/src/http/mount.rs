//! Puts the rows on the router: one resource per path, so that a wrong method is told which ones are right.

#[cfg(feature = "twin")]
mod weak;

use super::{
    cors, dispatch,
    endpoint::Endpoint,
    problem::{Kind, Problem},
    visit::Style,
};
use crate::service::Service;
use actix_web::{
    HttpRequest, Resource,
    dev::Payload,
    http::{
        Method,
        header::{self, HeaderValue},
    },
    web,
};
use std::{collections::BTreeMap, rc::Rc, sync::Arc};

/// Mounts every endpoint; whatever else is asked for gets a problem.
pub fn mount(config: &mut web::ServiceConfig, service: &Arc<Service>, endpoints: Vec<Endpoint>) {
    #[cfg(feature = "twin")]
    super::slips::mount(config, service);
    let mut paths: BTreeMap<&'static str, Vec<Rc<Endpoint>>> = BTreeMap::new();
    for endpoint in endpoints {
        paths.entry(endpoint.path).or_default().push(Rc::new(endpoint));
    }
    for (path, endpoints) in paths {
        let methods: Vec<Method> = endpoints.iter().map(|endpoint| endpoint.method.clone()).collect();
        let is_page = endpoints.iter().any(|endpoint| matches!(endpoint.visit, Some((Style::Page, _))));
        let mut resource = Resource::new(path);
        for endpoint in endpoints {
            #[cfg(feature = "twin")]
            if let Some(also) = weak::also_by_get(&endpoint, &methods, service) {
                resource = resource.route(also);
            }
            let service = Arc::clone(service);
            resource = resource.route(web::method(endpoint.method.clone()).to(
                move |request: HttpRequest, payload: Body| {
                    endpoint.call(Arc::clone(&service), request, payload.0)
                },
            ));
        }
        // Where people sign in, no other origin has anything to read (RFC 9700 §2.6).
        let origins = if is_page { &[][..] } else { &service.origins };
        let (allow, refusing) = (allow(&methods), Arc::clone(service));
        let wrong_method = move |request: HttpRequest| {
            let problem = Problem::new(Kind::MethodNotAllowed).with_header(header::ALLOW, allow.clone());
            let service = Arc::clone(&refusing);
            async move { dispatch::nothing(&service, &request, problem).await }
        };
        config.service(resource.default_service(web::to(wrong_method)).wrap(cors::rules(origins, &methods)));
    }
    let service = Arc::clone(service);
    config.default_service(web::to(move |request: HttpRequest| {
        let service = Arc::clone(&service);
        async move { dispatch::nothing(&service, &request, Kind::NotFound.into()).await }
    }));
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
