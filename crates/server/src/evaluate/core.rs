//! The evaluator's state, without its loop: observations and changes go in, commits come out.
//!
//! It is synchronous and reads no clock, so the tests drive it step by step. Three rules hold it
//! together:
//!
//! * What the engine did is committed in the order in which it happened ([`Outbox`]).
//! * An alert joins at the position at which it was accepted, however late its row arrives: it lives
//!   through the ticks since then in an engine of its own, and enters the common one where that is now.
//! * A fire that the store drops (its alert had changed) was never made: the alert's row is read
//!   again, and it lives through what came since, as a newcomer does.

mod committing;
mod joining;
mod leaving;
mod listening;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use bellwether_engine::{Applied as Verdict, Engine, Fire, InstrumentKey, Market, Outlook};
use bellwether_feeds::{Coverage, Known, Start};
use bellwether_model::{AlertId, Instrument, Observation, Origin, Position, Status, Timestamp};
use bellwether_store::coverage::Covered;
use bellwether_store::evaluation::{MarketPosition, Watched as Row};
use bellwether_store::share::Share;

use self::joining::{channels, policy};
pub(super) use self::listening::unheard;
use super::candles::Candles;
use super::coverage::Stretches;
use super::outbox::Outbox;
use super::positions::{self, Positions};
use super::ring::{Applied, Ring, Stood};
use super::roster::Roster;
use crate::attention::Attention;

/// What the evaluator keeps of an instrument besides what the engine holds.
struct Watch {
    instrument: Instrument,
    ring: Ring,
    candles: Candles,
    stretches: Stretches,
    /// Alerts that look at it.
    watchers: usize,
    /// The position of the last checkpoint that is in the store.
    stored: Option<Position>,
    /// Where no checkpoint was ever stored: the earliest position that an alert goes on from.
    earliest: Option<Position>,
    /// The earliest acceptance of the alerts for which no price was in force: what happened since then
    /// concerns them.
    blind_since: Option<Timestamp>,
    /// Whether a price was in force for any alert that watches.
    is_sighted: bool,
    /// Whether what is known of it is this evaluator's to keep.
    is_home: bool,
    /// Whether its price was in force at the last checkpoint.
    was_in_force: bool,
    /// Whether the last checkpoint is not in the store.
    is_owed: bool,
    /// Where to begin with it, as it was last asked for.
    asked: Option<Start>,
    /// Whether the venue began to count anew while this process ran. A row that comes later may still
    /// speak of the old count: of a position that is ahead of everything here.
    is_renumbered: bool,
    /// Whether the newest tick stands in for trades.
    stands_in: bool,
}

/// The evaluator's state.
pub(super) struct Core {
    share: Share,
    engine: Engine,
    keys: HashMap<Instrument, InstrumentKey>,
    watches: HashMap<InstrumentKey, Watch>,
    roster: Roster,
    outbox: Outbox,
    positions: Positions,
    /// Observations applied since the start: the order among instruments.
    place: u64,
    /// Whether the set of watched instruments changed since it was last asked for.
    wanted_changed: bool,
    /// Instruments that no alert looks at any more and that are watched a while longer, and until when.
    lingering: HashMap<InstrumentKey, Timestamp>,
    /// Alerts whose rows are to be read again.
    reread: Vec<AlertId>,
    fires: Vec<Fire>,
    /// Whether what is applied came while no process ran, so that its fires come late.
    is_replaying: bool,
    /// Since when pushed ticks are taken in.
    up_since: Option<Timestamp>,
    attention: Attention,
}

impl Core {
    /// Of all alerts.
    #[cfg(test)]
    pub(super) fn new(positions: Positions) -> Self {
        Self::of(Share::All, positions)
    }

    /// Of a share of the alerts.
    pub(super) fn of(share: Share, positions: Positions) -> Self {
        Self {
            share,
            engine: Engine::new(),
            keys: HashMap::new(),
            watches: HashMap::new(),
            roster: Roster::default(),
            outbox: Outbox::default(),
            positions,
            place: 0,
            wanted_changed: true,
            lingering: HashMap::new(),
            reread: Vec::new(),
            fires: Vec::new(),
            is_replaying: false,
            up_since: None,
            attention: Attention::default(),
        }
    }

    /// Whose alerts these are.
    pub(super) fn share(&self) -> Share {
        self.share
    }

    /// Whether ticks of an instrument concern it.
    pub(super) fn reads(&self, instrument: &Instrument) -> bool {
        self.share == Share::Composites || self.share.is_home_of(instrument)
    }

