//! The parts of composite conditions.

use crate::detail::Watch;
use crate::engine::Engine;
use crate::judge::Moment;
use crate::truth::truth;

impl Engine {
    /// Looks at the parts that a tick woke, and wakes the composites for which one came to hold or ceased
    /// to in their stead.
    pub(crate) fn wake_owners(&mut self, now: &Moment, mut parts: Vec<u32>, woken: &mut Vec<u32>) {
        parts.sort_unstable();
        parts.dedup();
        woken.extend(parts.into_iter().filter_map(|part| self.judge_part(part, now)));
    }

    /// Judges a part; gives its composite where that is to be judged.
    fn judge_part(&mut self, slot: u32, now: &Moment) -> Option<u32> {
        let detail = self.alerts.detail_mut(slot)?;
        detail.has_reference = true;
        let owner = detail.owner()?;
        let holds = truth(detail, &self.books[now.instrument as usize]).holds();
        self.seat(slot, now.tick.time.micros());
        match &mut self.alerts.detail_mut(owner)?.watch {
            Watch::Compound(compound) => compound.set(slot, holds).then_some(owner),
            _ => None,
        }
    }
}
