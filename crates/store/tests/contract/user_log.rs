//! What happened to what is each user's: in one order, none missing, until it is forgotten.

use bellwether_model::{Status, UserId};
use bellwether_store::alert::Action;
use bellwether_store::evaluation::Cursor;
use bellwether_store::search::Observation;
use bellwether_store::user_log::{Happened, ListingChangeKind, LogEntry, LogPage};
use sqlx::Connection;
use tokio::task::JoinSet;

use crate::contract::kit::{Kit, at, crossing, new_alert, next_fire};
use crate::contract::products::{drops, id, offer, seen, usd};

contract!(
    alerts_and_fires_are_told_in_order_and_only_to_their_owner,
    a_log_is_read_in_parts_and_gone_on_with,
    changes_of_listings_are_told_to_whoever_watches_them,
    what_is_forgotten_is_not_passed_over_in_silence,
    a_deleted_account_leaves_nothing_in_the_log,
    a_follower_misses_nothing_of_many_writers,
);

/// What is told after a place, once it is so much. Other tests write to the same server, and an entry is told
/// only when every transaction is over that began before it.
async fn told(kit: &Kit, user: UserId, after: Option<Cursor>, count: usize) -> LogPage {
    loop {
        let page = kit.store.user_log(user, after, 1_000).await.unwrap().unwrap();
        if page.entries.len() >= count {
            return page;
        }
        tokio::task::yield_now().await;
    }
}

fn words(entries: &[LogEntry]) -> Vec<String> {
    let word = |entry: &LogEntry| match &entry.what {
        Happened::Alert(_, change) => change.action.name().to_owned(),
        Happened::Fire(fire) => format!("fire {}", fire.number),
        Happened::Listings(_, changes) => format!("{} listings", changes.len()),
    };
    entries.iter().map(word).collect()
}

async fn alerts_and_fires_are_told_in_order_and_only_to_their_owner(kit: Kit) {
    let (ada, bob) = (kit.user("a@example.org").await, kit.user("b@example.org").await);
    let alert = kit.alert(ada).await;
    kit.alert(bob).await;
    kit.fire(&alert).await;
    let alert = kit.read(&alert).await;
    kit.change(&alert, Action::Snoozed, |change| change.snoozed_until = Some(at(99))).await;
    kit.commit(vec![next_fire(&kit.watched(alert.id).await.unwrap(), true)]).await;
    kit.store.delete_alert(ada, alert.id, at(30)).await.unwrap();

    let page = told(&kit, ada, None, 6).await;
    let expected = ["created", "fire 1", "snoozed", "fire 2", "triggered", "deleted"];
    assert_eq!(words(&page.entries), expected);
    assert!(!page.more);
    assert!(page.entries.windows(2).all(|pair| pair[0].cursor < pair[1].cursor));
    let Happened::Alert(id, change) = &page.entries[5].what else { panic!("{:?}", page.entries[5]) };
    assert_eq!((*id, change.status, change.actor), (alert.id, Status::Deleted, Some(ada)));
    assert_eq!((change.at, page.entries[5].at), (at(30), at(30)));
    assert_eq!(words(&told(&kit, bob, None, 1).await.entries), ["created"]);
}

async fn a_log_is_read_in_parts_and_gone_on_with(kit: Kit) {
    let user = kit.user("a@example.org").await;
    for _ in 0..5 {
        kit.alert(user).await;
    }
    let whole = told(&kit, user, None, 5).await;
    let (mut parts, mut after) = (Vec::new(), None);
    for count in [2, 2, 1] {
        let page = kit.store.user_log(user, after, 2).await.unwrap().unwrap();
        assert_eq!((page.entries.len(), page.more), (count, parts.len() < 4));
        after = Some(page.next);
        parts.extend(page.entries);
    }
    assert_eq!(parts, whole.entries);
    // From the place of any entry, too.
    let rest = kit.store.user_log(user, Some(parts[2].cursor), 100).await.unwrap().unwrap();
    assert_eq!(rest.entries, parts[3..]);
    let nothing = kit.store.user_log(user, after, 100).await.unwrap().unwrap();
    assert_eq!((nothing.entries.len(), nothing.next >= after.unwrap()), (0, true));
    let alert = kit.alert(user).await;
    let page = told(&kit, user, Some(nothing.next), 1).await;
    assert!(matches!(page.entries[0].what, Happened::Alert(id, _) if id == alert.id));
    let end = kit.store.user_log_end().await.unwrap();
    assert_eq!(kit.store.user_log(user, Some(end), 1).await.unwrap().unwrap().entries, []);
}

