//! A mail from the letter to the folder, and to an SMTP server.

mod server;

use super::*;
use crate::{identity::secret::Secret256, settings::Settings, watch::Metrics};
use server::{Offer, SmtpServer};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};
use uuid::Uuid;

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("brigandine-mail-{}", Uuid::new_v4()));
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn settings(&self, mail: &str) -> Settings {
        let text = format!(
            "data_directory = '{}'\nserver.base_url = 'https://api.clinic.test'\n[mail]\n{mail}",
            self.0.display()
        );
        toml::from_str(&text).unwrap()
    }

    fn for_server(&self, server: &SmtpServer, tls: &str) -> Settings {
        fs::write(self.0.join("smtp-ca.pem"), &server.authority).unwrap();
        self.settings(&format!(
            "host = 'localhost'\nport = {}\ntls = '{tls}'\nroot_certificate_file = 'smtp-ca.pem'\nuser = 'clinic'\npassword = 'x7Kq'",
            server.port
        ))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn invitation(settings: &Settings) -> Mail {
    let secret = Secret256::random().unwrap();
    let link = Links::new(&settings.server).to(Page::Invitation, &secret);
    let organization =
        "Nordstadt-Klinik Köln\r\nBcc: eve@example.org\r\n\r\nVisit https://evil.example".to_owned();
    Mail {
        to: Recipient::parse("ada@example.org").unwrap(),
        letter: Letter::Invitation { organization, link, postage: Postage::of_test() },
    }
}

async fn delivered(mailer: &Mailer) {
    for _ in 0..500 {
        if [Queue::Registrations, Queue::Resets, Queue::Members, Queue::Notices]
            .iter()
            .all(|&queue| mailer.0.queues.of(queue).available_permits() == queue::WAITING)
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the mail is still waiting");
}

fn mails_in(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[tokio::test]
async fn without_a_server_a_mail_is_left_in_the_outbox() {
    let folder = Folder::new();
    let settings = folder.settings("");
    let mailer = Mailer::start(&settings, Clock, MailMetrics::default()).unwrap();
    mailer.post(invitation(&settings)).unwrap();
    delivered(&mailer).await;

    let mails = mails_in(&folder.0.join("outbox"));
    let [mail] = mails.as_slice() else { panic!("{mails:?}") };
    assert_eq!(mail.extension().unwrap(), "eml");
    assert_eq!(fs::metadata(mail).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(mail).unwrap();
    let (headers, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(headers.contains("To: ada@example.org\r\n"), "{headers}");
    assert!(headers.contains("From: no-reply@api.clinic.test\r\n"), "{headers}");
    assert!(headers.contains("Auto-Submitted: auto-generated"), "{headers}");
    assert!(!headers.contains("eve@example.org"), "{headers}");
    let link = body.lines().find(|line| line.starts_with("https://api.clinic.test/invitation?token="));
    assert_eq!(link.unwrap().len(), "https://api.clinic.test/invitation?token=".len() + 43, "{body}");
    assert!(body.starts_with("Nordstadt-Klinik Köln Bcc: eve@example.org Visit"), "{body}");
}

#[tokio::test]
async fn starttls_and_implicit_tls_deliver() {
    for (offer, tls) in [(Offer::Starttls, "starttls"), (Offer::Implicit, "implicit")] {
        let server = SmtpServer::start(offer).await;
        let folder = Folder::new();
        let settings = folder.for_server(&server, tls);
        let mailer = Mailer::start(&settings, Clock, MailMetrics::default()).unwrap();
        mailer.post(invitation(&settings)).unwrap();
        delivered(&mailer).await;

        let heard = server.heard();
        for line in
            ["MAIL FROM:<no-reply@api.clinic.test>", "RCPT TO:<ada@example.org>", "To: ada@example.org"]
        {
            assert!(heard.encrypted.iter().any(|l| l.starts_with(line)), "{tls}: {line}: {heard:?}");
        }
        assert!(heard.encrypted.iter().any(|line| line.starts_with("AUTH PLAIN ")), "{heard:?}");
        assert!(
            !heard.clear.iter().any(|line| line.starts_with("AUTH") || line.starts_with("MAIL")),
            "{heard:?}"
        );
        assert_eq!(heard.encrypted.iter().filter(|line| line.starts_with("RCPT TO")).count(), 1, "{heard:?}");
    }
}

#[tokio::test]
async fn nothing_is_said_to_a_server_without_starttls_or_with_another_certificate() {
    let (plain, impostor) =
        (SmtpServer::start(Offer::Nothing).await, SmtpServer::start(Offer::Starttls).await);
    for server in [&plain, &impostor] {
        let folder = Folder::new();
        let settings = folder.for_server(server, "starttls");
        fs::write(folder.0.join("smtp-ca.pem"), server::authority_of_nobody()).unwrap();
        let mailer = Mailer::start(&settings, Clock, MailMetrics::default()).unwrap();
        mailer.post(invitation(&settings)).unwrap();
        server.served_one().await;
        let heard = server.heard();
        assert!(heard.encrypted.is_empty(), "{heard:?}");
        assert!(heard.clear.iter().any(|line| line.starts_with("EHLO")), "{heard:?}");
        assert!(
            !heard.clear.iter().any(|line| line.starts_with("AUTH") || line.starts_with("MAIL")),
            "{heard:?}"
        );
    }
}

fn notice(to: &str) -> Mail {
    Mail { to: Recipient::parse(to).unwrap(), letter: Letter::Notice(Notice::PasswordChanged) }
}

#[tokio::test]
async fn a_full_queue_refuses_and_says_so_and_the_others_go_on() {
    let folder = Folder::new();
    let settings = folder.settings("");
    let metrics = Metrics::default();
    let mailer = Mailer::start(&settings, Clock, metrics.mails()).unwrap();
    // What strangers ask for, and what members do, waits for a mail server that does not answer.
    let full = [Queue::Registrations, Queue::Resets, Queue::Members].map(|queue| {
        let queue = Arc::clone(mailer.0.queues.of(queue));
        queue.try_acquire_many_owned(u32::try_from(queue::WAITING).unwrap()).unwrap()
    });
    assert!(mailer.post(invitation(&settings)).is_err());
    assert!(mailer.later(Queue::Registrations, async || Ok::<_, QueueFull>(None)).is_err());
    let told = metrics.render();
    assert!(told.contains("brigandine_mails_dropped_total{queue=\"members\"} 1"), "{told}");
    assert!(told.contains("brigandine_mails_dropped_total{queue=\"registrations\"} 1"), "{told}");
    mailer.post(notice("ada@example.org")).unwrap();
    drop(full);
    mailer.post(invitation(&settings)).unwrap();
    delivered(&mailer).await;
    assert_eq!(mails_in(&folder.0.join("outbox")).len(), 2);
    let told = metrics.render();
    assert!(told.contains("brigandine_mails_total{kind=\"notice\",outcome=\"delivered\"} 1"), "{told}");
}

#[tokio::test]
async fn one_account_cannot_fill_the_queue_of_notices() {
    // Nobody takes these mails.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let folder = Folder::new();
    let port = silent.local_addr().unwrap().port();
    let settings = folder.settings(&format!("host = '127.0.0.1'\nport = {port}\ntls = 'none'"));
    let mailer = Mailer::start(&settings, Clock, MailMetrics::default()).unwrap();
    let taken = (0..1000).filter(|_| mailer.post(notice("eve@example.org")).is_ok()).count();
    assert_eq!(taken, queue::TO_ONE);
    assert!(mailer.post(notice("ada@example.org")).is_ok());
}

#[tokio::test]
async fn the_outbox_forgets_what_is_a_week_old_and_nothing_else() {
    let folder = Folder::new();
    let mailer = Mailer::start(&folder.settings(""), Clock, MailMetrics::default()).unwrap();
    let outbox = folder.0.join("outbox");
    let ago = |days| (Clock.now() - chrono::TimeDelta::days(days)).timestamp_micros();
    let named = |days, mark: &str| outbox.join(format!("{mark}{:016}-{}", ago(days), Uuid::new_v4()));
    let old = [named(8, "").with_extension("eml"), named(8, ".")];
    let kept = [named(6, "").with_extension("eml"), outbox.join("notes.txt"), outbox.join("1-a.eml")];
    for file in old.iter().chain(&kept) {
        fs::write(file, "x").unwrap();
    }
    mailer.forget_old().await.unwrap();
    assert!(old.iter().all(|file| !file.exists()));
    assert!(kept.iter().all(|file| file.exists()));
}
