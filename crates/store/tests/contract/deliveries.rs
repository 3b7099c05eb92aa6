//! Deliveries as their owners see them: held, sent, given up, tried again.

use bellwether_model::DeliveryId;
use bellwether_store::delivery::{
    AttemptOutcome, ClaimWish, Content, DeliveryFilter, DeliveryStatus, Lane, NewAttempt,
};
use bellwether_store::page::Stretch;
use uuid::Uuid;

use crate::contract::kit::{Kit, at, attempt};

contract!(
    what_an_unverified_user_is_owed_is_held_and_released,
    a_delivered_message_shows_on_the_alert,
    every_attempt_is_in_the_ledger,
    a_dead_letter_is_tried_again_by_hand,
    a_check_of_an_address_is_sent_again_with_its_token,
    deliveries_are_listed_newest_first_and_filtered,
    queues_are_counted,
);

const ALL: Stretch<DeliveryId> = Stretch { after: None, limit: 100 };

async fn what_an_unverified_user_is_owed_is_held_and_released(kit: Kit) {
    let (ada, bob) = (kit.user_who("a@example.org", false).await, kit.user("b@example.org").await);
    let (first, second) = (kit.alert(ada).await, kit.alert(ada).await);
    let held = kit.fire(&first).await.deliveries[0];
    let cancelled = kit.fire(&second).await.deliveries[0];
    let others = kit.alert(bob).await;
    let sent = kit.fire(&others).await.deliveries[0];
    let claims = kit.claim(10).await;
    assert_eq!(claims.iter().map(|claim| claim.id).collect::<Vec<_>>(), [sent]);
    assert_eq!(kit.store.delivery(ada, held).await.unwrap().unwrap().0.status, DeliveryStatus::Held);
    assert_eq!(kit.store.retry_delivery(ada, held, at(11)).await.unwrap(), Some(false));

    kit.store.delete_alert(ada, second.id, at(12)).await.unwrap();
    let mut due = kit.store.deliveries_due();
    due.mark_unchanged();
    assert!(kit.store.verify_user(ada, "a@example.org", at(20)).await.unwrap());
    assert!(due.has_changed().unwrap());
    let claims = kit.claim(20).await;
    assert_eq!(claims.iter().map(|claim| claim.id).collect::<Vec<_>>(), [held]);
    let status = kit.store.delivery(ada, cancelled).await.unwrap().unwrap().0.status;
    assert_eq!(status, DeliveryStatus::Cancelled, "its alert was deleted while it was held");
}

async fn a_delivered_message_shows_on_the_alert(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let alert = kit.alert(user).await;
    kit.fire(&alert).await;
    let claim = kit.claim(10).await.remove(0);
    assert_eq!(kit.read(&alert).await.last_sent_at, None, "claimed is not sent");
    kit.record(&claim, AttemptOutcome::Retry { at: at(20) }, 12).await;
    assert_eq!(kit.read(&alert).await.last_sent_at, None, "a failure is not sent");
    let claim = kit.claim(20).await.remove(0);
    kit.record(&claim, AttemptOutcome::Delivered, 22).await;
    assert_eq!(kit.read(&alert).await.last_sent_at, Some(at(22)));
    let (delivery, _) = kit.store.delivery(user, claim.id).await.unwrap().unwrap();
    assert_eq!((delivery.delivered_at, delivery.last_error, delivery.next_at), (Some(at(22)), None, None));
}

async fn every_attempt_is_in_the_ledger(kit: Kit) {
    let user = kit.user("a@example.org").await;
    kit.fire(&kit.alert(user).await).await;
    let first = kit.claim(10).await.remove(0);
    let failed = NewAttempt {
        ambiguous: true,
        detail: "421 later\0".into(),
        ..attempt(&first, AttemptOutcome::Retry { at: at(20) })
    };
    kit.store.record(vec![failed.clone()], at(12)).await.unwrap();
    let second = kit.claim(20).await.remove(0);
    kit.record(&second, AttemptOutcome::Dead, 21).await;
    let (delivery, attempts) = kit.store.delivery(user, first.id).await.unwrap().unwrap();
    assert_eq!((delivery.status, delivery.attempts), (DeliveryStatus::Dead, 2));
    assert_eq!(delivery.last_error.as_deref(), Some("250 queued"));
    let told: Vec<_> =
        attempts.iter().map(|a| (a.number, &a.outcome, a.ambiguous, a.detail.as_str())).collect();
    assert_eq!(
        told,
        [
            (1, &AttemptOutcome::Retry { at: at(20) }, true, "421 later"),
            (2, &AttemptOutcome::Dead, false, "250 queued"),
        ]
    );
    assert_eq!((attempts[0].id, attempts[0].started_at, attempts[0].took_us), (failed.id, at(11), 12_345));
}

