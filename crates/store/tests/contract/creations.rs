//! Creating alerts: limits, keys, and many callers at once.

use std::collections::HashSet;

use bellwether_model::{Status, UserId};
use bellwether_store::alert::{AlertFilter, CreatedTogether, Creation, Idempotency, NewAlert};
use bellwether_store::page::Page;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::contract::kit::{Kit, at, crossing, new_alert};
use crate::contract::products::drops;

contract!(
    a_user_has_no_more_alerts_than_allowed,
    the_limit_holds_for_many_callers_at_once,
    nobody_creates_alerts_for_a_user_who_is_not_there,
    a_request_may_be_repeated_under_its_key,
    a_key_is_free_again_after_a_day,
    of_many_equal_requests_at_once_one_creates,
    a_creation_may_be_repeated_under_its_id,
    five_hundred_callers_share_few_transactions,
    many_are_created_in_one_call,
    all_are_created_or_none,
    none_beyond_the_limit_is_created_with_others,
    together_once_under_a_key,
    what_is_over_already_is_created_as_expired,
);

const DAY: i64 = 86_400;

fn btc(user: UserId) -> NewAlert {
    new_alert(user, crossing("binance:BTCUSDT", "33000"))
}

fn keyed(user: UserId, key: &str, body: u8) -> NewAlert {
    let idempotency = Some(Idempotency { key: key.into(), body_hash: [body; 32] });
    NewAlert { idempotency, ..btc(user) }
}

async fn create(kit: &Kit, new: NewAlert, now: i64) -> Creation {
    kit.store.create_alert(new, 1_000, at(now)).await.unwrap()
}

async fn total(kit: &Kit, user: UserId) -> u64 {
    let page = Page { number: 1, size: 1 };
    kit.store.list_alerts(user, &AlertFilter::default(), page).await.unwrap().total
}

async fn a_user_has_no_more_alerts_than_allowed(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let first = kit.alert(user).await;
    kit.alert(user).await;
    assert_eq!(kit.store.create_alert(btc(user), 2, at(0)).await.unwrap(), Creation::LimitReached);
    kit.store.delete_alert(user, first.id, at(1)).await.unwrap();
    let created = kit.store.create_alert(btc(user), 2, at(2)).await.unwrap();
    assert!(matches!(created, Creation::Created(_)), "a deleted alert does not count: {created:?}");
    assert_eq!(total(&kit, user).await, 2);
}

async fn the_limit_holds_for_many_callers_at_once(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let other = kit.second().await;
    let mut callers = JoinSet::new();
    for n in 0..60 {
        let store = if n % 2 == 0 { kit.store.clone() } else { other.clone() };
        callers.spawn(async move { store.create_alert(btc(user), 25, at(0)).await.unwrap() });
    }
    let all = callers.join_all().await;
    let created = all.iter().filter(|creation| matches!(creation, Creation::Created(_))).count();
    assert_eq!(created, 25);
    assert_eq!(all.iter().filter(|creation| **creation == Creation::LimitReached).count(), 35);
    assert_eq!(total(&kit, user).await, 25);
}

async fn nobody_creates_alerts_for_a_user_who_is_not_there(kit: Kit) {
    let nobody = UserId(Uuid::now_v7());
    assert_eq!(create(&kit, btc(nobody), 0).await, Creation::NoUser);
    let user = kit.user("a@example.org").await;
    kit.store.delete_user(user, at(1)).await.unwrap();
    assert_eq!(create(&kit, btc(user), 2).await, Creation::NoUser);
}

async fn a_request_may_be_repeated_under_its_key(kit: Kit) {
    let (ada, bob) = (kit.user("a@example.org").await, kit.user("b@example.org").await);
    let Creation::Created(alert) = create(&kit, keyed(ada, "k", 1), 0).await else { panic!("not created") };
    let again = create(&kit, keyed(ada, "k", 1), DAY - 1).await;
    assert_eq!(again, Creation::Repeated(alert.clone()));
    assert_eq!(create(&kit, keyed(ada, "k", 2), 10).await, Creation::KeyConflict);
    assert!(matches!(create(&kit, keyed(bob, "k", 2), 10).await, Creation::Created(_)), "another user's key");
    assert_eq!(total(&kit, ada).await, 1);
    kit.store.delete_alert(ada, alert.id, at(20)).await.unwrap();
    let Creation::Repeated(deleted) = create(&kit, keyed(ada, "k", 1), 30).await else {
        panic!("not repeated")
    };
    assert_eq!(deleted.status.name(), "deleted", "it is told as it is now, and not made again");
}

async fn a_key_is_free_again_after_a_day(kit: Kit) {
    let user = kit.user("a@example.org").await;
    create(&kit, keyed(user, "k", 1), 0).await;
    let Creation::Created(second) = create(&kit, keyed(user, "k", 2), DAY).await else {
        panic!("not created")
    };
    assert_eq!(create(&kit, keyed(user, "k", 2), DAY + 5).await, Creation::Repeated(second));
}

