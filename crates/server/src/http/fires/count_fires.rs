//! `GET /api/fires/counts`: how often what went off.

use std::str::FromStr;

use axum::Json;
use axum::extract::State;
use bellwether_model::{Instrument, Timestamp};
use bellwether_store::fire::{Counted, FireCount, FireCounts, FireFilter, FireGroup};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::list_fires::read_filter;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::query::Query;
use crate::http::{ApiState, schema};

/// Groups where the request does not say, and at most.
const GROUPS: u32 = 10;
const GROUPS_MAX: u32 = 100;

/// By what is counted.
#[derive(Debug, Clone, Copy)]
struct By(FireGroup);

impl FromStr for By {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "instrument" => Ok(By(FireGroup::Instrument)),
            "alert" => Ok(By(FireGroup::Alert)),
            "day" => Ok(By(FireGroup::Day)),
            _ => Err("must be instrument, alert or day"),
        }
    }
}

/// How often what went off.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FireCounts)]
pub(in crate::http) struct FireCountsView {
    /// Those with the most fires first; days with the newest first.
    items: Vec<FireCountView>,
    /// All fires that were counted, also those that no group here has.
    total: u64,
    /// Whether older fires than the newest 100,000 were left out.
    capped: bool,
}

/// How often one of them did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FireCount)]
pub(in crate::http) struct FireCountView {
    /// By instrument: which.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Instrument>)]
    instrument: Option<Instrument>,
    /// By alert: which.
    #[serde(skip_serializing_if = "Option::is_none")]
    alert_id: Option<Uuid>,
    /// By alert: what it waits for, in a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "BTCUSDT reaches 33,000")]
    sentence: Option<String>,
    /// By day of UTC: when it begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    day: Option<Timestamp>,
    fires: u64,
    /// The time of the newest tick or observation among them.
    #[schema(value_type = String, format = DateTime)]
    last_fired_at: Timestamp,
}

impl From<FireCount> for FireCountView {
    fn from(FireCount { of, count, last }: FireCount) -> Self {
        let (mut instrument, mut alert_id, mut day) = (None, None, None);
        match of {
            Counted::Instrument(which) => instrument = Some(which),
            Counted::Alert(which) => alert_id = Some(which.0),
            Counted::Day(which) => day = Some(which),
        }
        Self { instrument, alert_id, sentence: None, day, fires: count, last_fired_at: last }
    }
}

/// How often what went off.
///
/// Looks at one's newest 100,000 fires (of an alert, where one is named), however many there are, so it costs no more
/// than reading these.
#[utoipa::path(get, path = "/api/fires/counts", tag = "fires",
    params(
        ("by" = String, Query, example = "instrument", description = "`instrument`, `alert` or `day` (of UTC)"),
        ("alert" = Option<uuid::Uuid>, Query),
        ("instrument" = Option<String>, Query),
        ("from" = Option<String>, Query, format = DateTime, description = "Fired by a tick at or after this instant"),
        ("to" = Option<String>, Query, format = DateTime, description = "Fired by a tick before this instant"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "10 where absent"),
    ),
    responses((status = 200, body = FireCountsView)))]
pub(in crate::http) async fn count_fires(
    State(api): State<ApiState>,
    caller: Caller,
    mut query: Query,
) -> Result<Json<FireCountsView>, ApiError> {
    let by: Option<By> = query.required("by");
    let filter = FireFilter { alert: query.one("alert"), ..read_filter(&mut query) };
    let limit = query.limit(GROUPS, GROUPS_MAX);
    query.finish()?;
    let By(by) = by.unwrap_or(By(FireGroup::Day));
    let FireCounts { items, total, capped } =
        api.store().count_fires(caller.user, &filter, by, limit).await?;
    let mut items: Vec<FireCountView> = items.into_iter().map(FireCountView::from).collect();
    for item in &mut items {
        let Some(id) = item.alert_id else { continue };
        let alert = api.store().alert(caller.user, bellwether_model::AlertId(id)).await?;
        item.sentence = alert.map(|alert| alert.spec.words());
    }
    Ok(Json(FireCountsView { items, total, capped }))
}
