//! How much each receiver may get now.
//!
//! In memory, and each process for itself: after a restart everybody may get a burst once more, which no
//! service minds. Nothing is decided here about what becomes of the messages that are too many.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bellwether_model::{AlertId, Channel, Timestamp};
use bellwether_store::channel::ChannelKind;
use bellwether_store::delivery::{Claim, Destination};

use crate::config::{Pace, Paces};

/// How much each receiver may get now. Clones share it.
#[derive(Clone)]
pub struct Pacing {
    paces: Paces,
    // Held for one look or one change at a time, never across anything that waits.
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    destinations: HashMap<Destination, Meter>,
    /// Who gets nothing, and until when.
    spared: HashMap<Destination, Timestamp>,
    /// Those of them who asked for it.
    asked: HashMap<Destination, Timestamp>,
    alerts: HashMap<AlertId, Meter>,
    swept_at: Option<Timestamp>,
}

/// Up to when what was sent uses up the pace: later than now by at most what the pace is within.
#[derive(Debug, Clone, Copy)]
struct Meter {
    used_until: Timestamp,
}

/// Meters that have nothing to say any more are removed this often.
const SWEEP_EVERY_US: i64 = 1_000_000;

impl Meter {
    const FRESH: Self = Self { used_until: Timestamp::EPOCH };

    /// Messages that may go now.
    fn left(self, pace: Pace, now: Timestamp) -> u32 {
        let used = self.used_until.micros_since(now).max(0);
        let left = (pace.within.micros() - used).max(0) / interval_us(pace);
        u32::try_from(left).unwrap_or(u32::MAX).min(pace.messages)
    }

    fn take(&mut self, pace: Pace, now: Timestamp) {
        let from = self.used_until.max(now).micros();
        self.used_until = Timestamp::from_micros(from.saturating_add(interval_us(pace)));
    }

    /// When the next message may go.
    fn free_at(self, pace: Pace) -> Timestamp {
        let wait = pace.within.micros() - interval_us(pace);
        Timestamp::from_micros(self.used_until.micros().saturating_sub(wait))
    }
}

/// One message's share of the time, at least a microsecond.
fn interval_us(pace: Pace) -> i64 {
    (pace.within.micros() / i64::from(pace.messages.max(1))).max(1)
}

impl Pacing {
    /// Nobody has got anything yet.
    #[must_use]
    pub fn new(paces: Paces) -> Self {
        Self { paces, state: Arc::default() }
    }

    /// When messages to people count as late.
    pub(super) fn is_late(&self, claim: &Claim, now: Timestamp) -> bool {
        now.micros_since(claim.created_at) >= self.paces.useful_for.micros()
    }

    /// Messages that may go to the destination of a claim now.
    pub(super) fn left(&self, claim: &Claim, now: Timestamp) -> usize {
        let state = self.state();
        let to = to(claim);
        if state.spared.get(&to).is_some_and(|until| *until > now) {
            return 0;
        }
        self.pace_to(claim).map_or(usize::MAX, |pace| {
            let meter = state.destinations.get(&to).copied().unwrap_or(Meter::FRESH);
            usize::try_from(meter.left(pace, now)).unwrap_or(usize::MAX)
        })
    }

    /// Counts a message to the destination of a claim.
    pub(super) fn count(&self, claim: &Claim, now: Timestamp) {
        let Some(pace) = self.pace_to(claim) else { return };
        let (mut state, to) = (self.state(), to(claim));
        let meter = state.destinations.entry(to).or_insert(Meter::FRESH);
        meter.take(pace, now);
        if meter.left(pace, now) == 0 {
            let until = meter.free_at(pace);
            put_off(&mut state.spared, to, until);
        }
    }

    /// Leaves a destination alone until an instant, since its receiver asked for it.
    pub(super) fn spare(&self, claim: &Claim, until: Timestamp) {
        let mut state = self.state();
        put_off(&mut state.spared, to(claim), until);
        put_off(&mut state.asked, to(claim), until);
    }

    /// Until when the destination of a claim is left alone, where its receiver asked for it.
    pub(super) fn asked_for(&self, claim: &Claim, now: Timestamp) -> Option<Timestamp> {
        self.state().asked.get(&to(claim)).copied().filter(|until| *until > now)
    }

    /// When something may go to the destination of a claim again.
    pub(super) fn free_at(&self, claim: &Claim, now: Timestamp) -> Timestamp {
        self.state().spared.get(&to(claim)).copied().unwrap_or(now)
    }

