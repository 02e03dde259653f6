//! The measure of all ratios: the same row over the same TLS, with no protection at all.
//!
//! A bare actix-web with tokio-postgres: one prepared statement on a pipelined connection per worker, the row's columns
//! as JSON. Run as a child process (`brigandine-harness bare`), so that it is measured like the service.
//!
//! With a member it asks the database what the service must ask before it may answer, and nothing else: a transaction of
//! the tenant's own, whose membership it is, the row, and the end. What remains up to the service is our own code's.

use actix_web::{App, HttpResponse, HttpServer, web};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use serde::Serialize;
use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::Semaphore;
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
const LOOKUP: &str = "SELECT m.id::text, m.role, m.status, o.status, m.display_name, \
     EXISTS (SELECT 1 FROM revocations r WHERE r.key = $4 OR r.key = $4 OR r.key = $4), m.networks::text \
     FROM members m JOIN organizations o ON o.id = m.organization_id \
     WHERE m.organization_id = $1::text::uuid AND m.issuer = $2 AND m.subject = $3";
/// Connections, as many as the service has to each worker.
const CONNECTIONS: usize = 4;

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

/// Exclusive connections: a transaction can't share one.
struct Tenant {
    begin: String,
    member: (String, String, String),
    idle: Mutex<Vec<(Client, Statement, Statement)>>,
    free: Semaphore,
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
                app.data_factory(move || enter(url.clone(), who.clone()))
                    .route("/v1/patients/{id}", web::get().to(show_in_tenant))
            }
            _ => app.data_factory(move || open(url.clone())).route("/v1/patients/{id}", web::get().to(show)),
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

async fn open(url: String) -> Result<Door, tokio_postgres::Error> {
    let (client, driver) = tokio_postgres::connect(&url, NoTls).await?;
    tokio::spawn(driver);
    let statement = client.prepare(SQL).await?;
    Ok(Door { client, statement })
}

async fn enter(url: String, member: (String, String, String)) -> Result<Tenant, tokio_postgres::Error> {
    let mut idle = Vec::new();
    for _ in 0..CONNECTIONS {
        let (client, driver) = tokio_postgres::connect(&url, NoTls).await?;
        tokio::spawn(driver);
        let (lookup, row) = (client.prepare(LOOKUP).await?, client.prepare(SQL).await?);
        idle.push((client, lookup, row));
    }
    let begin = format!("BEGIN READ ONLY; SET LOCAL app.tenant = '{}'", member.0);
    Ok(Tenant { begin, member, idle: Mutex::new(idle), free: Semaphore::new(CONNECTIONS) })
}

async fn show_in_tenant(tenant: web::Data<Tenant>, id: web::Path<Uuid>) -> HttpResponse {
    let failed = || HttpResponse::InternalServerError().finish();
    let Ok(permit) = tenant.free.acquire().await else { return failed() };
    let leased = tenant.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let Some((client, lookup, row)) = leased else { return failed() };
    let (organization, issuer, subject) = &tenant.member;
    let revoked: &[u8] = &[0; 32];
    let whose: [&(dyn ToSql + Sync); 4] = [organization, issuer, subject, &revoked];
    let found = tokio::join!(client.batch_execute(&tenant.begin), client.query_opt(&lookup, &whose),);
    let (Ok(()), Ok(Some(_))) = found else { return failed() };
    let answer = answer(*id, client.query_opt(&row, &[&id.to_string()]).await);
    let ended = tenant.clone();
    permit.forget();
    actix_web::rt::spawn(async move {
        if client.batch_execute("COMMIT").await.is_ok() {
            ended.idle.lock().unwrap_or_else(PoisonError::into_inner).push((client, lookup, row));
            ended.free.add_permits(1);
        }
    });
    answer
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
