//! Those who come at once: one of them wins, never both, never neither.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use bellwether_model::{DeliveryId, FireId, Status};
use bellwether_store::alert::{Action, AlertChange, Changed};
use bellwether_store::delivery::{AttemptOutcome, DeliveryFilter, DeliveryStatus};
use bellwether_store::evaluation::{Commit, NewFire};
use bellwether_store::fire::FireFilter;
use bellwether_store::page::Stretch;

use crate::contract::kit::{Kit, at, attempt, next_fire, price};

contract!(
    of_a_deletion_and_a_fire_one_wins,
    of_an_edit_and_a_last_fire_one_wins,
    a_deletion_while_a_failed_attempt_is_recorded_leaves_nothing_waiting,
    a_verification_and_a_fire_leave_nothing_held,
    a_commit_that_is_cut_off_leaves_before_or_after,
    deleting_an_account_while_its_alerts_fire_leaves_nothing_to_send,
);

const ROUNDS: usize = 40;
const ALL_FIRES: Stretch<FireId> = Stretch { after: None, limit: 100 };
const ALL_OWED: Stretch<DeliveryId> = Stretch { after: None, limit: 100 };

fn one(fire: NewFire) -> Commit {
    Commit { fires: vec![fire], ..Commit::default() }
}

async fn of_a_deletion_and_a_fire_one_wins(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let other = kit.second().await;
    for round in 0..ROUNDS {
        let alert = kit.alert(user).await;
        let fire = next_fire(&kit.watched(alert.id).await.unwrap(), round % 2 == 0);
        let (deleted, committed) = tokio::join!(
            kit.store.delete_alert(user, alert.id, at(10)),
            other.commit(one(fire.clone()), at(10)),
        );
        assert_eq!(deleted.unwrap(), Some(true), "a deletion always takes place, after the fire if need be");
        let fired = committed.unwrap().dropped.is_empty();
        assert_eq!(kit.read(&alert).await.status, Status::Deleted);
        assert_eq!(kit.store.fire(user, fire.id).await.unwrap().is_some(), fired);
        let owed = kit.store.delivery(user, fire.deliveries[0]).await.unwrap();
        let owed = owed.map(|(delivery, _)| delivery.status);
        assert_eq!(owed, fired.then_some(DeliveryStatus::Cancelled), "round {round}");
    }
    assert_eq!(kit.claim(100).await.len(), 0);
}

async fn of_an_edit_and_a_last_fire_one_wins(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let other = kit.second().await;
    for round in 0..ROUNDS {
        let alert = kit.alert(user).await;
        let fire = next_fire(&kit.watched(alert.id).await.unwrap(), true);
        let mut change = AlertChange {
            action: Action::Updated,
            spec: alert.spec.clone(),
            status: Status::Active,
            snoozed_until: None,
            rearm: Some(Default::default()),
            next_at: None,
            from_version: alert.version,
        };
        price(&mut change.spec).instrument = "binance:ETHUSDT".parse().unwrap();
        let (changed, committed) = tokio::join!(
            kit.store.change_alert(user, alert.id, change, at(10)),
            other.commit(one(fire), at(10)),
        );
        let edited = matches!(changed.unwrap(), Changed::Done(_));
        let fired = committed.unwrap().dropped.is_empty();
        assert!(edited != fired, "round {round}: edited {edited}, fired {fired}");
        let expected = if fired { Status::Triggered } else { Status::Active };
        assert_eq!(kit.read(&alert).await.status, expected);
    }
}

