//! `GET /api/deliveries`: what was owed to one, newest first.

use axum::Json;
use axum::extract::State;
use bellwether_store::delivery::{DeliveryFilter, DeliveryStatus};
use bellwether_store::page::Stretched;

use super::view::DeliveryView;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::paging::StretchOf;
use crate::http::query::Query;
use crate::http::schema::choices;

/// One's deliveries, newest first.
#[utoipa::path(get, path = "/api/deliveries", tag = "delivery",
    params(
        ("status" = inline(Option<Vec<choices::DeliveryStatus>>), Query, description = "Any of these"),
        ("alert" = Option<uuid::Uuid>, Query),
        ("fire" = Option<uuid::Uuid>, Query),
        ("report" = Option<uuid::Uuid>, Query),
        ("after" = Option<uuid::Uuid>, Query, description = "The last delivery of the page before"),
        ("page_size" = Option<u32>, Query),
    ),
    responses((status = 200, body = StretchOf<DeliveryView>)))]
pub(in crate::http) async fn list_deliveries(
    State(api): State<ApiState>,
    caller: Caller,
    mut query: Query,
) -> Result<Json<StretchOf<DeliveryView>>, ApiError> {
    let filter = DeliveryFilter {
        statuses: query.many::<DeliveryStatus>("status"),
        alert: query.one("alert"),
        fire: query.one("fire"),
        report: query.one("report"),
    };
    let stretch = query.stretch();
    let asked = query.finish()?;
    let Stretched { items, more, total, total_capped } =
        api.store().list_deliveries(caller.user, &filter, stretch).await?;
    let last = items.last().map(|delivery| delivery.id.to_string());
    Ok(Json(StretchOf {
        items: items.into_iter().map(DeliveryView::from).collect(),
        page_size: stretch.limit,
        total,
        total_capped,
        next: last.filter(|_| more).map(|last| asked.with("after", &last)),
    }))
}
