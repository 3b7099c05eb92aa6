//! `GET /products/{id}/trades`: newest first, paged by cursors that are trade ids.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ApiError;
use super::ledger;
use crate::coinbase::payload;
use crate::market::ledger::Ledger;
use crate::market::trade::Trade;
use crate::rfc3339::rfc3339;
use crate::venue::stage::Stage;

/// The longest page, and the usual one.
const MOST: usize = 1_000;

/// What the query may say. Values come as text: what is no number has an answer of its own.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Cursor {
    before: Option<String>,
    after: Option<String>,
    limit: Option<String>,
}

/// Of the trades newer than `before` and older than `after`, the newest ones. The page that `before` gives is
/// therefore not the one next to it where more than one page is newer: that is the venue's way.
pub(super) async fn get_trades(
    State(stage): State<Arc<Stage>>,
    Path(id): Path<String>,
    Query(cursor): Query<Cursor>,
) -> Result<Response, ApiError> {
    let ledger = ledger(&stage, &id)?;
    let limit = number(cursor.limit.as_deref(), "Invalid limit")?.unwrap_or(MOST as u64);
    if limit == 0 {
        return Err(ApiError::bad_request("Invalid limit"));
    }
    let limit = usize::try_from(limit).unwrap_or(MOST).min(MOST);
    let after = number(cursor.after.as_deref(), "Invalid after")?.unwrap_or(u64::MAX);
    let before = number(cursor.before.as_deref(), "Invalid before")?;
    let mut page = ledger.trades_before(after, limit);
    page.retain(|trade| before.is_none_or(|before| trade.id > before));
    page.reverse();
    Ok((cursors(&page), Json(rows(ledger, &page))).into_response())
}

fn number(text: Option<&str>, wrong: &'static str) -> Result<Option<u64>, ApiError> {
    text.map(|text| text.parse().map_err(|_| ApiError::bad_request(wrong))).transpose()
}

/// `CB-BEFORE` is the first item's cursor, `CB-AFTER` the last one's.
fn cursors(page: &[Trade]) -> HeaderMap {
    let ends = [("cb-before", page.first()), ("cb-after", page.last())];
    ends.into_iter().filter_map(|(name, trade)| Some((name.parse().ok()?, trade?.id.into()))).collect()
}

fn rows(ledger: &Ledger, page: &[Trade]) -> Value {
    let row = |trade: &Trade| {
        json!({
            "trade_id": trade.id,
            "side": payload::maker_side(trade),
            "size": trade.quantity,
            "price": payload::price(&ledger.symbol, trade.price),
            "time": rfc3339(trade.time_us),
        })
    };
    page.iter().map(row).collect()
}
