//! Weak: routes that stand in no table of contents.

use crate::{
    http::problem::Problem,
    service::Service,
    store::{Mode, prelude::*, schema::members},
    watch::listener,
};
use actix_web::{HttpRequest, HttpResponse, web};
use std::{path::Path, sync::Arc};

/// One that somebody needed once and forgot.
pub(crate) fn mount_helpers(config: &mut web::ServiceConfig, service: &Arc<Service>) {
    let service = Arc::clone(service);
    let users = move || {
        let service = Arc::clone(&service);
        async move { users(&service).await }
    };
    config.service(web::resource("/v1/debug/users").route(web::get().to(users)));
}

/// A folder of uploads, served as it is.
pub(crate) fn mount_folder(config: &mut web::ServiceConfig, service: &Arc<Service>) {
    let folder = service.files.folder().join("kept");
    let served = move |request: HttpRequest| {
        let path = folder.join(request.match_info().get("name").unwrap_or_default());
        async move { served(&path) }
    };
    config.service(web::resource("/uploads/{name:.*}").route(web::get().to(served)));
}

/// Metrics beside the API.
pub(crate) fn mount_operations(config: &mut web::ServiceConfig, service: &Arc<Service>) {
    listener::mount(config, service);
}

fn served(path: &Path) -> HttpResponse {
    match std::fs::read(path) {
        Ok(bytes) => HttpResponse::Ok().content_type("text/html").body(bytes),
        Err(_) => HttpResponse::NotFound().finish(),
    }
}

async fn users(service: &Service) -> Result<HttpResponse, Problem> {
    let mut transaction = service.store.begin_unscoped(Mode::Read).await?;
    let users: Vec<(String, String)> = each!(transaction.connection(), |connection| {
        members::table.select((members::subject, members::role)).limit(100).load(connection)
    })?;
    transaction.release();
    Ok(HttpResponse::Ok().json(users))
}
