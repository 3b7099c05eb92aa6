//! The general path: whatever JSON says, in any order of fields.
//!
//! Structs borrow from the message; nothing is ever read into a tree.

use std::borrow::Cow;

use bellwether_model::Origin;
use serde::Deserialize;

use super::Match;
use crate::instant::instant;
use crate::{Heard, Malformed, Numbered, Page};

/// Characters of the venue's own words that are kept.
const REASON_CHARS: usize = 200;
/// How the venue names the culprit of a refused request.
const NOT_A_PRODUCT: &str = " is not a valid product";

#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(borrow)]
    r#type: Cow<'a, str>,
}

#[derive(Deserialize)]
struct TradeMessage<'a> {
    trade_id: u64,
    #[serde(borrow)]
    product_id: Cow<'a, str>,
    #[serde(borrow)]
    price: Cow<'a, str>,
    #[serde(borrow)]
    time: Cow<'a, str>,
}

#[derive(Deserialize)]
struct LastTrade<'a> {
    #[serde(alias = "last_trade_id")]
    trade_id: u64,
    #[serde(borrow)]
    product_id: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Subscribed<'a> {
    #[serde(borrow)]
    channels: Vec<Channel<'a>>,
}

#[derive(Deserialize)]
struct Channel<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow, default)]
    product_ids: Vec<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Refusal<'a> {
    #[serde(borrow)]
    message: Cow<'a, str>,
    #[serde(borrow, default)]
    reason: Option<Cow<'a, str>>,
}

/// Reads any message.
pub(super) fn message(message: &[u8], hear: &mut impl FnMut(Heard<'_>)) -> Result<(), Malformed> {
    let text = std::str::from_utf8(message).map_err(malformed)?;
    let kind: Kind<'_> = read(text)?;
    match &*kind.r#type {
        "match" => hear(read::<TradeMessage<'_>>(text)?.checked()?.heard()),
        // The last one before the subscription. It may be old: it is a number to know, not a trade to tell.
        "last_match" | "heartbeat" => {
            let last: LastTrade<'_> = read(text)?;
            hear(Heard::Newest { symbol: &last.product_id, id: last.trade_id });
        }
        "subscriptions" => {
            let channels = read::<Subscribed<'_>>(text)?.channels;
            let matches = channels.into_iter().filter(|channel| channel.name == "matches");
            hear(Heard::Carried { symbols: matches.flat_map(|channel| channel.product_ids).collect() });
        }
        "error" => refused(&read(text)?, hear),
        // Clients are to ignore what they do not know.
        _ => hear(Heard::Nothing),
    }
    Ok(())
}

fn refused(refusal: &Refusal<'_>, hear: &mut impl FnMut(Heard<'_>)) {
    let reason = refusal.reason.as_deref().unwrap_or_default();
    let words = words(&refusal.message, reason);
    match reason.strip_suffix(NOT_A_PRODUCT).filter(|product| !product.is_empty()) {
        Some(product) => hear(Heard::Refused { symbol: product, reason: words }),
        None => hear(Heard::Reply { request: None, outcome: Err(words) }),
    }
}

impl TradeMessage<'_> {
    fn checked(&self) -> Result<Match<'_>, Malformed> {
        if self.product_id.is_empty() {
            return Err(malformed("a trade of no product"));
        }
        Ok(Match {
            product: &self.product_id,
            id: self.trade_id,
            price: self.price.parse().map_err(malformed)?,
            time: instant(&self.time).ok_or_else(|| malformed("time of another form"))?,
        })
    }
}

/// One element of `GET /products/{id}/trades`.
#[derive(Deserialize)]
struct PageTrade<'a> {
    trade_id: u64,
    #[serde(borrow)]
    price: Cow<'a, str>,
    #[serde(borrow)]
    time: Cow<'a, str>,
}

/// Reads a page, which begins with the newest trade, and turns it round: the oldest comes first.
pub(in super::super) fn page(body: &[u8]) -> Result<Page, Malformed> {
    let elements: Vec<PageTrade<'_>> = serde_json::from_slice(body).map_err(malformed)?;
    let falls = |pair: &[PageTrade<'_>]| pair[0].trade_id > pair[1].trade_id;
    if !elements.windows(2).all(falls) {
        return Err(malformed("numbers do not fall"));
    }
    let trades = elements.iter().rev().map(PageTrade::numbered).collect();
    Ok(Page { trades, more: false })
}

impl PageTrade<'_> {
    fn numbered(&self) -> Numbered {
        let trade = || {
            let (price, time) = (self.price.parse().ok()?, instant(&self.time)?);
            Some(Match { product: "", id: self.trade_id, price, time })
        };
        Numbered { id: self.trade_id, observation: trade().map(|trade| trade.observation(Origin::Refilled)) }
    }
}

/// A refusal in the venue's words, shortened.
pub(in super::super) fn words(message: &str, reason: &str) -> String {
    let words = if reason.is_empty() { message.to_owned() } else { format!("{message}: {reason}") };
    words.chars().take(REASON_CHARS).collect()
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Malformed> {
    serde_json::from_str(text).map_err(malformed)
}

fn malformed(error: impl ToString) -> Malformed {
    Malformed { reason: error.to_string() }
}