    /// Whether it takes over from others what they knew, and reads the log that they read; one process asks the
    /// venues instead.
    fn follows_log(&self) -> bool {
        self.share != Share::All
    }

    /// Whether what is applied from here on came while no process evaluated it.
    pub(super) fn replaying(&mut self, is_late: bool) {
        self.is_replaying = is_late;
    }

    /// Everything up to this batch of the tick log was applied.
    pub(super) fn reached(&mut self, number: u64) {
        self.outbox.reached(number);
    }

    /// Goes on from where an instrument stood when the process before this one last said so.
    pub(super) fn resume(&mut self, stored: &MarketPosition) {
        let market = Market {
            price: stored.price,
            time: stored.time,
            position: stored.position,
            numbered: stored.numbered,
            in_force: stored.in_force || !self.follows_log(),
        };
        let in_force = market.in_force;
        let key = self.key(&stored.instrument);
        let mut memory = stored.memory.as_slice();
        if let Err(bad) = self.engine.resume(key, &market, memory) {
            tracing::error!(instrument = %stored.instrument, "{bad}; windows begin anew");
            memory = &[];
            let _ = self.engine.resume(key, &market, memory);
        }
        if let Some(watch) = self.watches.get_mut(&key) {
            watch.ring = Ring::new(Some(Stood { market, memory: memory.into() }));
            watch.stored = Some(stored.position);
            watch.was_in_force = in_force;
            watch.candles = Candles::resume(stored.running);
        }
        self.publish(key);
    }

    /// Goes on with the stretch in which an instrument was watched by the process before this one.
    pub(super) fn resume_coverage(&mut self, stored: &Covered) {
        let key = self.key(&stored.instrument);
        if let Some(watch) = self.watches.get_mut(&key) {
            watch.stretches.resume(stored.from, stored.to);
        }
    }

    /// Takes in an alert as it stood in the store when the process started.
    pub(super) fn load(&mut self, row: &Row) {
        let watched = self.watched(row);
        if let (Some(position), Some(watch)) =
            (row.state.position, self.watches.get_mut(&watched.as_slice()[0]))
        {
            watch.earliest = Some(watch.earliest.map_or(position, |earliest| earliest.min(position)));
        }
        let slot = self.engine.arm(self.arming(row, &watched)).ok();
        self.enter(row, watched, slot);
    }

    /// Ends the loading: a price that nobody watched until now is not in force, nor is one that was not
    /// for any of those who watch, but for those of which everything is heard. Whoever follows the log knows from there
    /// what is in force.
    pub(super) fn loaded(&mut self) {
        if self.follows_log() {
            return;
        }
        let unseen = |watch: &Watch| !watch.is_sighted && !watch.hears_all();
        for (key, watch) in self.watches.iter_mut().filter(|(_, watch)| unseen(watch)) {
            watch.candles.lose_sight();
            watch.stretches.interrupt();
            self.engine.interrupt(*key);
            self.positions.interrupt(&watch.instrument);
        }
    }

    /// Applies observations of one instrument.
    pub(super) fn observe(&mut self, instrument: &Instrument, observations: &[Observation], now: Timestamp) {
        let key = self.key(instrument);
        let listens = self.engine.listens(key);
        for observation in observations {
            // The log may hold a batch twice. Without numbers of their own equal ticks would both count.
            if self.follows_log()
                && observation.tick.id.is_none()
                && self.is_past(key, observation.tick.position)
            {
                continue;
            }
            // The ticks of a candle are as far apart as its thirds, whatever was traded in between.
            let stands_in = observation.origin == Origin::Candle;
            let stood_in =
                self.watches.get_mut(&key).map(|watch| std::mem::replace(&mut watch.stands_in, stands_in));
            if listens && !stands_in && stood_in != Some(true) {
                self.tell_silence(key, observation.tick.time, now);
            }
            let mut fires = std::mem::take(&mut self.fires);
            match self.engine.apply(key, observation, &mut fires) {
                Verdict::Fresh => {
                    self.place += 1;
                    let applied = Applied { place: self.place, observation: *observation };
                    if let Some(watch) = self.watches.get_mut(&key) {
                        watch.ring.push(applied);
                        if watch.is_home {
                            watch.candles.observe(&observation.tick);
                            watch.stretches.observe(observation.tick.time);
                        }
                    }
                    for fire in fires.drain(..) {
                        self.queue(&fire, observation, now);
                    }
                }
                Verdict::Stale => metrics::counter!("bellwether_ticks_stale_total").increment(1),
                Verdict::Mixed => metrics::counter!("bellwether_ticks_mixed_total").increment(1),
            }
            self.fires = fires;
        }
        metrics::counter!("bellwether_ticks_total").increment(observations.len() as u64);
        self.publish(key);
    }

