//! What a batch of the tick log holds, byte by byte.
//!
//! ```text
//! batch   := version (1 byte), updates
//! update  := 0, instrument, number of ticks, tick...
//!          | 1, instrument, why (1 byte)
//!          | 2, JSON of what the feed says of itself
//! tick    := flags (1: has an id, 2: has trades, 4 and 8: origin), [id], [first, last], time, price
//! ```
//!
//! Numbers are LEB128, signed ones zigzag; texts have their length before them. A price is its text: exact, and
//! read as fast as anything else that is exact. A tick without a number of its own gets its position from the place
//! of the batch in the log, so that whoever reads the log gives it the same.

mod said;

use bellwether_feeds::{Interruption, Update};
use bellwether_model::{Instrument, Observation, Origin, Position, Price, Tick, Timestamp};
use bytes::{BufMut as _, Bytes, BytesMut};

/// Ticks that one batch holds at most: the positions of those without numbers leave room for as many.
pub(super) const TICKS_MAX: usize = 4_000;
/// Between the positions of two batches' first ticks.
const POSITIONS: u64 = 4_096;

const VERSION: u8 = 1;
const TICKS: u8 = 0;
const INTERRUPTED: u8 = 1;
const SAID: u8 = 2;

const HAS_ID: u8 = 1;
const HAS_TRADES: u8 = 2;
const ORIGIN_SHIFT: u32 = 2;

const WHY: [Interruption; 7] = [
    Interruption::FirstWatch,
    Interruption::Refused,
    Interruption::HistoryGone,
    Interruption::TooFar,
    Interruption::Unavailable,
    Interruption::Renumbered,
    Interruption::Disabled,
];

/// A batch that this program cannot read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum WireError {
    #[error("it is of version {0}, which this program does not know")]
    Version(u8),
    #[error("it is damaged")]
    Damaged,
}

/// The last position that a tick of this batch, or of one before it, can have.
pub(super) fn last_position(number: u64) -> Position {
    Position(number.saturating_add(1).saturating_mul(POSITIONS))
}

/// Writes updates, which hold at most [`TICKS_MAX`] ticks.
pub(super) fn encode(updates: &[Update]) -> Bytes {
    let mut out = BytesMut::with_capacity(64 * updates.len() + 16);
    out.put_u8(VERSION);
    for update in updates {
        match update {
            Update::Ticks { instrument, observations } => {
                out.put_u8(TICKS);
                put_text(&mut out, instrument.as_str());
                put(&mut out, observations.len() as u64);
                for observation in observations {
                    put_observation(&mut out, observation);
                }
            }
            Update::Interrupted { instrument, why } => {
                out.put_u8(INTERRUPTED);
                put_text(&mut out, instrument.as_str());
                let why = WHY.iter().position(|known| known == why).unwrap_or_default();
                out.put_u8(u8::try_from(why).unwrap_or_default());
            }
            Update::Feed { venue, at, event } => {
                out.put_u8(SAID);
                put_text(&mut out, &said::write(*venue, *at, event));
            }
        }
    }
    out.freeze()
}

fn put_observation(out: &mut BytesMut, observation: &Observation) {
    let Observation { tick, trades, origin } = observation;
    let origin: u8 = match origin {
        Origin::Live => 0,
        Origin::Refilled => 1,
        Origin::Candle => 2,
    };
    let flags = u8::from(tick.id.is_some()) * HAS_ID + u8::from(trades.is_some()) * HAS_TRADES;
    out.put_u8(flags | origin << ORIGIN_SHIFT);
    if let Some(id) = tick.id {
        put(out, id);
    }
    if let Some((first, last)) = trades {
        put(out, *first);
        put(out, *last);
    }
    let micros = tick.time.micros();
    put(out, (micros.cast_unsigned() << 1) ^ (micros >> 63).cast_unsigned());
    put_text(out, &tick.price.to_string());
}

fn put(out: &mut BytesMut, mut number: u64) {
    while number >= 0x80 {
        out.put_u8(low_bits(number) | 0x80);
        number >>= 7;
    }
    out.put_u8(low_bits(number));
}

fn low_bits(number: u64) -> u8 {
    number.to_le_bytes()[0] & 0x7f
}

fn put_text(out: &mut BytesMut, text: &str) {
    put(out, text.len() as u64);
    out.put_slice(text.as_bytes());
}

/// Reads the batch that has this number in the log.
pub(super) fn decode(batch: &[u8], number: u64) -> Result<Vec<Update>, WireError> {
    let (version, rest) = batch.split_first().ok_or(WireError::Damaged)?;
    if *version != VERSION {
        return Err(WireError::Version(*version));
    }
    let mut reader = Reader { rest, next_position: number.saturating_mul(POSITIONS) };
    let mut updates = Vec::new();
    while !reader.rest.is_empty() {
        updates.push(reader.update().ok_or(WireError::Damaged)?);
    }
    Ok(updates)
}

struct Reader<'a> {
    rest: &'a [u8],
    /// Of the next tick that has no number of its own.
    next_position: u64,
}

impl<'a> Reader<'a> {
    fn update(&mut self) -> Option<Update> {
        match self.byte()? {
            TICKS => {
                let instrument = self.instrument()?;
                let count = usize::try_from(self.number()?).ok()?;
                let observations = (0..count).map(|_| self.observation()).collect::<Option<_>>()?;
                Some(Update::Ticks { instrument, observations })
            }
            INTERRUPTED => {
                let instrument = self.instrument()?;
                let why = *WHY.get(usize::from(self.byte()?))?;
                Some(Update::Interrupted { instrument, why })
            }
            SAID => {
                let (venue, at, event) = said::read(self.text()?)?;
                Some(Update::Feed { venue, at, event })
            }
            _ => None,
        }
    }

