//! Claims: nobody sends what another sends, and nothing is left behind.

use std::collections::HashMap;

use bellwether_model::{DeliveryId, UserId};
use bellwether_store::delivery::{AttemptOutcome, ClaimWish, DeliveryStatus, Lane, LastLook};
use bellwether_store::evaluation::Commit;
use uuid::Uuid;

use crate::contract::kit::{Kit, MINUTE, at, attempt, crossing, new_alert, next_fire};

contract!(
    a_claim_is_held_until_its_lease_is_over,
    a_worker_that_lost_its_lease_records_nothing,
    a_recorded_attempt_may_be_recorded_again,
    a_retry_waits_for_its_time,
    lanes_do_not_see_each_other,
    nothing_is_claimed_for_a_deleted_alert,
    what_was_claimed_is_not_wanted_once_its_alert_is_deleted,
    a_retry_of_a_deleted_alert_is_cancelled,
    ten_thousand_due_deliveries_are_claimed_once_each,
);

async fn owing(kit: &Kit, user: UserId, count: usize) {
    let new: Vec<_> = (0..count).map(|_| new_alert(user, crossing("binance:BTCUSDT", "1"))).collect();
    kit.store.create_alerts(new, u64::MAX, at(0)).await.unwrap();
    let fires = kit.store.watched(None, 20_000).await.unwrap();
    let fires = fires.iter().map(|watched| next_fire(watched, true)).collect();
    kit.store.commit(Commit { fires, ..Commit::default() }, at(10)).await.unwrap();
}

async fn a_claim_is_held_until_its_lease_is_over(kit: Kit) {
    let user = kit.user("a@example.org").await;
    owing(&kit, user, 3).await;
    assert_eq!(kit.store.next_due(Lane::Urgent).await.unwrap(), Some(at(10)));
    assert_eq!(kit.claim(9).await.len(), 0, "not due yet");
    let first = kit.claim(10).await;
    assert_eq!(first.len(), 3);
    assert!(first.iter().all(|claim| claim.attempt == 1 && claim.lease_until == at(70)));
    assert!(first.iter().all(|claim| claim.email == "a@example.org" && claim.time_zone == "Europe/Berlin"));
    assert_eq!(kit.claim(69).await.len(), 0);
    assert_eq!(kit.store.next_due(Lane::Urgent).await.unwrap(), Some(at(70)));
    let second = kit.claim(70).await;
    assert_eq!(second.len(), 3);
    assert!(second.iter().all(|claim| claim.attempt == 2));
}

async fn a_worker_that_lost_its_lease_records_nothing(kit: Kit) {
    let user = kit.user("a@example.org").await;
    owing(&kit, user, 1).await;
    let worker = Uuid::new_v4();
    let claim = async |now| {
        kit.store
            .claim(ClaimWish::new(Lane::Urgent, 10, worker, MINUTE), at(now))
            .await
            .unwrap()
            .claims
            .remove(0)
    };
    let slow = claim(10).await;
    let taken = claim(70).await;
    assert_ne!(slow.token, taken.token, "even the same worker's next claim is another one");
    assert_eq!(kit.record(&slow, AttemptOutcome::Dead, 71).await, [slow.id]);
    let (delivery, attempts) = kit.store.delivery(user, slow.id).await.unwrap().unwrap();
    assert_eq!((delivery.status, attempts.len()), (DeliveryStatus::Sending, 0));
    assert_eq!(kit.record(&taken, AttemptOutcome::Delivered, 72).await, []);
    assert_eq!(kit.record(&slow, AttemptOutcome::Delivered, 73).await, [slow.id]);
    assert_eq!(kit.store.next_due(Lane::Urgent).await.unwrap(), None);
}

async fn a_recorded_attempt_may_be_recorded_again(kit: Kit) {
    let user = kit.user("a@example.org").await;
    owing(&kit, user, 1).await;
    let claim = kit.claim(10).await.remove(0);
    let attempt = attempt(&claim, AttemptOutcome::Delivered);
    for _ in 0..2 {
        assert_eq!(kit.store.record(vec![attempt.clone()], at(11)).await.unwrap(), []);
    }
    let (delivery, attempts) = kit.store.delivery(user, claim.id).await.unwrap().unwrap();
    assert_eq!((delivery.status, attempts.len()), (DeliveryStatus::Delivered, 1));
}

async fn a_retry_waits_for_its_time(kit: Kit) {
    let user = kit.user("a@example.org").await;
    owing(&kit, user, 1).await;
    let claim = kit.claim(10).await.remove(0);
    assert_eq!(kit.record(&claim, AttemptOutcome::Retry { at: at(300) }, 11).await, []);
    let (delivery, _) = kit.store.delivery(user, claim.id).await.unwrap().unwrap();
    assert_eq!((delivery.status, delivery.next_at), (DeliveryStatus::Pending, Some(at(300))));
    assert_eq!(kit.store.next_due(Lane::Urgent).await.unwrap(), Some(at(300)));
    assert_eq!(kit.claim(299).await.len(), 0);
    assert_eq!(kit.claim(300).await[0].attempt, 2);
}

