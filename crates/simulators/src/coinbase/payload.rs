//! Messages as the venue writes them: prices and sizes in strings, times in RFC 3339.

use serde_json::{Value, json};

use crate::market::fixed::{Fixed, Volume};
use crate::market::ledger::Ledger;
use crate::market::quote::Book;
use crate::market::statistics::Day;
use crate::market::symbol::Symbol;
use crate::market::trade::Trade;
use crate::rfc3339::rfc3339;

/// Days in the month of `volume_30d`, which is the day's volume so many times: the market keeps one day.
const MONTH: u32 = 30;

/// A price with as many decimals as its product's step has.
pub(super) fn price(symbol: &Symbol, price: Fixed) -> String {
    price.with_decimals_of(symbol.tick)
}

/// A message of the channel `matches`. `side` is the maker's.
pub(super) fn matched(kind: &str, symbol: &Symbol, trade: &Trade) -> Value {
    json!({
        "type": kind,
        "trade_id": trade.id,
        "maker_order_id": order_id(trade.id, 0),
        "taker_order_id": order_id(trade.id, 1),
        "side": maker_side(trade),
        "size": trade.quantity,
        "price": price(symbol, trade.price),
        "product_id": symbol.name,
        "sequence": sequence(trade.id),
        "time": rfc3339(trade.time_us),
    })
}

/// A message of the channel `heartbeat`.
pub(super) fn heartbeat(ledger: &Ledger, now_us: i64) -> Value {
    let last = ledger.last().map_or(0, |trade| trade.id);
    json!({
        "type": "heartbeat",
        "sequence": sequence(last),
        "last_trade_id": last,
        "product_id": ledger.symbol.name,
        "time": rfc3339(now_us),
    })
}

/// A message of the channel `ticker`. `side` is the taker's.
pub(super) fn ticker(ledger: &Ledger, trade: &Trade, day: Option<Day>) -> Value {
    let symbol = &ledger.symbol;
    let book = Book::around(trade, ledger, 1);
    let (bid, ask) = (book.bids.first(), book.asks.first());
    let of_day = |value: fn(&Day) -> Fixed| price(symbol, day.as_ref().map_or(trade.price, value));
    let volume = day.map_or(Volume::default(), |day| day.sum.volume);
    let month = (0..MONTH).fold(Volume::default(), |sum, _| sum + volume);
    json!({
        "type": "ticker",
        "sequence": sequence(trade.id),
        "product_id": symbol.name,
        "price": price(symbol, trade.price),
        "open_24h": of_day(|day| day.sum.open),
        "volume_24h": volume,
        "low_24h": of_day(|day| day.sum.low),
        "high_24h": of_day(|day| day.sum.high),
        "volume_30d": month,
        "best_bid": price(symbol, bid.map_or(trade.price, |level| level.price)),
        "best_bid_size": bid.map(|level| level.quantity).unwrap_or_default(),
        "best_ask": price(symbol, ask.map_or(trade.price, |level| level.price)),
        "best_ask_size": ask.map(|level| level.quantity).unwrap_or_default(),
        "side": if trade.buyer_is_maker { "sell" } else { "buy" },
        "time": rfc3339(trade.time_us),
        "trade_id": trade.id,
        "last_size": trade.quantity,
    })
}

/// The maker's side of a trade.
pub(super) fn maker_side(trade: &Trade) -> &'static str {
    if trade.buyer_is_maker { "buy" } else { "sell" }
}

/// The place of a trade among all messages of its product: orders come and go between trades.
fn sequence(trade: u64) -> u64 {
    trade.saturating_mul(7) + 3
}

fn order_id(trade: u64, party: u8) -> String {
    format!("{:08x}-{party:04x}-4000-8000-{:012x}", trade >> 16, trade & 0xFFFF_FFFF)
}