    /// Counts a message of an alert to people. An error says when the next one may go.
    pub(super) fn take_of_alert(&self, alert: AlertId, now: Timestamp) -> Result<(), Timestamp> {
        let Some(pace) = limited(self.paces.alert) else { return Ok(()) };
        let mut state = self.state();
        let meter = state.alerts.entry(alert).or_insert(Meter::FRESH);
        if meter.left(pace, now) == 0 {
            return Err(meter.free_at(pace));
        }
        meter.take(pace, now);
        Ok(())
    }

    /// Who has no turn now: those who got enough, or asked for a wait.
    pub(super) fn spared(&self, now: Timestamp) -> HashSet<Destination> {
        let mut state = self.state();
        if state.swept_at.is_none_or(|at| now.micros_since(at) >= SWEEP_EVERY_US) {
            sweep(&mut state.destinations, now);
            sweep(&mut state.alerts, now);
            state.swept_at = Some(now);
        }
        state.spared.retain(|_, until| *until > now);
        state.asked.retain(|_, until| *until > now);
        state.spared.keys().copied().collect()
    }

    /// When the next of those who have no turn now has one.
    pub(super) fn next_turn(&self) -> Option<Timestamp> {
        self.state().spared.values().min().copied()
    }

    fn pace_to(&self, claim: &Claim) -> Option<Pace> {
        limited(match claim.via.as_ref().map(|via| via.kind) {
            None | Some(ChannelKind::Email) => self.paces.email,
            Some(ChannelKind::Webhook) => self.paces.webhook,
            Some(ChannelKind::Telegram) => self.paces.telegram,
            Some(ChannelKind::Slack) => self.paces.slack,
            Some(ChannelKind::Discord) => self.paces.discord,
            Some(ChannelKind::Ntfy) => self.paces.ntfy,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The destination of a claim.
pub(super) fn to(claim: &Claim) -> Destination {
    let channel = claim.via.as_ref().map_or(Channel::Email, |via| Channel::Made(via.id));
    Destination { user: claim.user, channel }
}

fn limited(pace: Pace) -> Option<Pace> {
    Some(pace).filter(|pace| pace.messages > 0)
}

fn put_off(waits: &mut HashMap<Destination, Timestamp>, to: Destination, until: Timestamp) {
    let wait = waits.entry(to).or_insert(until);
    *wait = until.max(*wait);
}

fn sweep<K: Eq + Hash>(meters: &mut HashMap<K, Meter>, now: Timestamp) {
    meters.retain(|_, meter| meter.used_until > now);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::samples::{at, claim, paces};

    #[test]
    fn a_receiver_gets_a_burst_and_then_as_fast_as_its_pace() {
        let (pacing, claim) = (Pacing::new(paces()), claim(1));
        for left in (1..=3).rev() {
            assert_eq!(pacing.left(&claim, at(0)), left);
            pacing.count(&claim, at(0));
        }
        assert_eq!(pacing.left(&claim, at(0)), 0);
        assert_eq!(pacing.asked_for(&claim, at(0)), None, "that is our own pace");
        assert!(pacing.spared(at(0)).contains(&to(&claim)));
        assert_eq!(pacing.next_turn(), Some(at(10)), "three within 30 s is one each 10 s");
        assert!(pacing.spared(at(10)).is_empty());
        assert_eq!(pacing.left(&claim, at(10)), 1);
        assert_eq!(pacing.left(&claim, at(30)), 3);
        assert_eq!(pacing.left(&claim, at(3_000)), 3, "what was not used is not saved up");
    }

    #[test]
    fn who_asks_for_a_wait_is_left_alone() {
        let (pacing, one, other) = (Pacing::new(paces()), claim(1), claim(2));
        pacing.spare(&one, at(60));
        pacing.spare(&one, at(20));
        assert_eq!((pacing.left(&one, at(59)), pacing.left(&other, at(59))), (0, 3));
        assert_eq!(pacing.free_at(&one, at(0)), at(60));
        assert_eq!((pacing.asked_for(&one, at(59)), pacing.asked_for(&other, at(59))), (Some(at(60)), None));
        assert_eq!(pacing.asked_for(&one, at(60)), None);
        assert_eq!(pacing.left(&one, at(60)), 3);
    }

    #[test]
    fn an_alert_has_a_pace_of_its_own() {
        let (pacing, alert) = (Pacing::new(paces()), AlertId(uuid::Uuid::nil()));
        assert_eq!(pacing.take_of_alert(alert, at(0)), Ok(()));
        assert_eq!(pacing.take_of_alert(alert, at(0)), Ok(()));
        assert_eq!(pacing.take_of_alert(alert, at(0)), Err(at(1_800)), "two an hour");
        assert_eq!(pacing.take_of_alert(alert, at(1_800)), Ok(()));
    }
}
