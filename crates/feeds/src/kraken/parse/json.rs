//! The general path: whatever JSON says, in any order of fields.
//!
//! Structs borrow from the message; nothing is ever read into a tree.

use std::borrow::Cow;
use std::collections::HashMap;

use bellwether_model::{Origin, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Trade;
use crate::instant::instant;
use crate::{Heard, Malformed, Numbered, Page, number};

/// Characters of the venue's own words that are kept.
const REASON_CHARS: usize = 200;

/// Every message of the streams, told apart by which fields are there.
#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, default)]
    channel: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    r#type: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    /// What was asked, in an answer.
    #[serde(borrow, default)]
    method: Option<Cow<'a, str>>,
    #[serde(default)]
    success: Option<bool>,
    #[serde(borrow, default)]
    result: Option<Subscription<'a>>,
    #[serde(borrow, default)]
    symbol: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    error: Option<Cow<'a, str>>,
    #[serde(default)]
    req_id: Option<u64>,
    /// Said where messages came too fast, with a capital and nothing else.
    #[serde(borrow, default, rename = "Error")]
    too_fast: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Subscription<'a> {
    #[serde(borrow, default)]
    symbol: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct TradeItem<'a> {
    #[serde(borrow)]
    symbol: Cow<'a, str>,
    #[serde(borrow)]
    price: &'a RawValue,
    trade_id: u64,
    #[serde(borrow)]
    timestamp: Cow<'a, str>,
}

/// Reads any message.
pub(super) fn message(message: &[u8], hear: &mut impl FnMut(Heard<'_>)) -> Result<(), Malformed> {
    let text = std::str::from_utf8(message).map_err(malformed)?;
    let read: Message<'_> = serde_json::from_str(text).map_err(malformed)?;
    match (read.channel.as_deref(), read.method.as_deref()) {
        (Some("trade"), _) => trades(&read, hear),
        // Status and heartbeats; other channels are not asked for.
        (Some(_), _) => {
            hear(Heard::Nothing);
            Ok(())
        }
        (None, Some("subscribe" | "unsubscribe")) => reply(&read, hear),
        (None, Some(_)) => {
            hear(Heard::Nothing);
            Ok(())
        }
        (None, None) if read.error.is_some() => reply(&read, hear),
        // What was not taken stays unanswered, and that is noticed.
        (None, None) if read.too_fast.is_some() => {
            hear(Heard::Nothing);
            Ok(())
        }
        (None, None) => Err(malformed("neither of a channel nor a reply")),
    }
}

fn trades(read: &Message<'_>, hear: &mut impl FnMut(Heard<'_>)) -> Result<(), Malformed> {
    let data = read.data.ok_or_else(|| malformed("trades without data"))?;
    let items: Vec<TradeItem<'_>> = serde_json::from_str(data.get()).map_err(malformed)?;
    match read.r#type.as_deref() {
        Some("update") => {
            for item in &items {
                hear(item.checked()?.heard());
            }
        }
        // Trades from before: what matters of them is the last one's number.
        Some("snapshot") => {
            if let Some(last) = items.last() {
                hear(Heard::Newest { symbol: &last.symbol, id: last.trade_id });
            }
        }
        _ => return Err(malformed("neither an update nor a snapshot")),
    }
    Ok(())
}

fn reply(read: &Message<'_>, hear: &mut impl FnMut(Heard<'_>)) -> Result<(), Malformed> {
    let outcome = match (read.success, read.error.as_deref()) {
        (Some(true), _) => Ok(()),
        (_, Some(error)) => Err(words(error)),
        (Some(false), None) => Err(words("refused without a reason")),
        (None, None) => return Err(malformed("a reply without an outcome")),
    };
    let of_result = read.result.as_ref().and_then(|result| result.symbol.as_deref());
    match of_result.or(read.symbol.as_deref()) {
        Some(symbol) => hear(Heard::ReplyFor { symbol, outcome }),
        None => hear(Heard::Reply { request: read.req_id, outcome }),
    }
    Ok(())
}

impl TradeItem<'_> {
    fn checked(&self) -> Result<Trade<'_>, Malformed> {
        if self.symbol.is_empty() {
            return Err(malformed("a trade of no symbol"));
        }
        Ok(Trade {
            symbol: &self.symbol,
            id: self.trade_id,
            price: number::price(self.price.get()).map_err(malformed)?,
            time: instant(&self.timestamp).ok_or_else(|| malformed("time of another form"))?,
        })
    }
}

/// An answer of REST: the venue refuses with a word in `error`, whatever the status.
pub(in super::super) fn answer(body: &[u8]) -> Result<Result<&RawValue, String>, Malformed> {
    #[derive(Deserialize)]
    struct Answer<'a> {
        #[serde(borrow)]
        error: Vec<Cow<'a, str>>,
        #[serde(borrow, default)]
        result: Option<&'a RawValue>,
    }
    let answer: Answer<'_> = serde_json::from_slice(body).map_err(malformed)?;
    match (answer.error.first(), answer.result) {
        (Some(error), _) => Ok(Err(words(error))),
        (None, Some(result)) => Ok(Ok(result)),
        (None, None) => Err(malformed("neither a result nor an error")),
    }
}

/// Reads the result of `Trades`: rows under the pair's key, which is one of several names. They come by time;
/// here they go on by number. A page of `full` rows may not be the last.
pub(in super::super) fn page(result: &str, full: usize) -> Result<Page, Malformed> {
    let result: HashMap<Cow<'_, str>, &RawValue> = serde_json::from_str(result).map_err(malformed)?;
    let rows = result.iter().find(|(key, _)| *key != "last");
    let (_, rows) = rows.ok_or_else(|| malformed("no pair"))?;
    let rows: Vec<Vec<&RawValue>> = serde_json::from_str(rows.get()).map_err(malformed)?;
    let mut trades = rows.iter().map(|row| numbered(row)).collect::<Result<Vec<_>, _>>()?;
    let more = trades.len() >= full;
    trades.sort_by_key(|trade| trade.id);
    trades.dedup_by_key(|trade| trade.id);
    Ok(Page { trades, more })
}

/// `[price, volume, time, side, order type, miscellaneous, trade id]`
fn numbered(row: &[&RawValue]) -> Result<Numbered, Malformed> {
    let [price, _, time, _, _, _, id, ..] = row else { return Err(malformed("a row is too short")) };
    let id = id.get().parse().map_err(malformed)?;
    let trade = || {
        let price: Cow<'_, str> = serde_json::from_str(price.get()).ok()?;
        Some(Trade { symbol: "", id, price: price.parse().ok()?, time: seconds(time.get())? })
    };
    Ok(Numbered { id, observation: trade().map(|trade| trade.observation(Origin::Refilled)) })
}

/// A time in seconds, by its text and cut to the microsecond: `1688669597.8277369`.
fn seconds(text: &str) -> Option<Timestamp> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(seconds) || !digits(fraction) {
        return None;
    }
    let micros: i64 = format!("{fraction:0<6.6}").parse().ok()?;
    let seconds: i64 = seconds.parse().ok()?;
    Some(Timestamp::from_micros(seconds.checked_mul(1_000_000)?.checked_add(micros)?))
}

/// The venue's own words, shortened.
fn words(text: &str) -> String {
    text.chars().take(REASON_CHARS).collect()
}

fn malformed(error: impl ToString) -> Malformed {
    Malformed { reason: error.to_string() }
}
