//! Everything that was ever traded of one pair: a past made on demand, then the tape. Answers questions by
//! id and by time, for trades and for klines.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::candle::{Candle, sum_up};
use super::fixed::Fixed;
use super::interval::{Interval, MINUTE_US};
use super::seeded::{GENESIS_MINUTE, Seeded};
use super::symbol::Symbol;
use super::tape::Tape;
use super::trade::Trade;

/// The ledger of one pair.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) symbol: Symbol,
    past: Option<Seeded>,
    /// Minutes before this one are the past's, the others the tape's.
    live_from: i64,
    tape: Mutex<Tape>,
}

/// A stretch of time; both ends belong to it, as in Binance's `startTime` and `endTime`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Window {
    pub(crate) from_us: Option<i64>,
    pub(crate) to_us: Option<i64>,
}

/// A candle with its place in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kline {
    pub(crate) open_us: i64,
    /// The last microsecond that belongs to it.
    pub(crate) close_us: i64,
    pub(crate) candle: Candle,
}

impl Ledger {
    /// The ledger of `symbol` at `now_us`. Where there is a past, the running minute's trades so far are
    /// copied to the tape, so that past and tape meet at a minute mark.
    pub(crate) fn new(symbol: Symbol, past: Option<Seeded>, now_us: i64, capacity: usize) -> Self {
        // Without a past, all time is the tape's.
        let live_from = past.as_ref().map_or(0, |_| now_us.div_euclid(MINUTE_US));
        let mut tape = Tape::new(capacity);
        if let Some(past) = &past {
            past.trades(live_from).into_iter().filter(|trade| trade.time_us <= now_us).for_each(|trade| {
                tape.append(trade);
            });
        }
        Self { symbol, past, live_from, tape: Mutex::new(tape) }
    }

    /// The process that goes on making trades, if there is one.
    pub(crate) fn process(&self) -> Option<&Seeded> {
        self.past.as_ref()
    }

    /// The tape, locked. Nobody holds it across a wait.
    pub(crate) fn tape(&self) -> MutexGuard<'_, Tape> {
        self.tape.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The last trade of all.
    pub(crate) fn last(&self) -> Option<Trade> {
        let last = self.tape().last().copied();
        last.or_else(|| self.past.as_ref()?.trades(self.live_from - 1).last().copied())
    }

    /// At most `limit` trades from `id` on.
    pub(crate) fn trades_from(&self, id: u64, limit: usize) -> Vec<Trade> {
        let mut found = Vec::new();
        if let Some(past) = &self.past {
            let start = past.minute_of(id).max(GENESIS_MINUTE);
            for minute in start..self.live_from {
                found.extend(past.trades(minute).into_iter().filter(|trade| trade.id >= id));
                if found.len() >= limit {
                    break;
                }
            }
        }
        found.truncate(limit);
        let room = limit - found.len();
        found.extend(self.tape().since_id(id).take(room));
        found
    }

    /// The last `limit` trades with ids below `id`, in the order of time.
    pub(crate) fn trades_before(&self, id: u64, limit: usize) -> Vec<Trade> {
        // Collected backwards, turned round at the end.
        let mut found: Vec<Trade> = self.tape().before_id(id).rev().take(limit).copied().collect();
        if let Some(past) = &self.past {
            let mut minute = past.minute_of(id).min(self.live_from - 1);
            while found.len() < limit && minute >= GENESIS_MINUTE {
                found.extend(past.trades(minute).into_iter().rev().filter(|trade| trade.id < id));
                minute -= 1;
            }
        }
        found.truncate(limit);
        found.reverse();
        found
    }

    /// At most `limit` trades of the window: its first ones where it has a beginning, else its last ones.
    pub(crate) fn trades_in(&self, window: Window, limit: usize) -> Vec<Trade> {
        let end_us = window.to_us.map_or(i64::MAX, |to| to.saturating_add(1));
        match window.from_us {
            Some(from_us) => self.first_trades(from_us, end_us, limit),
            None => self.last_trades(end_us, limit),
        }
    }

