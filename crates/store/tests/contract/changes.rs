//! The change log that the evaluator follows.

use std::collections::HashSet;

use bellwether_model::{AlertId, AlertState, Position, Status};
use bellwether_store::alert::{Action, NewAlert};
use bellwether_store::evaluation::{Change, Cursor, Watched};
use sqlx::Connection;
use tokio::task::JoinSet;

use crate::contract::kit::{Kit, at, crossing, new_alert, next_fire, spec};

contract!(
    every_change_is_told_in_order,
    a_load_and_the_log_after_it_miss_nothing,
    active_alerts_are_loaded_in_portions,
    an_alert_is_loaded_as_it_was_stored,
    a_follower_sees_every_change_of_many_writers,
);

fn alert_of(change: &Change) -> (AlertId, Status) {
    let alert = change.alert.as_ref().expect("a price alert");
    (alert.id, alert.status)
}

fn told(changes: &[Change]) -> Vec<(AlertId, Status)> {
    changes.iter().map(alert_of).collect()
}

async fn every_change_is_told_in_order(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let head = kit.store.head().await.unwrap();
    let (one, two) = (kit.alert(user).await, kit.alert(user).await);
    let one = kit.change(&one, Action::Paused, |change| change.status = Status::Paused).await;
    kit.commit(vec![next_fire(&kit.watched(two.id).await.unwrap(), true)]).await;

    let changes = kit.changes(head, 4).await;
    let (paused, triggered) = ((one.id, Status::Paused), (two.id, Status::Triggered));
    assert_eq!(told(&changes), [paused, triggered, paused, triggered], "each alert as it is now");
    assert!(changes.windows(2).all(|pair| pair[0].cursor < pair[1].cursor));
    let mut place = head;
    for change in &changes {
        let next = kit.store.changes(place, 1).await.unwrap();
        assert_eq!(next, std::slice::from_ref(change));
        place = change.cursor;
    }
    assert_eq!(kit.store.changes(place, 100).await.unwrap(), []);
    kit.store.delete_alert(user, one.id, at(9)).await.unwrap();
    let last = kit.changes(place, 1).await;
    assert_eq!(told(&last), [(one.id, Status::Deleted)]);
}

async fn a_load_and_the_log_after_it_miss_nothing(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let before = kit.alert(user).await;
    let head = kit.store.head().await.unwrap();
    let during = kit.alert(user).await;
    let mut seen: HashSet<_> =
        kit.store.watched(None, 100).await.unwrap().into_iter().map(|watched| watched.id).collect();
    let after = kit.alert(user).await;
    let whole = kit.changes(Cursor::default(), 3).await;
    let changes = kit.store.changes(head, 100).await.unwrap();
    assert!(told(&changes).contains(&(during.id, Status::Active)), "made after the head was read");
    seen.extend(changes.iter().map(|change| alert_of(change).0));
    assert_eq!(seen, HashSet::from([before.id, during.id, after.id]));
    assert_eq!(whole.len(), 3, "from the very beginning");
}

async fn active_alerts_are_loaded_in_portions(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let new: Vec<_> = (0..2_500).map(|_| new_alert(user, crossing("binance:BTCUSDT", "1"))).collect();
    let mut expected: Vec<_> = new.iter().map(|new| new.id).collect();
    kit.store.create_alerts(new, u64::MAX, at(0)).await.unwrap();
    kit.store.delete_alert(user, expected.remove(1_020), at(1)).await.unwrap();
    let mut loaded: Vec<AlertId> = Vec::new();
    loop {
        let portion = kit.store.watched(loaded.last().copied(), 700).await.unwrap();
        if portion.is_empty() {
            break;
        }
        loaded.extend(portion.iter().map(|watched| watched.id));
    }
    assert_eq!(loaded, expected);
    let (all, some) = (kit.store.watched(None, 10_000).await, kit.store.watched(None, 37).await);
    assert_eq!((all.unwrap().len(), some.unwrap().len()), (2_499, 37));
}

