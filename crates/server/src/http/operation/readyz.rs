//! `GET /readyz`: the store answers, and every part says that it is ready.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bellwether_store::replica::ReplicaState;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::ApiState;

/// Whether the service is ready, and its parts.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Ready {
    /// `ready` or `not ready`.
    status: &'static str,
    /// Each part: `ready`, or what it waits for.
    parts: BTreeMap<&'static str, String>,
    /// The server that follows the database, where one is named. The service is ready without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    follower: Option<Follower>,
}

/// How the server stands that follows the database.
#[derive(Debug, Serialize, ToSchema)]
struct Follower {
    /// Whether it answers what looks far back; the database itself does otherwise.
    is_used: bool,
    /// By how many milliseconds it is behind, where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    behind_ms: Option<u64>,
    /// Why it is not used.
    #[serde(skip_serializing_if = "Option::is_none")]
    why_not: Option<&'static str>,
}

impl From<ReplicaState> for Follower {
    fn from(state: ReplicaState) -> Self {
        let (behind_ms, why_not) = match state {
            ReplicaState::Behind(lag) => {
                (u64::try_from(lag.as_millis()).ok(), (!state.is_used()).then_some("too far behind"))
            }
            ReplicaState::Foreign => (None, Some("another database")),
            ReplicaState::Away => (None, Some("away")),
            ReplicaState::Unknown => (None, Some("not asked yet")),
        };
        Self { is_used: state.is_used(), behind_ms, why_not }
    }
}

/// Is it ready to serve?
#[utoipa::path(get, path = "/readyz", tag = "operation", security(()), responses(
    (status = 200, description = "Every part is ready", body = Ready),
    (status = 503, description = "Some part is not", body = Ready),
))]
pub(in crate::http) async fn readyz(State(api): State<ApiState>) -> Response {
    let mut parts = api.readiness().parts();
    match api.store().ping().await {
        // It may answer and keep nothing.
        Ok(()) => drop(parts.entry("store").or_insert(Ok(()))),
        Err(error) => {
            tracing::warn!(%error, "the store does not answer");
            parts.insert("store", Err("does not answer".to_owned()));
        }
    }
    let all_ready = parts.values().all(Result::is_ok);
    let (code, status) =
        if all_ready { (StatusCode::OK, "ready") } else { (StatusCode::SERVICE_UNAVAILABLE, "not ready") };
    let said = |state: Result<(), String>| state.err().unwrap_or_else(|| "ready".to_owned());
    let parts = parts.into_iter().map(|(part, state)| (part, said(state))).collect();
    let follower = api.store().replica().map(Follower::from);
    (code, Json(Ready { status, parts, follower })).into_response()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_follower_says_how_far_behind_it_is_and_why_it_is_not_used() {
        let said = |state: ReplicaState| serde_json::to_string(&Follower::from(state)).unwrap();
        let behind = |seconds| ReplicaState::Behind(Duration::from_secs(seconds));
        assert_eq!(said(behind(2)), r#"{"is_used":true,"behind_ms":2000}"#);
        assert_eq!(said(behind(11)), r#"{"is_used":false,"behind_ms":11000,"why_not":"too far behind"}"#);
        assert_eq!(said(ReplicaState::Away), r#"{"is_used":false,"why_not":"away"}"#);
    }
}
