//! `GET /api/alerts/{id}/history`: who changed what of an alert, and when; newest first.

use axum::Json;
use axum::extract::State;
use bellwether_model::{AlertId, Status, Timestamp};
use bellwether_store::alert::HistoryEntry;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::view::SpecView;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::input::InPath;
use crate::http::paging::PageOf;
use crate::http::query::Query;
use crate::http::schema;

/// One change of an alert.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HistoryEntry)]
pub(in crate::http) struct HistoryView {
    /// Its place in the log of all changes; grows.
    seq: u64,
    /// `created`, `updated`, `paused`, `resumed`, `rearmed`, `snoozed`, `deleted`, `triggered` or
    /// `expired`.
    #[schema(example = "updated")]
    action: &'static str,
    /// The user who did it; null where the service itself did.
    actor: Option<Uuid>,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The status after it.
    #[schema(value_type = schema::Status)]
    status: Status,
    /// The alert after it.
    alert: SpecView,
}

impl From<HistoryEntry> for HistoryView {
    fn from(entry: HistoryEntry) -> Self {
        Self {
            seq: entry.seq,
            action: entry.action.name(),
            actor: entry.actor.map(|user| user.0),
            at: entry.at,
            status: entry.status,
            alert: entry.spec.into(),
        }
    }
}

/// What happened to an alert.
#[utoipa::path(get, path = "/api/alerts/{id}/history", tag = "alerts",
    params(("id" = uuid::Uuid, Path), ("page" = Option<u32>, Query), ("page_size" = Option<u32>, Query)),
    responses(
        (status = 200, body = PageOf<HistoryView>),
        (status = 404, description = "No such alert, or somebody else's"),
    ))]
pub(in crate::http) async fn list_history(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(id): InPath<AlertId>,
    mut query: Query,
) -> Result<Json<PageOf<HistoryView>>, ApiError> {
    let page = query.page();
    let asked = query.finish()?;
    let listed = api.store().alert_history(caller.user, id, page).await?;
    let listed = listed.ok_or(ApiError::NotFound("alert"))?;
    Ok(Json(PageOf {
        items: listed.items.into_iter().map(HistoryView::from).collect(),
        page: page.number,
        page_size: page.size,
        total: listed.total,
        next: asked.next_page(page, listed.total),
    }))
}
