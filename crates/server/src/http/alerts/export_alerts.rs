//! `GET /api/alerts/export`: all of one's alerts in the shape that imports and backtests read.

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use bellwether_model::UserId;
use bellwether_store::alert::{AlertFilter, Kind};
use bellwether_store::page::Page;

use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::query::Query;
use crate::http::schema;

/// Alerts that are read at a time.
const PAGE_SIZE: u32 = 1_000;

/// All of one's alerts.
///
/// JSON lines, one alert each, the oldest first, as `POST /api/alerts/import` reads them, and `bellwether
/// backtest` those of kind `price`; deleted ones are left out. What is exported is what was asked for, not what became of it.
#[utoipa::path(get, path = "/api/alerts/export", tag = "alerts",
    params(("kind" = inline(Option<Vec<schema::choices::AlertKind>>), Query, description = "Any of these; every kind where absent")),
    responses((status = 200, description = "JSON lines", body = String, content_type = "application/x-ndjson")))]
pub(in crate::http) async fn export_alerts(
    State(api): State<ApiState>,
    caller: Caller,
    mut query: Query,
) -> Result<Response, ApiError> {
    let filter = AlertFilter { kinds: query.many::<Kind>("kind"), ..AlertFilter::default() };
    query.finish()?;
    let mut lines = lines(&api, caller.user, &filter).await?;
    lines.reverse();
    let headers = [
        (CONTENT_TYPE, "application/x-ndjson"),
        (CONTENT_DISPOSITION, "attachment; filename=\"alerts.jsonl\""),
    ];
    Ok((headers, Body::from(lines.concat())).into_response())
}

/// Every alert as a line, the newest first.
async fn lines(api: &ApiState, user: UserId, filter: &AlertFilter) -> Result<Vec<String>, ApiError> {
    let mut lines = Vec::new();
    for number in 1.. {
        let page = Page { number, size: PAGE_SIZE };
        let listed = api.store().list_alerts(user, filter, page).await?;
        let read = listed.items.len();
        for alert in listed.items {
            let line = serde_json::to_string(&alert.spec).map_err(ApiError::internal)?;
            lines.push(line + "\n");
        }
        if read < usize::try_from(PAGE_SIZE).unwrap_or(usize::MAX) {
            break;
        }
    }
    Ok(lines)
}
