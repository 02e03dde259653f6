//! The insurer: an API that the service asks, as honest or as bad as an attack wants.
//!
//! Each attack has cards of its own ([`Insurer::card`]); by the number on a card the insurer knows how to answer
//! ([`Insurer::behave`]), and the attack finds the questions that came ([`Insurer::questions`]). Somebody who poses as the insurer
//! ([`Pose`]) writes into the same books.

mod certificate;
mod listener;
mod reply;

pub use certificate::Pose;
pub use reply::Reply;

use crate::forge::ForgeError;
use certificate::Authority;
use listener::Desk;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::JoinHandle;
use uuid::Uuid;

/// What arrived.
#[derive(Clone, Debug)]
pub struct Question {
    /// The header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Question {
    /// The first value of a header field.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; `Null` when it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// A running insurer.
pub struct Insurer {
    url: String,
    desk: Arc<Desk>,
    authority: Authority,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Insurer {
    /// Starts it.
    ///
    /// # Errors
    /// When it can't listen or make its certificate.
    pub async fn start() -> Result<Self, ForgeError> {
        let authority = Authority::new()?;
        let desk = Arc::new(Desk::new(format!("credential-{}", Uuid::new_v4().simple())));
        let (url, task) = listener::start(desk.clone(), Some(authority.honest()?)).await?;
        Ok(Self { url, desk, authority, tasks: Mutex::new(vec![task]) })
    }

    /// Where questions are sent.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its authority in PEM, for the service's settings.
    #[must_use]
    pub fn authority_pem(&self) -> &str {
        self.authority.pem()
    }

    /// The credential that it gave the clinic.
    #[must_use]
    pub fn credential(&self) -> &str {
        self.desk.credential()
    }

    /// The number of a new card.
    #[must_use]
    pub fn card(&self) -> String {
        let random = Uuid::new_v4().simple().to_string().to_uppercase();
        format!("M{}", random.get(..16).unwrap_or_default())
    }

    /// The number of a new card, about which questions are answered in this way.
    #[must_use]
    pub fn card_with(&self, reply: Reply) -> String {
        let card = self.card();
        self.behave(&card, reply);
        card
    }

    /// Says how questions about this card are answered from now on.
    pub fn behave(&self, card: &str, reply: Reply) {
        self.desk.set(card, reply);
    }

    /// The questions that came about this card.
    #[must_use]
    pub fn questions(&self, card: &str) -> Vec<Question> {
        self.desk.questions(card)
    }

    /// Somebody who poses as the insurer, at another address, until the arena ends.
    ///
    /// # Errors
    /// When it can't listen or make its certificate.
    pub async fn impostor(&self, pose: Pose) -> Result<String, ForgeError> {
        let (url, task) = listener::start(self.desk.clone(), self.authority.posing(pose)?).await?;
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).push(task);
        Ok(url)
    }
}

impl Drop for Insurer {
    fn drop(&mut self) {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(JoinHandle::abort);
    }
}
