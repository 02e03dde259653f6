//! The operations listener: `/health/live`, `/health/ready`, `/metrics`. Never on the public one, and over TLS too.

use crate::{
    http::problem::{Kind, Problem},
    service::Service,
    store::StoreError,
};
use actix_web::{
    HttpResponse, Route, guard,
    http::header,
    web::{self, ServiceConfig},
};
use std::sync::Arc;

/// Mounts the operations endpoints.
pub fn operations(config: &mut ServiceConfig, service: &Arc<Service>) {
    mount(config, service);
    config.default_service(web::to(|| async { HttpResponse::from_error(Problem::from(Kind::NotFound)) }));
}

pub(crate) fn mount(config: &mut ServiceConfig, service: &Arc<Service>) {
    let ready = Arc::clone(service);
    let metrics = Arc::clone(service);
    config
        .service(web::resource("/health/live").route(read().to(|| async { health("ok") })))
        .service(web::resource("/health/ready").route(read().to(move || readiness(Arc::clone(&ready)))))
        .service(web::resource("/metrics").route(read().to(move || {
            metrics.metrics.strangers(metrics.limits.strangers());
            let text = metrics.metrics.render();
            async move {
                HttpResponse::Ok()
                    .insert_header((
                        header::CONTENT_TYPE,
                        "application/openmetrics-text; version=1.0.0; charset=utf-8",
                    ))
                    .body(text)
            }
        })));
}

/// GET, and HEAD, by which load balancers ask.
fn read() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

fn health(status: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .body(format!(r#"{{"status":"{status}"}}"#))
}

/// Ready when the database answers and takes changes, and every trusted issuer's keys are at hand. It does not say which of them is not:
/// the log does.
async fn readiness(service: Arc<Service>) -> HttpResponse {
    let database = match service.store.takes_changes().await {
        // It works, and has much to do.
        Err(StoreError::Busy) => service.store.ping().await,
        other => other,
    };
    if let Err(error) = &database {
        tracing::error!(
            error = error as &dyn std::error::Error,
            "Not ready: the database does not answer, or takes no changes; is the disk full?"
        );
    }
    let keys = service.identity.is_ready();
    if !keys {
        tracing::warn!("Not ready: the keys of a trusted issuer are missing");
    }
    if database.is_ok() && keys {
        health("ok")
    } else {
        HttpResponse::ServiceUnavailable()
            .insert_header((header::CONTENT_TYPE, "application/json"))
            .insert_header((header::RETRY_AFTER, "1"))
            .body(r#"{"status":"unavailable"}"#)
    }
}
