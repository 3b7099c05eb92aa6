//! `POST /api/deliveries/retry`: every dead letter since an instant is due now.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use bellwether_model::Timestamp;
use bellwether_model::input::{Faults, Fields};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::input::JsonBody;

/// Dead letters that one request makes due.
const RETRIED_MAX: u32 = 1_000;

/// Which dead letters are to be tried again.
#[derive(ToSchema)]
#[schema(as = RetryFailed)]
#[expect(dead_code, reason = "describes what `read` reads")]
pub(in crate::http) struct RetryWish {
    /// Those that were owed at this instant or later.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Retried {
    /// Deliveries that are due now.
    retried: u64,
    /// Whether there are more: ask again for these.
    more: bool,
}

/// Try again what failed, the oldest first, at most 1,000 at once.
#[utoipa::path(post, path = "/api/deliveries/retry", tag = "delivery", request_body = RetryWish, responses(
    (status = 202, description = "So many are due now", body = Retried),
))]
pub(in crate::http) async fn retry_failed(
    State(api): State<ApiState>,
    caller: Caller,
    body: JsonBody,
) -> Result<(StatusCode, Json<Retried>), ApiError> {
    let since = body.read(read)?;
    let (retried, more) = api.store().retry_failed(caller.user, since, RETRIED_MAX, api.now()).await?;
    Ok((StatusCode::ACCEPTED, Json(Retried { retried, more })))
}

fn read(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<Timestamp> {
    if !fields.has("since") {
        faults.add("since", "required", "is required");
    }
    fields.parsed(faults, "since")
}