async fn an_alert_is_loaded_as_it_was_stored(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let state = AlertState {
        position: Some(Position(u64::MAX)),
        accepted_at: Some(at(-1)),
        reference: Some("37.537537537537537538".parse().unwrap()),
        ..AlertState::default()
    };
    let odd = spec(
        r#"{"name":"Zwölf \u001e\u001f\u0000 \"q\"","instrument":"push:a/币","expires_at":"2027-01-01T00:00:00Z",
            "condition":{"type":"moving","percent":"0.5","direction":"either","window":"1h"}}"#,
    );
    let new = NewAlert { state: state.clone(), ..new_alert(user, odd.clone()) };
    let id = new.id;
    kit.store.create_alerts(vec![new], u64::MAX, at(3)).await.unwrap();
    let alert = kit.store.alert(user, id).await.unwrap().unwrap();
    kit.change(&alert, Action::Snoozed, |change| change.snoozed_until = Some(at(99))).await;
    let expected = Watched {
        id,
        user,
        spec: odd,
        status: Status::Active,
        snoozed_until: Some(at(99)),
        revision: 2,
        arming: 1,
        created_at: at(3),
        state,
    };
    assert_eq!(kit.store.watched(None, 10).await.unwrap(), std::slice::from_ref(&expected));
    assert_eq!(kit.store.watched_alert(id).await.unwrap(), Some(expected.clone()));
    assert_eq!(kit.changes(Cursor::default(), 2).await[1].alert, Some(expected));
    assert_eq!(kit.store.watched_alert(AlertId(uuid::Uuid::now_v7())).await.unwrap(), None);
    kit.store.delete_alert(user, id, at(100)).await.unwrap();
    assert_eq!(kit.store.watched_alert(id).await.unwrap().unwrap().status, Status::Deleted);
}

/// Writers of two stores create and delete while a follower reads; their transactions commit in whatever
/// order they come to it.
async fn a_follower_sees_every_change_of_many_writers(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let start = kit.store.head().await.unwrap();
    let stores = [kit.store.clone(), kit.second().await];
    let mut writers = JoinSet::new();
    for n in 0..8 {
        let store = stores[n % 2].clone();
        writers.spawn(async move {
            let mut made = Vec::new();
            for _ in 0..25 {
                let new = new_alert(user, crossing("binance:BTCUSDT", "1"));
                made.push(new.id);
                store.create_alerts(vec![new], u64::MAX, at(0)).await.unwrap();
            }
            made
        });
    }
    let (mut seen, mut places) = (Vec::new(), vec![start]);
    let mut wanted: HashSet<AlertId> = HashSet::new();
    while !writers.is_empty() || seen.len() < wanted.len() {
        if let Some(made) = writers.try_join_next() {
            wanted.extend(made.unwrap());
        }
        let changes = kit.store.changes(places[places.len() - 1], 7).await.unwrap();
        seen.extend(changes.iter().map(|change| alert_of(change).0));
        places.extend(changes.iter().map(|change| change.cursor));
        tokio::task::yield_now().await;
    }
    assert_eq!(seen.len(), 200, "none twice");
    assert_eq!(seen.into_iter().collect::<HashSet<_>>(), wanted);
    assert!(places.is_sorted());
}

/// What makes PostgreSQL's log hard: numbers are taken in one order and committed in another.
#[tokio::test]
async fn a_change_that_commits_late_is_not_missed() {
    let Some(kit) = Kit::postgres().await else { return };
    let user = kit.user("a@example.org").await;
    let (slow, quick) = (kit.alert(user).await, kit.alert(user).await);
    let place = kit.changes(Cursor::default(), 2).await[1].cursor;
    let mut connection = sqlx::PgConnection::connect(&kit.url).await.unwrap();
    let mut late = connection.begin().await.unwrap();
    sqlx::query(
        "INSERT INTO alert_changes (alert_id, user_id, action, at, status, spec)
        SELECT id, user_id, 'updated', 1, status, spec FROM alerts WHERE id = $1",
    )
    .bind(slow.id.0)
    .execute(&mut *late)
    .await
    .unwrap();
    kit.change(&quick, Action::Paused, |change| change.status = Status::Paused).await;
    assert_eq!(kit.store.changes(place, 100).await.unwrap(), [], "the later one waits");
    late.commit().await.unwrap();
    let rest = told(&kit.changes(place, 2).await);
    let expected = [(slow.id, Status::Active), (quick.id, Status::Paused)];
    assert_eq!(rest, expected, "in the order in which they began");
}