    /// The klines of the window by the same rule. A kline belongs where it opens; the running one counts.
    pub(crate) fn klines(
        &self,
        interval: Interval,
        offset_us: i64,
        window: Window,
        now_us: i64,
        limit: usize,
    ) -> Vec<Kline> {
        let Some(begin_us) = self.begin_us() else { return Vec::new() };
        let listed_us = interval.open_us(begin_us, offset_us);
        let last_us = interval.open_us(window.to_us.map_or(now_us, |to| to.min(now_us)), offset_us);
        let mut open_us = match window.from_us {
            Some(from_us) if from_us > listed_us => {
                interval.next_us(interval.open_us(from_us - 1, offset_us), offset_us)
            }
            Some(_) => listed_us,
            None => (1..limit).fold(last_us, |open, _| interval.previous_us(open, offset_us)).max(listed_us),
        };
        let mut standing = self.price_before(open_us);
        let mut klines = Vec::new();
        while open_us <= last_us && klines.len() < limit {
            let next_us = interval.next_us(open_us, offset_us);
            let candle = self.sum(open_us, next_us).or_else(|| standing.map(Candle::flat));
            if let Some(candle) = candle {
                standing = Some(candle.close);
                klines.push(Kline { open_us, close_us: next_us - 1, candle });
            }
            open_us = next_us;
        }
        klines
    }

    /// All trades in `from_us..to_us` as one candle. Exact between minute marks; within a minute too,
    /// as long as the tape keeps its trades.
    pub(crate) fn sum(&self, from_us: i64, to_us: i64) -> Option<Candle> {
        let seam_us = self.live_from.saturating_mul(MINUTE_US);
        let past = self.past.as_ref().and_then(|past| sum_past(past, from_us, to_us.min(seam_us)));
        let from_us = from_us.max(seam_us);
        let live = if is_minute_mark(from_us) && is_minute_mark(to_us) {
            Candle::join(self.tape().minutes(from_us / MINUTE_US, to_us / MINUTE_US))
        } else {
            sum_up(self.tape().between(from_us, to_us))
        };
        Candle::join([past, live].into_iter().flatten())
    }

    /// The last price before `time_us`.
    pub(crate) fn price_before(&self, time_us: i64) -> Option<Fixed> {
        let live = self.tape().price_before(time_us);
        live.or_else(|| {
            let past = self.past.as_ref()?;
            let minute = time_us.div_euclid(MINUTE_US).min(self.live_from - 1);
            let before = |minute| past.trades(minute).into_iter().rfind(|trade| trade.time_us < time_us);
            before(minute).or_else(|| before(minute - 1)).map(|trade| trade.price)
        })
    }

    fn begin_us(&self) -> Option<i64> {
        let past = self.past.as_ref().map(|_| GENESIS_MINUTE);
        past.or_else(|| self.tape().first_minute()).map(|minute| minute * MINUTE_US)
    }

    fn first_trades(&self, from_us: i64, end_us: i64, limit: usize) -> Vec<Trade> {
        let mut found = Vec::new();
        if let Some(past) = &self.past {
            let start = from_us.div_euclid(MINUTE_US).max(GENESIS_MINUTE);
            let end = end_us.div_euclid(MINUTE_US).saturating_add(1).min(self.live_from);
            for minute in start..end {
                let within = |trade: &Trade| (from_us..end_us).contains(&trade.time_us);
                found.extend(past.trades(minute).into_iter().filter(within));
                if found.len() >= limit {
                    break;
                }
            }
        }
        found.truncate(limit);
        let room = limit - found.len();
        found.extend(self.tape().between(from_us, end_us).take(room));
        found
    }

    fn last_trades(&self, end_us: i64, limit: usize) -> Vec<Trade> {
        // Collected backwards, turned round at the end.
        let mut found: Vec<Trade> =
            self.tape().between(i64::MIN, end_us).rev().take(limit).copied().collect();
        if let Some(past) = &self.past {
            let mut minute = end_us.div_euclid(MINUTE_US).min(self.live_from - 1);
            while found.len() < limit && minute >= GENESIS_MINUTE {
                let trades = past.trades(minute).into_iter().rev();
                found.extend(trades.filter(|trade| trade.time_us < end_us));
                minute -= 1;
            }
        }
        found.truncate(limit);
        found.reverse();
        found
    }
}

