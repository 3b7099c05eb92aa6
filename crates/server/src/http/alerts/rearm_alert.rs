//! `POST /api/alerts/{id}/rearm`: it begins anew at the price of now, whatever became of it, with a full
//! count of fires.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use bellwether_model::{AlertId, Status};
use bellwether_store::alert::Action;

use super::changing::{Decided, change, expected_version};
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::{ApiError, Conflict};
use crate::http::input::InPath;

/// Arm an alert anew.
#[utoipa::path(post, path = "/api/alerts/{id}/rearm", tag = "alerts", params(("id" = uuid::Uuid, Path)), responses(
    (status = 200, description = "It watches, armed anew", body = super::AlertAnswer),
    (status = 404, description = "No such alert, or somebody else's"),
    (status = 409, description = "Its time is over, or it was deleted"),
))]
pub(in crate::http) async fn rearm_alert(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(id): InPath<AlertId>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    change(&api, caller.user, id, expected_version(&headers)?, |alert, now| {
        if alert.spec.expires_at().is_some_and(|at| at <= now) {
            return Err(ApiError::Conflict(Conflict::AlertExpired));
        }
        let keeping = Decided::keeping(alert, Action::Rearmed);
        Ok(Some(Decided { status: Status::Active, arms: true, ..keeping }))
    })
    .await
}
