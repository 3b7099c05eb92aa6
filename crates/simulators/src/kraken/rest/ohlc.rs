//! `OHLC`: rows of eight, the oldest first, of the newest 720 and no others. The last one runs, and always comes.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::{find, named, say};
use crate::kraken::catalogue::key;
use crate::market::fixed::Fixed;
use crate::market::interval::{Interval, SECOND_US};
use crate::market::ledger::{Ledger, Window};
use crate::venue::stage::Stage;

/// Rows that there are at all.
const MOST: usize = 720;
/// The lengths that a client of prices asks for, in minutes, by the name that they have elsewhere.
const LENGTHS: [(u32, &str); 6] = [(1, "1m"), (5, "5m"), (15, "15m"), (60, "1h"), (240, "4h"), (1_440, "1d")];

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    pair: String,
    interval: Option<u32>,
    since: Option<i64>,
}

pub(super) async fn get_ohlc(
    State(stage): State<Arc<Stage>>,
    query: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let body = named(query).and_then(|asked: Asked| {
        let minutes = asked.interval.unwrap_or(1);
        let known = LENGTHS.iter().find(|(length, _)| *length == minutes);
        let interval = known.and_then(|(_, name)| name.parse().ok()).ok_or("EGeneral:Invalid arguments")?;
        Ok(body(find(&stage, &asked.pair)?, interval, asked.since, stage.now_us()))
    });
    match body {
        Ok(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(error) => say(Err(error)),
    }
}

/// Written by hand: times are whole seconds, prices texts.
fn body(ledger: &Ledger, interval: Interval, since: Option<i64>, now_us: i64) -> String {
    let klines = ledger.klines(interval, 0, Window::default(), now_us, MOST);
    let last = klines.len().saturating_sub(1);
    let is_wanted = |at: usize, open_s: i64| at == last || since.is_none_or(|since| open_s > since);
    let price = |price: Fixed| price.with_decimals_of(ledger.symbol.tick);
    let rows = klines.iter().enumerate().filter_map(|(at, kline)| {
        let (time, candle) = (kline.open_us / SECOND_US, &kline.candle);
        let [open, high, low, close] = [candle.open, candle.high, candle.low, candle.close].map(price);
        let (volume, trades) = (candle.volume.whole(), candle.trades);
        is_wanted(at, time)
            .then(|| format!(r#"[{time},"{open}","{high}","{low}","{close}","{close}","{volume}",{trades}]"#))
    });
    let rows: Vec<_> = rows.collect();
    let committed = klines.iter().rev().nth(1).map_or(0, |kline| kline.open_us / SECOND_US);
    format!(
        r#"{{"error":[],"result":{{"{}":[{}],"last":{committed}}}}}"#,
        key(&ledger.symbol),
        rows.join(",")
    )
}
