//! Which stretches of time one instrument was watched without a gap.
//!
//! A stretch begins where the instrument is first watched, or watched again after a gap. It grows with every
//! tick, and while a stream is live with the time that passes: a market without trades is watched too. Of a
//! polled venue only what it answered is known. What was fetched afterwards counts as watched:
//! only an interruption, which says that nobody knows what lies between, ends a stretch.

use bellwether_model::{Instrument, Timestamp, Venue};
use bellwether_store::coverage::Covered;

use super::outbox::Checkpoint;

/// How much a stretch grows before it is stored anew: a quiet market costs no write every two seconds.
const STORED_EVERY_US: i64 = 10_000_000;

/// The stretches of one instrument that are not stored yet.
#[derive(Debug)]
pub(super) struct Stretches {
    /// Whether every tick comes by itself.
    is_streamed: bool,
    /// The one that grows.
    running: Option<(Timestamp, Timestamp)>,
    /// Those that ended since the last checkpoint.
    ended: Vec<(Timestamp, Timestamp)>,
    /// Since when every tick comes as it happens, where that is so.
    live_since: Option<Timestamp>,
    /// Up to where the one that grows is stored.
    stored_to: Option<Timestamp>,
}

impl Stretches {
    /// Nothing yet, of an instrument of this venue.
    pub(super) fn of(venue: Venue) -> Self {
        let is_streamed = matches!(venue, Venue::Binance | Venue::Coinbase | Venue::Kraken);
        Self { is_streamed, running: None, ended: Vec::new(), live_since: None, stored_to: None }
    }

    /// Goes on with a stretch of the process before this one; what happened since will be fetched, or the feed
    /// says that it cannot be.
    pub(super) fn resume(&mut self, from: Timestamp, to: Timestamp) {
        self.running = Some((from, to));
        self.stored_to = Some(to);
    }

    /// Notes a tick: everything between the one before and it is known.
    pub(super) fn observe(&mut self, time: Timestamp) {
        match &mut self.running {
            Some((_, to)) if *to < time => *to = time,
            Some(_) => {}
            None => self.running = Some((time, time)),
        }
    }

    /// Notes whether every tick comes as it happens, from now on.
    pub(super) fn live(&mut self, is_live: bool, now: Timestamp) {
        if self.live_since.is_some() {
            self.observe(now);
        }
        let was_live = self.live_since.take();
        self.live_since = (is_live && self.is_streamed).then(|| was_live.unwrap_or(now));
        if self.live_since.is_some() && self.running.is_none() {
            self.observe(now);
        }
    }

    /// Notes that nobody knows what lies between what was watched and what comes.
    pub(super) fn interrupt(&mut self) {
        let stored_to = self.stored_to.take();
        self.ended.extend(self.running.take().filter(|(_, to)| Some(*to) > stored_to));
    }

    /// Nobody watches any more.
    pub(super) fn leave(&mut self) {
        self.live_since = None;
        self.interrupt();
    }

    /// Since when it is watched without a gap, where it is.
    pub(super) fn begun(&self) -> Option<Timestamp> {
        self.running.map(|(from, _)| from)
    }

    /// Since when every tick comes as it happens, where that is so.
    pub(super) fn live_since(&self) -> Option<Timestamp> {
        self.live_since
    }

    /// Hands what is to be stored to a checkpoint.
    pub(super) fn hand_over(&mut self, instrument: &Instrument, now: Timestamp, checkpoint: &mut Checkpoint) {
        if self.live_since.is_some() {
            self.observe(now);
        }
        let has_grown = |to: &Timestamp| {
            self.stored_to.is_none_or(|stored_to| to.micros_since(stored_to) >= STORED_EVERY_US)
        };
        let grown = self.running.filter(|(_, to)| has_grown(to));
        self.stored_to = grown.map(|(_, to)| to).or(self.stored_to);
        let stretches = self.ended.drain(..).chain(grown);
        checkpoint.coverage.extend(stretches.map(|(from, to)| Covered {
            instrument: instrument.clone(),
            from,
            to,
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_micros(second * 1_000_000)
    }

    /// What a checkpoint at this second stores.
    fn stored(stretches: &mut Stretches, second: i64) -> Vec<(i64, i64)> {
        let mut checkpoint = Checkpoint::default();
        stretches.hand_over(&"binance:BTCUSDT".parse().unwrap(), at(second), &mut checkpoint);
        let seconds = |time: Timestamp| time.micros() / 1_000_000;
        checkpoint.coverage.iter().map(|one| (seconds(one.from), seconds(one.to))).collect()
    }

    #[test]
    fn a_gap_that_is_filled_is_none() {
        let mut stretches = Stretches::of(Venue::Binance);
        stretches.live(true, at(10));
        assert_eq!(stored(&mut stretches, 12), [(10, 12)]);
        assert_eq!(stored(&mut stretches, 14), [], "a little later it is not worth a write");
        assert_eq!(stored(&mut stretches, 30), [(10, 30)]);
        stretches.live(false, at(41));
        assert_eq!(stored(&mut stretches, 60), [(10, 41)], "no connection: nothing is known of what comes");
        stretches.observe(at(48));
        stretches.observe(at(56));
        assert_eq!(stored(&mut stretches, 70), [(10, 56)], "it was fetched");
        stretches.live(true, at(80));
        assert_eq!(stored(&mut stretches, 90), [(10, 90)], "and nothing lay between");
    }

    #[test]
    fn an_interruption_leaves_a_stretch_blind() {
        let mut stretches = Stretches::of(Venue::Binance);
        stretches.resume(at(5), at(10));
        stretches.observe(at(12));
        stretches.interrupt();
        stretches.observe(at(50));
        assert_eq!(stored(&mut stretches, 51), [(5, 12), (50, 50)]);
        stretches.live(true, at(52));
        stretches.leave();
        assert_eq!(stored(&mut stretches, 60), [], "nothing grew since");
        stretches.live(true, at(70));
        assert_eq!(stored(&mut stretches, 75), [(70, 75)]);
    }

    #[test]
    fn of_a_polled_venue_only_what_it_answered_is_known() {
        let mut stretches = Stretches::of(Venue::Uphold);
        stretches.live(true, at(10));
        stretches.observe(at(10));
        stretches.observe(at(25));
        assert_eq!(stored(&mut stretches, 30), [(10, 25)]);
        stretches.live(false, at(40));
        stretches.interrupt();
        stretches.observe(at(60));
        assert_eq!(stored(&mut stretches, 61), [(60, 60)]);
    }

    #[test]
    fn a_restart_that_knows_nothing_changes_nothing() {
        let mut stretches = Stretches::of(Venue::Binance);
        stretches.resume(at(5), at(10));
        assert_eq!(stored(&mut stretches, 20), []);
        stretches.interrupt();
        assert_eq!(stored(&mut stretches, 20), []);
    }
}
