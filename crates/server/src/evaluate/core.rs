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

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bellwether_engine::{Applied as Verdict, Arming, Engine, Fire, InstrumentKey, Outlook, Policy};
use bellwether_feeds::{Coverage, Start};
use bellwether_model::{
    AlertId, AlertState, DeliveryId, Evidence, FireId, Instrument, Observation, Origin, Position, Resolution,
    Status, Timestamp,
};
use bellwether_store::evaluation::{Commit, Committed, MarketPosition, NewFire, StateChange, Watched as Row};
use uuid::Uuid;

use super::candles::Candles;
use super::newcomer::{self, Life};
use super::outbox::{Checkpoint, Outbox};
use super::positions::{self, Positions};
use super::ring::{Applied, Ring, Stood};
use super::roster::{Entry, Roster, Watched};

/// What the evaluator keeps of an instrument besides what the engine holds.
struct Watch {
    instrument: Instrument,
    ring: Ring,
    candles: Candles,
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
    /// Whether the venue began to count anew while this process ran. A row that comes later may still
    /// speak of the old count: of a position that is ahead of everything here.
    is_renumbered: bool,
}

/// What a commit held, to settle it by.
pub(super) struct Sent {
    fires: Vec<AlertId>,
    positions: Vec<(Instrument, Position)>,
}

impl Sent {
    pub(super) fn of(commit: &Commit) -> Self {
        Self {
            fires: commit.fires.iter().map(|fire| fire.alert).collect(),
            positions: commit.positions.iter().map(|p| (p.instrument.clone(), p.position)).collect(),
        }
    }
}

/// The evaluator's state.
pub(super) struct Core {
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
    /// Alerts whose rows are to be read again.
    reread: Vec<AlertId>,
    fires: Vec<Fire>,
}

impl Core {
    pub(super) fn new(positions: Positions) -> Self {
        Self {
            engine: Engine::new(),
            keys: HashMap::new(),
            watches: HashMap::new(),
            roster: Roster::default(),
            outbox: Outbox::default(),
            positions,
            place: 0,
            wanted_changed: true,
            reread: Vec::new(),
            fires: Vec::new(),
        }
    }

    /// Goes on from where an instrument stood when the process before this one last said so.
    pub(super) fn resume(&mut self, stored: &MarketPosition) {
        let market = bellwether_engine::Market {
            price: stored.price,
            time: stored.time,
            position: stored.position,
            numbered: stored.numbered,
            in_force: true,
        };
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
            watch.candles = Candles::resume(stored.running);
        }
        self.publish(key);
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
    /// for any of those who watch.
    pub(super) fn loaded(&mut self) {
        for (key, watch) in self.watches.iter_mut().filter(|(_, watch)| !watch.is_sighted) {
            watch.candles.lose_sight();
            self.engine.interrupt(*key);
            self.positions.interrupt(&watch.instrument);
        }
    }

