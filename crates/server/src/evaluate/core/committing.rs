//! What leaves the evaluator: fires, checkpoints, and what became of them.

use std::sync::Arc;

use bellwether_engine::Fire;
use bellwether_model::{
    AlertId, AlertState, DeliveryId, Evidence, FireId, Instrument, Observation, Origin, Position, Resolution,
    Timestamp,
};
use bellwether_store::evaluation::{Commit, Committed, MarketPosition, NewFire, StateChange};
use uuid::Uuid;

use super::super::outbox::Checkpoint;
use super::super::ring::Stood;
use super::Core;

/// What a commit held, to settle it by.
pub(in crate::evaluate) struct Sent {
    fires: Vec<AlertId>,
    positions: Vec<(Instrument, Position)>,
}

impl Sent {
    pub(in crate::evaluate) fn of(commit: &Commit) -> Self {
        Self {
            fires: commit.fires.iter().map(|fire| fire.alert).collect(),
            positions: commit.positions.iter().map(|p| (p.instrument.clone(), p.position)).collect(),
        }
    }
}

impl Core {
    /// Takes in what became of a commit.
    pub(in crate::evaluate) fn settled(&mut self, sent: &Sent, committed: &Committed) {
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
    pub(in crate::evaluate) fn checkpoint(&mut self, now: Timestamp) {
        let mut changed = Vec::new();
        self.engine.take_changed(&mut changed);
        let mut checkpoint = Checkpoint::default();
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
            if !watch.ring.moved() && (!follows_log || in_force == watch.was_in_force) {
                continue;
            }
            watch.was_in_force = in_force;
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
            late,
            state,
            ends: fire.ended,
            deliveries: (0..entry.channels).map(|_| DeliveryId(Uuid::now_v7())).collect(),
        });
    }
}
