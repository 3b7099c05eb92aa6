//! `POST /api/alerts/{id}/resume`: a paused alert watches again, armed anew at the price of now.

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

/// Let a paused alert go on.
#[utoipa::path(post, path = "/api/alerts/{id}/resume", tag = "alerts", params(("id" = uuid::Uuid, Path)), responses(
    (status = 200, description = "It watches, since now or before", body = super::AlertAnswer),
    (status = 404, description = "No such alert, or somebody else's"),
    (status = 409, description = "It has ended or was deleted"),
))]
pub(in crate::http) async fn resume_alert(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(id): InPath<AlertId>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    change(&api, caller.user, id, expected_version(&headers)?, decide).await
}

pub(super) fn decide(alert: &Alert, now: Timestamp) -> Decision {
    match alert.status {
        Status::Active => Ok(None),
        Status::Paused if alert.spec.expires_at().is_some_and(|at| at <= now) => {
            Err(ApiError::Conflict(Conflict::AlertExpired))
        }
        Status::Paused => {
            let keeping = Decided::keeping(alert, Action::Resumed);
            Ok(Some(Decided { status: Status::Active, arms: true, ..keeping }))
        }
        Status::Triggered | Status::Expired => Err(ApiError::Conflict(Conflict::AlertEnded)),
        Status::Deleted => Err(ApiError::Conflict(Conflict::AlertDeleted)),
    }
}