async fn changes_of_listings_are_told_to_whoever_watches_them(kit: Kit) {
    let (ada, bob) = (kit.user("a@example.org").await, kit.user("b@example.org").await);
    let (alert, search) = kit.product_alert(ada, drops("2")).await;
    kit.observe(search, 10, vec![offer(1, "100"), offer(2, "50"), offer(3, "70")]).await;
    kit.observe(search, 20, vec![offer(1, "90"), offer(2, "50"), offer(4, "10")]).await;
    kit.product_alert(bob, drops("2")).await;
    let version = kit.state(search).await.version;
    let lost = Observation { gone: vec![id(3)], ..seen(search, version, 30, vec![offer(2, "50")]) };
    kit.store.commit_observation(lost, at(30)).await.unwrap();
    kit.store.delete_alert(ada, alert, at(31)).await.unwrap();
    kit.observe(search, 40, vec![offer(2, "40")]).await;

    let page = told(&kit, ada, None, 4).await;
    assert_eq!(words(&page.entries), ["created", "2 listings", "1 listings", "deleted"]);
    let listings = |entry: &LogEntry| match &entry.what {
        Happened::Listings(of, changes) if *of == search => changes.clone(),
        other => panic!("{other:?}"),
    };
    let (changed, gone) = (listings(&page.entries[1]), listings(&page.entries[2]));
    assert_eq!((changed[0].kind, &changed[0].id), (ListingChangeKind::Price, &id(1)));
    assert_eq!((changed[0].price, changed[0].previous_price), (Some(usd("90")), Some(usd("100"))));
    assert_eq!((changed[1].kind, &changed[1].id), (ListingChangeKind::New, &id(4)));
    assert_eq!(
        (gone[0].kind, &gone[0].id, gone[0].price),
        (ListingChangeKind::Gone, &id(3), Some(usd("70")))
    );
    assert_eq!(words(&told(&kit, bob, None, 3).await.entries), ["created", "1 listings", "1 listings"]);
}

async fn what_is_forgotten_is_not_passed_over_in_silence(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let start = kit.store.user_log_end().await.unwrap();
    let mut alert = kit.alert(user).await;
    for _ in 0..3 {
        alert = kit.change(&alert, Action::Snoozed, |change| change.snoozed_until = Some(at(99))).await;
    }
    let page = told(&kit, user, None, 4).await;
    // The alert was made at 0, and changed at 20.
    assert_eq!(kit.store.sweep_user_log(at(20), 100).await.unwrap(), 1);
    assert_eq!(kit.store.sweep_user_log(at(20), 100).await.unwrap(), 0);
    assert_eq!(kit.store.user_log(user, Some(start), 100).await.unwrap(), None, "one is missing");
    let rest = |after| kit.store.user_log(user, after, 100);
    let first = Some(page.entries[0].cursor);
    assert_eq!(rest(first).await.unwrap().unwrap().entries, page.entries[1..], "none is missing");
    assert_eq!(rest(None).await.unwrap().unwrap().entries, page.entries[1..], "from where it begins");
    assert_eq!(kit.store.sweep_user_log(at(99), 2).await.unwrap(), 2);
    assert_eq!(kit.store.sweep_user_log(at(99), 2).await.unwrap(), 1);
    assert_eq!(rest(first).await.unwrap(), None);
    let end = rest(Some(page.next)).await.unwrap().unwrap();
    assert_eq!((end.entries.len(), end.next >= page.next), (0, true), "an empty log ends where it ended");
    let never = Cursor { transaction: u64::MAX >> 1, seq: u64::MAX >> 1 };
    assert_eq!(rest(Some(never)).await.unwrap(), None, "a place of another log");
}

async fn a_deleted_account_leaves_nothing_in_the_log(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let alert = kit.alert(user).await;
    kit.fire(&alert).await;
    told(&kit, user, None, 2).await;
    assert!(kit.store.delete_user(user, at(50)).await.unwrap());
    assert_eq!(kit.store.user_log(user, None, 100).await.unwrap().unwrap().entries, []);
}

/// Writers of two stores create alerts while a follower reads a few entries at a time; their transactions
/// commit in whatever order they come to it.
async fn a_follower_misses_nothing_of_many_writers(kit: Kit) {
    const WRITERS: usize = 6;
    const EACH: usize = 20;
    let user = kit.user("a@example.org").await;
    let stores = [kit.store.clone(), kit.second().await];
    let mut writers = JoinSet::new();
    for n in 0..WRITERS {
        let store = stores[n % 2].clone();
        writers.spawn(async move {
            let mut made = Vec::new();
            for _ in 0..EACH {
                let new = new_alert(user, crossing("binance:BTCUSDT", "1"));
                made.push(new.id);
                store.create_alerts(vec![new], u64::MAX, at(0)).await.unwrap();
            }
            made
        });
    }
    let (mut seen, mut after) = (Vec::new(), None);
    while seen.len() < WRITERS * EACH {
        let page = kit.store.user_log(user, after, 7).await.unwrap().unwrap();
        assert!(after <= Some(page.next));
        after = Some(page.next);
        seen.extend(page.entries.into_iter().map(|entry| match entry.what {
            Happened::Alert(id, _) => id,
            other => panic!("{other:?}"),
        }));
        tokio::task::yield_now().await;
    }
    let mut made: Vec<_> = writers.join_all().await.into_iter().flatten().collect();
    made.sort_unstable();
    seen.sort_unstable();
    assert_eq!(seen, made, "each once");
}

/// A transaction that began first and commits last is not passed over by a reader who was there in between.
#[tokio::test(flavor = "multi_thread")]
async fn postgres_entries_wait_for_transactions_that_began_before_them() {
    let Some(kit) = Kit::postgres().await else { return };
    let user = kit.user("a@example.org").await;
    let (slow, quick) = (kit.alert(user).await, kit.alert(user).await);
    let place = told(&kit, user, None, 2).await.next;
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
    kit.fire(&quick).await;
    let between = kit.store.user_log(user, Some(place), 100).await.unwrap().unwrap();
    assert_eq!(between.entries, [], "the later one waits");
    late.commit().await.unwrap();
    let rest = told(&kit, user, Some(between.next), 2).await;
    assert_eq!(words(&rest.entries), ["updated", "fire 1"], "in the order in which they began");
}
