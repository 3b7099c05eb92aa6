//! `GET /api/instruments/{id}`: one instrument; its id is one percent-encoded segment, in any case.

use axum::Json;
use axum::extract::State;
use bellwether_model::Instrument;

use super::InstrumentView;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::catalogue::canonical;
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
    _caller: Caller,
    InPath(asked): InPath<Instrument>,
) -> Result<Json<InstrumentView>, ApiError> {
    let not_found = || ApiError::NotFound("instrument");
    let instrument = canonical(&asked).ok_or_else(not_found)?;
    let info = api.store().instrument(&instrument).await?.ok_or_else(not_found)?;
    Ok(Json(InstrumentView::of(info, api.positions())))
}
