//! Messages as the venue writes them: prices and quantities as JSON numbers, times in RFC 3339.

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::market::fixed::Fixed;
use crate::market::ledger::Ledger;
use crate::market::quote::Book;
use crate::market::statistics::Day;
use crate::market::trade::Trade;
use crate::rfc3339::rfc3339;

/// A number written with the digits that it has, and no more.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number(pub(super) Fixed);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.0.with_decimals_of(Fixed::from_units(10_000_000));
        RawValue::from_string(text).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

/// A message of a channel.
#[derive(Serialize)]
struct Update<T> {
    channel: &'static str,
    r#type: &'static str,
    data: Vec<T>,
}

#[derive(Serialize)]
struct TradeItem<'a> {
    symbol: &'a str,
    side: &'static str,
    price: Number,
    qty: Number,
    ord_type: &'static str,
    trade_id: u64,
    timestamp: String,
}

#[derive(Serialize)]
struct TickerItem<'a> {
    symbol: &'a str,
    bid: Number,
    bid_qty: Number,
    ask: Number,
    ask_qty: Number,
    last: Number,
    volume: Number,
    vwap: Number,
    low: Number,
    high: Number,
    change: f64,
    change_pct: f64,
    timestamp: String,
}

/// A message of the channel `trade`; its kind is `snapshot` or `update`.
pub(super) fn trades(kind: &'static str, symbol: &str, trades: &[Trade]) -> String {
    let item = |trade: &Trade| TradeItem {
        symbol,
        side: if trade.buyer_is_maker { "sell" } else { "buy" },
        price: Number(trade.price),
        qty: Number(trade.quantity),
        ord_type: if trade.id.is_multiple_of(3) { "market" } else { "limit" },
        trade_id: trade.id,
        timestamp: rfc3339(trade.time_us),
    };
    write(&Update { channel: "trade", r#type: kind, data: trades.iter().map(item).collect() })
}

/// A message of the channel `ticker`; its kind is `snapshot` or `update`.
pub(super) fn ticker(kind: &'static str, ledger: &Ledger, trade: &Trade, day: Option<Day>) -> String {
    let book = Book::around(trade, ledger, 1);
    let (bid, ask) = (book.bids.first(), book.asks.first());
    let of_day = |value: fn(&Day) -> Fixed| Number(day.as_ref().map_or(trade.price, value));
    let change = day.map_or(0.0, |day| day.change().approximate());
    let open = day.map_or(trade.price, |day| day.sum.open).approximate();
    let item = TickerItem {
        symbol: &ledger.symbol.name,
        bid: Number(bid.map_or(trade.price, |level| level.price)),
        bid_qty: Number(bid.map(|level| level.quantity).unwrap_or_default()),
        ask: Number(ask.map_or(trade.price, |level| level.price)),
        ask_qty: Number(ask.map(|level| level.quantity).unwrap_or_default()),
        last: Number(trade.price),
        volume: day.map_or(Number(Fixed::default()), |day| Number(day.sum.volume.whole())),
        vwap: of_day(Day::average),
        low: of_day(|day| day.sum.low),
        high: of_day(|day| day.sum.high),
        change,
        change_pct: (change / open * 10_000.0).round() / 100.0,
        timestamp: rfc3339(trade.time_us),
    };
    write(&Update { channel: "ticker", r#type: kind, data: vec![item] })
}

fn write(message: &impl Serialize) -> String {
    serde_json::to_string(message).expect("messages are plain structures with text keys")
}
