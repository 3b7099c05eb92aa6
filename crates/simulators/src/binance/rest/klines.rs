//! `klines` and `uiKlines`: rows of twelve, open time first.

use serde::Serialize;

use super::endpoint::{Answer, json};
use super::error::ApiError;
use super::params::Params;
use crate::binance::unit::TimeUnit;
use crate::binance::world::World;
use crate::market::fixed::{Fixed, Volume};
use crate::market::interval::{HOUR_US, Interval, MINUTE_US};

/// Open time, open, high, low, close, base volume, close time, quote volume, trades, taker's base and quote
/// volume, and one that means nothing.
#[derive(Serialize)]
struct Row(i64, Fixed, Fixed, Fixed, Fixed, Volume, i64, Volume, u64, Volume, Volume, &'static str);

pub(super) fn get_klines(world: &World, params: &Params, unit: TimeUnit) -> Answer {
    let ledger = params.ledger(world)?;
    let interval = match params.get("interval") {
        None | Some("") => return Err(ApiError::missing("interval")),
        Some(name) => name.parse::<Interval>().map_err(|_| ApiError::bad_interval())?,
    };
    let offset_us = match params.get("timeZone") {
        None => 0,
        Some(text) => time_zone(text).ok_or_else(|| ApiError::bad_data("timeZone"))?,
    };
    let limit = params.limit(500, 1_000)?;
    let klines = ledger.klines(interval, offset_us, params.window()?, world.stage.now_us(), limit);
    let rows = klines.iter().map(|kline| {
        let candle = &kline.candle;
        Row(
            unit.of(kline.open_us),
            candle.open,
            candle.high,
            candle.low,
            candle.close,
            candle.volume,
            unit.of(kline.close_us),
            candle.quote_volume,
            candle.trades,
            candle.taker_volume,
            candle.taker_quote_volume,
            "0",
        )
    });
    json(&rows.collect::<Vec<_>>())
}

/// `-1:00`, `05:45`, `0`, `8`: between -12:00 and +14:00, in microseconds.
pub(in crate::binance) fn time_zone(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (hours, minutes) = digits.split_once(':').unwrap_or((digits, "0"));
    let number = |text: &str, most: i64| {
        let plain = !text.is_empty() && text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| text.parse::<i64>().ok()).flatten().filter(|number| *number <= most)
    };
    let offset = sign * (number(hours, 14)? * HOUR_US + number(minutes, 59)? * MINUTE_US);
    (-12 * HOUR_US..=14 * HOUR_US).contains(&offset).then_some(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_zones_are_read_within_their_bounds() {
        for (text, hours) in
            [("0", 0), ("8", 8), ("+08:00", 8), ("-1:00", -1), ("14:00", 14), ("-12:00", -12)]
        {
            assert_eq!(time_zone(text), Some(hours * HOUR_US), "{text}");
        }
        assert_eq!(time_zone("05:45"), Some(5 * HOUR_US + 45 * MINUTE_US));
        for text in ["", "15", "-12:01", "14:01", "UTC", "1:", "+", "8:60"] {
            assert_eq!(time_zone(text), None, "{text}");
        }
    }
}
