//! Hints: said once to whoever listens, and forgotten.

use async_nats::Subscriber;
use bytes::Bytes;
use futures_util::StreamExt as _;

use crate::connection::Bus;
use crate::error::BusError;

/// A hint, by its kind and what is said with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// A word of letters and hyphens.
    pub kind: String,
    /// What is said.
    pub bytes: Bytes,
}

/// Hears hints from now on. Those that come while the connection is lost are not heard.
pub struct Hints {
    subscriber: Subscriber,
}

impl Bus {
    /// Says something to whoever listens, this process too where it does. It may be lost.
    pub async fn hint(&self, kind: &str, bytes: Bytes) {
        let subject = self.subject(&format!("hints.{kind}"));
        if let Err(error) = self.client().publish(subject, bytes).await {
            tracing::debug!(%error, kind, "a hint was not said");
        }
    }

    /// Hears every hint that is said from now on.
    ///
    /// # Errors
    /// Where the connection is closed for good.
    pub async fn hints(&self) -> Result<Hints, BusError> {
        let subscriber = self.client().subscribe(self.subject("hints.*")).await;
        Ok(Hints { subscriber: subscriber.map_err(|error| BusError::Unanswered(error.to_string()))? })
    }
}

impl Hints {
    /// The next hint; nothing once the connection is closed for good.
    pub async fn next(&mut self) -> Option<Hint> {
        loop {
            let message = self.subscriber.next().await?;
            if let Some(kind) = message.subject.rsplit('.').next() {
                return Some(Hint { kind: kind.to_owned(), bytes: message.payload });
            }
        }
    }
}
