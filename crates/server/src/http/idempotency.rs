//! The header `Idempotency-Key`: under the same key a request may be sent again, and is done once.

use axum::http::{HeaderMap, HeaderValue};
use bellwether_store::alert::Idempotency;

use super::error::ApiError;
use super::input::JsonBody;

const KEY: &str = "idempotency-key";
const REPLAYED: &str = "idempotent-replayed";
const KEY_BYTES: usize = 255;

/// The key of a request, where it has one.
pub(super) fn key(headers: &HeaderMap, body: &JsonBody) -> Result<Option<Idempotency>, ApiError> {
    let Some(key) = headers.get(KEY) else { return Ok(None) };
    let plain = |key: &&str| (1..=KEY_BYTES).contains(&key.len());
    match key.to_str().ok().filter(plain) {
        Some(key) => Ok(Some(Idempotency { key: key.to_owned(), body_hash: body.hash() })),
        None => {
            let message = format!("must have from 1 to {KEY_BYTES} plain characters");
            Err(ApiError::field("Idempotency-Key", "invalid", message))
        }
    }
}

/// Says in an answer that the same request was done before.
pub(super) fn mark_replayed(headers: &mut HeaderMap) {
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
}
