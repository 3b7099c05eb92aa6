//! How often one client and one caller may ask, and the headers that tell a caller how much is left.
//!
//! A client is an address, counted before anything is read of its requests: it is how a flood is kept from the
//! rest. A caller is a key, or a user by their logins, counted once it is known whose it is. Limits are buckets that
//! fill again with time ([`Throttle`]), so a burst of a whole minute's requests is fine.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use bellwether_model::Timestamp;
use uuid::Uuid;

use super::error::ApiError;
use super::throttle::{Allowance, Throttle};
use crate::config::Limits;

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");
/// The headers that tell what is left.
pub(super) const HEADERS: [HeaderName; 3] = [LIMIT, REMAINING, RESET];

/// The limits; nothing where there is none.
pub(super) struct Rates {
    of_client: Option<Throttle<IpAddr>>,
    of_caller: Option<Throttle<Uuid>>,
}

/// What is to be told of a caller's allowance: a request carries it in, and the answer's headers are made of it.
#[derive(Clone, Default)]
pub(super) struct Told(Arc<OnceLock<Allowance>>);

impl Rates {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            of_client: limit(limits.client_requests_per_minute),
            of_caller: limit(limits.requests_per_minute),
        }
    }

    /// Counts a request of a client.
    pub(super) fn client(&self, client: IpAddr, now: Timestamp) -> Result<(), ApiError> {
        let Some(throttle) = &self.of_client else { return Ok(()) };
        throttle.take(&client, now).map_err(|retry_after| ApiError::TooMany { retry_after })
    }

    /// Counts a request of a caller, and notes with the request what is left.
    pub(super) fn caller(&self, caller: Uuid, parts: &Parts, now: Timestamp) -> Result<(), ApiError> {
        let Some(throttle) = &self.of_caller else { return Ok(()) };
        let (allowance, taken) = throttle.take_and_tell(&caller, now);
        if let Some(told) = parts.extensions.get::<Told>() {
            // A request has one caller; where it is asked for twice, the first answer stays.
            let _ = told.0.set(allowance);
        }
        taken.map_err(|retry_after| ApiError::TooMany { retry_after })
    }
}

impl Told {
    /// Adds the headers, where a caller was counted.
    pub(super) fn write(&self, headers: &mut HeaderMap) {
        let Some(Allowance { limit, remaining, full_in }) = self.0.get() else { return };
        headers.insert(LIMIT, HeaderValue::from(*limit));
        headers.insert(REMAINING, HeaderValue::from(*remaining));
        headers.insert(RESET, HeaderValue::from(seconds(*full_in)));
    }
}

fn limit<K: std::hash::Hash + Eq + Clone>(per_minute: u32) -> Option<Throttle<K>> {
    (per_minute > 0).then(|| Throttle::new(per_minute))
}

/// Whole seconds, rounded up.
fn seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}
