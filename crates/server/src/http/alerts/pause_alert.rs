//! `POST /api/alerts/{id}/pause`: it watches nothing until it is resumed.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use bellwether_model::{AlertId, Status, Timestamp};
use bellwether_store::alert::{Action, Alert};

use super::changing::{Decided, Decision, change, expected_version};
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::{ApiError, Conflict};
use crate::http::input::InPath;

/// Stop an alert for now.
#[utoipa::path(post, path = "/api/alerts/{id}/pause", tag = "alerts", params(("id" = uuid::Uuid, Path)), responses(
    (status = 200, description = "It is paused, now or before", body = super::AlertAnswer),
    (status = 404, description = "No such alert, or somebody else's"),
    (status = 409, description = "It has ended or was deleted"),
))]
pub(in crate::http) async fn pause_alert(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(id): InPath<AlertId>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    change(&api, caller.user, id, expected_version(&headers)?, decide).await
}

pub(super) fn decide(alert: &Alert, _: Timestamp) -> Decision {
    match alert.status {
        Status::Paused => Ok(None),
        Status::Active => {
            Ok(Some(Decided { status: Status::Paused, ..Decided::keeping(alert, Action::Paused) }))
        }
        Status::Triggered | Status::Expired => Err(ApiError::Conflict(Conflict::AlertEnded)),
        Status::Deleted => Err(ApiError::Conflict(Conflict::AlertDeleted)),
    }
}
