//! The trades since the simulator started, in memory: the newest in full, the older ones as minute candles.

use std::collections::{BTreeMap, VecDeque};

use super::candle::Candle;
use super::fixed::Fixed;
use super::interval::MINUTE_US;
use super::trade::Trade;

/// The tape of one pair. Times never fall and ids grow by one, or as a recording has them.
#[derive(Debug)]
pub(crate) struct Tape {
    trades: VecDeque<Trade>,
    minutes: BTreeMap<i64, Candle>,
    /// When it is full the oldest trade is forgotten; its minute candle stays.
    capacity: usize,
}

impl Tape {
    /// An empty tape that keeps `capacity` trades.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { trades: VecDeque::new(), minutes: BTreeMap::new(), capacity: capacity.max(1) }
    }

    /// Appends a trade.
    pub(crate) fn append(&mut self, trade: Trade) {
        let minute = trade.time_us.div_euclid(MINUTE_US);
        let candle = Candle::of(&trade);
        self.minutes.entry(minute).and_modify(|sum| *sum = sum.then(candle)).or_insert(candle);
        if self.trades.len() >= self.capacity {
            self.trades.pop_front();
        }
        self.trades.push_back(trade);
    }

    /// The newest trade.
    pub(crate) fn last(&self) -> Option<&Trade> {
        self.trades.back()
    }

    /// Trades from `id` on.
    pub(crate) fn since_id(&self, id: u64) -> impl Iterator<Item = &Trade> {
        self.trades.range(self.trades.partition_point(|trade| trade.id < id)..)
    }

    /// Trades below `id`.
    pub(crate) fn before_id(&self, id: u64) -> impl DoubleEndedIterator<Item = &Trade> {
        self.trades.range(..self.trades.partition_point(|trade| trade.id < id))
    }

    /// Trades in `from_us..to_us`.
    pub(crate) fn between(
        &self,
        from_us: i64,
        to_us: i64,
    ) -> impl DoubleEndedIterator<Item = &Trade> + use<'_> {
        let start = self.trades.partition_point(|trade| trade.time_us < from_us);
        let end = self.trades.partition_point(|trade| trade.time_us < to_us).max(start);
        self.trades.range(start..end)
    }

    /// Candles of the minutes `from..to` that had trades.
    pub(crate) fn minutes(&self, from: i64, to: i64) -> impl Iterator<Item = Candle> {
        // An empty range the wrong way round would panic in the map.
        self.minutes.range(from..to.max(from)).map(|(_, candle)| *candle)
    }

    /// The minute of the first trade ever.
    pub(crate) fn first_minute(&self) -> Option<i64> {
        self.minutes.keys().next().copied()
    }

    /// The last price before `time_us`, as exactly as the tape knows.
    pub(crate) fn price_before(&self, time_us: i64) -> Option<Fixed> {
        let exact = self.trades.partition_point(|trade| trade.time_us < time_us).checked_sub(1);
        exact.map(|place| self.trades[place].price).or_else(|| {
            let (_, candle) = self.minutes.range(..time_us.div_euclid(MINUTE_US)).next_back()?;
            Some(candle.close)
        })
    }
}