    /// Applies a tick of the log, where the process before this one had not got to it; whether so.
    pub(super) fn replay(
        &mut self,
        instrument: &Instrument,
        observation: &Observation,
        now: Timestamp,
    ) -> bool {
        let key = self.key(instrument);
        // Ticks without a number of their own would be applied again at an equal time.
        if self.is_past(key, observation.tick.position) {
            return false;
        }
        self.is_replaying = true;
        self.observe(instrument, std::slice::from_ref(observation), now);
        self.is_replaying = false;
        true
    }

    fn is_past(&self, key: InstrumentKey, position: Position) -> bool {
        self.engine.market(key).is_some_and(|market| market.position >= position)
    }

    /// Notes that an instrument's price is no longer in force: what came since it is unknown.
    pub(super) fn interrupt(&mut self, instrument: &Instrument, now: Timestamp) {
        let key = self.key(instrument);
        if let Some(watch) = self.watches.get_mut(&key) {
            watch.candles.interrupt(now);
            watch.stretches.interrupt();
        }
        self.engine.interrupt(key);
        self.positions.interrupt(instrument);
    }

    /// Lets an instrument's positions begin anew, since its venue counts from the start again.
    pub(super) fn renumber(&mut self, instrument: &Instrument) {
        let key = self.key(instrument);
        self.engine.renumber(key);
        let memory = self.engine.memory(key).into();
        let stood = self.engine.market(key).map(|market| Stood { market, memory });
        if let Some(watch) = self.watches.get_mut(&key) {
            watch.ring = Ring::new(stood);
            watch.candles.lose_sight();
            watch.stretches.interrupt();
            (watch.stored, watch.earliest, watch.is_renumbered) = (None, None, true);
        }
        self.publish(key);
    }

    /// Notes how an instrument is watched from here on, which may be said again.
    pub(super) fn cover(
        &mut self,
        instrument: &Instrument,
        coverage: &Coverage,
        since: Timestamp,
        now: Timestamp,
    ) {
        let watch = self.keys.get(instrument).and_then(|key| self.watches.get_mut(key));
        if let Some(watch) = watch.filter(|watch| watch.is_home) {
            watch.stretches.live(*coverage == Coverage::Watched, since);
        }
        self.positions.watch(instrument, coverage.clone(), since);
        self.listen_in_log(instrument, coverage, since, now);
    }

    /// Why an alert has not fired; `None` where it is not in force in the shape of this row.
    pub(super) fn outlook(&self, row: &Row, now: Timestamp) -> Option<Outlook> {
        let entry = self.roster.get(row.id)?;
        let is_as_held = u64::from(entry.arming) == row.arming && !self.roster.is_stale(row.id);
        let slot = entry.slot.filter(|_| is_as_held)?;
        Some(self.engine.outlook(slot, &row.spec.condition, policy(row), now))
    }

    /// Takes in an alert as it stands in the store after a change.
    pub(super) fn change(&mut self, row: &Row, now: Timestamp) {
        if !self.share.holds(&row.spec) {
            // Somebody else's, maybe since this change. Where fires of it are on their way, it leaves once the
            // store has decided on them.
            return match self.roster.get(row.id).filter(|entry| entry.uncommitted > 0) {
                Some(_) => {
                    self.roster.mark_stale(row.id);
                    self.leave_slot(row.id);
                }
                None => self.leave(row.id),
            };
        }
        let is_stale = self.roster.is_stale(row.id);
        let Some(entry) = self.roster.get_mut(row.id) else {
            if row.status == Status::Active {
                self.join(row, false, now);
            }
            return;
        };
        if is_stale || row.revision <= entry.revision {
            return;
        }
        if entry.uncommitted > 0 {
            // The store decides which of its fires still count; until then it is out of force.
            self.roster.mark_stale(row.id);
            self.leave_slot(row.id);
            return;
        }
        let amended = row.status == Status::Active && u64::from(entry.arming) == row.arming;
        match (amended, entry.slot) {
            (true, Some(slot)) => {
                entry.revision = row.revision;
                entry.channels = channels(row);
                self.engine.amend(slot, policy(row));
            }
            _ => self.rejoin(row, now),
        }
    }

