//! `ticker/24hr`.

use serde::Serialize;

use super::endpoint::{Answer, json};
use super::error::ApiError;
use super::params::{Asked, Params};
use crate::binance::unit::TimeUnit;
use crate::binance::world::World;
use crate::market::candle::Candle;
use crate::market::fixed::{Fixed, Volume};
use crate::market::quote::{Book, Level};
use crate::market::statistics::Day;

/// By the number of symbols: 2 up to 20, 40 up to 100, 80 for more or all.
pub(super) fn weight(params: &Params) -> u32 {
    match params.named_symbols() {
        Some(0..=20) => 2,
        Some(21..=100) => 40,
        _ => 80,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Mini<'a> {
    symbol: &'a str,
    open_price: Fixed,
    high_price: Fixed,
    low_price: Fixed,
    last_price: Fixed,
    volume: Volume,
    quote_volume: Volume,
    open_time: i64,
    close_time: i64,
    first_id: i64,
    last_id: i64,
    count: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Full<'a> {
    #[serde(flatten)]
    mini: Mini<'a>,
    price_change: Fixed,
    price_change_percent: String,
    weighted_avg_price: Fixed,
    prev_close_price: Fixed,
    last_qty: Fixed,
    bid_price: Fixed,
    bid_qty: Fixed,
    ask_price: Fixed,
    ask_qty: Fixed,
}

pub(super) fn get_days(world: &World, params: &Params, unit: TimeUnit) -> Answer {
    let full = match params.get("type") {
        None | Some("FULL") => true,
        Some("MINI") => false,
        Some(_) => return Err(ApiError::bad_ticker_type()),
    };
    match (params.asked(&world.stage.exchange)?, full) {
        (Asked::One(pair), true) => json(&full_of(world, pair, unit)),
        (Asked::One(pair), false) => json(&mini_of(world, pair, unit)),
        (Asked::Many(pairs), true) => {
            json(&pairs.into_iter().map(|pair| full_of(world, pair, unit)).collect::<Vec<_>>())
        }
        (Asked::Many(pairs), false) => {
            json(&pairs.into_iter().map(|pair| mini_of(world, pair, unit)).collect::<Vec<_>>())
        }
    }
}

/// A pair that never traded has a day of noughts.
fn day_of(world: &World, pair: usize) -> Day {
    world.stage.day(pair).unwrap_or_else(|| {
        let now_us = world.stage.now_us();
        let nought = Fixed::default();
        Day { open_us: now_us, close_us: now_us, before: nought, sum: Candle::flat(nought) }
    })
}

fn mini_of(world: &World, pair: usize, unit: TimeUnit) -> Mini<'_> {
    let Day { open_us, close_us, sum, .. } = day_of(world, pair);
    // Without a trade in the window there are no ids; Binance writes -1.
    let id = |id: u64| if sum.trades == 0 { -1 } else { id.cast_signed() };
    Mini {
        symbol: &world.stage.exchange.ledgers[pair].symbol.name,
        open_price: sum.open,
        high_price: sum.high,
        low_price: sum.low,
        last_price: sum.close,
        volume: sum.volume,
        quote_volume: sum.quote_volume,
        open_time: unit.of(open_us),
        close_time: unit.of(close_us),
        first_id: id(sum.first_trade),
        last_id: id(sum.last_trade),
        count: sum.trades,
    }
}

fn full_of(world: &World, pair: usize, unit: TimeUnit) -> Full<'_> {
    let day = day_of(world, pair);
    let book = Book::of(&world.stage.exchange.ledgers[pair], 1);
    let none = Level { price: Fixed::default(), quantity: Fixed::default() };
    let (bid, ask) = (book.bids.first().copied().unwrap_or(none), book.asks.first().copied().unwrap_or(none));
    Full {
        mini: mini_of(world, pair, unit),
        price_change: day.change(),
        price_change_percent: day.change_percent(),
        weighted_avg_price: day.average(),
        prev_close_price: day.before,
        last_qty: day.sum.last_quantity,
        bid_price: bid.price,
        bid_qty: bid.quantity,
        ask_price: ask.price,
        ask_qty: ask.quantity,
    }
}
