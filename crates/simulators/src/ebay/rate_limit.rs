//! What is left of the day's calls.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::serving::Desk;
use crate::rfc3339::rfc3339_ms;

/// Tells the one resource that there is.
pub(super) async fn get_rate_limits(State(desk): State<Arc<Desk>>) -> Json<Value> {
    let left = desk.quota.left(desk.now_us());
    let rate = json!({
        "count": left.used,
        "limit": left.limit,
        "remaining": left.limit.saturating_sub(left.used),
        "reset": rfc3339_ms(left.resets_us),
        "timeWindow": 86_400,
    });
    Json(json!({"rateLimits": [{
        "apiContext": "buy",
        "apiName": "browse",
        "apiVersion": "v1",
        "resources": [{"name": "buy.browse", "rates": [rate]}],
    }]}))
}
