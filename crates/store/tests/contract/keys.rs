//! Keys of programs.

use bellwether_model::{KeyId, UserId};
use bellwether_store::alert::Idempotency;
use bellwether_store::key::{Key, KeyCreation, KeyHash, NewKey, Scope};
use bellwether_store::page::Page;
use bellwether_store::push_feed::Claim;
use bellwether_store::request::Before;
use uuid::Uuid;

use crate::contract::kit::{Kit, at};

contract!(
    a_key_is_found_by_its_hash_until_its_time_is_over,
    a_user_has_so_many_keys_and_sees_only_their_own,
    a_deleted_account_leaves_no_key,
    a_key_is_made_once_under_a_key_of_its_request,
    what_a_request_did_is_kept_once,
);

const ALL: Page = Page { number: 1, size: 100 };

fn new(user: UserId, number: u8) -> NewKey {
    NewKey {
        id: KeyId(Uuid::now_v7()),
        user,
        name: format!("key {number}"),
        hash: KeyHash([number; 32]),
        scopes: vec![Scope::Read, Scope::Ticks],
        expires_at: None,
        idempotency: None,
    }
}

async fn make(kit: &Kit, new: NewKey) -> Key {
    match kit.store.create_key(new, 10, at(1)).await.unwrap() {
        KeyCreation::Created(key) => key,
        other => panic!("not made: {other:?}"),
    }
}

async fn a_key_is_found_by_its_hash_until_its_time_is_over(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let made = make(&kit, NewKey { expires_at: Some(at(100)), ..new(user, 1) }).await;
    assert_eq!((made.created_at, made.last_used_at), (at(1), None));
    assert_eq!(kit.store.key(KeyHash([1; 32]), at(99)).await.unwrap(), Some(made.clone()));
    assert_eq!(kit.store.key(KeyHash([1; 32]), at(100)).await.unwrap(), None);
    assert_eq!(kit.store.key(KeyHash([2; 32]), at(99)).await.unwrap(), None);
    kit.store.key_used(made.id, at(7)).await.unwrap();
    let used = kit.store.key(KeyHash([1; 32]), at(99)).await.unwrap().unwrap();
    assert_eq!(used, Key { last_used_at: Some(at(7)), ..made });
}

async fn a_user_has_so_many_keys_and_sees_only_their_own(kit: Kit) {
    let (ada, bob) = (kit.user("a@example.org").await, kit.user("b@example.org").await);
    let (first, second) = (make(&kit, new(ada, 1)).await, make(&kit, new(ada, 2)).await);
    assert_eq!(kit.store.create_key(new(ada, 3), 2, at(1)).await.unwrap(), KeyCreation::LimitReached);
    let his = make(&kit, new(bob, 4)).await;
    let listed = kit.store.list_keys(ada, ALL).await.unwrap();
    assert_eq!((listed.items, listed.total), (vec![second, first.clone()], 2));
    assert!(!kit.store.delete_key(ada, his.id).await.unwrap());
    assert!(kit.store.delete_key(ada, first.id).await.unwrap());
    assert!(!kit.store.delete_key(ada, first.id).await.unwrap());
    assert_eq!(kit.store.key(KeyHash([1; 32]), at(2)).await.unwrap(), None);
}

async fn a_deleted_account_leaves_no_key(kit: Kit) {
    let user = kit.user("a@example.org").await;
    make(&kit, new(user, 1)).await;
    assert!(kit.store.delete_user(user, at(5)).await.unwrap());
    assert_eq!(kit.store.key(KeyHash([1; 32]), at(6)).await.unwrap(), None);
    // A request that was let in just before makes none.
    assert_eq!(kit.store.create_key(new(user, 2), 10, at(6)).await.unwrap(), KeyCreation::NoUser);
    assert_eq!(kit.store.key(KeyHash([2; 32]), at(6)).await.unwrap(), None);
    assert_eq!(kit.store.list_keys(user, ALL).await.unwrap().total, 0);
    assert_eq!(kit.store.claim_feed(user, "desk", 10, at(6)).await.unwrap(), Claim::NoUser);
    let unknown = UserId(Uuid::now_v7());
    assert_eq!(kit.store.create_key(new(unknown, 3), 10, at(6)).await.unwrap(), KeyCreation::NoUser);
}

async fn a_key_is_made_once_under_a_key_of_its_request(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let asked = |body| Idempotency { key: "POST /api/keys\nk".into(), body_hash: [body; 32] };
    let keyed = |number, body| NewKey { idempotency: Some(asked(body)), ..new(user, number) };
    let KeyCreation::Created(made) = kit.store.create_key(keyed(1, 1), 1, at(1)).await.unwrap() else {
        panic!("not made")
    };
    let again = KeyCreation::Repeated(made.clone(), KeyHash([1; 32]));
    assert_eq!(kit.store.create_key(keyed(2, 1), 1, at(86_400)).await.unwrap(), again);
    assert_eq!(kit.store.key_made_before(user, &asked(1), at(2)).await.unwrap(), Some(again));
    assert_eq!(kit.store.create_key(keyed(2, 2), 2, at(2)).await.unwrap(), KeyCreation::KeyConflict);
    let before = kit.store.request_before(user, &asked(2), at(2)).await.unwrap();
    assert_eq!(before, Some(Before { same: false, made: made.id.0, at: at(1) }));
    assert!(kit.store.delete_key(user, made.id).await.unwrap());
    assert_eq!(kit.store.create_key(keyed(2, 1), 2, at(3)).await.unwrap(), KeyCreation::KeyConflict);
    assert_eq!(kit.store.key_made_before(user, &asked(1), at(86_401)).await.unwrap(), None, "a day is over");
    let anew = kit.store.create_key(keyed(2, 1), 2, at(86_401)).await.unwrap();
    assert!(matches!(anew, KeyCreation::Created(_)), "{anew:?}");
}

async fn what_a_request_did_is_kept_once(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let asked = |body| Idempotency { key: "POST /api/admin/instruments\nk".into(), body_hash: [body; 32] };
    let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
    kit.store.keep_request(user, asked(1), first, at(1)).await.unwrap();
    kit.store.keep_request(user, asked(2), second, at(2)).await.unwrap();
    let before = kit.store.request_before(user, &asked(1), at(3)).await.unwrap();
    assert_eq!(before, Some(Before { same: true, made: first, at: at(1) }));
    kit.store.delete_user(user, at(4)).await.unwrap();
    kit.store.keep_request(user, asked(3), second, at(5)).await.unwrap();
    assert_eq!(kit.store.request_before(user, &asked(3), at(6)).await.unwrap(), None);
}