async fn of_many_equal_requests_at_once_one_creates(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let other = kit.second().await;
    let mut callers = JoinSet::new();
    for n in 0..40 {
        let store = if n % 2 == 0 { kit.store.clone() } else { other.clone() };
        callers.spawn(async move { store.create_alert(keyed(user, "k", 1), 10, at(0)).await.unwrap() });
    }
    let all = callers.join_all().await;
    let made: HashSet<_> = all
        .iter()
        .map(|creation| match creation {
            Creation::Created(alert) | Creation::Repeated(alert) => alert.id,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(made.len(), 1);
    assert_eq!(all.iter().filter(|creation| matches!(creation, Creation::Created(_))).count(), 1);
    assert_eq!(total(&kit, user).await, 1);
}

async fn a_creation_may_be_repeated_under_its_id(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let new = btc(user);
    let Creation::Created(alert) = create(&kit, new.clone(), 0).await else { panic!("not created") };
    assert_eq!(create(&kit, new, 1).await, Creation::Repeated(alert));
    assert_eq!(total(&kit, user).await, 1);
}

async fn five_hundred_callers_share_few_transactions(kit: Kit) {
    let mut users = Vec::new();
    for n in 0..50 {
        users.push(kit.user(&format!("{n}@example.org")).await);
    }
    let before = kit.store.transactions();
    let mut callers = JoinSet::new();
    for n in 0..500 {
        let (store, user) = (kit.store.clone(), users[n % users.len()]);
        callers.spawn(async move { store.create_alert(btc(user), 10, at(0)).await.unwrap() });
    }
    let all = callers.join_all().await;
    assert!(all.iter().all(|creation| matches!(creation, Creation::Created(_))));
    let used = kit.store.transactions() - before;
    assert!(used <= 100, "{used} transactions");
    assert_eq!(kit.store.watched(None, 1_000).await.unwrap().len(), 500);
    for user in users {
        assert_eq!(total(&kit, user).await, 10);
    }
}

async fn many_are_created_in_one_call(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let nobody = UserId(Uuid::now_v7());
    let mut new: Vec<NewAlert> = (0..1_234).map(|_| btc(user)).collect();
    new.insert(700, btc(nobody));
    let ids: Vec<_> = new.iter().map(|new| new.id).collect();
    let created = kit.store.create_alerts(new, u64::MAX, at(0)).await.unwrap();
    assert_eq!(created.len(), 1_235);
    for (index, creation) in created.iter().enumerate() {
        match creation {
            Creation::Created(alert) => assert_eq!(alert.id, ids[index]),
            other => assert_eq!((index, other), (700, &Creation::NoUser)),
        }
    }
    assert_eq!(total(&kit, user).await, 1_234);
}

async fn together(kit: &Kit, new: Vec<NewAlert>, limit: u64, now: i64) -> CreatedTogether {
    kit.store.create_alerts_together(new, limit, at(now)).await.unwrap()
}

async fn all_are_created_or_none(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let Creation::Created(there) = create(&kit, new_alert(user, drops("5")), 0).await else { panic!() };
    let again = || new_alert(user, drops("7"));
    let refused = together(&kit, vec![btc(user), again(), btc(user), again()], 1_000, 1).await;
    let same = |place| (place, Creation::SameSearch(there.id));
    assert_eq!(refused, CreatedTogether::Refused(vec![same(1), same(3)]));
    assert_eq!(total(&kit, user).await, 1);

    assert_eq!(together(&kit, vec![btc(user), btc(user)], 1_000, 2).await, CreatedTogether::Created);
    assert_eq!(total(&kit, user).await, 3);
    assert_eq!(kit.store.watched(None, 10).await.unwrap().len(), 2, "what was refused is watched by nobody");
}

async fn none_beyond_the_limit_is_created_with_others(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let refused = together(&kit, vec![btc(user), btc(user), btc(user)], 2, 0).await;
    assert_eq!(refused, CreatedTogether::Refused(vec![(2, Creation::LimitReached)]));
    assert_eq!(total(&kit, user).await, 0);
    assert_eq!(together(&kit, vec![btc(user), btc(user)], 2, 1).await, CreatedTogether::Created);
    assert_eq!(together(&kit, vec![btc(user)], 2, 2).await, refused_first(Creation::LimitReached));
    let nobody = UserId(Uuid::now_v7());
    assert_eq!(together(&kit, vec![btc(nobody)], 2, 2).await, refused_first(Creation::NoUser));
}

fn refused_first(why: Creation) -> CreatedTogether {
    CreatedTogether::Refused(vec![(0, why)])
}

async fn together_once_under_a_key(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let first = keyed(user, "k", 1);
    let new = vec![first.clone(), btc(user)];
    assert_eq!(together(&kit, new, 10, 0).await, CreatedTogether::Created);
    let again = together(&kit, vec![keyed(user, "k", 1), btc(user)], 10, DAY - 1).await;
    assert_eq!(again, CreatedTogether::Repeated(first.id));
    let other = together(&kit, vec![keyed(user, "k", 2), btc(user)], 10, 1).await;
    assert_eq!(other, refused_first(Creation::KeyConflict));
    assert_eq!(total(&kit, user).await, 2);
}

async fn what_is_over_already_is_created_as_expired(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let mut over = new_alert(user, crossing("binance:BTCUSDT", "1"));
    let mut spec = over.spec.price().unwrap().clone();
    spec.expires_at = Some(at(5));
    over.spec = spec.into();
    let id = over.id;
    assert_eq!(together(&kit, vec![over, btc(user)], 10, 5).await, CreatedTogether::Created);
    assert_eq!(kit.store.alert(user, id).await.unwrap().unwrap().status, Status::Expired);
    assert_eq!(kit.store.watched(None, 10).await.unwrap().len(), 1, "nobody watches it");
    assert_eq!(kit.expire(6).await, [], "and nobody is told of it again");
}
