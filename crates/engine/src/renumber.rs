//! A venue that counts anew.
//!
//! It happens when an instrument is listed again: ids run back, though time goes on. Everything that
//! speaks of a position of the old count has to speak of the new one, or it would wait for ever.

use bellwether_model::Position;

use crate::InstrumentKey;
use crate::detail::Watch;
use crate::engine::Engine;
use crate::record::Kind;

impl Engine {
    /// Lets an instrument's positions begin anew. Its price is no longer in force, and every alert on it
    /// goes on from here, those too that wait for a position of the old count. Costs a look at every alert.
    pub fn renumber(&mut self, InstrumentKey(instrument): InstrumentKey) {
        let Some(last) = &mut self.books[instrument as usize].last else { return };
        let newest = last.position();
        last.count_anew();
        self.end_waiting(instrument, Some(u64::MAX));
        for slot in self.alerts.slots() {
            let concerned = match self.alerts.record(slot).kind() {
                Kind::Level(_) => self.alerts.record(slot).instrument() == instrument as usize,
                Kind::Detailed => self.forget_position(slot, instrument, newest),
                Kind::Free | Kind::Ended | Kind::Waiting => false,
            };
            if concerned {
                self.alerts.mark_changed(slot);
            }
        }
    }

    /// Whether an alert looks at an instrument; it no longer waits for a position there. A silence after the
    /// newest one that was told of stays told.
    fn forget_position(&mut self, slot: u32, instrument: u32, newest: Option<u64>) -> bool {
        let Some(detail) = self.alerts.detail_mut(slot) else { return false };
        match &mut detail.watch {
            Watch::Group { .. } | Watch::Ended { .. } => false,
            Watch::Compound(compound) => match compound.look(instrument) {
                Some(look) => {
                    look.gate = None;
                    true
                }
                None => false,
            },
            Watch::Silent { told, .. } if detail.instrument == instrument => {
                *told = told.filter(|_| *told == newest).map(|_| BEFORE_THE_FIRST.0);
                true
            }
            _ => detail.instrument == instrument && detail.owner().is_none(),
        }
    }
}

/// A position as states say it, where the first tick of a new count is still to come.
pub(crate) const BEFORE_THE_FIRST: Position = Position(0);
