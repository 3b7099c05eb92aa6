//! Fires as their owners see them.

use bellwether_model::{FireId, UserId};
use bellwether_store::evaluation::{Commit, NewFire};
use bellwether_store::fire::FireFilter;
use bellwether_store::page::Stretch;

use crate::contract::kit::{Kit, at, crossing, next_fire};

contract!(fires_are_listed_newest_first_by_cursor, fires_are_filtered, a_long_list_is_counted_up_to_a_bound);

async fn list(kit: &Kit, user: UserId, filter: &FireFilter) -> Vec<FireId> {
    let all = Stretch { after: None, limit: 100 };
    let found = kit.store.list_fires(user, filter, all).await.unwrap();
    assert_eq!(found.total, found.items.len() as u64);
    found.items.iter().map(|fire| fire.id).collect()
}

async fn fires_are_listed_newest_first_by_cursor(kit: Kit) {
    let (ada, bob) = (kit.user("a@example.org").await, kit.user("b@example.org").await);
    let alert = kit.alert(ada).await;
    let mut made = Vec::new();
    for _ in 0..7 {
        made.push(kit.fire(&alert).await.id);
    }
    kit.fire(&kit.alert(bob).await).await;
    made.reverse();
    assert_eq!(list(&kit, ada, &FireFilter::default()).await, made);
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let stretch = Stretch { after, limit: 3 };
        let found = kit.store.list_fires(ada, &FireFilter::default(), stretch).await.unwrap();
        assert_eq!((found.total, found.total_capped), (7, false));
        seen.extend(found.items.iter().map(|fire| fire.id));
        after = seen.last().copied();
        if !found.more {
            break;
        }
    }
    assert_eq!(seen, made);
    assert_eq!(kit.store.fire(bob, made[0]).await.unwrap(), None, "somebody else's");
}

async fn fires_are_filtered(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let btc = kit.alert(user).await;
    let eth = kit.alert_of(user, crossing("binance:ETHUSDT", "1")).await;
    let mut fire = next_fire(&kit.watched(btc.id).await.unwrap(), false);
    fire.evidence.time = at(100);
    kit.commit(vec![fire.clone()]).await;
    let other = kit.fire(&eth).await;
    let any = FireFilter::default;
    assert_eq!(list(&kit, user, &FireFilter { alert: Some(btc.id), ..any() }).await, [fire.id]);
    let instrument = Some(eth.spec.price().unwrap().instrument.clone());
    assert_eq!(list(&kit, user, &FireFilter { instrument, ..any() }).await, [other.id]);
    assert_eq!(list(&kit, user, &FireFilter { from: Some(at(100)), ..any() }).await, [fire.id]);
    assert_eq!(list(&kit, user, &FireFilter { to: Some(at(100)), ..any() }).await, [other.id]);
    let between = FireFilter { from: Some(at(6)), to: Some(at(100)), ..any() };
    assert_eq!(list(&kit, user, &between).await, []);
}

async fn a_long_list_is_counted_up_to_a_bound(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let alert = kit.alert(user).await;
    let mut watched = kit.watched(alert.id).await.unwrap();
    let fires = (0..10_001)
        .map(|_| {
            let fire = NewFire { deliveries: vec![], ..next_fire(&watched, false) };
            watched.state = fire.state.clone();
            fire
        })
        .collect();
    let committed = kit.store.commit(Commit { fires, ..Commit::default() }, at(10)).await.unwrap();
    assert_eq!(committed.dropped, []);
    let newest = Stretch { after: None, limit: 1 };
    let found = kit.store.list_fires(user, &FireFilter::default(), newest).await.unwrap();
    assert_eq!((found.total, found.total_capped, found.more), (10_000, true, true));
    assert_eq!(found.items[0].number, 10_001);
}
