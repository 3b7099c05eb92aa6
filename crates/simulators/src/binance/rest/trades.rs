//! `aggTrades` and `trades`.

use serde::Serialize;

use super::endpoint::{Answer, json};
use super::error::ApiError;
use super::params::Params;
use crate::binance::unit::TimeUnit;
use crate::binance::world::World;
use crate::market::fixed::{Fixed, Volume};
use crate::market::ledger::Window;

const STANDARD: usize = 500;
const MOST: usize = 1_000;

#[derive(Serialize)]
struct AggTradeRow {
    a: u64,
    p: Fixed,
    q: Fixed,
    f: u64,
    l: u64,
    #[serde(rename = "T")]
    time: i64,
    m: bool,
    #[serde(rename = "M")]
    best_match: bool,
}

pub(super) fn get_agg_trades(world: &World, params: &Params, unit: TimeUnit) -> Answer {
    let ledger = params.ledger(world)?;
    let limit = params.limit(STANDARD, MOST)?;
    let window = params.window()?;
    let trades = match params.number("fromId")? {
        Some(_) if window.from_us.or(window.to_us).is_some() => return Err(ApiError::bad_combination()),
        Some(id) => ledger.trades_from(id, limit),
        None => ledger.trades_in(window, limit),
    };
    let rows = trades.iter().map(|trade| AggTradeRow {
        a: trade.id,
        p: trade.price,
        q: trade.quantity,
        f: trade.first_trade,
        l: trade.last_trade,
        time: unit.of(trade.time_us),
        m: trade.buyer_is_maker,
        best_match: true,
    });
    json(&rows.collect::<Vec<_>>())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TradeRow {
    id: u64,
    price: Fixed,
    qty: Fixed,
    quote_qty: Volume,
    time: i64,
    is_buyer_maker: bool,
    is_best_match: bool,
}

/// The newest single trades.
pub(super) fn get_trades(world: &World, params: &Params, unit: TimeUnit) -> Answer {
    let ledger = params.ledger(world)?;
    let limit = params.limit(STANDARD, MOST)?;
    // Every aggregate is at least one trade, so `limit` of them are enough.
    let aggregates = ledger.trades_in(Window::default(), limit);
    let step = ledger.symbol.step;
    let newest_first = aggregates.iter().rev().flat_map(|aggregate| {
        aggregate.singles(step).rev().map(|single| TradeRow {
            id: single.id,
            price: aggregate.price,
            qty: single.quantity,
            quote_qty: aggregate.price.times(single.quantity),
            time: unit.of(aggregate.time_us),
            is_buyer_maker: aggregate.buyer_is_maker,
            is_best_match: true,
        })
    });
    let mut rows: Vec<_> = newest_first.take(limit).collect();
    rows.reverse();
    json(&rows)
}
