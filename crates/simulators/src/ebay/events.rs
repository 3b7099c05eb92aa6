//! Events of items and accounts, posted to a receiver as eBay's Notification API does it.
//!
//! A receiver is challenged before it is told anything. An event that is not acknowledged is told again, with the
//! same id, a few times. Of its data only `itemId` and `listingMarketplaceId` are described by eBay; the rest is
//! likely, and not to be relied on.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{Method, Request, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::counters::Tally;
use super::error::Complaint;
use super::item::{Item, News};
use super::money;
use super::serving::Desk;
use super::shelf::Shelf;
use super::signing::Signer;
use crate::market::noise::Noise;
use crate::rfc3339::rfc3339_ms;
use crate::tasks::Tasks;

/// Events that wait to be told; what comes then is lost.
const MOST_WAITING: usize = 10_000;
/// How often one is told.
const ATTEMPTS: u32 = 4;
/// How long a receiver may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Who is told events.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receiver {
    /// Its address, `http` alone.
    pub endpoint: String,
    /// What its answer to the challenge is made with: 32 to 80 letters, digits, `_` and `-`.
    pub verification_token: String,
    /// `ITEM_PRICE_REVISION`, `ITEM_AVAILABILITY`, `MARKETPLACE_ACCOUNT_DELETION`; all, where there are none.
    #[serde(default)]
    pub topics: BTreeSet<String>,
}

impl std::fmt::Debug for Receiver {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Receiver").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// Why one is not told anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiverError {
    /// Its address or its token is of another form.
    #[error("a receiver has an http address and a token of 32 to 80 letters, digits, _ and -")]
    Form,
    /// It cannot be reached, or does not answer with a 200.
    #[error("the receiver did not answer the challenge")]
    Unanswered,
    /// Its answer is not the one to this challenge.
    #[error("the receiver's answer to the challenge is wrong")]
    Wrong,
}

/// How an event can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventFlaw {
    /// It is changed after it was signed.
    Tampered,
    /// It is said to be signed with a key that nobody has.
    UnknownKey,
    /// It is not signed.
    Unsigned,
    /// It comes twice.
    Twice,
}

/// The way out for events.
#[derive(Debug)]
pub(super) struct Events {
    signer: Arc<Signer>,
    state: Arc<Mutex<Telling>>,
    waiting: mpsc::Sender<Event>,
    client: Client<HttpConnector, Full<Bytes>>,
    tally: Arc<Tally>,
}

/// Locked for one look or one change, never across a wait.
#[derive(Debug, Default)]
struct Telling {
    receiver: Option<Receiver>,
    flaw: Option<EventFlaw>,
    count: i64,
}

#[derive(Debug)]
struct Event {
    topic: &'static str,
    id: String,
    time_us: i64,
    data: Value,
}

impl Events {
    /// Starts the one who tells them.
    pub(super) fn start(again: Duration, tally: Arc<Tally>, tasks: &Tasks) -> Self {
        let (waiting, mut events) = mpsc::channel::<Event>(MOST_WAITING);
        let client = Client::builder(TokioExecutor::new()).build_http();
        let told = Self { signer: Arc::new(Signer::new()), state: Arc::default(), waiting, client, tally };
        let teller = Teller {
            signer: Arc::clone(&told.signer),
            state: Arc::clone(&told.state),
            client: told.client.clone(),
            tally: Arc::clone(&told.tally),
            again,
        };
        let cancelled = tasks.cancelled();
        tasks.tracker().spawn(async move {
            let telling = async {
                while let Some(event) = events.recv().await {
                    teller.tell(&event).await;
                }
            };
            cancelled.run_until_cancelled(telling).await;
        });
        told
    }

    /// Tells what is new of the items.
    pub(super) fn publish(&self, shelf: &mut Shelf, now_us: i64) {
        for (News { price, availability }, item) in shelf.take_news() {
            if price && item.ended.is_none() {
                self.enqueue("ITEM_PRICE_REVISION", of_item(&item), now_us);
            }
            if availability {
                self.enqueue("ITEM_AVAILABILITY", of_item(&item), now_us);
            }
        }
    }

    /// Tells that an account was deleted.
    pub(super) fn delete_account(&self, username: &str, now_us: i64) {
        let token = Noise::new(1).part(username).at(0).bits();
        let data = json!({
            "username": username,
            "userId": format!("{token:016x}"),
            "eiasToken": format!("nY+sHZ2PrBmdj6wVnY+sEZ2PrA2dj6x{token:016x}"),
        });
        self.enqueue("MARKETPLACE_ACCOUNT_DELETION", data, now_us);
    }

    /// The next events are wrong in this way.
    pub(super) fn spoil(&self, how: Option<EventFlaw>) {
        lock(&self.state).flaw = how;
    }

    /// Nobody is told anything any more.
    pub(super) fn forget(&self) {
        lock(&self.state).receiver = None;
    }

