//! What happened lately, for those who look on.

use bellwether_model::{AlertId, FireId, Status, Timestamp, UserId};
use bellwether_store::alert::Action;
use bellwether_store::delivery::{AttemptOutcome, DeliveryStatus};
use bellwether_store::evaluation::Cursor;
use bellwether_store::news::News;

use crate::contract::kit::{Kit, at};

contract!(
    changes_of_alerts_are_told_once_and_only_to_their_owner,
    fires_bring_their_alert_and_deliveries_along,
    more_than_fits_is_said,
);

/// Before everything that a test does.
const LONG_AGO: Timestamp = Timestamp::from_micros(0);

/// The news once they tell of so many alerts. Other tests write to the same server, and a change is told
/// only when every transaction is over that began before it.
async fn news(kit: &Kit, user: UserId, after: Cursor, alerts: usize) -> News {
    loop {
        let news = kit.store.news(user, after, LONG_AGO, 100).await.unwrap();
        if news.alerts.len() >= alerts {
            return news;
        }
        tokio::task::yield_now().await;
    }
}

fn alerts(news: &News) -> Vec<(AlertId, Status)> {
    news.alerts.iter().map(|alert| (alert.id, alert.status)).collect()
}

async fn changes_of_alerts_are_told_once_and_only_to_their_owner(kit: Kit) {
    let (ada, bob) = (kit.user("a@example.org").await, kit.user("b@example.org").await);
    let head = kit.store.head().await.unwrap();
    let (first, second) = (kit.alert(ada).await, kit.alert(ada).await);
    let others = kit.alert(bob).await;
    let told = news(&kit, ada, head, 2).await;
    assert_eq!(alerts(&told), [(first.id, Status::Active), (second.id, Status::Active)]);
    assert!(!told.more);

    kit.change(&first, Action::Paused, |change| change.status = Status::Paused).await;
    kit.store.delete_alert(ada, second.id, at(30)).await.unwrap();
    let next = news(&kit, ada, told.cursor, 2).await;
    assert_eq!(alerts(&next), [(first.id, Status::Paused), (second.id, Status::Deleted)]);
    let nothing = kit.store.news(ada, next.cursor, LONG_AGO, 100).await.unwrap();
    assert_eq!((nothing.alerts.len(), nothing.cursor), (0, next.cursor));
    assert_eq!(alerts(&news(&kit, bob, head, 1).await), [(others.id, Status::Active)]);
}

async fn fires_bring_their_alert_and_deliveries_along(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let alert = kit.alert(user).await;
    let after = news(&kit, user, Cursor::default(), 1).await.cursor;
    let made = [kit.fire(&alert).await.id, kit.fire(&alert).await.id];
    let claim = kit.claim(20).await.remove(0);
    kit.record(&claim, AttemptOutcome::Delivered, 20).await;

    let told = kit.store.news(user, after, LONG_AGO, 100).await.unwrap();
    assert_eq!(told.fires.iter().map(|fire| fire.id).collect::<Vec<_>>(), made, "oldest first");
    assert_eq!(told.alerts.iter().map(|alert| alert.fires).collect::<Vec<_>>(), [2]);
    assert_eq!(told.deliveries.len(), 2);
    let delivered = told.deliveries.iter().find(|delivery| delivery.id == claim.id).unwrap();
    assert_eq!(delivered.status, DeliveryStatus::Delivered);

    let (seconds, nanos) = made[1].0.get_timestamp().unwrap().to_unix();
    let micros = i64::try_from(seconds).unwrap() * 1_000_000 + i64::from(nanos / 1_000);
    let later = Timestamp::from_micros(micros + 1_000);
    assert_eq!(kit.store.news(user, after, later, 100).await.unwrap().fires, []);
}

async fn more_than_fits_is_said(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let alert = kit.alert(user).await;
    let mut made: Vec<FireId> = Vec::new();
    for _ in 0..3 {
        made.push(kit.fire(&alert).await.id);
    }
    let told = kit.store.news(user, Cursor::default(), LONG_AGO, 2).await.unwrap();
    assert!(told.more);
    assert_eq!(told.fires.iter().map(|fire| fire.id).collect::<Vec<_>>(), made[1..], "the newest");
    assert_eq!(told.deliveries.len(), 2);
}