    fn observation(&mut self) -> Option<Observation> {
        let flags = self.byte()?;
        let id = if flags & HAS_ID == 0 { None } else { Some(self.number()?) };
        let trades = if flags & HAS_TRADES == 0 { None } else { Some((self.number()?, self.number()?)) };
        let origin = match flags >> ORIGIN_SHIFT {
            0 => Origin::Live,
            1 => Origin::Refilled,
            2 => Origin::Candle,
            _ => return None,
        };
        let zigzag = self.number()?;
        let time = Timestamp::from_micros((zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed());
        let price: Price = self.text()?.parse().ok()?;
        let tick = match id {
            Some(id) => Tick::numbered(price, time, id),
            None => {
                self.next_position += 1;
                Tick::unnumbered(price, time, Position(self.next_position))
            }
        };
        Some(Observation { tick, trades, origin })
    }

    fn instrument(&mut self) -> Option<Instrument> {
        self.text()?.parse().ok()
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.number()?).ok()?;
        let (text, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        std::str::from_utf8(text).ok()
    }

    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return None;
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bellwether_feeds::{BudgetUse, Coverage, Ending, FeedEvent, Gaps, Lag, Vitals};
    use bellwether_model::Venue;

    use super::*;

    fn updates() -> Vec<Update> {
        let time = |micros| Timestamp::from_micros(micros);
        let numbered = |id: u64, price: &str| Observation {
            tick: Tick::numbered(price.parse().unwrap(), time(1_795_226_512_735_999), id),
            trades: Some((id, u64::MAX)),
            origin: Origin::Refilled,
        };
        let plain = |position: u64, origin| Observation {
            tick: Tick::unnumbered("0.000000012345".parse().unwrap(), time(-7), Position(position)),
            trades: None,
            origin,
        };
        let base = 9 * POSITIONS;
        let instrument = |name: &str| name.parse::<Instrument>().unwrap();
        let said = |event| Update::Feed { venue: Venue::Uphold, at: time(5), event };
        let dark = Coverage::Refused { reason: "no \"such\" symbol".into() };
        let mut all = vec![
            Update::Ticks {
                instrument: instrument("binance:BTCUSDT"),
                observations: vec![numbered(u64::MAX, "37.537537537537537538"), numbered(0, "1")],
            },
            Update::Ticks {
                instrument: instrument("uphold:BTC-USD"),
                observations: vec![plain(base + 1, Origin::Live), plain(base + 2, Origin::Candle)],
            },
            Update::Ticks {
                instrument: instrument("push:a/币"),
                observations: vec![plain(base + 3, Origin::Live)],
            },
            said(FeedEvent::Connected { connection: 7 }),
            said(FeedEvent::Disconnected { connection: 7, ending: Ending::Broken("reset".into()) }),
            said(FeedEvent::Disconnected { connection: 8, ending: Ending::Silent }),
            said(FeedEvent::Unreachable { reason: "no route".into() }),
            said(FeedEvent::Breaker { question: "USD".into(), open: Some("500".into()) }),
            said(FeedEvent::Breaker { question: "USD".into(), open: None }),
            said(FeedEvent::Vitals(Vitals::default())),
            said(FeedEvent::Vitals(Vitals {
                lag: Some(Lag { p50: Duration::from_millis(3), p99: Duration::from_secs(2) }),
                gaps: Gaps { open: 1, filled: 2, lost: 3 },
                budget: Some(BudgetUse {
                    used: 7,
                    limit: 6_000,
                    resets_at: time(9),
                    closed_until: Some(time(8)),
                }),
            })),
            said(FeedEvent::Coverage { instrument: instrument("uphold:A-B"), coverage: dark }),
            said(FeedEvent::Coverage { instrument: instrument("uphold:A-B"), coverage: Coverage::Watched }),
        ];
        let interrupted = |why| Update::Interrupted { instrument: instrument("kraken:BTC/USD"), why };
        all.extend(WHY.map(interrupted));
        all
    }

    #[test]
    fn a_batch_comes_back_as_it_was() {
        assert_eq!(decode(&encode(&updates()), 9), Ok(updates()));
        assert_eq!(decode(&encode(&[]), 1), Ok(vec![]));
    }

    #[test]
    fn a_batch_that_is_damaged_is_refused_or_another_and_never_more() {
        let whole = encode(&updates());
        for end in 0..whole.len() {
            let _ = decode(&whole[..end], 1);
        }
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut bytes = whole.to_vec();
                bytes[at] ^= 1 << bit;
                let _ = decode(&bytes, 1);
            }
        }
        assert_eq!(decode(&[], 1), Err(WireError::Damaged));
        assert_eq!(decode(&[7, 0], 1), Err(WireError::Version(7)));
        assert_eq!(
            decode(&[VERSION, TICKS, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], 1),
            Err(WireError::Damaged)
        );
    }

    #[test]
    fn a_tick_takes_few_bytes() {
        let observation = |id| Observation {
            tick: Tick::numbered(
                "33000.01".parse().unwrap(),
                Timestamp::from_micros(1_795_226_512_735_999),
                id,
            ),
            trades: None,
            origin: Origin::Live,
        };
        let observations = (3_000_000_000..3_000_001_000).map(observation).collect();
        let update = Update::Ticks { instrument: "binance:BTCUSDT".parse().unwrap(), observations };
        assert!(encode(&[update]).len() < 24 * 1_000);
    }
}