async fn lanes_do_not_see_each_other(kit: Kit) {
    let user = kit.user("a@example.org").await;
    owing(&kit, user, 1).await;
    for lane in [Lane::Digest, Lane::Insights] {
        assert_eq!(
            kit.store
                .claim(ClaimWish::new(lane, 10, Uuid::new_v4(), MINUTE), at(10))
                .await
                .unwrap()
                .claims
                .len(),
            0
        );
        assert_eq!(kit.store.next_due(lane).await.unwrap(), None);
    }
    assert_eq!(kit.claim(10).await.len(), 1);
}

async fn nothing_is_claimed_for_a_deleted_alert(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let alert = kit.alert(user).await;
    let pending = kit.fire(&alert).await;
    kit.store.delete_alert(user, alert.id, at(11)).await.unwrap();
    assert_eq!(kit.claim(12).await.len(), 0);
    let (delivery, _) = kit.store.delivery(user, pending.deliveries[0]).await.unwrap().unwrap();
    assert_eq!((delivery.status, delivery.next_at), (DeliveryStatus::Cancelled, None));

    // Claimed before the deletion, by a worker that never came back.
    let alert = kit.alert(user).await;
    let sending = kit.fire(&alert).await;
    assert_eq!(kit.claim(20).await.len(), 1);
    kit.store.delete_alert(user, alert.id, at(21)).await.unwrap();
    assert_eq!(kit.claim(100).await.len(), 0);
    let (delivery, _) = kit.store.delivery(user, sending.deliveries[0]).await.unwrap().unwrap();
    assert_eq!(delivery.status, DeliveryStatus::Cancelled);
}

async fn what_was_claimed_is_not_wanted_once_its_alert_is_deleted(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let (kept, deleted) = (kit.alert(user).await, kit.alert(user).await);
    let ids = [kit.fire(&kept).await.deliveries[0], kit.fire(&deleted).await.deliveries[0]];
    let look = async |claims: &[(DeliveryId, Uuid)], second| {
        kit.store.still_wanted(claims, at(second)).await.unwrap()
    };
    assert_eq!(look(&ids.map(|id| (id, Uuid::nil())), 10).await, [LastLook::Lost; 2], "not claimed");
    let claims = kit.claim(10).await;
    let [first, second] = ids.map(|id| (id, claims.iter().find(|claim| claim.id == id).unwrap().token));
    assert_eq!(look(&[first, second], 11).await, [LastLook::Wanted; 2]);
    kit.store.delete_alert(user, deleted.id, at(12)).await.unwrap();
    let looks = look(&[second, first, second], 13).await;
    assert_eq!(looks, [LastLook::Deleted, LastLook::Wanted, LastLook::Deleted]);
    assert_eq!(look(&[first], 70).await, [LastLook::Lost], "its lease is over");
    assert_eq!(look(&[(first.0, Uuid::nil())], 13).await, [LastLook::Lost], "another's claim");
    assert!(look(&[], 13).await.is_empty());
}

async fn a_retry_of_a_deleted_alert_is_cancelled(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let alert = kit.alert(user).await;
    kit.fire(&alert).await;
    let claim = kit.claim(10).await.remove(0);
    kit.store.delete_alert(user, alert.id, at(11)).await.unwrap();
    assert_eq!(kit.record(&claim, AttemptOutcome::Retry { at: at(20) }, 12).await, []);
    let (delivery, attempts) = kit.store.delivery(user, claim.id).await.unwrap().unwrap();
    assert_eq!((delivery.status, attempts.len()), (DeliveryStatus::Cancelled, 1));
    assert_eq!(kit.claim(30).await.len(), 0);
}

/// Four workers on two stores, each with a batch size of its own.
async fn ten_thousand_due_deliveries_are_claimed_once_each(kit: Kit) {
    let user = kit.user("a@example.org").await;
    owing(&kit, user, 10_000).await;
    let stores = [kit.store.clone(), kit.second().await];
    let mut workers = tokio::task::JoinSet::new();
    for (number, batch) in [1_000, 333, 100, 77].into_iter().enumerate() {
        let store = stores[number % 2].clone();
        workers.spawn(async move {
            let (worker, mut mine) = (Uuid::new_v4(), Vec::new());
            // Claims pass over what another worker is just taking, so only the count says that all is done.
            loop {
                let claims = store
                    .claim(ClaimWish::new(Lane::Urgent, batch, worker, MINUTE), at(10))
                    .await
                    .unwrap()
                    .claims;
                mine.extend(claims.iter().map(|claim| claim.id));
                let waiting = store.queue_depths(at(10)).await.unwrap();
                if !waiting.iter().any(|(_, status, _)| *status == DeliveryStatus::Pending) {
                    return mine;
                }
            }
        });
    }
    let mut claimed: HashMap<_, u32> = HashMap::new();
    for id in workers.join_all().await.into_iter().flatten() {
        *claimed.entry(id).or_default() += 1;
    }
    assert_eq!(claimed.len(), 10_000);
    assert!(claimed.values().all(|&times| times == 1));
}
