//! Instruments: what can be watched.

pub(super) mod add_instrument;
pub(super) mod export_candles;
pub(super) mod get_coverage;
pub(super) mod get_figures;
pub(super) mod get_instrument;
pub(super) mod list_candles;
pub(super) mod list_instruments;
pub(super) mod list_movers;
pub(super) mod list_switches;
pub(super) mod switch_instrument;

use bellwether_model::input::Faults;
use bellwether_model::{Instrument, Price, UserId, Venue};
use bellwether_store::instrument::InstrumentInfo;
use serde::Serialize;
use utoipa::ToSchema;

use super::alerts::MarketView;
use super::catalogue::canonical;
use super::error::ApiError;
use super::ticks::is_seen_by;
use super::{ApiState, schema};
use crate::evaluate::Positions;

/// What is known of an instrument, in any spelling; one of somebody's private feed is answered like an
/// unknown one.
pub(super) async fn find(
    api: &ApiState,
    user: UserId,
    asked: &Instrument,
) -> Result<InstrumentInfo, ApiError> {
    let not_found = || ApiError::NotFound("instrument");
    let instrument = canonical(asked).ok_or_else(not_found)?;
    if instrument.venue() == Venue::Push && !is_seen_by(api.store(), &instrument, user).await? {
        return Err(not_found());
    }
    api.store().instrument(&instrument).await?.ok_or_else(not_found)
}

/// Whether an instrument is one that administrators switch; the fault of the field `instrument` where not.
fn may_be_switched(instrument: &Instrument, faults: &mut Faults) -> bool {
    let is_watched = !matches!(instrument.venue(), Venue::Push | Venue::Ebay);
    if !is_watched {
        faults.add(
            "instrument",
            "not_watched",
            "is not of a venue that is watched: nobody asks for its prices",
        );
    }
    is_watched
}

/// An instrument that can be watched.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InstrumentInfo)]
pub(super) struct InstrumentView {
    /// `venue:symbol`.
    #[schema(value_type = schema::Instrument)]
    id: Instrument,
    #[schema(example = "binance")]
    venue: &'static str,
    #[schema(example = "BTCUSDT")]
    symbol: String,
    /// What is priced.
    #[schema(example = "BTC")]
    base: String,
    /// In what it is priced.
    #[schema(example = "USDT")]
    quote: String,
    /// Whether its venue trades it now. Only then can it be watched.
    trading: bool,
    /// Whether it may be watched here. An administrator switches instruments off and on.
    enabled: bool,
    /// The smallest step of its price, where the venue says.
    #[schema(value_type = Option<schema::Decimal>)]
    tick_size: Option<Price>,
    /// The last price that was evaluated; null where nobody watches it.
    market: Option<MarketView>,
}

impl InstrumentView {
    fn of(info: InstrumentInfo, positions: &Positions) -> Self {
        Self {
            venue: info.instrument.venue().name(),
            symbol: info.instrument.symbol().to_owned(),
            market: MarketView::of(positions, &info.instrument),
            base: info.base,
            quote: info.quote,
            trading: info.trading,
            enabled: info.enabled,
            tick_size: info.tick_size,
            id: info.instrument,
        }
    }
}
