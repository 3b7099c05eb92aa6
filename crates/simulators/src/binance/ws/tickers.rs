//! Streams that speak on a schedule: tickers once a second, klines every one or two.

use std::collections::HashMap;

use super::dialect::Envelopes;
use super::payload::{self, MiniTickerEvent};
use super::stream::Stream;
use super::subscriptions::Subscriptions;
use crate::binance::unit::TimeUnit;
use crate::market::interval::{Interval, SECOND_US};
use crate::market::ledger::{Kline, Window};
use crate::venue::stage::Stage;

/// What was told last, so that only news is told.
#[derive(Debug, Default)]
pub(super) struct Tickers {
    seconds: u64,
    /// By pair, the last trade that `!miniTicker@arr` has told of.
    told: HashMap<usize, u64>,
    /// By stream name, the last kline.
    klines: HashMap<String, Kline>,
}

impl Tickers {
    /// The events of this second.
    pub(super) fn tell(
        &mut self,
        stage: &Stage,
        subscriptions: &Subscriptions,
        envelopes: Envelopes,
        unit: TimeUnit,
    ) -> Vec<String> {
        self.seconds += 1;
        let now_us = stage.now_us();
        let mut events = Vec::new();
        for (name, stream) in subscriptions.streams() {
            match stream {
                Stream::MiniTicker(pair) => events.extend(stage.day(pair).map(|day| {
                    let symbol = &stage.exchange.ledgers[pair].symbol.name;
                    envelopes.write(name, &MiniTickerEvent::new(symbol, &day, now_us, unit))
                })),
                Stream::Ticker(pair) => events.extend(stage.day(pair).map(|day| {
                    envelopes.write(name, &payload::ticker(&stage.exchange.ledgers[pair], &day, now_us, unit))
                })),
                Stream::AllMiniTickers => events.extend(self.tell_all(stage, name, envelopes, unit)),
                Stream::Kline { pair, interval, offset_us } => {
                    if interval == Interval::Fixed(SECOND_US, "1s") || self.seconds.is_multiple_of(2) {
                        let klines = self.news(stage, name, pair, interval, offset_us);
                        let symbol = &stage.exchange.ledgers[pair].symbol.name;
                        events.extend(klines.into_iter().map(|(kline, closed)| {
                            let event = payload::kline(symbol, interval.name(), &kline, closed, now_us, unit);
                            envelopes.write(name, &event)
                        }));
                    }
                }
                Stream::AggTrade(_) | Stream::Trade(_) | Stream::BookTicker(_) => {}
            }
        }
        events
    }

    /// All pairs that have traded since the last time.
    fn tell_all(
        &mut self,
        stage: &Stage,
        name: &str,
        envelopes: Envelopes,
        unit: TimeUnit,
    ) -> Option<String> {
        let now_us = stage.now_us();
        let mut days = Vec::new();
        for (pair, ledger) in stage.exchange.ledgers.iter().enumerate() {
            let Some(last) = ledger.last() else { continue };
            if self.told.insert(pair, last.id) != Some(last.id) {
                days.extend(stage.day(pair).map(|day| (&ledger.symbol.name, day)));
            }
        }
        let items: Vec<_> =
            days.iter().map(|(symbol, day)| MiniTickerEvent::new(symbol, day, now_us, unit)).collect();
        (!items.is_empty()).then(|| envelopes.write(name, &items))
    }

    /// Klines that have closed since the last time, and the running one where it has changed.
    fn news(
        &mut self,
        stage: &Stage,
        name: &str,
        pair: usize,
        interval: Interval,
        offset_us: i64,
    ) -> Vec<(Kline, bool)> {
        let now_us = stage.now_us();
        let told = self.klines.get(name).copied();
        let from_us = told.map_or_else(|| interval.open_us(now_us, offset_us), |kline| kline.open_us);
        let window = Window { from_us: Some(from_us), to_us: None };
        let klines = stage.exchange.ledgers[pair].klines(interval, offset_us, window, now_us, 1_000);
        if let Some(last) = klines.last() {
            self.klines.insert(name.to_owned(), *last);
        }
        let news = klines.into_iter().filter(|kline| Some(kline) != told.as_ref() || kline.close_us < now_us);
        news.map(|kline| (kline, kline.close_us < now_us)).collect()
    }
}