async fn a_dead_letter_is_tried_again_by_hand(kit: Kit) {
    let (ada, bob) = (kit.user("a@example.org").await, kit.user("b@example.org").await);
    let alert = kit.alert(ada).await;
    kit.fire(&alert).await;
    let claim = kit.claim(10).await.remove(0);
    assert_eq!(kit.store.retry_delivery(ada, claim.id, at(11)).await.unwrap(), Some(false), "in flight");
    kit.record(&claim, AttemptOutcome::Dead, 12).await;
    assert_eq!(kit.store.retry_delivery(bob, claim.id, at(13)).await.unwrap(), None);
    assert_eq!(kit.store.retry_delivery(ada, claim.id, at(13)).await.unwrap(), Some(true));
    let again = kit.claim(13).await.remove(0);
    assert_eq!((again.id, again.attempt), (claim.id, 2));
    kit.record(&again, AttemptOutcome::Dead, 14).await;
    kit.store.delete_alert(ada, alert.id, at(15)).await.unwrap();
    assert_eq!(kit.store.retry_delivery(ada, claim.id, at(16)).await.unwrap(), Some(false), "deleted");
}

async fn a_check_of_an_address_is_sent_again_with_its_token(kit: Kit) {
    let user = kit.user_who("a@example.org", false).await;
    let id = DeliveryId(Uuid::now_v7());
    kit.store.queue_verification(user, id, "s3cret".into(), at(1)).await.unwrap();
    for now in [10, 20] {
        let claim = kit.claim(now).await.remove(0);
        assert_eq!(claim.content, Content::VerifyAddress { token: "s3cret".into() });
        kit.record(&claim, AttemptOutcome::Dead, now).await;
        kit.store.retry_delivery(user, id, at(now)).await.unwrap();
    }
    let claim = kit.claim(30).await.remove(0);
    kit.record(&claim, AttemptOutcome::Delivered, 31).await;
    let (delivery, attempts) = kit.store.delivery(user, id).await.unwrap().unwrap();
    assert_eq!((delivery.status, delivery.fire, attempts.len()), (DeliveryStatus::Delivered, None, 3));
}

async fn deliveries_are_listed_newest_first_and_filtered(kit: Kit) {
    let (ada, bob) = (kit.user("a@example.org").await, kit.user("b@example.org").await);
    let (first, second) = (kit.alert(ada).await, kit.alert(ada).await);
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(kit.fire(&first).await);
        made.push(kit.fire(&second).await);
    }
    kit.fire(&kit.alert(bob).await).await;
    kit.store.delete_alert(ada, second.id, at(11)).await.unwrap();
    let list = async |filter: DeliveryFilter, stretch| {
        let found = kit.store.list_deliveries(ada, &filter, stretch).await.unwrap();
        let ids: Vec<_> = found.items.iter().map(|delivery| delivery.id).collect();
        (ids, found.more, found.total, found.total_capped)
    };
    let mut all: Vec<_> = made.iter().map(|fire| fire.deliveries[0]).collect();
    all.reverse();
    let any = DeliveryFilter::default;
    assert_eq!(list(any(), ALL).await, (all.clone(), false, 6, false));
    assert_eq!(list(any(), Stretch { after: None, limit: 4 }).await, (all[..4].to_vec(), true, 6, false));
    let rest = Stretch { after: Some(all[3]), limit: 4 };
    assert_eq!(list(any(), rest).await, (all[4..].to_vec(), false, 6, false));
    let of_first = DeliveryFilter { alert: Some(first.id), ..any() };
    assert_eq!(list(of_first, ALL).await.0, [all[1], all[3], all[5]]);
    let of_fire = DeliveryFilter { fire: Some(made[2].id), ..any() };
    assert_eq!(list(of_fire, ALL).await.0, made[2].deliveries);
    let cancelled =
        DeliveryFilter { statuses: vec![DeliveryStatus::Cancelled, DeliveryStatus::Dead], ..any() };
    assert_eq!(list(cancelled, ALL).await.0, [all[0], all[2], all[4]]);
}

async fn queues_are_counted(kit: Kit) {
    let (user, held) = (kit.user("a@example.org").await, kit.user_who("b@example.org", false).await);
    let alert = kit.alert(user).await;
    for _ in 0..4 {
        kit.fire(&alert).await;
    }
    kit.fire(&kit.alert(held).await).await;
    let claims = kit
        .store
        .claim(ClaimWish::new(Lane::Urgent, 3, Uuid::new_v4(), crate::contract::kit::MINUTE), at(10))
        .await;
    let claims = claims.unwrap().claims;
    kit.record(&claims[0], AttemptOutcome::Delivered, 11).await;
    kit.record(&claims[1], AttemptOutcome::Dead, 11).await;
    let depths = async |now| {
        let mut depths = kit.store.queue_depths(at(now)).await.unwrap();
        assert!(depths.iter().all(|(lane, ..)| *lane == Lane::Urgent));
        depths.sort_by_key(|(_, status, _)| *status);
        depths.into_iter().map(|(_, status, count)| (status.name(), count)).collect::<Vec<_>>()
    };
    assert_eq!(depths(11).await, [("held", 1), ("pending", 1), ("sending", 1), ("dead", 1)]);
    assert_eq!(depths(70).await, [("held", 1), ("pending", 2), ("dead", 1)], "a lease that is over");
}
