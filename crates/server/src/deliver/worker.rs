//! The worker of one lane and one medium: it claims what is due, ahead of the places that will be free.
//!
//! While messages are sent, the next ones are claimed and those before are recorded, each in transactions of many. How
//! much is claimed ahead, [`Flights`] says; what was claimed waits in a queue of [`Outgoing`].

use std::time::Duration;

use bellwether_model::Timestamp;
use bellwether_store::channel::Medium;
use bellwether_store::delivery::{Claim, ClaimWish, Destination, Lane, PassOver, Way};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Sending;
use super::flights::Flights;
use super::leases::{LEASE, Leases};
use super::outgoing::{Claimed, Outgoing};
use super::places::Places;
use super::recorder::Recorder;
use super::sorting::sort;
use crate::crash::{self, Point};

/// How often due deliveries are looked for where no wake-up came.
const POLL_EVERY: Duration = Duration::from_millis(500);
/// How long is waited for enough messages to have left to make another claim worth it.
const GATHER: Duration = Duration::from_millis(10);
/// Where a look that found nothing took longer, since very many receivers have no turn now or the store is busy, there
/// is a rest of some times as long as it took beyond that, but no longer than between two looks without a wake-up.
const QUICK: Duration = Duration::from_millis(20);
const REST: u32 = 4;
/// How long a failed look waits before the next.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Claims the deliveries of one lane that travel by one medium, and has them sent.
pub(super) struct Worker {
    sending: Sending,
    lane: Lane,
    medium: Medium,
    id: Uuid,
    places: Places,
    flights: Flights,
    leases: Leases,
}

/// What a worker waits for.
struct WakeUps {
    /// Something came due.
    due: watch::Receiver<()>,
    /// A user who was passed over has a turn again.
    freed: watch::Receiver<()>,
}

/// A look for something to claim that has found nothing yet.
struct Look {
    began: Instant,
    /// Whether it went on at the first destination of all, or began there.
    passed_end: bool,
}

impl Look {
    /// Whether a claim that found nothing and went so far is the last one: every destination was gone over.
    fn is_over(&mut self, way: Way) -> bool {
        match way {
            Way::Around => true,
            Way::PastTheEnd => std::mem::replace(&mut self.passed_end, true),
            Way::Onward => false,
        }
    }
}

impl WakeUps {
    /// Leaves the store to others after a look that found nothing and took so long. Whether something came due
    /// meanwhile, which ends it.
    async fn rest(&mut self, took: Duration) -> bool {
        // A sleep of nothing would still last until the timer's next millisecond.
        let Some(beyond) = took.checked_sub(QUICK) else { return false };
        let rest = beyond.saturating_mul(REST).min(POLL_EVERY);
        tokio::time::timeout(rest, self.due.changed()).await.is_ok()
    }
}

impl Worker {
    pub(super) fn new(sending: Sending, lane: Lane, medium: Medium, places: Places) -> Self {
        let (id, flights, leases) = (Uuid::new_v4(), Flights::new(places.at_once), Leases::default());
        Self { sending, lane, medium, id, places, flights, leases }
    }

    /// Works until cancelled; then ends what it began, and records it. Where one of its parts panics, it stops as well,
    /// and gives back what it still holds.
    pub(super) async fn run(self, cancel: CancellationToken) {
        // Each part cancels it where it ends, however that comes.
        let cancel = cancel.child_token();
        let recorder = Recorder::start(self.sending.clone(), self.leases.clone(), cancel.clone());
        // Renewed until the last attempt is recorded, which is after the cancellation.
        let recorded = CancellationToken::new();
        let keeper = tokio::spawn(self.leases.clone().keep(self.sending.clone(), recorded.clone()));
        // Should this panic, what it holds runs out.
        let _guard = recorded.clone().drop_guard();
        let outgoing = Outgoing {
            sending: self.sending.clone(),
            leases: self.leases.clone(),
            reports: recorder.reports(),
            places: self.places.clone(),
        };
        // What is in it is under way, of which there is no more than room for.
        let (queue, inbox) = mpsc::channel(Flights::most(self.places.at_once));
        let outgoing = tokio::spawn(outgoing.run(inbox, cancel.clone()));
        self.claim_all(queue, &cancel).await;
        // An error means that the task panicked, which was reported where it happened.
        let _ = outgoing.await;
        recorder.finish().await;
        recorded.cancel();
        let _ = keeper.await;
        self.leases.give_back(&self.sending).await;
    }

    /// Claims until cancelled.
    async fn claim_all(&self, queue: mpsc::Sender<Claimed>, cancel: &CancellationToken) {
        let mut wakes = WakeUps { due: self.sending.store.deliveries_due(), freed: self.flights.freed() };
        let mut ended = self.flights.ended();
        let (mut last, mut has_more) = (None, false);
        // One look may be several claims, where it goes over very many receivers.
        let mut look: Option<Look> = None;
        loop {
            let room = tokio::select! {
                biased;
                () = cancel.cancelled() => return,
                room = self.room(has_more, &mut ended) => room,
            };
            // The wake-ups are registered before the look, so nothing that comes due in between is slept through.
            let mut looking = look.take().unwrap_or_else(|| {
                wakes.due.borrow_and_update();
                wakes.freed.borrow_and_update();
                Look { began: Instant::now(), passed_end: last.is_none() }
            });
            let now = self.sending.clock.now();
            let wish = self.wish(room, last, now);
            match self.sending.store.claim(wish.clone(), now).await {
                Ok(claimed) if claimed.claims.is_empty() => {
                    (last, has_more) = (claimed.last, false);
                    if !looking.is_over(claimed.way) {
                        look = Some(looking);
                        continue;
                    }
                    tokio::select! {
                        biased;
                        () = cancel.cancelled() => return,
                        () = self.wait(&mut wakes, &wish, looking.began.elapsed(), now) => {}
                    }
                }
                Ok(claimed) => {
                    crash::point(Point::Claimed);
                    (last, has_more) = (claimed.last, claimed.claims.len() >= room);
                    self.hand_over(&wish, claimed.claims, &queue).await;
                }
                Err(error) => {
                    tracing::error!(%error, lane = ?self.lane, "deliveries could not be claimed; it is tried again");
                    tokio::time::sleep(RETRY_AFTER).await;
                }
            }
        }
    }

