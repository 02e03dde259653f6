//! From a letter to a delivered mail, with as many tries as it takes while it is worth it.

use super::{Mail, outbox::Outbox, smtp::Transport};
use crate::{clock::Clock, watch::MailMetrics};
use lettre::{
    AsyncTransport, Message,
    message::{
        Body, Mailbox, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};
use std::{error::Error, time::Duration};
use uuid::Uuid;

/// The pause after the first failure; each further one doubles it, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);

/// Where mails go.
pub(super) enum Delivery {
    Smtp(Transport),
    Outbox(Outbox),
}

enum Failure {
    /// It may work later.
    Passing(String),
    /// It will not.
    Lasting(String),
}

impl Delivery {
    pub(super) async fn deliver(&self, mail: Mail, from: &Mailbox, clock: Clock, metrics: &MailMetrics) {
        let (id, kind) = (Uuid::new_v4(), mail.letter.kind());
        let message = match compose(&mail, from, id, clock, self.encoding()) {
            Ok(message) => message,
            Err(error) => {
                metrics.given_up(kind);
                tracing::error!(mail.id = %id, mail.kind = kind, error = %error, "A mail can't be written");
                return;
            }
        };
        let (began, mut pause) = (clock.instant(), FIRST_PAUSE);
        loop {
            match self.attempt(&message).await {
                Ok(()) => {
                    metrics.delivered(kind);
                    tracing::info!(mail.id = %id, mail.kind = kind, "Mail delivered");
                    return;
                }
                Err(Failure::Passing(error)) if began.elapsed() + pause < mail.letter.useful_for() => {
                    tracing::warn!(mail.id = %id, mail.kind = kind, error, "Mail not delivered yet");
                }
                Err(Failure::Passing(error) | Failure::Lasting(error)) => {
                    metrics.given_up(kind);
                    tracing::error!(mail.id = %id, mail.kind = kind, error, "Mail given up");
                    return;
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Quoted-printable survives every mail server. In a file a person wants to read, and to copy the link in one piece.
    const fn encoding(&self) -> ContentTransferEncoding {
        match self {
            Self::Smtp(_) => ContentTransferEncoding::QuotedPrintable,
            Self::Outbox(_) => ContentTransferEncoding::Binary,
        }
    }

    async fn attempt(&self, message: &Message) -> Result<(), Failure> {
        match self {
            Self::Smtp(transport) => match transport.send(message.clone()).await {
                Ok(_) => Ok(()),
                // The server's own words may repeat the address, so its code has to do.
                Err(error) if error.is_permanent() => Err(Failure::Lasting(described(&error))),
                Err(error) => Err(Failure::Passing(described(&error))),
            },
            Self::Outbox(outbox) => {
                let (outbox, bytes) = (outbox.clone(), message.formatted());
                let left = tokio::task::spawn_blocking(move || outbox.leave(&bytes)).await;
                let left = left.map_err(|error| Failure::Lasting(error.to_string()))?;
                left.map_err(|error| Failure::Passing(error.to_string()))
            }
        }
    }
}

fn described(error: &lettre::transport::smtp::Error) -> String {
    match error.status() {
        Some(code) => format!("the SMTP server answered {code}"),
        None if error.is_tls() => "TLS with the SMTP server failed".into(),
        None if error.is_timeout() => "the SMTP server did not answer in time".into(),
        None => "the SMTP server can't be reached, or does not offer what is required".into(),
    }
}

fn compose(
    mail: &Mail,
    from: &Mailbox,
    id: Uuid,
    clock: Clock,
    encoding: ContentTransferEncoding,
) -> Result<Message, Box<dyn Error + Send + Sync>> {
    // RFC 3834 §5: no out-of-office note comes back for it.
    let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
    let body = Body::new_with_encoding(mail.letter.text(), encoding);
    let body = body.map_err(|_| "the text can't be encoded")?;
    let message = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, mail.to.address()))
        .subject(mail.letter.subject())
        .date(clock.now().into())
        .message_id(Some(format!("<{id}@{}>", from.email.domain())))
        .raw_header(HeaderValue::new(automatic, "auto-generated".into()))
        .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(body));
    message.map_err(Into::into)
}
