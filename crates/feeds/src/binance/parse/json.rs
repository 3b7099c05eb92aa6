//! The general path: whatever JSON says, in any order of fields.
//!
//! Structs borrow from the message; nothing is ever read into a tree.

use std::borrow::Cow;

use bellwether_model::Origin;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{AggTrade, instant};
use crate::{Heard, Malformed, Numbered, Page};

/// Characters of the venue's own words that are kept.
const REASON_CHARS: usize = 200;

/// Every message of the stream, told apart by which fields are there.
#[derive(Deserialize)]
struct Message<'a> {
    /// The payload of a combined stream.
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    /// The type of an event that came without the envelope.
    #[serde(borrow, default)]
    e: Option<&'a RawValue>,
    /// The request that a reply answers.
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    /// The venue's code and words for a refusal.
    #[serde(default)]
    code: Option<i64>,
    #[serde(borrow, default)]
    msg: Option<Cow<'a, str>>,
    /// The same, as newer interfaces of the venue nest them.
    #[serde(borrow, default)]
    error: Option<Refusal<'a>>,
}

#[derive(Deserialize)]
struct Refusal<'a> {
    code: i64,
    #[serde(borrow, default)]
    msg: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, default)]
    e: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct TradeEvent<'a> {
    #[serde(borrow)]
    s: Cow<'a, str>,
    a: u64,
    #[serde(borrow)]
    p: Cow<'a, str>,
    f: u64,
    l: u64,
    #[serde(rename = "T")]
    time: u64,
}

/// Reads any message.
pub(super) fn message(message: &[u8], hear: &mut impl FnMut(Heard<'_>)) -> Result<(), Malformed> {
    let text = std::str::from_utf8(message).map_err(malformed)?;
    if text.trim_start().starts_with('[') {
        // Streams of all symbols send arrays; none of them is asked for.
        let _: Vec<&RawValue> = serde_json::from_str(text).map_err(malformed)?;
        hear(Heard::Nothing);
        return Ok(());
    }
    let read: Message<'_> = serde_json::from_str(text).map_err(malformed)?;
    match (read.data, read.e) {
        (Some(data), _) => event(data.get(), hear),
        (None, Some(_)) => event(text, hear),
        (None, None) => reply(read, hear),
    }
}

fn event(text: &str, hear: &mut impl FnMut(Heard<'_>)) -> Result<(), Malformed> {
    if text.starts_with('[') {
        hear(Heard::Nothing);
        return Ok(());
    }
    let event: Event<'_> = serde_json::from_str(text).map_err(malformed)?;
    match event.e.as_deref() {
        Some("aggTrade") => {
            let event: TradeEvent<'_> = serde_json::from_str(text).map_err(malformed)?;
            hear(event.trade()?.heard());
        }
        Some("serverShutdown") => hear(Heard::Leaving),
        // Order books and best prices have no type at all.
        Some(_) | None => hear(Heard::Nothing),
    }
    Ok(())
}

fn reply(read: Message<'_>, hear: &mut impl FnMut(Heard<'_>)) -> Result<(), Malformed> {
    let request = read.id.and_then(|id| id.get().parse().ok());
    let refusal = match (read.error, read.code) {
        (Some(refusal), _) => Some(refusal),
        (None, Some(code)) => Some(Refusal { code, msg: read.msg.unwrap_or_default() }),
        (None, None) => None,
    };
    let outcome = match refusal {
        Some(refusal) => Err(words(refusal.code, &refusal.msg)),
        None if read.id.is_some() => Ok(()),
        None => {
            return Err(Malformed { reason: "neither an event nor a reply".to_owned() });
        }
    };
    hear(Heard::Reply { request, outcome });
    Ok(())
}

impl TradeEvent<'_> {
    fn trade(&self) -> Result<AggTrade<'_>, Malformed> {
        if self.s.is_empty() {
            return Err(malformed("a trade of no symbol"));
        }
        Ok(AggTrade {
            symbol: &self.s,
            id: self.a,
            price: self.p.parse().map_err(malformed)?,
            first: self.f,
            last: self.l,
            time: instant(self.time).ok_or_else(|| malformed("time out of range"))?,
        })
    }
}

/// One element of `GET /api/v3/aggTrades`.
#[derive(Deserialize)]
struct PageTrade<'a> {
    a: u64,
    #[serde(borrow)]
    p: Cow<'a, str>,
    /// -1 where the venue has voided the trades behind the number.
    f: i64,
    l: i64,
    #[serde(rename = "T")]
    time: u64,
}

/// Reads a page of aggregate trades with numbers above `after`; `full` elements make a full page.
pub(in super::super) fn page(body: &[u8], after: Option<u64>, full: usize) -> Result<Page, Malformed> {
    let elements: Vec<PageTrade<'_>> = serde_json::from_slice(body).map_err(malformed)?;
    let more = elements.len() >= full;
    let mut newest = after;
    let mut trades = Vec::with_capacity(elements.len());
    for element in &elements {
        if newest.is_some_and(|newest| element.a <= newest) {
            return Err(malformed("numbers do not grow"));
        }
        newest = Some(element.a);
        trades.push(element.numbered());
    }
    Ok(Page { trades, more })
}

impl PageTrade<'_> {
    fn numbered(&self) -> Numbered {
        Numbered { id: self.a, observation: self.trade().map(|trade| trade.observation(Origin::Refilled)) }
    }

    /// Nothing where the number is void: first and last are -1 and the price is zero.
    fn trade(&self) -> Option<AggTrade<'_>> {
        Some(AggTrade {
            symbol: "",
            id: self.a,
            price: self.p.parse().ok()?,
            first: u64::try_from(self.f).ok()?,
            last: u64::try_from(self.l).ok()?,
            time: instant(self.time)?,
        })
    }
}

/// A refusal in the venue's words, shortened.
pub(in super::super) fn words(code: i64, msg: &str) -> String {
    let msg: String = msg.chars().take(REASON_CHARS).collect();
    format!("{msg} ({code})")
}

fn malformed(error: impl ToString) -> Malformed {
    Malformed { reason: error.to_string() }
}
