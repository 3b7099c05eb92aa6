//! The JSON interface: what came, and what is to go wrong. For this machine only.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::fault::Fault;
use super::post::{Post, Service};
use super::serving::Office;

/// The longest that a request may wait.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// What the handlers share.
#[derive(Clone)]
struct Site {
    office: Arc<Office>,
    cancelled: CancellationToken,
}

/// The routes.
pub(super) fn routes(office: Arc<Office>, cancelled: CancellationToken) -> Router {
    Router::new()
        .route("/api/posts", get(list_posts).delete(clear_posts))
        .route("/api/wait", get(wait_for_posts))
        .route("/api/faults", get(list_faults).post(add_fault).delete(clear_faults))
        .with_state(Site { office, cancelled })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    service: Option<Service>,
}

/// Newest first.
async fn list_posts(State(site): State<Site>, Query(filter): Query<Filter>) -> Json<Value> {
    Json(listing(&site, filter.service))
}

fn listing(site: &Site, service: Option<Service>) -> Value {
    let postbox = &site.office.postbox;
    let items: Vec<Post> = service.map_or_else(|| postbox.posts(), |service| postbox.posts_to(service));
    json!({"total": postbox.total(), "kept": items.len(), "items": items})
}

async fn clear_posts(State(site): State<Site>) -> StatusCode {
    site.office.postbox.clear();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Patience {
    /// Posts that must have come since the start.
    count: u64,
    timeout_ms: Option<u64>,
}

/// Answers when so many posts have come, with the list; 408 when the time is over.
async fn wait_for_posts(State(site): State<Site>, Query(patience): Query<Patience>) -> Response {
    let timeout = Duration::from_millis(patience.timeout_ms.unwrap_or(10_000)).min(LONGEST_WAIT);
    let waiting = site.office.postbox.wait_for(patience.count, timeout);
    let status = match site.cancelled.run_until_cancelled(waiting).await {
        Some(Ok(())) => StatusCode::OK,
        Some(Err(_)) => StatusCode::REQUEST_TIMEOUT,
        None => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(listing(&site, None))).into_response()
}

async fn list_faults(State(site): State<Site>) -> Json<Vec<Fault>> {
    Json(site.office.faults.list())
}

async fn add_fault(State(site): State<Site>, Json(fault): Json<Fault>) -> Response {
    match site.office.faults.add(fault) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, Json(json!({"error": error.to_string()}))).into_response(),
    }
}

async fn clear_faults(State(site): State<Site>) -> StatusCode {
    site.office.faults.clear();
    StatusCode::NO_CONTENT
}
