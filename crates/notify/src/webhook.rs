//! The channel webhook: a fire as JSON, signed, posted to an address of the user's.
//!
//! The protocol is Standard Webhooks 1.0.0 (specification of 2026-08-17, checked on 2026-11-21), so a
//! receiver verifies it with any of that specification's libraries. The receiver's side is described in
//! `docs/webhooks.md`. Nothing is kept here and nothing is tried again here.

mod answer;
mod body;
mod secret;

use bellwether_model::Timestamp;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};

pub use self::body::{BODY_BYTES, FIRES_MAX, body};
pub use self::secret::{SECRET_BYTES, WebhookSecret, WebhookSecretError};
use crate::http::JSON;
use crate::http::metric::Timer;
use crate::http::redact::Secrets;
use crate::{Endpoint, HttpClient, Message, Outcome};

/// The name in metrics.
const CHANNEL: &str = "webhook";
/// Former secrets that are signed with.
const FORMER_SECRETS: usize = 4;

const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// Where a webhook goes, and what it is signed with.
#[derive(Debug, Clone)]
pub struct WebhookTarget {
    /// The receiver's address.
    pub endpoint: Endpoint,
    /// The secret that is in force.
    pub secret: WebhookSecret,
    /// Secrets that were in force before, newest first, as long as the receiver may still know no other.
    /// Only the first four are signed with.
    pub former_secrets: Vec<WebhookSecret>,
}

/// Sends webhooks. One for the whole process.
#[derive(Debug, Clone)]
pub struct WebhookSender {
    client: HttpClient,
}

impl WebhookSender {
    /// A sender over this client.
    #[must_use]
    pub fn new(client: HttpClient) -> Self {
        Self { client }
    }

    /// Signs a message and posts it, once. `now` is the time of this attempt: it is signed too, and a
    /// date in `Retry-After` is measured from it.
    pub async fn send(&self, to: &WebhookTarget, message: &Message, now: Timestamp) -> Outcome {
        let timer = Timer::start(CHANNEL);
        let body = body(message);
        let outcome = match headers(to, message, &body, now) {
            Some(headers) => match self.client.post(&to.endpoint, headers, body.into()).await {
                Ok(reply) => answer::read(&reply, || secrets(to), now),
                Err(failure) => failure.outcome(),
            },
            None => Outcome::rejected("the message cannot be signed"),
        };
        timer.stop(outcome)
    }
}

/// The headers of an attempt. The id is that of the delivery, the same at every attempt: by it a
/// receiver that gets a message twice can tell.
fn headers(
    to: &WebhookTarget,
    message: &Message,
    body: &str,
    now: Timestamp,
) -> Option<[(HeaderName, HeaderValue); 4]> {
    let id = message.delivery().to_string();
    let timestamp = now.micros().div_euclid(1_000_000);
    let signatures: Vec<_> = std::iter::once(&to.secret)
        .chain(to.former_secrets.iter().take(FORMER_SECRETS))
        .map(|secret| secret.sign(&id, timestamp, body))
        .collect();
    Some([
        (ID, HeaderValue::try_from(id).ok()?),
        (TIMESTAMP, HeaderValue::from(timestamp)),
        (SIGNATURE, HeaderValue::try_from(signatures.join(" ")).ok()?),
        (CONTENT_TYPE, JSON),
    ])
}

/// What a receiver may repeat in its answer and nobody else may see.
fn secrets(to: &WebhookTarget) -> Secrets {
    let mut secrets = Secrets::default();
    secrets.add_path(&to.endpoint);
    for secret in std::iter::once(&to.secret).chain(&to.former_secrets) {
        secrets.add(secret.reveal().trim_start_matches("whsec_"));
    }
    secrets
}
