//! Events as the venue writes them: prices and quantities in strings, ids and times in numbers.

use serde::Serialize;
use serde_json::{Value, json};

use crate::binance::unit::TimeUnit;
use crate::market::fixed::{Fixed, Volume};
use crate::market::ledger::{Kline, Ledger};
use crate::market::quote::Book;
use crate::market::statistics::Day;
use crate::market::trade::{SingleTrade, Trade};

/// `<symbol>@aggTrade`
#[derive(Serialize)]
pub(super) struct AggTradeEvent<'a> {
    e: &'static str,
    #[serde(rename = "E")]
    event_time: i64,
    s: &'a str,
    a: u64,
    p: Fixed,
    q: Fixed,
    f: u64,
    l: u64,
    #[serde(rename = "T")]
    time: i64,
    m: bool,
    #[serde(rename = "M")]
    ignore: bool,
}

impl<'a> AggTradeEvent<'a> {
    pub(super) fn new(symbol: &'a str, trade: &Trade, now_us: i64, unit: TimeUnit) -> Self {
        Self {
            e: "aggTrade",
            event_time: unit.of(now_us),
            s: symbol,
            a: trade.id,
            p: trade.price,
            q: trade.quantity,
            f: trade.first_trade,
            l: trade.last_trade,
            time: unit.of(trade.time_us),
            m: trade.buyer_is_maker,
            ignore: true,
        }
    }
}

/// `<symbol>@trade`
#[derive(Serialize)]
pub(super) struct TradeEvent<'a> {
    e: &'static str,
    #[serde(rename = "E")]
    event_time: i64,
    s: &'a str,
    t: u64,
    p: Fixed,
    q: Fixed,
    #[serde(rename = "T")]
    time: i64,
    m: bool,
    #[serde(rename = "M")]
    ignore: bool,
}

impl<'a> TradeEvent<'a> {
    pub(super) fn new(
        symbol: &'a str,
        whole: &Trade,
        single: SingleTrade,
        now_us: i64,
        unit: TimeUnit,
    ) -> Self {
        Self {
            e: "trade",
            event_time: unit.of(now_us),
            s: symbol,
            t: single.id,
            p: whole.price,
            q: single.quantity,
            time: unit.of(whole.time_us),
            m: whole.buyer_is_maker,
            ignore: true,
        }
    }
}

/// `<symbol>@bookTicker`; it has neither type nor time.
pub(super) fn book_ticker(ledger: &Ledger, trade: &Trade) -> Value {
    let book = Book::around(trade, ledger, 1);
    let (bid, ask) = (book.bids.first(), book.asks.first());
    json!({
        "u": book.update_id,
        "s": ledger.symbol.name,
        "b": bid.map(|level| level.price).unwrap_or_default(),
        "B": bid.map(|level| level.quantity).unwrap_or_default(),
        "a": ask.map(|level| level.price).unwrap_or_default(),
        "A": ask.map(|level| level.quantity).unwrap_or_default(),
    })
}

/// `<symbol>@miniTicker`, and what `!miniTicker@arr` is an array of.
#[derive(Serialize)]
pub(super) struct MiniTickerEvent<'a> {
    e: &'static str,
    #[serde(rename = "E")]
    event_time: i64,
    s: &'a str,
    c: Fixed,
    o: Fixed,
    h: Fixed,
    l: Fixed,
    v: Volume,
    q: Volume,
}

impl<'a> MiniTickerEvent<'a> {
    pub(super) fn new(symbol: &'a str, day: &Day, now_us: i64, unit: TimeUnit) -> Self {
        Self {
            e: "24hrMiniTicker",
            event_time: unit.of(now_us),
            s: symbol,
            c: day.sum.close,
            o: day.sum.open,
            h: day.sum.high,
            l: day.sum.low,
            v: day.sum.volume,
            q: day.sum.quote_volume,
        }
    }
}

/// `<symbol>@ticker`
pub(super) fn ticker(ledger: &Ledger, day: &Day, now_us: i64, unit: TimeUnit) -> Value {
    let book = Book::of(ledger, 1);
    let (bid, ask) = (book.bids.first(), book.asks.first());
    json!({
        "e": "24hrTicker",
        "E": unit.of(now_us),
        "s": ledger.symbol.name,
        "p": day.change(),
        "P": day.change_percent(),
        "w": day.average(),
        "x": day.before,
        "c": day.sum.close,
        "Q": day.sum.last_quantity,
        "b": bid.map(|level| level.price).unwrap_or_default(),
        "B": bid.map(|level| level.quantity).unwrap_or_default(),
        "a": ask.map(|level| level.price).unwrap_or_default(),
        "A": ask.map(|level| level.quantity).unwrap_or_default(),
        "o": day.sum.open,
        "h": day.sum.high,
        "l": day.sum.low,
        "v": day.sum.volume,
        "q": day.sum.quote_volume,
        "O": unit.of(day.open_us),
        "C": unit.of(day.close_us),
        "F": trade_id(day.sum.trades, day.sum.first_trade),
        "L": trade_id(day.sum.trades, day.sum.last_trade),
        "n": day.sum.trades,
    })
}

/// `<symbol>@kline_<interval>`
pub(super) fn kline(
    symbol: &str,
    interval: &str,
    kline: &Kline,
    closed: bool,
    now_us: i64,
    unit: TimeUnit,
) -> Value {
    let candle = &kline.candle;
    json!({
        "e": "kline",
        "E": unit.of(now_us),
        "s": symbol,
        "k": {
            "t": unit.of(kline.open_us),
            "T": unit.of(kline.close_us),
            "s": symbol,
            "i": interval,
            "f": trade_id(candle.trades, candle.first_trade),
            "L": trade_id(candle.trades, candle.last_trade),
            "o": candle.open,
            "c": candle.close,
            "h": candle.high,
            "l": candle.low,
            "v": candle.volume,
            "n": candle.trades,
            "x": closed,
            "q": candle.quote_volume,
            "V": candle.taker_volume,
            "Q": candle.taker_quote_volume,
            "B": "0",
        },
    })
}

/// Told to every connection before the server goes away.
pub(super) fn server_shutdown(now_us: i64, unit: TimeUnit) -> Value {
    json!({"e": "serverShutdown", "E": unit.of(now_us)})
}

/// Where nothing was traded there are no ids; the venue writes -1.
fn trade_id(trades: u64, id: u64) -> i64 {
    if trades == 0 { -1 } else { id.cast_signed() }
}
