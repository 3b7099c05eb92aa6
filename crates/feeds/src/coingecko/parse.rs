//! Markets out of JSON: `[{"id":"bitcoin","symbol":"btc","current_price":91310.55,"last_updated":"..."}, ...]`.
//!
//! Prices are JSON numbers, with an exponent where they are small, and are read from their text. Of a coin that nobody
//! trades the price is null.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use bellwether_model::{Price, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::symbol;
use crate::instant::instant;
use crate::{Malformed, Quote, number};

/// A coin in the currency that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Market {
    /// The venue's id of the coin.
    pub(super) coin: String,
    /// What people call it, such as `btc`. Not of one coin alone.
    pub(super) ticker: String,
    /// Its price; none where it has none, or one that cannot be held exactly.
    pub(super) price: Option<Price>,
    /// When the venue made it.
    pub(super) updated: Option<Timestamp>,
}

impl Market {
    /// Its price in the currency that was asked for.
    pub(super) fn quote(&self, currency: &str) -> Option<Quote> {
        Some(Quote { symbol: symbol::symbol(&self.coin, currency)?, price: self.price? })
    }
}

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, default)]
    symbol: Cow<'a, str>,
    #[serde(borrow, default)]
    current_price: Option<&'a RawValue>,
    #[serde(borrow, default)]
    last_updated: Option<Cow<'a, str>>,
}

/// Every market of an answer. One that cannot be read is left out, and harms no other.
pub(super) fn markets(body: &[u8]) -> Result<Vec<Market>, Malformed> {
    let raw: Vec<&RawValue> =
        serde_json::from_slice(body).map_err(|error| Malformed { reason: error.to_string() })?;
    let rows = raw.len();
    let markets: Vec<Market> = raw.into_iter().filter_map(|row| market(row.get())).collect();
    let unread = rows - markets.len();
    if unread > 0 {
        tracing::debug!(unread, "markets that cannot be read");
    }
    if markets.is_empty() && unread > 0 {
        return Err(Malformed { reason: format!("{unread} entries, and none is a market") });
    }
    Ok(markets)
}

fn market(row: &str) -> Option<Market> {
    let row: Row<'_> = serde_json::from_str(row).ok()?;
    Some(Market {
        ticker: row.symbol.chars().filter(|sign| !sign.is_control()).take(20).collect(),
        price: row.current_price.and_then(|raw| number::price(raw.get()).ok()),
        updated: row.last_updated.as_deref().and_then(instant),
        coin: row.id.into_owned(),
    })
}
