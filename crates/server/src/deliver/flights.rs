//! What a worker has claimed and not yet brought to an end: how much of it is whose, and how fast it leaves.
//!
//! In memory, and each worker for itself, so that what one lane or medium holds up counts in no other.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bellwether_model::UserId;
use tokio::sync::watch;
use tokio::time::Instant;

/// A user with this part of what is sent at once under way, waiting for a place or being sent, is passed over, and one
/// claim takes no more than that of theirs: a receiver that does not answer holds less than half of the places.
const SHARE: usize = 4;
/// Claimed ahead of a free place is at most what left within so long: where receivers are slow or hang, nothing waits
/// here that another process could send.
const AHEAD: Duration = Duration::from_millis(100);
/// The same, in messages.
const AHEAD_MAX: usize = 512;

/// The messages of one worker that are under way, from their claim on. Clones share it.
#[derive(Clone)]
pub(super) struct Flights {
    /// Messages that are sent at once.
    at_once: usize,
    // Held for one look or one change at a time, never across anything that waits.
    state: Arc<Mutex<State>>,
    ended: Arc<watch::Sender<()>>,
    freed: Arc<watch::Sender<()>>,
}

struct State {
    of_users: HashMap<UserId, usize>,
    count: usize,
    tally: Tally,
}

/// How many ended, in this spell and in the one before.
struct Tally {
    since: Instant,
    now: usize,
    before: usize,
}

impl Tally {
    fn new(now: Instant) -> Self {
        Self { since: now, now: 0, before: 0 }
    }

    fn count(&mut self, now: Instant) {
        self.turn(now);
        self.now += 1;
    }

    /// How many may be claimed ahead.
    fn ahead(&mut self, now: Instant) -> usize {
        self.turn(now);
        self.now.max(self.before).min(AHEAD_MAX)
    }

    fn turn(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.since);
        if passed < AHEAD {
            return;
        }
        self.before = if passed < 2 * AHEAD { self.now } else { 0 };
        (self.since, self.now) = (now, 0);
    }
}

impl Flights {
    /// Nothing is under way yet.
    pub(super) fn new(at_once: usize) -> Self {
        let state = State { of_users: HashMap::new(), count: 0, tally: Tally::new(Instant::now()) };
        let (ended, freed) = (Arc::default(), Arc::default());
        Self { at_once, state: Arc::new(Mutex::new(state)), ended, freed }
    }

    /// Messages that there is ever room for.
    pub(super) const fn most(at_once: usize) -> usize {
        at_once + AHEAD_MAX
    }

    /// Messages to one user that are under way, before others have their turn.
    pub(super) fn share(&self) -> usize {
        (self.at_once / SHARE).max(1)
    }

    /// A message to a user is under way until the flight is dropped.
    pub(super) fn begin(&self, user: UserId) -> Flight {
        let mut state = self.state();
        *state.of_users.entry(user).or_default() += 1;
        state.count += 1;
        Flight { flights: self.clone(), user }
    }

    /// Users who have their share.
    pub(super) fn busy(&self) -> HashSet<UserId> {
        let share = self.share();
        let state = self.state();
        state.of_users.iter().filter(|(_, count)| **count >= share).map(|(user, _)| *user).collect()
    }

    /// Messages that may be claimed now: for the places that are free, and ahead of those that soon will be.
    pub(super) fn room(&self, now: Instant) -> usize {
        let mut state = self.state();
        let ahead = state.tally.ahead(now);
        (self.at_once + ahead).saturating_sub(state.count)
    }

    /// So much room is worth a claim while others are on their way: a claim of many costs hardly more than a claim of
    /// one, and there is enough to be sent meanwhile.
    pub(super) fn enough(&self, now: Instant) -> usize {
        (self.state().tally.ahead(now).max(self.at_once) / 2).max(1)
    }

    /// Wakes when a message has ended.
    pub(super) fn ended(&self) -> watch::Receiver<()> {
        self.ended.subscribe()
    }

    /// Wakes when a user has less than their share again.
    pub(super) fn freed(&self) -> watch::Receiver<()> {
        self.freed.subscribe()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// One less; how many the user has left.
    fn end(&mut self, user: UserId, now: Instant) -> usize {
        self.tally.count(now);
        self.count -= 1;
        let Some(count) = self.of_users.get_mut(&user) else { return 0 };
        *count -= 1;
        let left = *count;
        if left == 0 {
            self.of_users.remove(&user);
        }
        left
    }
}

/// A message under way.
pub(super) struct Flight {
    flights: Flights,
    user: UserId,
}

impl Drop for Flight {
    fn drop(&mut self) {
        let left = self.flights.state().end(self.user, Instant::now());
        self.flights.ended.send_replace(());
        if left + 1 == self.flights.share() {
            self.flights.freed.send_replace(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(number: u128) -> UserId {
        UserId(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn a_user_with_their_share_is_busy_until_one_ends() {
        let flights = Flights::new(8);
        let one = flights.begin(user(1));
        assert!(flights.busy().is_empty());
        let other = flights.begin(user(1));
        let _third = flights.begin(user(2));
        let freed = flights.freed();
        assert_eq!(flights.busy(), HashSet::from([user(1)]));
        drop(one);
        assert!(freed.has_changed().unwrap());
        assert!(flights.busy().is_empty());
        let freed = flights.freed();
        drop(other);
        assert!(!freed.has_changed().unwrap(), "nobody waits for that");
    }

    #[test]
    fn claimed_ahead_is_as_much_as_left_a_moment_ago() {
        let began = Instant::now();
        let mut tally = Tally::new(began);
        assert_eq!(tally.ahead(began), 0, "nothing has left yet");
        (0..3).for_each(|_| tally.count(began));
        assert_eq!(tally.ahead(began), 3);
        assert_eq!(tally.ahead(began + AHEAD), 3, "in the spell before");
        tally.count(began + AHEAD);
        assert_eq!(tally.ahead(began + AHEAD), 3);
        assert_eq!(tally.ahead(began + 4 * AHEAD), 0, "for a while nothing has left");
        (0..1_000).for_each(|_| tally.count(began + 4 * AHEAD));
        assert_eq!(tally.ahead(began + 4 * AHEAD), AHEAD_MAX);
    }

    #[test]
    fn there_is_room_for_the_places_and_for_what_is_claimed_ahead() {
        let (flights, now) = (Flights::new(8), Instant::now());
        let _held: Vec<_> = (0..3).map(|number| flights.begin(user(number))).collect();
        assert_eq!((flights.room(now), flights.enough(now)), (5, 4));
        (0..20).for_each(|_| flights.state().tally.count(now));
        assert_eq!((flights.room(now), flights.enough(now)), (25, 10));
    }
}
