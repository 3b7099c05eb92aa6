//! `GET /api/instruments/{id}`: one instrument; its id is one percent-encoded segment, in any case.

use axum::Json;
use axum::extract::State;
use bellwether_model::Instrument;

use super::{InstrumentView, find};
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::input::InPath;

/// One instrument.
#[utoipa::path(get, path = "/api/instruments/{id}", tag = "markets",
    params(("id" = String, Path, example = "binance:BTCUSDT")),
    responses(
        (status = 200, body = InstrumentView),
        (status = 404, description = "Its venue has no such instrument, or is not watched here"),
    ))]
pub(in crate::http) async fn get_instrument(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(asked): InPath<Instrument>,
) -> Result<Json<InstrumentView>, ApiError> {
    let info = find(&api, caller.user, &asked).await?;
    Ok(Json(InstrumentView::of(info, api.positions())))
}
