//! The faults over HTTP: the same that can be ordered in process.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::Site;
use crate::inbox::fault::Fault;

pub(super) async fn list_faults(State(site): State<Site>) -> Json<Vec<Fault>> {
    Json(site.faults.list())
}

pub(super) async fn add_fault(State(site): State<Site>, Json(fault): Json<Fault>) -> Response {
    match site.faults.add(fault) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, Json(json!({"error": error.to_string()}))).into_response(),
    }
}

pub(super) async fn clear_faults(State(site): State<Site>) -> StatusCode {
    site.faults.clear();
    StatusCode::NO_CONTENT
}
