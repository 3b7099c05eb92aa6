//! What leaves the evaluator: fires, checkpoints, and what became of them.

use std::sync::Arc;

use bellwether_engine::Fire;
use bellwether_model::{
    AlertId, AlertState, DeliveryId, Evidence, FireId, Instrument, Observation, Origin, Resolution, Timestamp,
};
use bellwether_store::evaluation::{Commit, Committed, Cursor, MarketPosition, NewFire, StateChange};
use uuid::Uuid;

use super::super::outbox::Checkpoint;
use super::super::ring::Stood;
use super::Core;

impl Core {
    /// Takes in what became of a commit.
    pub(in crate::evaluate) fn settled(&mut self, sent: Commit, committed: &Committed) {
        let fires: Vec<AlertId> = sent.fires.iter().map(|fire| fire.alert).collect();
        self.positions.count_settled(fires.len());
        if committed.unheard {
            metrics::counter!("bellwether_checkpoints_put_off_total").increment(1);
            self.take_back(sent);
        } else {
            for MarketPosition { instrument, position, .. } in &sent.positions {
                if let Some(watch) = self.keys.get(instrument).and_then(|key| self.watches.get_mut(key)) {
                    watch.stored = Some(*position);
                }
            }
            if !committed.dropped.is_empty() {
                // Checkpoints that wait say that these fires were made.
                self.take_back(Commit::default());
            }
        }
        for (id, _) in &committed.dropped {
            metrics::counter!("bellwether_fires_dropped_total").increment(1);
            self.leave_slot(*id);
            self.roster.mark_stale(*id);
        }
        for id in fires {
            let is_stale = self.roster.is_stale(id);
            let Some(entry) = self.roster.get_mut(id) else { continue };
            entry.uncommitted -= 1;
            if entry.uncommitted == 0 && is_stale {
                self.reread.push(id);
            }
        }
    }

    /// Has the next checkpoint hold what the store left out of this one, and those that wait: each says where
    /// everything stands only together with those before it.
    fn take_back(&mut self, sent: Commit) {
        let Commit { states, positions, candles, holes, coverage, fence, heard, .. } = sent;
        let log_number = fence.and_then(|fence| fence.log_number);
        let left_out = Checkpoint { states, positions, candles, holes, coverage, log_number, heard };
        for checkpoint in std::iter::once(left_out).chain(self.outbox.withdraw()) {
            // States and positions are told as they will be then.
            for StateChange { alert, .. } in &checkpoint.states {
                if let Some(slot) = self.roster.get(*alert).and_then(|entry| entry.slot) {
                    self.engine.touch(slot);
                }
            }
            for MarketPosition { instrument, .. } in &checkpoint.positions {
                if let Some(watch) = self.keys.get(instrument).and_then(|key| self.watches.get_mut(key)) {
                    watch.is_owed = true;
                }
            }
            self.outbox.take_back(checkpoint);
        }
    }

    /// Hands where everything stands now to the outbox; `heard` is how far the change log was. Whether so: while the row
    /// of an alert is to be read again, it stands further back than its instrument does, and nobody may say otherwise.
    pub(in crate::evaluate) fn checkpoint(&mut self, heard: Cursor, now: Timestamp) -> bool {
        if self.roster.has_stale() {
            return false;
        }
        let mut changed = Vec::new();
        self.engine.take_changed(&mut changed);
        let mut checkpoint = Checkpoint { heard: Some(heard), ..Checkpoint::default() };
        for slot in changed {
            let state = self.engine.state(slot);
            if let Some((alert, entry)) = self.roster.in_slot(slot) {
                checkpoint.states.push(StateChange { alert, revision: entry.revision, state });
            }
        }
        let follows_log = self.follows_log();
        for (key, watch) in &mut self.watches {
            if watch.is_home {
                watch.candles.hand_over(&watch.instrument, &mut checkpoint);
                watch.stretches.hand_over(&watch.instrument, now, &mut checkpoint);
            }
            let market = self.engine.market(*key);
            let in_force = market.as_ref().is_some_and(|market| market.in_force);
            let has_turned = follows_log && in_force != watch.was_in_force;
            if !watch.ring.moved() && !has_turned && !watch.is_owed {
                continue;
            }
            (watch.was_in_force, watch.is_owed) = (in_force, false);
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
                    in_force: market.in_force || !follows_log,
                });
            }
            watch.ring.checkpoint(market.map(|market| Stood { market, memory }));
        }
        self.outbox.checkpoint(checkpoint);
        if follows_log {
            self.review_wanted();
        }
        true
    }

    /// The next transaction, where anything waits; and up to which batch of the log everything is stored with it,
    /// where that moves.
    pub(in crate::evaluate) fn next_commit(&mut self) -> Option<(Option<u64>, Commit)> {
        let (log_number, commit) = self.outbox.next_commit()?;
        Some((log_number, Commit { share: self.share, ..commit }))
    }

    /// Whether a checkpoint waits for the store, and nothing came after it.
    pub(in crate::evaluate) fn checkpoint_waits(&self) -> bool {
        self.outbox.ends_with_checkpoint()
    }

    /// Fires that wait to be committed.
    pub(in crate::evaluate) fn waiting_fires(&self) -> usize {
        self.outbox.fires()
    }

    /// Queues a fire of the common engine.
    pub(super) fn queue(&mut self, fire: &Fire, observation: &Observation, now: Timestamp) {
        let state = self.engine.state(fire.slot);
        let Some(instrument) = self.watches.get(&fire.instrument).map(|watch| watch.instrument.clone())
        else {
            return;
        };
        let Some(id) = self.roster.in_slot(fire.slot).map(|(id, _)| id) else { return };
        self.queue_for(id, fire, instrument, state, observation, now);
    }

    pub(super) fn queue_for(
        &mut self,
        alert: AlertId,
        fire: &Fire,
        instrument: Instrument,
        state: AlertState,
        observation: &Observation,
        now: Timestamp,
    ) {
        let late = self.is_replaying || observation.origin != Origin::Live;
        let Some(entry) = self.roster.get_mut(alert) else { return };
        entry.uncommitted += 1;
        self.positions.count_found();
        let took_us = now.micros_since(fire.tick.time).max(0);
        metrics::histogram!("bellwether_fire_evaluated_seconds", "late" => ["false", "true"][usize::from(late)])
            .record(took_us as f64 / 1e6);
        let evidence = Evidence {
            instrument,
            time: fire.tick.time,
            // The number of a tick that stands in for trades is none of theirs.
            id: fire.tick.id.filter(|_| observation.origin != Origin::Candle),
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
            late,
            state,
            ends: fire.ended,
            deliveries: (0..entry.channels).map(|_| DeliveryId(Uuid::now_v7())).collect(),
        });
    }
}
