//! Tickers out of JSON: `[{"ask":"91310.55","bid":"91190.10","currency":"USD","pair":"BTCUSD"}, ...]`.
//!
//! A pair has no separator; the currency that its prices are in is its end. Prices are texts of up to 20
//! decimals and more, and are kept to the last one.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use bellwether_model::Price;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{Malformed, Quote};

/// Letters of a code at most: longer ones are no currency's.
const CODE_BYTES: usize = 20;

#[derive(Deserialize)]
struct Ticker<'a> {
    #[serde(borrow)]
    ask: Cow<'a, str>,
    #[serde(borrow)]
    bid: Cow<'a, str>,
    #[serde(borrow)]
    currency: Cow<'a, str>,
    #[serde(borrow)]
    pair: Cow<'a, str>,
}

/// The mid and both sides of every pair. One that cannot be read is left out, and harms no other.
pub(super) fn tickers(body: &[u8]) -> Result<Vec<Quote>, Malformed> {
    let raw: Vec<&RawValue> =
        serde_json::from_slice(body).map_err(|error| Malformed { reason: error.to_string() })?;
    let mut quotes = Vec::with_capacity(raw.len() * 3);
    let mut unread = 0;
    for ticker in raw {
        match serde_json::from_str::<Ticker<'_>>(ticker.get()).ok().and_then(|ticker| sides(&ticker)) {
            Some(sides) => quotes.extend(sides),
            None => unread += 1,
        }
    }
    if unread > 0 {
        tracing::debug!(unread, "tickers that cannot be read");
    }
    if quotes.is_empty() && unread > 0 {
        return Err(Malformed { reason: format!("{unread} entries, and none is a ticker") });
    }
    Ok(quotes)
}

/// A bid above its ask is nobody's price: such a ticker is left out as a whole.
fn sides(ticker: &Ticker<'_>) -> Option<[Quote; 3]> {
    let (bid, ask): (Price, Price) = (ticker.bid.parse().ok()?, ticker.ask.parse().ok()?);
    if bid > ask {
        return None;
    }
    let (pair, currency) = (&*ticker.pair, &*ticker.currency);
    let base = pair.strip_suffix(currency).filter(|base| !base.is_empty() && !currency.is_empty())?;
    if base.len() > CODE_BYTES || currency.len() > CODE_BYTES {
        return None;
    }
    let name = format!("{base}-{currency}");
    super::symbol::currencies(&name)?;
    let mid = Price::midpoint(bid, ask).ok()?;
    Some([
        Quote { symbol: format!("{name}@bid"), price: bid },
        Quote { symbol: format!("{name}@ask"), price: ask },
        Quote { symbol: name, price: mid },
    ])
}
