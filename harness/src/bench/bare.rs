//! The measure of all ratios: the same row over the same TLS, with no protection at all.
//!
//! A bare actix-web with tokio-postgres: one prepared statement on a pipelined connection per worker, the row's columns
//! as JSON. Run as a child process (`brigandine-harness bare`), so that it is measured like the service.
//!
//! With a member it asks the database what the service must ask before it may answer, and nothing else: in one statement the
//! tenant for row-level security, whose membership it is, and the row. What remains up to the service is our own code's.

use actix_web::{App, HttpResponse, HttpServer, web};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use serde::Serialize;
use std::{net::SocketAddr, path::Path, sync::Arc};
use tokio_postgres::{Client, NoTls, Statement, types::ToSql};
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

/// The service's own question; three keys, any of which may have been revoked.
const SQL_IN_TENANT: &str = "SELECT r.*, m.role, m.status, m.organization, m.display_name, m.revoked, m.networks \
     FROM set_config('app.tenant', $1, true) AS tenant (id) CROSS JOIN LATERAL (SELECT * FROM \
     (SELECT m.id::text AS member, m.role, m.status, o.status AS organization, m.display_name, \
     EXISTS (SELECT 1 FROM revocations r WHERE m.version >= 0 AND (r.key = $4 OR r.key = $4 OR r.key = $4)) AS revoked, \
     m.networks::text FROM members m JOIN organizations o ON o.id = m.organization_id \
     WHERE m.organization_id = $1::text::uuid AND m.issuer = $2 AND m.subject = $3) AS q \
     WHERE tenant.id <> '' OFFSET 0) AS m LEFT JOIN LATERAL (SELECT * FROM \
     (SELECT given_name, family_name, birth_date::text, status, version FROM patients \
     WHERE id = $5::text::uuid AND organization_id = $1::text::uuid) AS q WHERE tenant.id <> '' LIMIT 1) AS r ON true";

struct Door {
    client: Client,
    statement: Statement,
}

/// For whom the database is asked.
#[derive(clap::Args, Clone, Debug)]
pub struct Member {
    /// The organization.
    #[arg(long, requires = "issuer")]
    tenant: Option<Uuid>,
    /// Who says who they are.
    #[arg(long, requires = "subject")]
    issuer: Option<String>,
    /// Who they are.
    #[arg(long, requires = "tenant")]
    subject: Option<String>,
}

/// Serves until it is killed; prints the address it listens on.
///
/// # Errors
/// When the database or the certificate can't be used.
pub async fn serve(
    url: String,
    certificate: &Path,
    key: &Path,
    member: Member,
) -> Result<(), Box<dyn std::error::Error>> {
    let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<Vec<_>, _>>()?;
    let tls = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from_pem_file(key)?)?;
    let server = HttpServer::new(move || {
        let (url, member) = (url.clone(), member.clone());
        let app = App::new();
        match member {
            Member { tenant: Some(tenant), issuer: Some(issuer), subject: Some(subject) } => {
                let who = (tenant.to_string(), issuer, subject);
                app.app_data(web::Data::new(who))
                    .data_factory(move || open(url.clone(), SQL_IN_TENANT))
                    .route("/v1/patients/{id}", web::get().to(show_in_tenant))
            }
            _ => app
                .data_factory(move || open(url.clone(), SQL))
                .route("/v1/patients/{id}", web::get().to(show)),
        }
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

async fn open(url: String, sql: &str) -> Result<Door, tokio_postgres::Error> {
    let (client, driver) = tokio_postgres::connect(&url, NoTls).await?;
    tokio::spawn(driver);
    let statement = client.prepare(sql).await?;
    Ok(Door { client, statement })
}

async fn show_in_tenant(
    door: web::Data<Door>,
    member: web::Data<(String, String, String)>,
    id: web::Path<Uuid>,
) -> HttpResponse {
    let (organization, issuer, subject) = &**member;
    let revoked: &[u8] = &[0; 32];
    let patient = id.to_string();
    let asked: [&(dyn ToSql + Sync); 5] = [organization, issuer, subject, &revoked, &patient];
    answer(*id, door.client.query_opt(&door.statement, &asked).await)
}

async fn show(door: web::Data<Door>, id: web::Path<Uuid>) -> HttpResponse {
    answer(*id, door.client.query_opt(&door.statement, &[&id.to_string()]).await)
}

fn answer(id: Uuid, found: Result<Option<tokio_postgres::Row>, tokio_postgres::Error>) -> HttpResponse {
    match found {
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