    /// Applies observations of one instrument.
    pub(super) fn observe(&mut self, instrument: &Instrument, observations: &[Observation], now: Timestamp) {
        let key = self.key(instrument);
        for observation in observations {
            let mut fires = std::mem::take(&mut self.fires);
            match self.engine.apply(key, observation, &mut fires) {
                Verdict::Fresh => {
                    self.place += 1;
                    let applied = Applied { place: self.place, observation: *observation };
                    if let Some(watch) = self.watches.get_mut(&key) {
                        watch.ring.push(applied);
                        watch.candles.observe(&observation.tick);
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

    /// Notes that an instrument's price is no longer in force: what came since it is unknown.
    pub(super) fn interrupt(&mut self, instrument: &Instrument, now: Timestamp) {
        let key = self.key(instrument);
        if let Some(watch) = self.watches.get_mut(&key) {
            watch.candles.interrupt(now);
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
            (watch.stored, watch.earliest, watch.is_renumbered) = (None, None, true);
        }
        self.publish(key);
    }

    /// Notes how an instrument is watched from here on.
    pub(super) fn cover(&self, instrument: &Instrument, coverage: &Coverage, since: Timestamp) {
        self.positions.watch(instrument, coverage.clone(), since);
    }

    /// Why an alert has not fired; `None` where it is not in force in the shape of this row.
    pub(super) fn outlook(&self, row: &Row, now: Timestamp) -> Option<Outlook> {
        let entry = self.roster.get(row.id)?;
        let slot = entry.slot.filter(|_| u64::from(entry.arming) == row.arming && !entry.stale)?;
        Some(self.engine.outlook(slot, &row.spec.condition, policy(row), now))
    }

    /// Takes in an alert as it stands in the store after a change.
    pub(super) fn change(&mut self, row: &Row, now: Timestamp) {
        let Some(entry) = self.roster.get_mut(row.id) else {
            if row.status == Status::Active {
                self.join(row, false, now);
            }
            return;
        };
        if entry.stale || row.revision <= entry.revision {
            return;
        }
        if entry.uncommitted > 0 {
            // The store decides which of its fires still count; until then it is out of force.
            entry.stale = true;
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

    /// Takes in an alert's row that was read again; `None` where it is gone.
    pub(super) fn reread(&mut self, id: AlertId, row: Option<&Row>, now: Timestamp) {
        match row {
            Some(row) => self.rejoin(row, now),
            None => self.leave(id),
        }
    }

    /// Takes in what became of a commit.
    pub(super) fn settled(&mut self, sent: &Sent, committed: &Committed) {
        for (instrument, position) in &sent.positions {
            let watch = self.keys.get(instrument).and_then(|key| self.watches.get_mut(key));
            if let Some(watch) = watch {
                watch.stored = Some(*position);
            }
        }
        for (id, _) in &committed.dropped {
            metrics::counter!("bellwether_fires_dropped_total").increment(1);
            self.leave_slot(*id);
            if let Some(entry) = self.roster.get_mut(*id) {
                entry.stale = true;
            }
        }
        for &id in &sent.fires {
            let Some(entry) = self.roster.get_mut(id) else { continue };
            entry.uncommitted -= 1;
            if entry.uncommitted == 0 && entry.stale {
                self.reread.push(id);
            }
        }
    }

    /// Hands where everything stands now to the outbox.
    pub(super) fn checkpoint(&mut self) {
        let mut changed = Vec::new();
        self.engine.take_changed(&mut changed);
        let mut checkpoint = Checkpoint::default();
        for slot in changed {
            let state = self.engine.state(slot);
            if let Some((alert, entry)) = self.roster.in_slot(slot) {
                checkpoint.states.push(StateChange { alert, revision: entry.revision, state });
            }
        }
        for (key, watch) in &mut self.watches {
            watch.candles.hand_over(&watch.instrument, &mut checkpoint);
            if !watch.ring.moved() {
                continue;
            }
            let market = self.engine.market(*key);
            let memory: Arc<[u8]> = self.engine.memory(*key).into();
            if let Some(market) = &market {
                checkpoint.positions.push(MarketPosition {
                    instrument: watch.instrument.clone(),
                    position: market.position,
                    numbered: market.numbered,
                    price: market.price,
                    time: market.time,
                    memory: memory.to_vec(),
                    running: watch.candles.running(),
                });
            }
            watch.ring.checkpoint(market.map(|market| Stood { market, memory }));
        }
        self.outbox.checkpoint(checkpoint);
    }

    /// The next transaction, where anything waits.
    pub(super) fn next_commit(&mut self) -> Option<Commit> {
        self.outbox.next_commit()
    }

    /// Fires that wait to be committed.
    pub(super) fn waiting_fires(&self) -> usize {
        self.outbox.fires()
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

    /// Alerts held.
    pub(super) fn alerts(&self) -> usize {
        self.roster.len()
    }

    /// The instruments that alerts look at, each with where to begin, where the set changed since it was
    /// last asked for.
    pub(super) fn take_wanted(&mut self) -> Option<BTreeMap<Instrument, Start>> {
        if !std::mem::take(&mut self.wanted_changed) {
            return None;
        }
        let wanted = self.watches.iter().filter(|(_, watch)| watch.watchers > 0);
        Some(wanted.map(|(key, watch)| (watch.instrument.clone(), self.start(*key, watch))).collect())
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
            watchers: 0,
            stored: None,
            earliest: None,
            blind_since: None,
            is_sighted: false,
            is_renumbered: false,
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
            in_force: market.in_force,
        };
        self.positions.set(&watch.instrument, published);
    }

    fn watched(&mut self, row: &Row) -> Watched {
        let keys: Vec<_> = row.spec.instruments().into_iter().map(|i| self.key(i)).collect();
        match <[InstrumentKey; 1]>::try_from(keys) {
            Ok(one) => Watched::One(one),
            Err(many) => Watched::Many(many.into()),
        }
    }

    fn arming(&self, row: &Row, watched: &Watched) -> Arming {
        Arming {
            instrument: watched.as_slice()[0],
            condition: row.spec.condition.clone(),
            policy: policy(row),
            state: row.state.clone(),
            order: order(row),
        }
    }

    fn enter(&mut self, row: &Row, instruments: Watched, slot: Option<bellwether_engine::Slot>) {
        let others = row.state.others.iter().map(|standing| standing.has_reference);
        let has_reference = std::iter::once(row.state.has_reference).chain(others);
        for (key, has_reference) in instruments.as_slice().iter().zip(has_reference) {
            if let Some(watch) = self.watches.get_mut(key) {
                watch.watchers += 1;
                self.wanted_changed |= watch.watchers == 1;
                watch.is_sighted |= has_reference;
                if !has_reference {
                    let since = watch.blind_since.into_iter().chain(row.state.accepted_at).min();
                    watch.blind_since = since;
                }
            }
        }
        let entry = Entry {
            revision: row.revision,
            arming: u32::try_from(row.arming).unwrap_or(u32::MAX),
            channels: channels(row),
            stale: false,
            uncommitted: 0,
            slot,
            instruments,
        };
        self.roster.insert(row.id, entry);
    }

    fn leave(&mut self, id: AlertId) {
        self.leave_slot(id);
        let Some(entry) = self.roster.remove(id) else { return };
        for key in entry.instruments.as_slice() {
            let Some(watch) = self.watches.get_mut(key) else { continue };
            watch.watchers -= 1;
            if watch.watchers == 0 {
                // Nobody watches it from here on, so its price will not stay in force.
                self.wanted_changed = true;
                (watch.blind_since, watch.is_sighted) = (None, false);
                watch.candles.lose_sight();
                self.engine.interrupt(*key);
                self.positions.interrupt(&watch.instrument);
                self.positions.unwatch(&watch.instrument);
            }
        }
    }

    fn leave_slot(&mut self, id: AlertId) {
        if let Some(slot) = self.roster.vacate(id) {
            self.engine.disarm(slot);
        }
    }

    /// Arms an alert anew from its row, or lets it go where it is no longer in force.
    fn rejoin(&mut self, row: &Row, now: Timestamp) {
        let known_arming = self.roster.get(row.id).map(|entry| u64::from(entry.arming));
        self.leave(row.id);
        if row.status == Status::Active {
            self.join(row, known_arming == Some(row.arming), now);
        }
    }

    /// Arms an alert at the position of its row, and lets it live through what came since.
    ///
    /// A row of the same arming that was in force here until now is right up to the last stored
    /// checkpoint too: had its state moved before that, the checkpoint would have written it.
    fn join(&mut self, row: &Row, was_in_force: bool, now: Timestamp) {
        let watched = self.watched(row);
        let mut arming = self.arming(row, &watched);
        self.translate_positions(&mut arming, &watched);
        if was_in_force {
            self.raise_to_checkpoint(&mut arming, &watched);
        }
        let lived = self.live_through(&mut arming, &watched);
        let slot = if lived.iter().any(|life| life.fire.ended) { None } else { self.engine.arm(arming).ok() };
        self.enter(row, watched, slot);
        for Life { instrument, fire, state, observation } in lived {
            self.queue_for(row.id, &fire, instrument, state, &observation, now);
        }
    }

    /// Has positions of an old count be the beginning of the new one.
    fn translate_positions(&self, arming: &mut Arming, watched: &Watched) {
        let others = arming.state.others.iter_mut().map(|standing| &mut standing.position);
        let positions = std::iter::once(&mut arming.state.position).chain(others);
        for (position, key) in positions.zip(watched.as_slice()) {
            let is_renumbered = self.watches.get(key).is_some_and(|watch| watch.is_renumbered);
            let newest = self.engine.market(*key).map(|market| market.position);
            if is_renumbered && *position > newest {
                *position = Some(Position(0));
            }
        }
    }

    fn raise_to_checkpoint(&self, arming: &mut Arming, watched: &Watched) {
        let stored = |key: &InstrumentKey| self.watches.get(key).and_then(|watch| watch.stored);
        let (own, others) = (watched.as_slice()[0], &watched.as_slice()[1..]);
        arming.state.position = arming.state.position.max(stored(&own));
        for (standing, key) in arming.state.others.iter_mut().zip(others) {
            standing.position = standing.position.max(stored(key));
        }
    }

    /// Runs an alert over what was applied since its position, and leaves `arming` at where it is then.
    fn live_through(&self, arming: &mut Arming, watched: &Watched) -> Vec<Life> {
        let others = arming.state.others.iter().map(|standing| standing.position);
        let positions: Vec<_> = std::iter::once(arming.state.position).chain(others).collect();
        let mut pasts = Vec::new();
        for (key, position) in watched.as_slice().iter().zip(positions) {
            let Some(watch) = self.watches.get(key) else { return Vec::new() };
            if self.engine.market(*key).map(|market| market.position) <= position {
                // Nothing was applied since; the other instruments of a composite may still have a past.
                continue;
            }
            match watch.ring.since(position) {
                Some(past) => pasts.push((&watch.instrument, position, past)),
                None => {
                    metrics::counter!("bellwether_newcomers_too_late_total").increment(1);
                    tracing::warn!(instrument = %watch.instrument, "an alert came later than the recent past reaches; it is in force from now on");
                    return Vec::new();
                }
            }
        }
        if pasts.is_empty() {
            Vec::new()
        } else {
            newcomer::live(arming, watched, &self.names(watched), &pasts)
        }
    }

    fn names(&self, watched: &Watched) -> Vec<Instrument> {
        let name = |key| self.watches.get(key).map(|watch| watch.instrument.clone());
        watched.as_slice().iter().filter_map(name).collect()
    }

    /// Queues a fire of the common engine.
    fn queue(&mut self, fire: &Fire, observation: &Observation, now: Timestamp) {
        let state = self.engine.state(fire.slot);
        let Some(instrument) = self.watches.get(&fire.instrument).map(|watch| watch.instrument.clone())
        else {
            return;
        };
        let Some(id) = self.roster.in_slot(fire.slot).map(|(id, _)| id) else { return };
        self.queue_for(id, fire, instrument, state, observation, now);
    }

    fn queue_for(
        &mut self,
        alert: AlertId,
        fire: &Fire,
        instrument: Instrument,
        state: AlertState,
        observation: &Observation,
        now: Timestamp,
    ) {
        let Some(entry) = self.roster.get_mut(alert) else { return };
        entry.uncommitted += 1;
        let evidence = Evidence {
            instrument,
            time: fire.tick.time,
            id: fire.tick.id,
            price: fire.tick.price,
            previous_price: fire.previous,
            measure: fire.measure.clone(),
            resolution: match observation.origin {
                Origin::Candle => Resolution::Minute,
                Origin::Live | Origin::Refilled => Resolution::Tick,
            },
        };
        self.outbox.fire(NewFire {
            id: FireId(Uuid::now_v7()),
            alert,
            revision: entry.revision,
            number: fire.number,
            evidence,
            trades: observation.trades,
            evaluated_at: now,
            late: observation.origin != Origin::Live,
            state,
            ends: fire.ended,
            deliveries: (0..entry.channels).map(|_| DeliveryId(Uuid::now_v7())).collect(),
        });
    }
}

/// Fires of one tick come in the order in which their alerts were made.
fn order(row: &Row) -> u64 {
    u64::try_from(row.created_at.micros()).unwrap_or(0)
}

fn channels(row: &Row) -> u8 {
    u8::try_from(row.spec.channels.len()).unwrap_or(u8::MAX)
}

fn policy(row: &Row) -> Policy {
    Policy { repeat: row.spec.repeat, expires_at: row.spec.expires_at, snoozed_until: row.snoozed_until }
}
