//! `GET /api/stream`: what happens, as it happens.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use bellwether_model::{Instrument, Venue};

use super::looking::Looking;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::catalogue::canonical;
use crate::http::error::ApiError;
use crate::http::query::Query;
use crate::http::ticks::is_seen_by;

/// Instruments whose prices one stream tells.
const INSTRUMENTS_MAX: usize = 500;
/// How often something is sent where nothing happens, so that nobody in between takes the stream for dead.
const BEAT_EVERY: Duration = Duration::from_secs(15);
/// When somebody with too many streams may try again.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// What happens, as it happens.
///
/// Server-sent events: `hello` first; `price` of the instruments that are asked for, a few times a second at
/// most; `alert`, `fire` and `delivery` as their lists have them, once they are committed (an alert that was
/// deleted has that status); `reload` where more happened than is told. Read your lists after `hello`, after
/// `reload`, and after a stream has ended: it does with the access token that opened it.
#[utoipa::path(get, path = "/api/stream", tag = "live",
    params(("instruments" = Option<Vec<String>>, Query, description = "Whose prices are told, at most 500; several values, or one with commas")),
    responses(
        (status = 200, description = "A stream that lasts", body = String, content_type = "text/event-stream"),
        (status = 429, description = "As many streams are open as a user may have"),
    ))]
pub(in crate::http) async fn stream(
    State(api): State<ApiState>,
    caller: Caller,
    mut query: Query,
) -> Result<Response, ApiError> {
    let asked = instruments(&mut query);
    query.finish()?;
    let instruments = seen(&api, caller, asked).await?;
    let listener = api.generations().listen(caller.user);
    let listener = listener.ok_or(ApiError::TooMany { retry_after: RETRY_AFTER })?;
    let looking = Looking::begin(api, caller, listener, instruments).await?;
    let beat = KeepAlive::new().interval(BEAT_EVERY);
    Ok(Sse::new(looking.events()).keep_alive(beat).into_response())
}

/// Of pushed instruments only those that the caller may watch: the others are never heard of.
async fn seen(api: &ApiState, caller: Caller, asked: Vec<Instrument>) -> Result<Vec<Instrument>, ApiError> {
    let mut seen = Vec::with_capacity(asked.len());
    for instrument in asked {
        if instrument.venue() != Venue::Push || is_seen_by(api.store(), &instrument, caller.user).await? {
            seen.push(instrument);
        }
    }
    Ok(seen)
}

fn instruments(query: &mut Query) -> Vec<Instrument> {
    let asked = query.many_up_to::<Instrument>("instruments", INSTRUMENTS_MAX);
    let spelled = asked.into_iter().map(|instrument| canonical(&instrument).unwrap_or(instrument));
    spelled.collect::<BTreeSet<_>>().into_iter().collect()
}
