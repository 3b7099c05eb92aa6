//! Silence: an instant at which no tick came for as long as was asked.
//!
//! A silence is counted from the newest tick, from the instant at which the alert was accepted, or from where the
//! instrument is watched without a gap, whichever is latest. An alert tells of each silence once: of what follows
//! one and the same tick never twice. Cooldown and snooze put it off as they do a state that goes on holding, and
//! "no tick at or after" the expiry is read as "nothing at or after" it.

use bellwether_model::{Condition, Instrument, Measure, Position, Resolution, Timestamp};

use crate::fire::TwinFire;
use crate::history::{History, micros};
use crate::watch::Watch;

/// A silence that was told.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    /// The tick before it.
    after: Position,
    /// When it was so long.
    at: Timestamp,
}

impl Watch {
    /// Judges what is known up to `before`: nothing came of the instrument since its newest tick, and it was
    /// watched without a gap from `since` on.
    pub(crate) fn hear_nothing(
        &mut self,
        instrument: &Instrument,
        history: &History,
        before: Timestamp,
        since: Timestamp,
        number: u64,
    ) -> Option<TwinFire> {
        let Condition::Silent { span } = self.condition else { return None };
        let newest = *history.ticks().last()?;
        let start = self.starts.iter().find(|start| start.instrument == *instrument)?;
        let is_armed = start.position.is_none_or(|position| position <= newest.position);
        let is_told = self.silences.iter().any(|told| told.after == newest.position);
        if !is_armed || is_told || self.ended {
            return None;
        }
        let begun =
            [Some(newest.time), self.accepted_at, Some(since)].into_iter().flatten().map(micros).max()?;
        let over = begun + i128::from(span.micros());
        let cooldown = i128::from(self.policy.repeat.cooldown().micros());
        let cooled = self.silences.last().map(|told| micros(told.at) + cooldown);
        let snoozed = self.policy.snoozed_until.map(micros);
        let due = [Some(over), cooled, snoozed].into_iter().flatten().max()?;
        if due >= micros(before) || self.policy.expires_at.is_some_and(|expiry| due >= micros(expiry)) {
            return None;
        }
        let time = Timestamp::from_micros(i64::try_from(due).ok()?);
        self.silences.push(Told { after: newest.position, at: time });
        let told = u64::try_from(self.silences.len()).unwrap_or(u64::MAX);
        self.ended = self.policy.repeat.max_fires().is_some_and(|allowed| told >= allowed);
        Some(TwinFire {
            alert: self.key,
            number,
            instrument: instrument.clone(),
            time,
            id: newest.id,
            price: newest.price,
            previous_price: None,
            measure: Measure::SilentSince(newest.time),
            resolution: Resolution::Tick,
            ended: self.ended,
        })
    }
}
