//! Silences: alerts are told that nothing came of an instrument, as far as that is known.
//!
//! What lies between two ticks is known with the second one, whether it came live or was fetched. What follows
//! the newest one is known while every tick comes as it happens: for one process up to a moment before now, for
//! whoever follows the log up to where a feed has last said in it that it watches. A feed that is down, a log
//! that is not read to its end, or a process that was held up claims nothing.

use bellwether_engine::{Fire, InstrumentKey};
use bellwether_feeds::Coverage;
use bellwether_model::{Instrument, Observation, Origin, Timestamp, Venue};

use super::{Core, Watch};

/// How long a tick may be on its way.
const GRACE_US: i64 = 2_000_000;

impl Watch {
    /// Since when every tick of it is known, up to its newest; nothing where that is never so.
    fn known_since(&self, up_since: Option<Timestamp>) -> Option<Timestamp> {
        match self.instrument.venue() {
            Venue::Push => up_since,
            venue if venue.is_polled() => None,
            _ => self.stretches.begun(),
        }
    }

    /// Since when every tick of it comes as it happens, where that is so.
    fn live_since(&self, up_since: Option<Timestamp>) -> Option<Timestamp> {
        match self.instrument.venue() {
            Venue::Push => up_since,
            _ => self.stretches.live_since(),
        }
    }
}

/// Before which instant everything that happened was heard, where everything was that had come up to `heard`.
fn settled(heard: Timestamp) -> Timestamp {
    Timestamp::from_micros(heard.micros().saturating_sub(GRACE_US))
}

impl Core {
    /// Notes that pushed ticks are taken in from now on.
    pub(in crate::evaluate) fn up(&mut self, now: Timestamp) {
        self.up_since = Some(now);
    }

    /// Tells of silences up to now, where nothing waits to be observed. To be called about once a second: it
    /// looks only at instruments whose silence somebody waits for.
    pub(in crate::evaluate) fn listen(&mut self, now: Timestamp) {
        if self.follows_log() {
            return;
        }
        let heard = self.attention.heard_until(now);
        let listened: Vec<InstrumentKey> = self.engine.listened().collect();
        for key in listened {
            let is_live = |watch: &Watch| watch.live_since(self.up_since).is_some();
            if self.watches.get(&key).is_some_and(is_live) {
                self.tell_silence(key, settled(heard), now);
            }
        }
    }

    /// Tells of a silence up to where the log has come, which says how an instrument is watched.
    pub(super) fn listen_in_log(
        &mut self,
        instrument: &Instrument,
        coverage: &Coverage,
        at: Timestamp,
        now: Timestamp,
    ) {
        if !self.follows_log() || *coverage != Coverage::Watched {
            return;
        }
        if let Some(key) = self.keys.get(instrument).copied().filter(|key| self.engine.listens(*key)) {
            self.tell_silence(key, settled(at), now);
        }
    }

    /// The pushed instruments whose silence alerts wait for. No feed says in the log that it watches them.
    pub(in crate::evaluate) fn listened_pushes(&self) -> Vec<Instrument> {
        let watches = self.engine.listened().filter_map(|key| self.watches.get(&key));
        let pushed = watches.filter(|watch| watch.instrument.venue() == Venue::Push);
        pushed.map(|watch| watch.instrument.clone()).collect()
    }

    /// Since when every tick of an instrument is known, up to its newest.
    pub(super) fn known_since(&self, key: InstrumentKey) -> Option<Timestamp> {
        self.watches.get(&key)?.known_since(self.up_since)
    }

    /// Tells those who wait for it that nothing came of an instrument from its newest tick up to `before`.
    pub(super) fn tell_silence(&mut self, key: InstrumentKey, before: Timestamp, now: Timestamp) {
        let Some(since) = self.known_since(key) else { return };
        let mut fires = std::mem::take(&mut self.fires);
        self.engine.silence(key, before, since, &mut fires);
        for mut fire in fires.drain(..) {
            let watch = self.watches.get(&key);
            // The number of a tick that stands in for trades is none of theirs.
            fire.tick.id = fire.tick.id.filter(|_| watch.is_none_or(|watch| !watch.stands_in));
            let live_since = watch.and_then(|watch| watch.live_since(self.up_since));
            let is_late = live_since.is_none_or(|live| fire.tick.time < live);
            self.queue(&fire, &unheard(&fire, is_late), now);
        }
        self.fires = fires;
    }
}

/// What stands for the tick of a silence's fire: the last one before it, with the instant of the fire.
pub(in crate::evaluate) fn unheard(fire: &Fire, is_late: bool) -> Observation {
    Observation {
        tick: fire.tick,
        trades: None,
        origin: if is_late { Origin::Refilled } else { Origin::Live },
    }
}
