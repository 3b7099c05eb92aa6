//! `depth`: a drawn book around the last trade.

use serde::Serialize;

use super::endpoint::{Answer, json};
use super::params::Params;
use crate::binance::unit::TimeUnit;
use crate::binance::world::World;
use crate::market::fixed::Fixed;
use crate::market::quote::{Book, Level};

const STANDARD: usize = 100;
const MOST: usize = 5_000;

/// By the number of levels.
pub(super) fn weight(params: &Params) -> u32 {
    match params.limit(STANDARD, MOST).unwrap_or(STANDARD) {
        0..=100 => 5,
        101..=500 => 25,
        501..=1_000 => 50,
        _ => 250,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Depth {
    last_update_id: u64,
    bids: Vec<(Fixed, Fixed)>,
    asks: Vec<(Fixed, Fixed)>,
}

pub(super) fn get_depth(world: &World, params: &Params, _unit: TimeUnit) -> Answer {
    let ledger = params.ledger(world)?;
    let book = Book::of(ledger, params.limit(STANDARD, MOST)?);
    let pairs = |side: Vec<Level>| side.into_iter().map(|level| (level.price, level.quantity)).collect();
    json(&Depth { last_update_id: book.update_id, bids: pairs(book.bids), asks: pairs(book.asks) })
}
