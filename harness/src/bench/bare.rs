//! The measure of all ratios: the same row over the same TLS, with no protection at all.
//!
//! A bare actix-web with tokio-postgres: one prepared statement on a pipelined connection per worker, the row's columns
//! as JSON. Run as a child process (`brigandine-harness bare`), so that it is measured like the service.

use actix_web::{App, HttpResponse, HttpServer, web};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use serde::Serialize;
use std::{net::SocketAddr, path::Path, sync::Arc};
use tokio_postgres::{Client, NoTls, Statement};
use uuid::Uuid;

const SQL: &str = "SELECT given_name, family_name, birth_date::text, status, version FROM patients WHERE id = $1::text::uuid";

#[derive(Serialize)]
struct Row {
    id: Uuid,
    given_name: String,
    family_name: String,
    birth_date: String,
    status: String,
    version: i32,
}

struct Door {
    client: Client,
    statement: Statement,
}

/// Serves until it is killed; prints the address it listens on.
///
/// # Errors
/// When the database or the certificate can't be used.
pub async fn serve(url: String, certificate: &Path, key: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<Vec<_>, _>>()?;
    let tls = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from_pem_file(key)?)?;
    let server = HttpServer::new(move || {
        let url = url.clone();
        App::new().data_factory(move || open(url.clone())).route("/v1/patients/{id}", web::get().to(show))
    })
    .workers(1)
    .tcp_nodelay(true)
    .bind_rustls_0_23(SocketAddr::from(([127, 0, 0, 1], 0)), tls)?;
    if let Some(address) = server.addrs().first() {
        use std::io::Write;
        writeln!(std::io::stdout(), "{address}")?;
    }
    Ok(server.run().await?)
}

async fn open(url: String) -> Result<Door, tokio_postgres::Error> {
    let (client, driver) = tokio_postgres::connect(&url, NoTls).await?;
    tokio::spawn(driver);
    let statement = client.prepare(SQL).await?;
    Ok(Door { client, statement })
}

async fn show(door: web::Data<Door>, id: web::Path<Uuid>) -> HttpResponse {
    let id = *id;
    match door.client.query_opt(&door.statement, &[&id.to_string()]).await {
        Ok(Some(row)) => HttpResponse::Ok().json(Row {
            id,
            given_name: row.get(0),
            family_name: row.get(1),
            birth_date: row.get(2),
            status: row.get(3),
            version: row.get(4),
        }),
        Ok(None) => HttpResponse::NotFound().finish(),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}
