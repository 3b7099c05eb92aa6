//! An alert that comes late lives through the recent past in an engine of its own.
//!
//! The same code that judges everyone judges it, over the same ticks in the same order, from the
//! position at which it was accepted; so it makes no difference how long its row was on the way.

use bellwether_engine::{Arming, Engine, Fire, Slot};
use bellwether_model::{AlertState, Instrument, Observation, Position, Timestamp};

use super::core::unheard;
use super::ring::Past;
use super::roster::Watched;

/// A fire that the alert would have made at its time, and its state after it.
pub(super) struct Life {
    pub(super) instrument: Instrument,
    pub(super) fire: Fire,
    pub(super) state: AlertState,
    pub(super) observation: Observation,
}

/// Runs an alert over its instruments' pasts, each from its own position on, and leaves `arming` at
/// the state and position that it ends with. Silences between ticks are judged where every tick of its own
/// instrument is known, and from there on.
pub(super) fn live(
    arming: &mut Arming,
    watched: &Watched,
    names: &[Instrument],
    pasts: &[(&Instrument, Option<Position>, Past<'_>)],
    known_since: Option<Timestamp>,
) -> Vec<Life> {
    let mut engine = Engine::new();
    let common = watched.as_slice()[0];
    arming.instrument = engine.instrument(&names[0]);
    let mut timeline = Vec::new();
    for (instrument, position, past) in pasts {
        let key = engine.instrument(instrument);
        if let Some(stood) = past.from {
            let resumed = engine.resume(key, &stood.market, &stood.memory);
            debug_assert!(resumed.is_ok(), "these bytes came from an engine");
        }
        for applied in &past.applied {
            let before = Some(applied.observation.tick.position) <= *position;
            timeline.push((!before, applied.place, key, applied.observation));
        }
    }
    timeline.sort_unstable_by_key(|&(after, place, ..)| (after, place));

    let mut fires = Vec::new();
    let mut lived = Vec::new();
    let mut slot: Option<Slot> = None;
    for (after, _, key, observation) in timeline {
        if after && slot.is_none() {
            slot = engine.arm(arming.clone()).ok();
        }
        if let Some(since) = known_since {
            engine.silence(key, observation.tick.time, since, &mut fires);
            for fire in fires.drain(..) {
                let observation = unheard(&fire, false);
                let (instrument, state) = (names[0].clone(), engine.state(fire.slot));
                lived.push(Life { instrument, state, fire, observation });
            }
        }
        engine.apply(key, &observation, &mut fires);
        for fire in fires.drain(..) {
            let name = names.iter().find(|name| engine.instrument(name) == fire.instrument);
            let Some(instrument) = name.cloned() else { continue };
            lived.push(Life { instrument, state: engine.state(fire.slot), fire, observation });
        }
    }
    if let Some(slot) = slot {
        arming.state = engine.state(slot);
    }
    arming.instrument = common;
    lived
}
