//! What is claimed and has no place yet: it is looked at once more before it is sent, and given back by who stops.

use std::sync::Arc;
use std::time::Duration;

use bellwether_model::{Channel, Timestamp, UserId};
use bellwether_store::delivery::{
    Claim, ClaimWish, Deferred, Delivery, DeliveryFilter, DeliveryStatus, Lane,
};
use bellwether_store::page::Stretch;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::super::Sending;
use super::super::flights::Flights;
use super::super::leases::{LEASE, Leases};
use super::super::outgoing::{Claimed, Outgoing};
use super::super::parcel::Parcel;
use super::super::places::Places;
use super::super::recorder::Recorder;
use super::trial::{Trial, unhurried};

/// Two readers' messages, claimed, in the queue of somebody who has no place for them yet.
struct Queue {
    trial: Trial,
    sending: Sending,
    users: [UserId; 2],
    claims: Vec<Claim>,
    flights: Flights,
    places: Arc<Semaphore>,
    recorder: Recorder,
    cancel: CancellationToken,
    outgoing: JoinHandle<()>,
    messages: mpsc::Sender<Claimed>,
}

impl Queue {
    async fn new() -> Self {
        let trial = Trial::over(None).await;
        let users = [trial.user("one").await, trial.user("other").await];
        trial.fire(&users.map(|user| (user, Channel::Email, "alert".to_owned()))).await;
        let wish = ClaimWish::new(Lane::Urgent, 8, Uuid::new_v4(), LEASE);
        let mut claims = trial.store.claim(wish, trial.now()).await.unwrap().claims;
        claims.sort_by_key(|claim| users.iter().position(|user| *user == claim.user));
        assert_eq!(claims.len(), 2);
        let (sending, leases) = (trial.sending(unhurried()), Leases::default());
        let cancel = CancellationToken::new();
        claims.iter().for_each(|claim| leases.hold(claim));
        let recorder = Recorder::start(sending.clone(), leases.clone(), cancel.clone());
        let places = Arc::new(Semaphore::new(0));
        let outgoing = Outgoing {
            sending: sending.clone(),
            leases,
            reports: recorder.reports(),
            places: Places { at_once: 8, free: Arc::clone(&places) },
        };
        let (messages, inbox) = mpsc::channel(8);
        let outgoing = tokio::spawn(outgoing.run(inbox, cancel.clone()));
        let flights = Flights::new(8);
        for claim in &claims {
            let (flight, parcel) = (flights.begin(claim.user), Parcel::single(claim.clone()));
            assert!(messages.send(Claimed { parcel, flight }).await.is_ok());
        }
        Self { trial, sending, users, claims, flights, places, recorder, cancel, outgoing, messages }
    }

    /// Lets them go, until all are at their end; how the deliveries stand then.
    async fn go(self) -> [Delivery; 2] {
        self.places.add_permits(8);
        self.end().await
    }

    /// How the deliveries stand once the queue has ended.
    async fn end(self) -> [Delivery; 2] {
        drop(self.messages);
        self.outgoing.await.unwrap();
        self.recorder.finish().await;
        assert_eq!(self.flights.room(later()), 8, "nothing is under way");
        let mut deliveries = Vec::new();
        for user in self.users {
            let (all, newest) = (DeliveryFilter::default(), Stretch { after: None, limit: 10 });
            let listed = self.trial.store.list_deliveries(user, &all, newest).await.unwrap().items;
            deliveries.extend(listed.into_iter().filter(|one| one.fire.is_some()));
        }
        self.trial.stop().await;
        deliveries.try_into().unwrap()
    }
}

/// When nothing is claimed ahead any more for what left a moment ago.
fn later() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

#[tokio::test]
async fn what_is_deleted_while_it_waits_for_a_place_is_not_sent() {
    let queue = Queue::new().await;
    let (user, inbox) = (queue.users[0], queue.trial.inbox.mailbox().clone());
    let newest = Stretch { after: None, limit: 10 };
    let owed =
        queue.trial.store.list_deliveries(user, &DeliveryFilter::default(), newest).await.unwrap().items;
    let (_, alert) = owed.iter().find_map(|one| one.fire).unwrap();
    queue.trial.store.delete_alert(user, alert, queue.trial.now()).await.unwrap();
    let [deleted, other] = queue.go().await;
    assert_eq!((deleted.status, other.status), (DeliveryStatus::Cancelled, DeliveryStatus::Delivered));
    assert_eq!(inbox.total(), 1);
}

#[tokio::test]
async fn a_receiver_who_asks_for_a_wait_gets_nothing_of_what_was_claimed_before() {
    let queue = Queue::new().await;
    let until = Timestamp::from_micros(queue.trial.now().micros() + 60_000_000);
    queue.sending.pacing.spare(&queue.claims[0], until);
    let [spared, other] = queue.go().await;
    assert_eq!((spared.status, other.status), (DeliveryStatus::Pending, DeliveryStatus::Delivered));
    assert_eq!((spared.next_at, spared.deferred), (Some(until), Some(Deferred::Pace)));
    assert_eq!(spared.attempts, 0);
}

#[tokio::test]
async fn who_stops_gives_back_what_has_no_place() {
    let queue = Queue::new().await;
    queue.cancel.cancel();
    let (now, inbox) = (queue.trial.now(), queue.trial.inbox.mailbox().clone());
    for delivery in queue.end().await {
        assert_eq!((delivery.status, delivery.attempts), (DeliveryStatus::Pending, 0));
        assert_eq!((delivery.next_at, delivery.deferred), (Some(now), None), "due at once");
    }
    assert_eq!(inbox.total(), 0);
}

#[tokio::test]
async fn without_a_last_look_nothing_is_sent_that_may_be_anothers_by_now() {
    let queue = Queue::new().await;
    let inbox = queue.trial.inbox.mailbox().clone();
    queue.sending.store.close().await;
    queue.trial.hand.set(queue.claims[0].lease_until);
    queue.places.add_permits(8);
    drop(queue.messages);
    queue.outgoing.await.unwrap();
    queue.recorder.finish().await;
    assert_eq!(queue.flights.room(later()), 8, "nothing is under way");
    queue.trial.stop().await;
    assert_eq!(inbox.total(), 0);
}
