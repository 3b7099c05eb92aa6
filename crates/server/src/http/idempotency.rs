//! The header `Idempotency-Key`: under the same key a request may be sent again, and is done once.
//!
//! Every call that creates something takes it. A key belongs to a call of a user's: under the same key another call
//! is another request. What the same request did is looked up before the request is held against the present, so that
//! it is answered as it was although its time may be over since.

use axum::http::{HeaderMap, HeaderValue};
use bellwether_model::UserId;
use bellwether_store::alert::Idempotency;
use bellwether_store::request::Before;
use sha2::{Digest as _, Sha256};

use super::ApiState;
use super::error::ApiError;
use super::input::JsonBody;

const KEY: &str = "idempotency-key";
const REPLAYED: &str = "idempotent-replayed";
const KEY_BYTES: usize = 255;

/// What the API's document says of the header.
pub(super) const DESCRIPTION: &str =
    "The same key and body within 24 hours are done once, and answered again; another body is refused";

/// The key of a request, where it has one.
pub(super) fn key(headers: &HeaderMap, body: &JsonBody) -> Result<Option<Idempotency>, ApiError> {
    Ok(read(headers)?.map(|key| Idempotency { key: key.to_owned(), body_hash: body.hash() }))
}

/// The key of a request of this call, where it has one.
pub(super) fn key_of_call(
    headers: &HeaderMap,
    call: &str,
    body: &[u8],
) -> Result<Option<Idempotency>, ApiError> {
    let hashed = |key| Idempotency { key: within(call, key), body_hash: Sha256::digest(body).into() };
    Ok(read(headers)?.map(hashed))
}

/// The key of a request of this call whose body holds a password, where it has one. What is kept of the body shows
/// nothing to whoever has the store: a plain hash could be guessed at much faster than that of the password.
pub(super) fn key_of_secret(
    headers: &HeaderMap,
    call: &str,
    body: &JsonBody,
    api: &ApiState,
) -> Result<Option<Idempotency>, ApiError> {
    let hashed =
        |key| Idempotency { key: within(call, key), body_hash: api.tokens().fingerprint(body.bytes()) };
    Ok(read(headers)?.map(hashed))
}

/// What a user's same request did before; a problem where it was another request.
pub(super) async fn before(
    api: &ApiState,
    user: UserId,
    asked: Option<&Idempotency>,
) -> Result<Option<Before>, ApiError> {
    let Some(asked) = asked else { return Ok(None) };
    match api.store().request_before(user, asked, api.now()).await? {
        Some(before) if !before.same => Err(ApiError::KeyReused),
        before => Ok(before),
    }
}

/// Says in an answer that the same request was done before.
pub(super) fn mark_replayed(headers: &mut HeaderMap) {
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
}

/// A key among those of one call. No header holds a line's end, so no key is one of another call.
fn within(call: &str, key: &str) -> String {
    format!("{call}\n{key}")
}

fn read(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let Some(key) = headers.get(KEY) else { return Ok(None) };
    let plain = |key: &&str| (1..=KEY_BYTES).contains(&key.len());
    match key.to_str().ok().filter(plain) {
        Some(key) => Ok(Some(key)),
        None => {
            let message = format!("must have from 1 to {KEY_BYTES} plain characters");
            Err(ApiError::field("Idempotency-Key", "invalid", message))
        }
    }
}