    /// Takes in an alert's row that was read again; `None` where it is gone. One that needs it no longer has come back
    /// by the change log since.
    pub(super) fn reread(&mut self, id: AlertId, row: Option<&Row>, now: Timestamp) {
        if !self.roster.is_stale(id) {
            return;
        }
        match row.filter(|row| self.share.holds(&row.spec)) {
            Some(row) => self.rejoin(row, now),
            None => self.leave(id),
        }
    }

    /// Alerts whose rows are to be read again; those that `ask` does not take stay for the next time.
    pub(super) fn ask_rereads(&mut self, mut ask: impl FnMut(AlertId) -> bool) {
        while let Some(id) = self.reread.pop() {
            if !ask(id) {
                self.reread.push(id);
                return;
            }
        }
    }

    /// Alerts that are not held as they stand, in the order of their ids.
    pub(super) fn stale(&self) -> Vec<AlertId> {
        self.roster.stale()
    }

    /// Alerts held.
    pub(super) fn alerts(&self) -> usize {
        self.roster.len()
    }

    /// The instruments that alerts look at or have just looked at, each with where to begin, where the set changed
    /// since it was last asked for.
    pub(super) fn take_wanted(&mut self, now: Timestamp) -> Option<BTreeMap<Instrument, Start>> {
        if !std::mem::take(&mut self.wanted_changed) {
            return None;
        }
        self.let_go(now);
        let wanted = self.watches.iter().filter(|(key, watch)| self.is_wanted(**key, watch));
        let starts: Vec<_> = wanted.map(|(key, watch)| (*key, self.start(*key, watch))).collect();
        let mut wanted = BTreeMap::new();
        for (key, start) in starts {
            if let Some(watch) = self.watches.get_mut(&key) {
                watch.asked = Some(start);
                wanted.insert(watch.instrument.clone(), start);
            }
        }
        Some(wanted)
    }

    /// The last ticks of the instruments that are wanted.
    pub(super) fn last_ticks(&self) -> BTreeMap<Instrument, Known> {
        let wanted = self.watches.iter().filter(|(key, watch)| self.is_wanted(**key, watch));
        let known = wanted.filter_map(|(key, watch)| {
            let Market { position, time, price, .. } = self.engine.market(*key)?;
            Some((watch.instrument.clone(), Known { position, time, price }))
        });
        known.collect()
    }

    /// Asks anew where an instrument is to be begun with in another manner than was last asked for: whoever takes
    /// a feed over goes by that.
    fn review_wanted(&mut self) {
        let is_other = |(key, watch): (&InstrumentKey, &Watch)| {
            let asked = watch.asked.as_ref().map(std::mem::discriminant);
            self.is_wanted(*key, watch) && asked != Some(std::mem::discriminant(&self.start(*key, watch)))
        };
        self.wanted_changed = self.wanted_changed || self.watches.iter().any(is_other);
    }

    fn start(&self, key: InstrumentKey, watch: &Watch) -> Start {
        let market = self.engine.market(key);
        match (&market, watch.blind_since, watch.earliest) {
            (Some(market), _, _) if market.in_force => Start::After(market.position),
            (_, Some(since), _) => Start::Since(since),
            // The tick at the position itself is the price in force there, so it is asked for as well.
            (None, None, Some(earliest)) => Start::After(Position(earliest.0.saturating_sub(1))),
            (_, None, _) => Start::Now,
        }
    }

    fn key(&mut self, instrument: &Instrument) -> InstrumentKey {
        if let Some(key) = self.keys.get(instrument) {
            return *key;
        }
        let key = self.engine.instrument(instrument);
        self.keys.insert(instrument.clone(), key);
        let watch = Watch {
            instrument: instrument.clone(),
            ring: Ring::new(None),
            candles: Candles::new(),
            stretches: Stretches::of(instrument.venue()),
            watchers: 0,
            stored: None,
            earliest: None,
            blind_since: None,
            is_sighted: false,
            is_home: self.share.is_home_of(instrument),
            was_in_force: false,
            is_owed: false,
            asked: None,
            is_renumbered: false,
            stands_in: false,
        };
        self.watches.insert(key, watch);
        key
    }

    fn publish(&self, key: InstrumentKey) {
        let (Some(watch), Some(market)) = (self.watches.get(&key), self.engine.market(key)) else { return };
        let published = positions::Market {
            price: market.price,
            time: market.time,
            position: market.position,
            numbered: market.numbered,
            in_force: market.in_force,
        };
        self.positions.set(&watch.instrument, published);
    }
}
