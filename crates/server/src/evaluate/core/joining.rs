//! Alerts join where they were accepted.
//!
//! An alert's row may arrive long after its position was passed, and a fire of it may have lost against an
//! edit: either way it lives through what came since, in an engine of its own, before it is one of many.

use bellwether_engine::{Arming, InstrumentKey, Policy};
use bellwether_model::{Instrument, Position, Status, Timestamp};
use bellwether_store::evaluation::Watched as Row;

use super::super::newcomer::{self, Life};
use super::super::roster::{Entry, Watched};
use super::Core;

impl Core {
    pub(super) fn watched(&mut self, row: &Row) -> Watched {
        let keys: Vec<_> = row.spec.instruments().into_iter().map(|i| self.key(i)).collect();
        match <[InstrumentKey; 1]>::try_from(keys) {
            Ok(one) => Watched::One(one),
            Err(many) => Watched::Many(many.into()),
        }
    }

    pub(super) fn arming(&self, row: &Row, watched: &Watched) -> Arming {
        Arming {
            instrument: watched.as_slice()[0],
            condition: row.spec.condition.clone(),
            policy: policy(row),
            state: row.state.clone(),
            order: order(row),
        }
    }

    pub(super) fn enter(&mut self, row: &Row, instruments: Watched, slot: Option<bellwether_engine::Slot>) {
        let others = row.state.others.iter().map(|standing| standing.has_reference);
        let has_reference = std::iter::once(row.state.has_reference).chain(others);
        for (key, has_reference) in instruments.as_slice().iter().zip(has_reference) {
            if let Some(watch) = self.watches.get_mut(key) {
                watch.watchers += 1;
                self.lingering.remove(key);
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
            uncommitted: 0,
            slot,
            instruments,
        };
        self.roster.insert(row.id, entry);
    }

    /// Arms an alert anew from its row, or lets it go where it is no longer in force.
    pub(super) fn rejoin(&mut self, row: &Row, now: Timestamp) {
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
    pub(super) fn join(&mut self, row: &Row, was_in_force: bool, now: Timestamp) {
        let watched = self.watched(row);
        let mut arming = self.arming(row, &watched);
        self.translate_positions(&mut arming, &watched);
        if was_in_force {
            self.raise_to_checkpoint(&mut arming, &watched);
        }
        let lived = self.live_through(&mut arming, &watched);
        let has_moved = arming.state != row.state;
        let slot = if lived.iter().any(|life| life.fire.ended) { None } else { self.engine.arm(arming).ok() };
        if let Some(slot) = slot.filter(|_| has_moved) {
            // What it lived through is behind the next checkpoint.
            self.engine.touch(slot);
        }
        self.enter(row, watched, slot);
        for Life { instrument, fire, state, observation } in lived {
            self.queue_for(row.id, &fire, instrument, state, &observation, now);
        }
    }

    /// Has positions of an old count be the beginning of the new one.
    fn translate_positions(&self, arming: &mut Arming, watched: &Watched) {
        // Where its own position is one of the old count, a silence that was told may be the one after it.
        let was_told = arming.state.told.is_some() && arming.state.told == arming.state.position;
        let others = arming.state.others.iter_mut().map(|standing| &mut standing.position);
        let positions = std::iter::once(&mut arming.state.position).chain(others);
        for (position, key) in positions.zip(watched.as_slice()) {
            let is_renumbered = self.watches.get(key).is_some_and(|watch| watch.is_renumbered);
            let newest = self.engine.market(*key).map(|market| market.position);
            if is_renumbered && *position > newest {
                *position = Some(Position(0));
            }
        }
        if was_told {
            arming.state.told = arming.state.position;
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
            let known_since = self.known_since(watched.as_slice()[0]);
            newcomer::live(arming, watched, &self.names(watched), &pasts, known_since)
        }
    }

    fn names(&self, watched: &Watched) -> Vec<Instrument> {
        let name = |key| self.watches.get(key).map(|watch| watch.instrument.clone());
        watched.as_slice().iter().filter_map(name).collect()
    }
}

/// Fires of one tick come in the order in which their alerts were made.
fn order(row: &Row) -> u64 {
    u64::try_from(row.created_at.micros()).unwrap_or(0)
}

pub(super) fn channels(row: &Row) -> u8 {
    u8::try_from(row.spec.channels.len()).unwrap_or(u8::MAX)
}

pub(super) fn policy(row: &Row) -> Policy {
    Policy { repeat: row.spec.repeat, expires_at: row.spec.expires_at, snoozed_until: row.snoozed_until }
}