    /// Challenges a receiver, and tells it everything from then on.
    pub(super) async fn register(&self, receiver: Receiver, now_us: i64) -> Result<(), ReceiverError> {
        let token = &receiver.verification_token;
        let is_token = (32..=80).contains(&token.len())
            && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        if !is_token || !receiver.endpoint.starts_with("http://") {
            return Err(ReceiverError::Form);
        }
        let mut draws = Noise::new(2).part(&receiver.endpoint).at(now_us);
        let code = format!("{:016x}{:016x}", draws.bits(), draws.bits());
        let mark = if receiver.endpoint.contains('?') { '&' } else { '?' };
        let address = format!("{}{mark}challenge_code={code}", receiver.endpoint);
        let address: Uri = address.parse().map_err(|_| ReceiverError::Form)?;
        let asking = async {
            let answer = self.client.get(address).await.ok()?;
            let is_json = answer
                .headers()
                .get("content-type")
                .and_then(|value| value.to_str().ok())
                .is_some_and(|value| value.starts_with("application/json"));
            if answer.status() != StatusCode::OK || !is_json {
                return None;
            }
            let body = Limited::new(answer.into_body(), 65_536).collect().await.ok()?.to_bytes();
            serde_json::from_slice::<Value>(&body).ok()
        };
        let answer = tokio::time::timeout(PATIENCE, asking).await.ok().flatten();
        let answer = answer.ok_or(ReceiverError::Unanswered)?;
        let digest = Sha256::digest(format!("{code}{token}{}", receiver.endpoint));
        let expected: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        if answer["challengeResponse"] != expected {
            return Err(ReceiverError::Wrong);
        }
        lock(&self.state).receiver = Some(receiver);
        Ok(())
    }

    fn enqueue(&self, topic: &'static str, data: Value, time_us: i64) {
        let mut telling = lock(&self.state);
        let wanted = |receiver: &Receiver| receiver.topics.is_empty() || receiver.topics.contains(topic);
        if !telling.receiver.as_ref().is_some_and(wanted) {
            return;
        }
        telling.count += 1;
        let mut draws = Noise::new(3).part("event").at(telling.count ^ time_us);
        let (high, low) = (draws.bits(), draws.bits());
        let event = Event { topic, id: format!("{high:016x}-{low:016x}"), time_us, data };
        if self.waiting.try_send(event).is_err() {
            self.tally.note(|counters| counters.events_lost += 1);
        }
    }
}

/// Tells one event after the other.
struct Teller {
    signer: Arc<Signer>,
    state: Arc<Mutex<Telling>>,
    client: Client<HttpConnector, Full<Bytes>>,
    tally: Arc<Tally>,
    again: Duration,
}

impl Teller {
    async fn tell(&self, event: &Event) {
        for attempt in 1..=ATTEMPTS {
            let (receiver, flaw) = {
                let telling = lock(&self.state);
                (telling.receiver.clone(), telling.flaw)
            };
            let Some(receiver) = receiver else { return };
            let posts = if flaw == Some(EventFlaw::Twice) { 2 } else { 1 };
            let mut is_told = true;
            for _ in 0..posts {
                is_told &= self.post(&receiver, event, attempt, flaw).await;
            }
            if is_told {
                self.tally.note(|counters| counters.events += 1);
                return;
            }
            self.tally.note(|counters| counters.events_failed += 1);
            if attempt < ATTEMPTS {
                tokio::time::sleep(self.again).await;
            }
        }
        self.tally.note(|counters| counters.events_lost += 1);
    }

    /// Posts an event; whether it was acknowledged.
    async fn post(&self, receiver: &Receiver, event: &Event, attempt: u32, flaw: Option<EventFlaw>) -> bool {
        let time = rfc3339_ms(event.time_us);
        let body = json!({
            "metadata": {"topic": event.topic, "schemaVersion": "1.0", "deprecated": false},
            "notification": {
                "notificationId": event.id,
                "eventDate": time,
                "publishDate": time,
                "publishAttemptCount": attempt,
                "data": event.data,
            },
        })
        .to_string();
        let kid = match flaw {
            Some(EventFlaw::UnknownKey) => "00000000-0000-4000-8000-000000000000",
            _ => Signer::KID,
        };
        let signature = self.signer.header(kid, body.as_bytes());
        let body = match flaw {
            Some(EventFlaw::Tampered) => body.replacen("\"1.0\"", "\"1.1\"", 1),
            _ => body,
        };
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(&receiver.endpoint)
            .header("content-type", "application/json");
        if flaw != Some(EventFlaw::Unsigned) {
            request = request.header("x-ebay-signature", signature);
        }
        let Ok(request) = request.body(Full::from(body)) else { return false };
        let posting = tokio::time::timeout(PATIENCE, self.client.request(request)).await;
        matches!(posting, Ok(Ok(answer)) if answer.status().is_success())
    }
}

/// Tells a key by its name.
pub(super) async fn get_public_key(State(desk): State<Arc<Desk>>, Path(kid): Path<String>) -> Response {
    if kid == Signer::KID {
        return Json(desk.events.signer.public_key()).into_response();
    }
    Complaint::missing(195_001, "The specified public key id was not found.")
        .with("kid", &kid)
        .into_response()
}

fn of_item(item: &Item) -> Value {
    json!({
        "itemId": item.id,
        "listingMarketplaceId": item.site.name(),
        "price": {"value": money::text(item.price), "currency": item.currency},
        "availability": item.availability_word(),
    })
}

fn lock(telling: &Mutex<Telling>) -> MutexGuard<'_, Telling> {
    telling.lock().unwrap_or_else(PoisonError::into_inner)
}
