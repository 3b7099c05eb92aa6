//! Names of streams: `btcusdt@aggTrade`, `!miniTicker@arr`, `btcusdt@kline_1d@+08:00`.

use crate::binance::rest::time_zone;
use crate::market::exchange::Exchange;
use crate::market::interval::Interval;

/// A stream that brings something. Any other name is accepted and stays silent, as at the venue.
///
/// `!ticker@arr` is not among them: it was retired on 2026-03-26.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    AggTrade(usize),
    Trade(usize),
    BookTicker(usize),
    MiniTicker(usize),
    AllMiniTickers,
    Ticker(usize),
    Kline { pair: usize, interval: Interval, offset_us: i64 },
}

impl Stream {
    /// What a name stands for. Symbols are in lower case here.
    pub(super) fn parse(name: &str, exchange: &Exchange) -> Option<Self> {
        if name == "!miniTicker@arr" {
            return Some(Self::AllMiniTickers);
        }
        let (symbol, kind) = name.split_once('@')?;
        let upper = symbol.to_uppercase();
        let pair = exchange.find(&upper).filter(|_| symbol == upper.to_lowercase())?;
        match kind {
            "aggTrade" => Some(Self::AggTrade(pair)),
            "trade" => Some(Self::Trade(pair)),
            "bookTicker" => Some(Self::BookTicker(pair)),
            "miniTicker" => Some(Self::MiniTicker(pair)),
            "ticker" => Some(Self::Ticker(pair)),
            _ => kline(pair, kind.strip_prefix("kline_")?),
        }
    }
}

fn kline(pair: usize, spec: &str) -> Option<Stream> {
    let (interval, zone) = spec.split_once('@').map_or((spec, None), |(name, zone)| (name, Some(zone)));
    let offset_us = zone.map_or(Some(0), |zone| (zone == "+08:00").then(|| time_zone(zone)).flatten())?;
    Some(Stream::Kline { pair, interval: interval.parse().ok()?, offset_us })
}