fn is_minute_mark(time_us: i64) -> bool {
    time_us % MINUTE_US == 0
}

fn sum_past(past: &Seeded, from_us: i64, to_us: i64) -> Option<Candle> {
    if from_us >= to_us {
        return None;
    }
    let (from, to) = (from_us.div_euclid(MINUTE_US), (to_us + MINUTE_US - 1).div_euclid(MINUTE_US));
    if !is_minute_mark(from_us) || !is_minute_mark(to_us) {
        let trades: Vec<_> = (from..to).flat_map(|minute| past.trades(minute)).collect();
        return sum_up(trades.iter().filter(|trade| (from_us..to_us).contains(&trade.time_us)));
    }
    let minutes = |from, to| past.minutes(from, to).into_iter().map(|(_, candle)| candle);
    let (first_hour, end_hour) = ((from + 59).div_euclid(60), to.div_euclid(60));
    if first_hour >= end_hour {
        return Candle::join(minutes(from, to));
    }
    let hours = (first_hour.max(GENESIS_MINUTE / 60)..end_hour).filter_map(|hour| past.hour(hour));
    Candle::join(minutes(from, first_hour * 60).chain(hours).chain(minutes(end_hour * 60, to)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binance::catalogue::CATALOGUE;
    use crate::market::interval::{DAY_US, HOUR_US, SECOND_US};

    /// 2026-11-21T10:33:44.5Z
    const NOW_US: i64 = 1_795_257_224_500_000;

    fn ledger(name: &str, seed: u64) -> Ledger {
        let pairs = CATALOGUE.lively(seed);
        let (symbol, past) = pairs.into_iter().find(|(symbol, _)| symbol.name == name).unwrap();
        Ledger::new(symbol, past, NOW_US, 100_000)
    }

    fn window(from_us: i64, to_us: i64) -> Window {
        Window { from_us: Some(from_us), to_us: Some(to_us) }
    }

    #[test]
    fn the_same_seed_is_the_same_market_whatever_was_asked_before() {
        let (one, other) = (ledger("ETHBTC", 3), ledger("ETHBTC", 3));
        one.klines(Interval::Week, 0, Window::default(), NOW_US, 3);
        let day = window(NOW_US - 200 * DAY_US, NOW_US);
        assert_eq!(one.trades_in(day, 1_000), other.trades_in(day, 1_000));
        assert_ne!(one.trades_in(day, 10), ledger("ETHBTC", 4).trades_in(day, 10));
    }

    #[test]
    fn ids_have_no_holes_from_the_past_into_the_running_minute() {
        let ledger = ledger("SOLUSDT", 1);
        let last = ledger.last().unwrap();
        let mut next = last.id - 4_000;
        let mut time_us = 0;
        while next <= last.id {
            let page = ledger.trades_from(next, 1_000);
            assert_eq!(page.len().min(1_000), page.len());
            for trade in page {
                assert_eq!(trade.id, next);
                assert!(trade.time_us >= time_us && trade.time_us <= NOW_US);
                (next, time_us) = (next + 1, trade.time_us);
            }
        }
        assert!(ledger.trades_from(next, 10).is_empty());
    }

    #[test]
    fn what_lies_before_an_id_ends_just_below_it() {
        let ledger = ledger("SOLUSDT", 1);
        let last = ledger.last().unwrap().id;
        for (id, limit) in [(last + 1, 1_000), (last - 3, 10), (last - 4_000, 700), (u64::MAX, 2)] {
            let end = id.min(last + 1);
            let expected = ledger.trades_from(end - limit as u64, limit);
            assert_eq!(ledger.trades_before(id, limit), expected, "{id}");
        }
        let first = ledger.trades_from(0, 1)[0].id;
        assert_eq!(ledger.trades_before(first, 10), []);
        assert_eq!(ledger.trades_before(first + 2, 10).len(), 2);
    }

    #[test]
    fn single_trades_have_no_holes_either() {
        let trades = ledger("BTCUSDT", 1).trades_in(Window::default(), 1_000);
        for pair in trades.windows(2) {
            assert_eq!(pair[0].last_trade + 1, pair[1].first_trade);
        }
        assert!(trades.iter().any(|trade| trade.trade_count() > 1));
    }

    #[test]
    fn klines_are_the_sums_of_the_trades_of_their_time() {
        let ledger = ledger("DOGEUSDT", 9);
        for (interval, from_us) in [
            ("1s", NOW_US - 400 * DAY_US),
            ("1m", NOW_US - 300 * DAY_US),
            ("15m", NOW_US - 40 * MINUTE_US),
            ("1h", NOW_US - 2 * HOUR_US),
        ] {
            let interval: Interval = interval.parse().unwrap();
            for kline in ledger.klines(interval, 0, window(from_us, NOW_US), NOW_US, 3) {
                let trades = ledger.trades_in(window(kline.open_us, kline.close_us), 100_000);
                match sum_up(&trades) {
                    Some(candle) => assert_eq!(kline.candle, candle),
                    None => {
                        assert_eq!(kline.candle, Candle::flat(ledger.price_before(kline.open_us).unwrap()))
                    }
                }
            }
        }
    }

    #[test]
    fn long_klines_are_the_sums_of_short_ones() {
        let ledger = ledger("BTCUSDT", 9);
        for (long, short) in [("1d", "1h"), ("1h", "1m"), ("4h", "15m"), ("1w", "1d")] {
            let (long, short): (Interval, Interval) = (long.parse().unwrap(), short.parse().unwrap());
            let offset_us = 8 * HOUR_US;
            let at_us = NOW_US - 30 * DAY_US;
            let long = ledger.klines(long, offset_us, window(at_us, NOW_US), NOW_US, 1)[0];
            let within = window(long.open_us, long.close_us);
            let parts = ledger.klines(short, offset_us, within, NOW_US, 1_000);
            assert_eq!(Candle::join(parts.into_iter().map(|part| part.candle)), Some(long.candle));
        }
    }

    #[test]
    fn windows_are_answered_as_the_documentation_says() {
        let ledger = ledger("LTCUSDT", 2);
        let noon_us = NOW_US - 100 * DAY_US;
        let all = ledger.trades_in(window(noon_us, noon_us + HOUR_US), 10_000);
        let from = Window { from_us: Some(noon_us), to_us: None };
        assert_eq!(ledger.trades_in(from, 5), all[..5]);
        let to = Window { from_us: None, to_us: Some(all[99].time_us) };
        assert_eq!(ledger.trades_in(to, 5), all[95..100]);
        let exact = window(all[3].time_us, all[4].time_us);
        assert_eq!(ledger.trades_in(exact, 1_000), all[3..5]);
        assert_eq!(ledger.trades_in(Window::default(), 1), [ledger.last().unwrap()]);
    }

    #[test]
    fn nothing_was_traded_before_the_beginning() {
        let ledger = ledger("XRPUSDT", 2);
        let early = Window { from_us: Some(0), to_us: None };
        let first = ledger.trades_in(early, 1)[0];
        assert_eq!(ledger.trades_from(0, 1), [first]);
        assert_eq!(
            ledger.klines(Interval::Month, 0, early, NOW_US, 1)[0].open_us,
            GENESIS_MINUTE * MINUTE_US
        );
    }

    #[test]
    fn a_market_that_stands_still_has_flat_klines() {
        let symbol = Symbol::from_name("WIFUSD_PERP", Fixed::from_units(1), Fixed::from_units(1));
        let ledger = Ledger::new(symbol, None, NOW_US, 10);
        let minute: Interval = "1m".parse().unwrap();
        assert_eq!(ledger.klines(minute, 0, Window::default(), NOW_US, 5), []);
        let price: Fixed = "0.7".parse().unwrap();
        let trade = Trade {
            id: 1,
            price,
            quantity: price,
            first_trade: 1,
            last_trade: 1,
            time_us: NOW_US - 3 * MINUTE_US,
            buyer_is_maker: false,
        };
        ledger.tape().append(trade);
        let klines = ledger.klines(minute, 0, Window::default(), NOW_US, 5);
        assert_eq!(klines.iter().map(|kline| kline.candle.trades).collect::<Vec<_>>(), [1, 0, 0, 0]);
        assert_eq!(klines[3].candle.close, price);
        assert_eq!(ledger.sum(NOW_US - SECOND_US, NOW_US), None);
    }
}
