//! `GET /api/admin/feeds`: how each venue's feed fares.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use bellwether_feeds::{BudgetUse, Marketplace as _, Vitals};
use bellwether_model::{Timestamp, Venue};
use bellwether_store::quarantine::Outcome;
use serde::Serialize;
use utoipa::ToSchema;

use crate::feed_states::FeedState;
use crate::http::ApiState;
use crate::http::auth::Administrator;
use crate::http::error::ApiError;
use crate::products::Products;

/// The feeds of all venues.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct FeedStatesView {
    items: Vec<FeedStateView>,
}

/// How one venue's feed fares.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedState)]
pub(in crate::http) struct FeedStateView {
    #[schema(example = "binance")]
    venue: &'static str,
    /// `reached`, `unreachable`, or `idle` where nothing is wanted of it yet.
    #[schema(example = "reached")]
    state: &'static str,
    /// Since when; null where it is idle.
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// What the first failed attempt met, where it cannot be reached.
    reason: Option<String>,
    /// Connections that are open; a polled venue has one while it answers.
    connections: u64,
    /// Connections that ended since the service started.
    disconnects: u64,
    /// How many instruments are `watched`, `catching_up`, `dark` and `refused`.
    instruments: BTreeMap<&'static str, u64>,
    /// Requests that are left alone but for one attempt now and then, since they keep failing, with what they
    /// met last.
    breakers: BTreeMap<String, String>,
    /// How late trades came over the last minute; null where none came, and where the venue tells no times.
    lag: Option<LagView>,
    /// What was missed, and what became of it.
    gaps: GapsView,
    /// Prices that were too far off to be believed at once: how many are `waiting`, and how many were `confirmed`,
    /// `contradicted` or `unanswered` within the last day.
    quarantine: BTreeMap<&'static str, u64>,
    /// What may be asked of the venue; null where that is not counted, and before the feed has said it.
    budget: Option<BudgetView>,
}

/// From the venue's time of a trade until it was received, in milliseconds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedLag)]
pub(in crate::http) struct LagView {
    /// Half of them came no later.
    p50_ms: u64,
    /// All but one in a hundred came no later.
    p99_ms: u64,
}

/// Stretches in which trades were missed, since the service started.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedGaps)]
pub(in crate::http) struct GapsView {
    /// Instruments whose missed trades are being fetched now.
    open: u64,
    /// So often all of them were fetched.
    filled: u64,
    /// So often not all of them could be had.
    lost: u64,
}

/// An allowance of requests, in the units that the venue counts in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedBudget)]
pub(in crate::http) struct BudgetView {
    /// What is used of the present interval.
    used: u64,
    /// What is left of it.
    left: u64,
    /// When the next one begins.
    #[schema(value_type = String, format = DateTime)]
    resets_at: Timestamp,
    /// Until when the venue wants not to be asked.
    #[schema(value_type = Option<String>, format = DateTime)]
    closed_until: Option<Timestamp>,
}

/// How each venue's feed fares.
#[utoipa::path(get, path = "/api/admin/feeds", tag = "operation", responses(
    (status = 200, body = FeedStatesView),
    (status = 403, description = "You are no administrator"),
))]
pub(in crate::http) async fn list_feed_states(
    State(api): State<ApiState>,
    _: Administrator,
) -> Result<Json<FeedStatesView>, ApiError> {
    let quarantined = api.store().quarantine_counts(a_day_before(api.now())).await?;
    let view = |(venue, state): (Venue, FeedState)| {
        let count = |outcome: &Outcome| quarantined.get(&(venue, *outcome)).copied().unwrap_or(0);
        let quarantine = Outcome::ALL.iter().map(|outcome| (outcome.name(), count(outcome))).collect();
        let instruments = api.positions().counts(venue);
        let FeedState { reach, connections, disconnects, breakers, vitals } = state;
        let Vitals { lag, gaps, budget } = vitals.unwrap_or_default();
        let (name, since, reason) = match reach {
            None => ("idle", None, None),
            Some(reach) if reach.failure.is_none() => ("reached", Some(reach.since), None),
            Some(reach) => ("unreachable", Some(reach.since), reach.failure),
        };
        FeedStateView {
            venue: venue.name(),
            state: name,
            since,
            reason,
            connections,
            disconnects,
            instruments,
            breakers,
            lag: lag.map(|lag| LagView { p50_ms: millis(lag.p50), p99_ms: millis(lag.p99) }),
            gaps: GapsView { open: gaps.open, filled: gaps.filled, lost: gaps.lost },
            quarantine,
            budget: budget.map(BudgetView::from),
        }
    };
    let mut items: Vec<FeedStateView> = api.feed_states().all().into_iter().map(view).collect();
    if let Some(products) = api.products() {
        items.push(marketplace(products).await?);
    }
    Ok(Json(FeedStatesView { items }))
}

impl From<BudgetUse> for BudgetView {
    fn from(budget: BudgetUse) -> Self {
        Self {
            used: budget.used.into(),
            left: budget.limit.saturating_sub(budget.used).into(),
            resets_at: budget.resets_at,
            closed_until: budget.closed_until,
        }
    }
}

/// How the marketplace fares, which is no feed: it is asked, and its calls are those of a day.
async fn marketplace(products: &Products) -> Result<FeedStateView, ApiError> {
    let health = products.market.health();
    let (used, left, resets_at) = products.calls().await?;
    let (state, reason, closed_until) = match health.closed {
        Some(closed) => ("unreachable", Some(closed.why.to_string()), Some(closed.until)),
        None if health.has_answered => ("reached", None, None),
        None => ("idle", None, None),
    };
    let breakers = reason.iter().map(|reason| ("all searches".to_owned(), reason.clone())).collect();
    Ok(FeedStateView {
        venue: Venue::Ebay.name(),
        state,
        since: None,
        reason,
        connections: 0,
        disconnects: 0,
        instruments: BTreeMap::new(),
        breakers,
        lag: None,
        gaps: GapsView { open: 0, filled: 0, lost: 0 },
        quarantine: BTreeMap::new(),
        budget: Some(BudgetView { used, left, resets_at, closed_until }),
    })
}

fn a_day_before(now: Timestamp) -> Timestamp {
    Timestamp::from_micros(now.micros().saturating_sub(86_400_000_000))
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
