//! What a polled feed counts.

use bellwether_model::Venue;
use metrics::{Counter, Gauge, counter, gauge};

use crate::Interruption;

/// The counters of one polled venue.
pub(super) struct Meters {
    venue: &'static str,
    pub(super) ticks: Counter,
    pub(super) answers: Counter,
    pub(super) failures: Counter,
    pub(super) instruments: Gauge,
    pub(super) open: Gauge,
}

impl Meters {
    pub(super) fn of(venue: Venue) -> Self {
        let venue = venue.name();
        let polls = |outcome: &'static str| counter!("bellwether_feed_polls_total", "venue" => venue, "outcome" => outcome);
        Self {
            venue,
            ticks: counter!("bellwether_feed_ticks_total", "venue" => venue, "origin" => "live"),
            answers: polls("ok"),
            failures: polls("failed"),
            instruments: gauge!("bellwether_feed_instruments", "venue" => venue),
            open: gauge!("bellwether_feed_breakers_open", "venue" => venue),
        }
    }

    pub(super) fn interrupted(&self, why: Interruption) {
        counter!("bellwether_feed_interruptions_total", "venue" => self.venue, "why" => why.name())
            .increment(1);
    }
}
