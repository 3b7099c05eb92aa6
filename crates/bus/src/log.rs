//! Writing the tick log.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::header::NATS_MESSAGE_ID;
use bytes::Bytes;

use crate::connection::Bus;

/// How long a batch that was not taken waits before it is sent again, at first and at most.
const RETRY_FIRST: Duration = Duration::from_millis(20);
const RETRY_MOST: Duration = Duration::from_secs(1);

/// What a batch is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// Instruments of one partition.
    Partition(u16),
    /// The feeds themselves.
    Feeds,
}

impl Topic {
    pub(crate) fn token(self) -> String {
        match self {
            Topic::Partition(number) => number.to_string(),
            Topic::Feeds => "feeds".to_owned(),
        }
    }

    pub(crate) fn read(token: &str) -> Option<Self> {
        match token {
            "feeds" => Some(Topic::Feeds),
            number => number.parse().ok().map(Topic::Partition),
        }
    }
}

/// Bytes under a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// What they are about.
    pub topic: Topic,
    /// What stands in the log.
    pub bytes: Bytes,
}

/// The tick log's writing end. One that writes in turn has its batches stand in that order.
#[derive(Debug, Clone)]
pub struct TickLog {
    bus: Bus,
    writer: Arc<Writer>,
}

/// Who writes: no other writer has the same number, so the server knows a batch that it was sent twice.
#[derive(Debug)]
struct Writer {
    number: u128,
    sent: AtomicU64,
}

impl Bus {
    /// A writing end of the tick log.
    #[must_use]
    pub fn tick_log(&self) -> TickLog {
        let writer = Writer { number: rand::random(), sent: AtomicU64::new(0) };
        TickLog { bus: self.clone(), writer: Arc::new(writer) }
    }
}

impl TickLog {
    /// Adds batches, at most one of each topic, and returns when all of them are durable. What the server does
    /// not take is sent again for as long as it takes; a batch that it took and did not say so is known to it for
    /// two minutes. Whoever has more to write waits for this to return: so nothing overtakes what is sent again.
    ///
    /// Dropping the future leaves open which of the batches are in the log.
    pub async fn append(&self, batches: Vec<Batch>) {
        self.append_while(batches, || true).await;
    }

    /// The same, as long as it may: that is asked before each time that anything is sent. What is not known to be
    /// in the log then.
    pub async fn append_while(&self, batches: Vec<Batch>, may: impl Fn() -> bool) -> Vec<Batch> {
        let mut waiting: Vec<Sending> = batches.into_iter().map(|batch| self.sending(batch)).collect();
        let mut wait = RETRY_FIRST;
        loop {
            if !may() {
                return waiting.into_iter().map(|sending| sending.batch).collect();
            }
            waiting = self.send(waiting).await;
            if waiting.is_empty() {
                return Vec::new();
            }
            metrics::counter!("bellwether_bus_retries_total").increment(waiting.len() as u64);
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(RETRY_MOST);
        }
    }

    fn sending(&self, batch: Batch) -> Sending {
        let mut headers = HeaderMap::new();
        let number = self.writer.sent.fetch_add(1, Ordering::Relaxed);
        headers.insert(NATS_MESSAGE_ID, format!("{:x}-{number}", self.writer.number).as_str());
        Sending { subject: self.bus.subject(&format!("ticks.{}", batch.topic.token())), headers, batch }
    }

    /// Sends all, then waits for the answers; those that were not taken.
    async fn send(&self, batches: Vec<Sending>) -> Vec<Sending> {
        let mut sent = Vec::with_capacity(batches.len());
        let mut failed = Vec::new();
        for batch in batches {
            let Sending { subject, headers, batch: Batch { bytes, .. } } = batch.clone();
            match self.bus.jetstream().publish_with_headers(subject, headers, bytes).await {
                Ok(answer) => sent.push((batch, answer)),
                Err(error) => failed.push((batch, error.to_string())),
            }
        }
        for (batch, answer) in sent {
            if let Err(error) = answer.await {
                failed.push((batch, error.to_string()));
            }
        }
        if let Some((_, error)) = failed.first() {
            tracing::warn!(
                batches = failed.len(),
                error,
                "the bus did not take what feeds saw; it is sent again"
            );
        }
        failed.into_iter().map(|(batch, _)| batch).collect()
    }
}

#[derive(Debug, Clone)]
struct Sending {
    subject: String,
    headers: HeaderMap,
    batch: Batch,
}