async fn a_deletion_while_a_failed_attempt_is_recorded_leaves_nothing_waiting(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let other = kit.second().await;
    for round in 0..5 * ROUNDS {
        let alert = kit.alert(user).await;
        kit.fire(&alert).await;
        let claim = kit.claim(10).await.remove(0);
        let failed = attempt(&claim, AttemptOutcome::Retry { at: at(20) });
        let recorded = async {
            // The deletion is found at each of its steps.
            tokio::time::sleep(Duration::from_micros(50 * (round % ROUNDS) as u64)).await;
            other.record(vec![failed], at(12)).await
        };
        let (deleted, lost) = tokio::join!(kit.store.delete_alert(user, alert.id, at(11)), recorded);
        assert_eq!((deleted.unwrap(), lost.unwrap().len()), (Some(true), 0));
        let (delivery, _) = kit.store.delivery(user, claim.id).await.unwrap().unwrap();
        assert_eq!(delivery.status, DeliveryStatus::Cancelled, "round {round}");
    }
}

async fn a_verification_and_a_fire_leave_nothing_held(kit: Kit) {
    let other = kit.second().await;
    for round in 0..ROUNDS {
        let email = format!("{round}@example.org");
        let user = kit.user_who(&email, false).await;
        let alert = kit.alert(user).await;
        let fire = next_fire(&kit.watched(alert.id).await.unwrap(), false);
        let (verified, committed) = tokio::join!(
            kit.store.verify_user(user, &email, at(10)),
            other.commit(one(fire.clone()), at(10)),
        );
        assert!(verified.unwrap() && committed.unwrap().dropped.is_empty());
        let (delivery, _) = kit.store.delivery(user, fire.deliveries[0]).await.unwrap().unwrap();
        assert_eq!(delivery.status, DeliveryStatus::Pending, "round {round}");
    }
}

/// Polls a future so many times and then drops it: a caller that dies at that point.
async fn cut_off<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

async fn a_commit_that_is_cut_off_leaves_before_or_after(kit: Kit) {
    let user = kit.user("a@example.org").await;
    for polls in 0.. {
        let alert = kit.alert(user).await;
        let fire = next_fire(&kit.watched(alert.id).await.unwrap(), true);
        let victim = kit.second().await;
        let ended = cut_off(victim.commit(one(fire.clone()), at(10)), polls).await.is_some();
        if kit.lasts {
            victim.close().await;
        }

        // Locking the alert, as this change does, waits for whatever is still under way.
        let words = kit.read(&alert).await;
        kit.change(&words, Action::Updated, |change| price(&mut change.spec).note = "seen".into()).await;
        let after = kit.read(&alert).await.status == Status::Triggered;
        let of_alert = FireFilter { alert: Some(alert.id), ..FireFilter::default() };
        let fires = kit.store.list_fires(user, &of_alert, ALL_FIRES).await.unwrap().items.len();
        let of_alert = DeliveryFilter { alert: Some(alert.id), ..DeliveryFilter::default() };
        let owed = kit.store.list_deliveries(user, &of_alert, ALL_OWED).await.unwrap().items.len();
        assert_eq!((fires, owed), (usize::from(after), usize::from(after)), "cut off after {polls} polls");
        if ended {
            assert!(after && polls > 1, "a commit that was answered is there");
            break;
        }
        // Whoever asks again gets what it asked for, whatever became of the first time.
        assert_eq!(kit.commit(vec![fire]).await.dropped, []);
    }
}

async fn deleting_an_account_while_its_alerts_fire_leaves_nothing_to_send(kit: Kit) {
    let other = kit.second().await;
    for round in 0..ROUNDS / 2 {
        let user = kit.user(&format!("{round}@example.org")).await;
        let mut fires = Vec::new();
        for _ in 0..3 {
            let alert = kit.alert(user).await;
            fires.push(next_fire(&kit.watched(alert.id).await.unwrap(), false));
        }
        let commit = Commit { fires, ..Commit::default() };
        let (deleted, committed) =
            tokio::join!(kit.store.delete_user(user, at(10)), other.commit(commit, at(10)));
        assert!(deleted.unwrap());
        let dropped = committed.unwrap().dropped.len();
        assert!(dropped == 0 || dropped == 3, "all before the deletion, or none: {dropped}");
        assert_eq!(kit.claim(100).await.len(), 0, "round {round}");
    }
}
