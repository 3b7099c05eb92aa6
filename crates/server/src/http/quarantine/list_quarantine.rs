//! `GET /api/instruments/{id}/quarantine`: which prices of an instrument were too far off, and what became of them.

use axum::Json;
use axum::extract::State;
use bellwether_model::Instrument;
use bellwether_store::quarantine::QuarantineFilter;

use super::{QuarantinedView, list};
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::input::InPath;
use crate::http::instruments::find;
use crate::http::paging::PageOf;
use crate::http::query::Query;

/// An instrument's prices that were too far off to be believed at once, the newest first.
#[utoipa::path(get, path = "/api/instruments/{id}/quarantine", tag = "markets",
    params(
        ("id" = String, Path, example = "binance:BTCUSDT"),
        ("outcome" = Option<Vec<String>>, Query,
            description = "Only of these outcomes: waiting, confirmed, contradicted, unanswered"),
        ("page" = Option<u32>, Query, minimum = 1),
        ("page_size" = Option<u32>, Query, minimum = 1, maximum = 100),
    ),
    responses(
        (status = 200, body = PageOf<QuarantinedView>),
        (status = 404, description = "Its venue has no such instrument, or is not watched here"),
    ))]
pub(in crate::http) async fn list_quarantine(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(asked): InPath<Instrument>,
    query: Query,
) -> Result<Json<PageOf<QuarantinedView>>, ApiError> {
    let instrument = find(&api, caller.user, &asked).await?.instrument;
    let filter = QuarantineFilter { instrument: Some(instrument), ..QuarantineFilter::default() };
    list(&api, filter, query).await.map(Json)
}
