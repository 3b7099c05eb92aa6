//! What a feed counts.

use metrics::{Counter, Gauge, Histogram, counter};

use super::outbox::Tally;
use crate::{Ending, Interruption, Venue};

/// The counters of one venue's feed, looked up once and not at every trade.
pub(super) struct Meters {
    venue: &'static str,
    live: Counter,
    refilled: Counter,
    stood_in: Counter,
    stale: Counter,
    gaps: Counter,
    postponed: Counter,
    pub(super) silent: Counter,
    pub(super) malformed: Counter,
    pub(super) unrouted: Counter,
    pub(super) pages: Counter,
    pub(super) pages_failed: Counter,
    pub(super) connects: Counter,
    pub(super) connects_failed: Counter,
    pub(super) lag: Histogram,
    pub(super) instruments: Gauge,
}

impl Meters {
    pub(super) fn of(venue: &impl Venue) -> Self {
        let venue = venue.name().name();
        let ticks = |origin: &'static str| counter!("bellwether_feed_ticks_total", "venue" => venue, "origin" => origin);
        let pages = |outcome: &'static str| counter!("bellwether_feed_pages_total", "venue" => venue, "outcome" => outcome);
        let connects = |outcome: &'static str| counter!("bellwether_feed_connects_total", "venue" => venue, "outcome" => outcome);
        Self {
            venue,
            live: ticks("live"),
            refilled: ticks("refilled"),
            stood_in: ticks("candle"),
            stale: counter!("bellwether_feed_stale_total", "venue" => venue),
            gaps: counter!("bellwether_feed_gaps_total", "venue" => venue),
            postponed: counter!("bellwether_feed_postponed_total", "venue" => venue),
            silent: counter!("bellwether_feed_silent_total", "venue" => venue),
            malformed: counter!("bellwether_feed_malformed_total", "venue" => venue),
            unrouted: counter!("bellwether_feed_unrouted_total", "venue" => venue),
            pages: pages("ok"),
            pages_failed: pages("failed"),
            connects: connects("ok"),
            connects_failed: connects("failed"),
            lag: metrics::histogram!("bellwether_feed_lag_seconds", "venue" => venue),
            instruments: metrics::gauge!("bellwether_feed_instruments", "venue" => venue),
        }
    }

    pub(super) fn add(&self, tally: Tally) {
        let counts = [
            (&self.live, tally.live),
            (&self.refilled, tally.refilled),
            (&self.stood_in, tally.stood_in),
            (&self.stale, tally.stale),
            (&self.gaps, tally.gaps),
            (&self.postponed, tally.postponed),
        ];
        for (counter, count) in counts {
            if count > 0 {
                counter.increment(count);
            }
        }
    }

    pub(super) fn interrupted(&self, why: Interruption) {
        counter!("bellwether_feed_interruptions_total", "venue" => self.venue, "why" => why.name())
            .increment(1);
    }

    pub(super) fn ended(&self, ending: &Ending) {
        counter!("bellwether_feed_disconnects_total", "venue" => self.venue, "why" => ending.name())
            .increment(1);
    }
}