    /// Waits until there is room for a message; for some more where they are there to be claimed.
    async fn room(&self, has_more: bool, ended: &mut watch::Receiver<()>) -> usize {
        loop {
            self.until_room(ended, |_, room| room > 0).await;
            if has_more {
                let enough = self.until_room(ended, |flights, room| room >= flights.enough(Instant::now()));
                let _ = tokio::time::timeout(GATHER, enough).await;
            }
            // Less than a moment ago where it was room ahead, which passes with time.
            let room = self.flights.room(Instant::now());
            if room > 0 {
                return room;
            }
        }
    }

    async fn until_room(&self, ended: &mut watch::Receiver<()>, is_enough: impl Fn(&Flights, usize) -> bool) {
        loop {
            ended.borrow_and_update();
            if is_enough(&self.flights, self.flights.room(Instant::now())) {
                return;
            }
            // It cannot fail: the other end is held here.
            let _ = ended.changed().await;
        }
    }

    fn wish(&self, room: usize, after: Option<Destination>, now: Timestamp) -> ClaimWish {
        let limit = u32::try_from(room).unwrap_or(u32::MAX);
        let pass_over =
            PassOver { users: self.flights.busy(), destinations: self.sending.pacing.spared(now) };
        // Who has fewer than a share on the way may get a share more by this, so less than half of all places.
        let each_user = u32::try_from(self.flights.share()).unwrap_or(u32::MAX);
        let medium = Some(self.medium);
        ClaimWish { medium, after, pass_over, each_user, ..ClaimWish::new(self.lane, limit, self.id, LEASE) }
    }

    /// Waits where a look found nothing, until there is a reason for another.
    async fn wait(&self, wakes: &mut WakeUps, wish: &ClaimWish, took: Duration, now: Timestamp) {
        if wakes.rest(took).await {
            return;
        }
        let passed_over_users = !wish.pass_over.users.is_empty();
        tokio::select! {
            biased;
            _ = wakes.due.changed() => {}
            _ = wakes.freed.changed(), if passed_over_users => {}
            () = tokio::time::sleep(self.patience(now)) => {}
        }
    }

    /// How long to wait where nothing can be sent and no wake-up comes.
    fn patience(&self, now: Timestamp) -> Duration {
        let next = self.sending.pacing.next_turn().map(|at| at.micros_since(now).max(1_000));
        let next = next.and_then(|wait_us| u64::try_from(wait_us).ok()).map(Duration::from_micros);
        next.map_or(POLL_EVERY, |wait| wait.min(POLL_EVERY))
    }

    /// Makes messages of claims, which are under way from now on.
    async fn hand_over(&self, wish: &ClaimWish, claims: Vec<Claim>, queue: &mpsc::Sender<Claimed>) {
        claims.iter().for_each(|claim| self.leases.hold(claim));
        for parcel in sort(&self.sending, &self.leases, wish, claims).await {
            let Some(first) = parcel.claims.first() else { continue };
            self.sending.pacing.count(first, self.sending.clock.now());
            let flight = self.flights.begin(first.user);
            // It fails only where the task at the other end panicked, and then this one has been cancelled.
            let _ = queue.send(Claimed { parcel, flight }).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_is_over_once_everybody_was_gone_over() {
        let check = |passed_end, ways: &[Way], expected: &[bool]| {
            let mut look = Look { began: Instant::now(), passed_end };
            let over: Vec<_> = ways.iter().map(|way| look.is_over(*way)).collect();
            assert_eq!(over, expected, "{ways:?}");
        };
        check(false, &[Way::Onward, Way::Around], &[false, true]);
        check(
            false,
            &[Way::Onward, Way::PastTheEnd, Way::Onward, Way::PastTheEnd],
            &[false, false, false, true],
        );
        check(true, &[Way::Onward, Way::Onward, Way::PastTheEnd], &[false, false, true]);
    }

    const HOUR: Duration = Duration::from_secs(3_600);
    /// Far longer than between two looks, on however slow a machine.
    const LONG: Duration = Duration::from_secs(120);

    #[tokio::test]
    async fn a_rest_after_a_slow_look_is_short_and_ends_with_what_comes_due() {
        let ((due, wake), (_freed, freed)) = (watch::channel(()), watch::channel(()));
        let mut wakes = WakeUps { due: wake, freed };
        let rested = tokio::time::timeout(LONG, wakes.rest(HOUR)).await;
        assert_eq!(rested, Ok(false), "nothing came due, and it is over all the same");
        due.send_replace(());
        assert!(!wakes.rest(QUICK / 2).await, "after a quick look there is none");
        assert!(wakes.rest(HOUR).await);
    }
}
