//! The staircases that older ticks are thinned to.

use std::cmp::Ordering;

use super::Mark;
use super::seen::{Bounds, Sight};

/// The steps that a stretch of ticks leaves in a staircase, the last first.
pub(super) struct Steps {
    marks: Vec<Mark>,
    /// What a price further than another is, compared with it.
    further: Ordering,
}

impl Steps {
    pub(super) fn new(further: Ordering) -> Self {
        Self { marks: Vec::new(), further }
    }

    /// Whether the ticks taken in leave no step to those before them that lie within these bounds.
    #[inline]
    pub(super) fn outdo(&self, bounds: &Bounds) -> bool {
        let furthest = if self.further.is_gt() { bounds.highest } else { bounds.lowest };
        // Equal keys are left to those who look at the prices behind them.
        self.marks
            .last()
            .is_some_and(|top| top.time >= bounds.latest && top.rank.key().cmp(&furthest) == self.further)
    }

    /// Takes in the tick before those taken in so far, unless a later one leaves it no window in which it
    /// is the furthest.
    #[inline]
    pub(super) fn step_back(&mut self, sight: &Sight, followed: i64) {
        let outdone = self.marks.last().is_some_and(|top| {
            let order = top.rank.versus(sight.seen.key, sight.longer);
            top.time >= sight.seen.time && (order == self.further || order.is_eq())
        });
        if !outdone {
            self.marks.push(sight.mark(followed));
        }
    }

    /// Adds these steps to the staircase of the ticks before.
    pub(super) fn follow_on(self, steps: &mut Vec<Mark>, forgotten: i64) {
        if let Some(top) = self.marks.last() {
            let outdone = |step: &Mark| {
                let order = top.rank.cmp(&step.rank);
                top.time >= step.time && (order == self.further || order.is_eq())
            };
            while steps.last().is_some_and(outdone) {
                steps.pop();
            }
        }
        steps.extend(self.marks.iter().rev());
        if steps.first().is_some_and(|first| !first.lasts(forgotten)) {
            steps.retain(|step| step.lasts(forgotten));
        }
    }
}
