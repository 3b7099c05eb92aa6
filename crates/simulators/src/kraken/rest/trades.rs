//! `Trades`: oldest first, paged by time in nanoseconds.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::{find, named, say};
use crate::kraken::catalogue::key;
use crate::market::interval::SECOND_US;
use crate::market::ledger::{Ledger, Window};
use crate::market::trade::Trade;
use crate::venue::stage::Stage;

/// The longest page, and the usual one.
const MOST: usize = 1_000;
/// Trades of one microsecond that a page may have to leave out at its beginning.
const SAME_INSTANT: usize = 1_000;
/// Below this, `since` is in seconds.
const LEAST_NANOS: i64 = 100_000_000_000;

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    pair: String,
    since: Option<i64>,
    count: Option<usize>,
}

pub(super) async fn get_trades(
    State(stage): State<Arc<Stage>>,
    query: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let asked: Asked = match named(query) {
        Ok(asked) => asked,
        Err(error) => return say(Err(error)),
    };
    match find(&stage, &asked.pair) {
        Ok(ledger) => {
            let body = body(ledger, &page(ledger, &asked));
            ([(header::CONTENT_TYPE, "application/json")], body).into_response()
        }
        Err(error) => say(Err(error)),
    }
}

/// The first trades later than `since`, or the last ones of all.
fn page(ledger: &Ledger, asked: &Asked) -> Vec<Trade> {
    let count = asked.count.unwrap_or(MOST).clamp(1, MOST);
    let Some(since) = asked.since else { return ledger.trades_in(Window::default(), count) };
    let since_ns = if since < LEAST_NANOS { since.saturating_mul(1_000_000_000) } else { since };
    let window = Window { from_us: Some(since_ns.div_euclid(1_000)), to_us: None };
    let mut trades = ledger.trades_in(window, count + SAME_INSTANT);
    trades.retain(|trade| nanos(trade) > since_ns);
    trades.truncate(count);
    trades
}

/// The nanosecond of a trade: its microsecond, and three digits that tell neighbours apart.
fn nanos(trade: &Trade) -> i64 {
    trade.time_us * 1_000 + i64::try_from(trade.id % 1_000).unwrap_or(0)
}

/// Written by hand: times are numbers with seven decimals.
fn body(ledger: &Ledger, page: &[Trade]) -> String {
    let row = |trade: &Trade| {
        let (seconds, part) =
            (trade.time_us.div_euclid(SECOND_US), nanos(trade).rem_euclid(1_000_000_000) / 100);
        let side = if trade.buyer_is_maker { "s" } else { "b" };
        let kind = if trade.id.is_multiple_of(3) { "m" } else { "l" };
        let price = trade.price.with_decimals_of(ledger.symbol.tick);
        format!(r#"["{price}","{}",{seconds}.{part:07},"{side}","{kind}","",{}]"#, trade.quantity, trade.id)
    };
    let rows: Vec<_> = page.iter().map(row).collect();
    let last = page.last().map_or(0, nanos);
    format!(r#"{{"error":[],"result":{{"{}":[{}],"last":"{last}"}}}}"#, key(&ledger.symbol), rows.join(","))
}
