//! The table of endpoints: name, weight, parameters, answer (`rest-api.md`, checked 2026-07-21).

use super::error::ApiError;
use super::params::Params;
use super::{depth, exchange_info, general, klines, rolling, tickers, trades};
use crate::binance::unit::TimeUnit;
use crate::binance::world::World;

/// A body in JSON.
pub(super) type Answer = Result<String, ApiError>;

/// One path under `/api/v3`.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) name: &'static str,
    pub(super) parameters: &'static [&'static str],
    pub(super) weight: fn(&Params) -> u32,
    pub(super) answer: fn(&World, &Params, TimeUnit) -> Answer,
}

const KLINES: &[&str] = &["symbol", "interval", "startTime", "endTime", "timeZone", "limit"];
const SYMBOLS: &[&str] = &["symbol", "symbols", "symbolStatus"];

/// All that are served.
pub(super) static ALL: &[Endpoint] = &[
    Endpoint { name: "ping", parameters: &[], weight: |_| 1, answer: general::get_ping },
    Endpoint { name: "time", parameters: &[], weight: |_| 1, answer: general::get_time },
    Endpoint {
        name: "exchangeInfo",
        parameters: &["symbol", "symbols", "permissions", "showPermissionSets", "symbolStatus"],
        weight: |_| 20,
        answer: exchange_info::get_exchange_info,
    },
    Endpoint {
        name: "aggTrades",
        parameters: &["symbol", "fromId", "startTime", "endTime", "limit"],
        weight: |_| 4,
        answer: trades::get_agg_trades,
    },
    Endpoint { name: "trades", parameters: &["symbol", "limit"], weight: |_| 25, answer: trades::get_trades },
    Endpoint { name: "klines", parameters: KLINES, weight: |_| 2, answer: klines::get_klines },
    Endpoint { name: "uiKlines", parameters: KLINES, weight: |_| 2, answer: klines::get_klines },
    Endpoint { name: "avgPrice", parameters: &["symbol"], weight: |_| 2, answer: general::get_average_price },
    Endpoint {
        name: "ticker/price",
        parameters: SYMBOLS,
        weight: tickers::light_weight,
        answer: tickers::get_prices,
    },
    Endpoint {
        name: "ticker/bookTicker",
        parameters: SYMBOLS,
        weight: tickers::light_weight,
        answer: tickers::get_book_tickers,
    },
    Endpoint {
        name: "ticker/24hr",
        parameters: &["symbol", "symbols", "type", "symbolStatus"],
        weight: rolling::weight,
        answer: rolling::get_days,
    },
    Endpoint {
        name: "depth",
        parameters: &["symbol", "limit"],
        weight: depth::weight,
        answer: depth::get_depth,
    },
];

/// Anything that can be written as JSON, written.
pub(super) fn json(value: &impl serde::Serialize) -> Answer {
    serde_json::to_string(value).map_err(|_| ApiError::internal())
}
