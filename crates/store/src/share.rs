//! Which alerts one evaluator has.

use std::fmt;

use bellwether_model::{AlertId, AlertSpec, Instrument, SHARDS};

use crate::evaluation::Watched;

/// Which alerts one evaluator has: all of them, or those of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Share {
    /// All: one process does everything.
    #[default]
    All,
    /// The alerts on one instrument alone whose instrument falls into this partition.
    Partition {
        /// Which, from 0 on.
        index: u16,
        /// How many partitions there are.
        of: u16,
    },
    /// The alerts on several instruments, wherever these fall.
    Composites,
}

impl Share {
    /// Every share of a deployment with so many partitions; of each alert one.
    pub fn every(of: u16) -> impl Iterator<Item = Share> {
        (0..of).map(move |index| Share::Partition { index, of }).chain([Share::Composites])
    }

    /// The partition that an instrument falls into, of so many.
    #[must_use]
    pub fn partition_of(instrument: &Instrument, of: u16) -> u16 {
        let index = u32::from(instrument.shard()) * u32::from(of) / u32::from(SHARDS);
        u16::try_from(index).unwrap_or_default()
    }

    /// Whether an alert is one of these.
    #[must_use]
    pub fn holds(self, spec: &AlertSpec) -> bool {
        let is_composite = spec.instruments().len() > 1;
        match self {
            Share::All => true,
            Share::Partition { .. } => !is_composite && self.is_home_of(&spec.instrument),
            Share::Composites => is_composite,
        }
    }

    /// Whether what is known of an instrument is this one's to keep: its position, candles, and coverage.
    #[must_use]
    pub fn is_home_of(self, instrument: &Instrument) -> bool {
        match self {
            Share::All => true,
            Share::Partition { index, of } => Self::partition_of(instrument, of) == index,
            Share::Composites => false,
        }
    }

    /// The shards of a partition: from the first to before the second.
    pub(crate) fn shards(index: u16, of: u16) -> (u32, u32) {
        let from = |index: u32| (index * u32::from(SHARDS)).div_ceil(u32::from(of.max(1)));
        (from(index.into()), from(u32::from(index) + 1))
    }
}

/// `all`, `partition 3/8`, `composites`.
impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Share::All => f.write_str("all"),
            Share::Partition { index, of } => write!(f, "partition {index}/{of}"),
            Share::Composites => f.write_str("composites"),
        }
    }
}

/// How far the alerts of a share were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    pub(crate) shard: u16,
    pub(crate) id: AlertId,
}

impl Mark {
    /// After this alert.
    #[must_use]
    pub fn after(alert: &Watched) -> Self {
        Self { shard: alert.spec.instrument.shard(), id: alert.id }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shard_is_in_one_partition_and_its_bounds_say_so() {
        for of in [1, 2, 3, 7, 8, 64, 1_000, SHARDS] {
            let mut next = 0;
            for index in 0..of {
                let (from, to) = Share::shards(index, of);
                assert_eq!(from, next);
                next = to;
            }
            assert_eq!(next, u32::from(SHARDS));
        }
        for name in ["binance:BTCUSDT", "kraken:BTC/USD", "push:a/X"] {
            let instrument: Instrument = name.parse().expect("an instrument");
            for of in [1, 3, 8] {
                let index = Share::partition_of(&instrument, of);
                let (from, to) = Share::shards(index, of);
                assert!((from..to).contains(&u32::from(instrument.shard())));
            }
        }
    }
}
