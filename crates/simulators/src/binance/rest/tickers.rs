//! `ticker/price` and `ticker/bookTicker`.

use serde::Serialize;

use super::endpoint::{Answer, json};
use super::params::{Asked, Params};
use crate::binance::unit::TimeUnit;
use crate::binance::world::World;
use crate::market::fixed::Fixed;
use crate::market::ledger::Ledger;
use crate::market::quote::Book;

/// 2 for one symbol, 4 otherwise.
pub(super) fn light_weight(params: &Params) -> u32 {
    if params.get("symbol").is_some() { 2 } else { 4 }
}

#[derive(Serialize)]
struct Price<'a> {
    symbol: &'a str,
    price: Fixed,
}

pub(super) fn get_prices(world: &World, params: &Params, _unit: TimeUnit) -> Answer {
    each(world, params, |ledger| Price {
        symbol: &ledger.symbol.name,
        price: ledger.last().map_or(Fixed::default(), |last| last.price),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BookTicker<'a> {
    symbol: &'a str,
    bid_price: Fixed,
    bid_qty: Fixed,
    ask_price: Fixed,
    ask_qty: Fixed,
}

pub(super) fn get_book_tickers(world: &World, params: &Params, _unit: TimeUnit) -> Answer {
    each(world, params, |ledger| {
        let book = Book::of(ledger, 1);
        let best = |side: &[_]| side.first().copied();
        let none = || (Fixed::default(), Fixed::default());
        let (bid_price, bid_qty) = best(&book.bids).map_or_else(none, |level| (level.price, level.quantity));
        let (ask_price, ask_qty) = best(&book.asks).map_or_else(none, |level| (level.price, level.quantity));
        BookTicker { symbol: &ledger.symbol.name, bid_price, bid_qty, ask_price, ask_qty }
    })
}

fn each<'a, T: Serialize>(world: &'a World, params: &Params, of: impl Fn(&'a Ledger) -> T) -> Answer {
    match params.asked(&world.stage.exchange)? {
        Asked::One(pair) => json(&of(&world.stage.exchange.ledgers[pair])),
        Asked::Many(pairs) => {
            json(&pairs.into_iter().map(|pair| of(&world.stage.exchange.ledgers[pair])).collect::<Vec<_>>())
        }
    }
}
