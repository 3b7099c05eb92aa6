//! Questions to whoever has something, and their answers.

use async_nats::Subscriber;
use bytes::Bytes;
use futures_util::StreamExt as _;

use crate::connection::Bus;
use crate::error::BusError;

/// A question that came.
pub struct Question {
    /// What is asked.
    pub bytes: Bytes,
    bus: Bus,
    reply: async_nats::Subject,
}

/// Hears the questions on one subject.
pub struct Questions {
    bus: Bus,
    subscriber: Subscriber,
}

impl Bus {
    /// Asks whoever answers on a subject: letters, digits and hyphens.
    ///
    /// # Errors
    /// Where nobody answers there, or not in time.
    pub async fn ask(&self, subject: &str, bytes: Bytes) -> Result<Bytes, BusError> {
        let subject = self.subject(&format!("asks.{subject}"));
        let answer = self.client().request(subject, bytes).await;
        Ok(answer.map_err(|error| BusError::Unanswered(error.to_string()))?.payload)
    }

    /// Hears the questions on a subject until it is dropped.
    ///
    /// # Errors
    /// Where the connection is closed for good.
    pub async fn questions(&self, subject: &str) -> Result<Questions, BusError> {
        let subscriber = self.client().subscribe(self.subject(&format!("asks.{subject}"))).await;
        let subscriber = subscriber.map_err(|error| BusError::Unanswered(error.to_string()))?;
        Ok(Questions { bus: self.clone(), subscriber })
    }
}

impl Questions {
    /// The next question; nothing once the connection is closed for good.
    pub async fn next(&mut self) -> Option<Question> {
        loop {
            let message = self.subscriber.next().await?;
            if let Some(reply) = message.reply {
                return Some(Question { bytes: message.payload, bus: self.bus.clone(), reply });
            }
        }
    }
}

impl Question {
    /// Answers. Whoever asked may have gone.
    pub async fn answer(self, bytes: Bytes) {
        if let Err(error) = self.bus.client().publish(self.reply, bytes).await {
            tracing::debug!(%error, "an answer was not said");
        }
    }
}
