//! `GET /readyz`: the store answers, and every part says that it is ready.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
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
    (code, Json(Ready { status, parts })).into_response()
}
