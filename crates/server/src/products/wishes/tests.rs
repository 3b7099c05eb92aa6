//! What is followed is what stands in the store, and only what changed is read for it.

use bellwether_model::product::ProductSpec;
use bellwether_model::{AlertSpec, Spec, Status, Timestamp, UserId};
use bellwether_store::StoreOptions;
use bellwether_store::alert::{Action, AlertChange, Changed, Creation};
use bellwether_store::testing::samples;

use super::*;

const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

async fn store() -> (Store, UserId) {
    let store = Store::open("sqlite::memory:", StoreOptions::default()).await.unwrap();
    store.migrate().await.unwrap();
    let user = store.create_user(samples::person("ada@example.org"), NOW).await.unwrap().unwrap().id;
    (store, user)
}

fn digest(query: &str, every: &str) -> ProductSpec {
    serde_json::from_value(serde_json::json!({
        "kind": "digest", "name": query, "top": 20, "search": {"query": query, "marketplace": "EBAY_US"},
        "schedule": {"every": every}, "repeat": {"mode": "every"}, "channels": ["email"],
    }))
    .unwrap()
}

async fn made(store: &Store, user: UserId, spec: impl Into<Spec>) -> bellwether_store::alert::Alert {
    match store.create_alert(samples::alert(user, spec), 1_000, NOW).await.unwrap() {
        Creation::Created(alert) => *alert,
        other => panic!("not created: {other:?}"),
    }
}

/// What an alert wants: as often as it is told.
fn told(schedule: Option<&Schedule>) -> Span {
    schedule.map_or(Span::MINUTE, Schedule::shortest)
}

/// What everybody wants, in the order of searches.
fn all(wishes: &Wishes) -> BTreeMap<SearchId, Option<Wanted>> {
    wishes.searches.keys().map(|search| (*search, wishes.of(*search))).collect()
}

async fn anew(store: &Store) -> BTreeMap<SearchId, Option<Wanted>> {
    let mut wishes = Wishes::default();
    wishes.catch_up(store, told).await.unwrap();
    all(&wishes)
}

#[tokio::test]
async fn only_what_changed_is_read_and_it_is_what_stands_in_the_store() {
    let (store, user) = store().await;
    let mut alerts = Vec::new();
    for number in 0..50 {
        alerts.push(made(&store, user, digest(&format!("thing {number}"), "10m")).await);
    }
    let mut wishes = Wishes::default();
    assert_eq!(wishes.catch_up(&store, told).await.unwrap(), 50);
    assert_eq!(all(&wishes), anew(&store).await);
    assert_eq!(all(&wishes).len(), 50);
    assert_eq!(wishes.catch_up(&store, told).await.unwrap(), 0, "nothing changed, nothing is read");

    // Another one on a search that is watched, more often; and an alert on a price, which is none of these.
    let search = alerts[0].search.unwrap();
    let insights: ProductSpec = serde_json::from_value(serde_json::json!({
        "kind": "insights", "name": "", "look_back": "2d", "drop_percent": "2",
        "search": {"query": "thing 0", "marketplace": "EBAY_US"}, "schedule": {"every": "5m"},
        "repeat": {"mode": "every"}, "channels": ["email"],
    }))
    .unwrap();
    let often = made(&store, user, insights).await;
    let price: AlertSpec = serde_json::from_str(
        r#"{"name":"","instrument":"binance:BTCUSDT","condition":{"type":"crossing","price":"1"},"repeat":{"mode":"once"}}"#,
    )
    .unwrap();
    made(&store, user, price).await;
    assert_eq!(wishes.catch_up(&store, told).await.unwrap(), 2);
    assert_eq!(wishes.of(search), Some(Wanted { interval: "5m".parse().unwrap(), alerts: 2 }));

    // What goes leaves what the others want.
    store.delete_alert(user, often.id, NOW).await.unwrap();
    let paused = &alerts[1];
    let change = |alert: &bellwether_store::alert::Alert, spec: Spec, status| AlertChange {
        action: Action::Updated,
        spec,
        status,
        snoozed_until: None,
        rearm: None,
        next_at: None,
        from_version: alert.version,
    };
    let pause = change(paused, paused.spec.clone(), Status::Paused);
    let done = store.change_alert(user, paused.id, pause, NOW).await.unwrap();
    assert!(matches!(done, Changed::Done(_)));
    let moved = &alerts[2];
    let edit = change(moved, digest("thing 3 and more", "30m").into(), Status::Active);
    assert!(matches!(store.change_alert(user, moved.id, edit, NOW).await.unwrap(), Changed::Done(_)));
    assert_eq!(wishes.catch_up(&store, told).await.unwrap(), 3);
    assert_eq!(wishes.of(search), Some(Wanted { interval: "10m".parse().unwrap(), alerts: 1 }));
    assert_eq!(wishes.of(paused.search.unwrap()), None);
    assert_eq!(wishes.of(moved.search.unwrap()), None, "nobody watches that one any more");
    assert_eq!(all(&wishes), anew(&store).await);
    assert_eq!(all(&wishes).len(), 49);
}

#[tokio::test]
async fn where_the_store_does_not_answer_it_goes_on_from_where_it_was() {
    let (store, user) = store().await;
    let alert = made(&store, user, digest("thing", "10m")).await;
    let mut wishes = Wishes::default();
    wishes.catch_up(&store, told).await.unwrap();
    let (before, place) = (all(&wishes), wishes.place);
    store.delete_alert(user, alert.id, NOW).await.unwrap();
    store.close().await;
    wishes.catch_up(&store, told).await.unwrap_err();
    assert_eq!((all(&wishes), wishes.place), (before, place));
}
