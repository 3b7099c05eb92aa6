//! `GET /api/admin/queues`: how much is to be sent, and how long it has been waiting.

use axum::Json;
use axum::extract::State;
use bellwether_store::delivery::LaneState;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::ApiState;
use crate::http::auth::Administrator;
use crate::http::error::ApiError;
use crate::http::query::Query;

/// The queues of all lanes.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Queues {
    items: Vec<QueueView>,
}

/// How a lane's queue stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Queue)]
pub(in crate::http) struct QueueView {
    /// `urgent`, `digest` or `insights`.
    #[schema(example = "urgent")]
    lane: &'static str,
    /// Messages that wait: for their turn, or for the time of their next attempt.
    waiting: u64,
    /// For how many milliseconds the one that waits longest for its turn has been due; null where none waits.
    due_for_ms: Option<u64>,
    /// Messages that are being sent.
    sending: u64,
    /// Messages that wait until their address is verified.
    held: u64,
    /// Messages that were given up.
    dead: u64,
}

/// How much is to be sent.
#[utoipa::path(get, path = "/api/admin/queues", tag = "operation", responses(
    (status = 200, body = Queues),
    (status = 403, description = "You are no administrator"),
))]
pub(in crate::http) async fn list_queues(
    State(api): State<ApiState>,
    _: Administrator,
    query: Query,
) -> Result<Json<Queues>, ApiError> {
    query.finish()?;
    let now = api.now();
    let view = |state: LaneState| QueueView {
        lane: state.lane.name(),
        waiting: state.waiting,
        due_for_ms: state.due_since.map(|since| u64::try_from(now.micros_since(since) / 1_000).unwrap_or(0)),
        sending: state.sending,
        held: state.held,
        dead: state.dead,
    };
    Ok(Json(Queues { items: api.store().lane_states(now).await?.into_iter().map(view).collect() }))
}
