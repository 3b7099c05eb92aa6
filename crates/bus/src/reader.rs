//! Reading the tick log.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_nats::jetstream;
use async_nats::jetstream::consumer::pull::{Config, Stream};
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy};
use bellwether_model::Timestamp;
use bytes::Bytes;
use futures_util::StreamExt as _;

use crate::connection::Bus;
use crate::error::BusError;
use crate::log::Topic;

/// How often the server says that it is there while there is nothing to read. After two of these without a word
/// reading begins anew, at another server if need be.
const HEARTBEAT: Duration = Duration::from_millis(500);
/// How long one request for more stands.
const EXPIRES: Duration = Duration::from_secs(30);
/// Batches that are on their way at most.
const AHEAD: usize = 512;
/// How long the server keeps what it knows of a reader that has gone.
const FORGET_AFTER: Duration = Duration::from_secs(30);
/// How long a failed beginning waits before it is tried again.
const RETRY: Duration = Duration::from_millis(200);

/// Where a reader begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// After the batch with this number; after 0 is the oldest that is kept.
    After(u64),
    /// With the first batch that was added at or after an instant, by the server's clock.
    Since(Timestamp),
}

/// A batch of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number in the log, of all topics together: strictly growing, with gaps.
    pub number: u64,
    /// What it is about.
    pub topic: Topic,
    /// What was added.
    pub bytes: Bytes,
    /// How many more the server had for this reader when it sent this one.
    pub behind: u64,
}

/// Reads the log in its order, each batch once. It goes on by itself where a connection or a server is lost.
pub struct Reader {
    bus: Bus,
    subject: String,
    from: From,
    last: Option<u64>,
    reading: Option<Reading>,
}

struct Reading {
    messages: Stream,
    /// How many were delivered since reading began.
    delivered: u64,
}

impl Bus {
    /// Reads a topic of the log, or all of it.
    #[must_use]
    pub fn read(&self, topic: Option<Topic>, from: From) -> Reader {
        let token = topic.map_or_else(|| "*".to_owned(), Topic::token);
        let subject = self.subject(&format!("ticks.{token}"));
        Reader { bus: self.clone(), subject, from, last: None, reading: None }
    }

    /// The numbers of the oldest and of the newest batch of the log, whichever the topic.
    ///
    /// # Errors
    /// Where the bus does not answer.
    pub async fn bounds(&self) -> Result<(u64, u64), BusError> {
        let unanswered = |error: &dyn std::fmt::Display| BusError::Unanswered(error.to_string());
        let mut stream =
            self.jetstream().get_stream(self.stream_name()).await.map_err(|error| unanswered(&error))?;
        let state = &stream.info().await.map_err(|error| unanswered(&error))?.state;
        Ok((state.first_sequence, state.last_sequence))
    }
}

impl Reader {
    /// The next batch. Waits until there is one, for as long as it takes. May be dropped and called again.
    pub async fn next(&mut self) -> Entry {
        loop {
            let reading = match &mut self.reading {
                Some(reading) => reading,
                none => match begin(&self.bus, &self.subject, self.last.map_or(self.from, From::After)).await
                {
                    Ok(messages) => none.insert(Reading { messages, delivered: 0 }),
                    Err(error) => {
                        tracing::warn!(
                            error,
                            subject = self.subject,
                            "the tick log cannot be read; it is tried again"
                        );
                        tokio::time::sleep(RETRY).await;
                        continue;
                    }
                },
            };
            let message = match reading.messages.next().await {
                Some(Ok(message)) => message,
                Some(Err(error)) => {
                    tracing::warn!(%error, subject = self.subject, "reading the tick log begins anew");
                    self.reading = None;
                    continue;
                }
                None => {
                    self.reading = None;
                    continue;
                }
            };
            match entry(&message, reading.delivered) {
                Some(entry) => {
                    reading.delivered += 1;
                    self.last = Some(entry.number);
                    return entry;
                }
                // One was lost on the way, or it is none of ours: it is asked for again.
                None => self.reading = None,
            }
        }
    }
}

/// What a message holds, where it is the next one.
fn entry(message: &jetstream::Message, delivered: u64) -> Option<Entry> {
    let info = message.info().ok()?;
    let topic = message.subject.rsplit('.').next().and_then(Topic::read)?;
    let is_next = info.consumer_sequence == delivered + 1;
    is_next.then(|| Entry {
        number: info.stream_sequence,
        topic,
        bytes: message.payload.clone(),
        behind: info.pending,
    })
}

async fn begin(bus: &Bus, subject: &str, from: From) -> Result<Stream, String> {
    let deliver_policy = match from {
        From::After(number) => DeliverPolicy::ByStartSequence { start_sequence: number + 1 },
        From::Since(instant) => DeliverPolicy::ByStartTime { start_time: system_time(instant).into() },
    };
    let config = Config {
        deliver_policy,
        ack_policy: AckPolicy::None,
        filter_subject: subject.to_owned(),
        inactive_threshold: FORGET_AFTER,
        memory_storage: true,
        // As many as the log has: where one would do, it might be asked for on the server that has just died.
        num_replicas: bus.replicas(),
        ..Config::default()
    };
    let stream =
        bus.jetstream().get_stream_no_info(bus.stream_name()).await.map_err(|error| error.to_string())?;
    let consumer = stream.create_consumer(config).await.map_err(|error| error.to_string())?;
    consumer
        .stream()
        .max_messages_per_batch(AHEAD)
        .expires(EXPIRES)
        .heartbeat(HEARTBEAT)
        .messages()
        .await
        .map_err(|error| error.to_string())
}

fn system_time(instant: Timestamp) -> SystemTime {
    UNIX_EPOCH + Duration::from_micros(u64::try_from(instant.micros()).unwrap_or_default())
}
