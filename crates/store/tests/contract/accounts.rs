//! People with accounts.

use bellwether_model::{DeliveryId, UserId};
use bellwether_store::delivery::{Content, DeliveryStatus, Lane};
use bellwether_store::page::{Page, Stretch};
use bellwether_store::user::{NewUser, Taken, UserChange};
use uuid::Uuid;

use crate::contract::kit::{Kit, at, person};

contract!(
    roles_are_given_and_taken_and_accounts_are_listed,
    a_person_signs_up_and_is_found_by_address_and_name,
    an_address_and_a_name_are_taken_without_regard_to_case,
    an_account_is_changed_field_by_field,
    an_address_is_verified_only_while_it_is_the_same,
    another_address_brings_what_was_held_unless_it_is_taken,
    a_verification_is_sent_to_an_unverified_address,
    a_deleted_account_leaves_nothing_personal_and_frees_its_address,
    secrets_stay_out_of_debug_output,
);

async fn a_person_signs_up_and_is_found_by_address_and_name(kit: Kit) {
    let new = NewUser { username: Some("Ada".into()), verified: false, ..person("Ada@Example.org") };
    let user = kit.store.create_user(new.clone(), at(3)).await.unwrap().unwrap();
    assert_eq!((user.email.as_str(), user.verified, user.created_at), ("Ada@Example.org", false, at(3)));
    assert_eq!(kit.store.user(new.id).await.unwrap(), Some(user.clone()));
    for login in ["ada@example.ORG", "ADA"] {
        let found = kit.store.credentials(login).await.unwrap();
        assert_eq!(found, Some((user.clone(), new.password_hash.clone())), "{login}");
    }
    assert_eq!(kit.store.credentials("bob").await.unwrap(), None);
    assert_eq!(kit.store.user(UserId(Uuid::now_v7())).await.unwrap(), None);
    assert_eq!(kit.store.count_users().await.unwrap(), 1);
}

async fn an_address_and_a_name_are_taken_without_regard_to_case(kit: Kit) {
    let new = NewUser { username: Some("ada".into()), ..person("ada@example.org") };
    kit.store.create_user(new, at(0)).await.unwrap().unwrap();
    let same_address = person("ADA@example.org");
    assert_eq!(kit.store.create_user(same_address, at(1)).await.unwrap(), Err(Taken::Email));
    let same_name = NewUser { username: Some("ADA".into()), ..person("other@example.org") };
    assert_eq!(kit.store.create_user(same_name, at(1)).await.unwrap(), Err(Taken::Username));
    assert_eq!(kit.store.count_users().await.unwrap(), 1);
}

async fn an_account_is_changed_field_by_field(kit: Kit) {
    let id = kit.user("a@example.org").await;
    let zone = UserChange { time_zone: Some("Asia/Tokyo".into()), password_hash: None, quiet: None };
    let user = kit.store.change_user(id, zone, at(1)).await.unwrap().unwrap();
    assert_eq!(user.time_zone, "Asia/Tokyo");
    let password = UserChange { time_zone: None, password_hash: Some("new".into()), quiet: None };
    kit.store.change_user(id, password, at(2)).await.unwrap().unwrap();
    let (user, hash) = kit.store.credentials("a@example.org").await.unwrap().unwrap();
    assert_eq!((user.time_zone.as_str(), hash.as_str()), ("Asia/Tokyo", "new"));
    let nobody = UserId(Uuid::now_v7());
    assert_eq!(kit.store.change_user(nobody, UserChange::default(), at(3)).await.unwrap(), None);
}

async fn an_address_is_verified_only_while_it_is_the_same(kit: Kit) {
    let id = kit.user_who("a@example.org", false).await;
    assert!(!kit.store.verify_user(id, "old@example.org", at(1)).await.unwrap());
    assert!(!kit.store.user(id).await.unwrap().unwrap().verified);
    assert!(kit.store.verify_user(id, "A@example.org", at(2)).await.unwrap());
    assert!(kit.store.user(id).await.unwrap().unwrap().verified);
    assert!(kit.store.verify_user(id, "a@example.org", at(3)).await.unwrap(), "a second click does no harm");
}

async fn another_address_brings_what_was_held_unless_it_is_taken(kit: Kit) {
    let id = kit.user_who("a@example.org", false).await;
    kit.user("b@example.org").await;
    let held = kit.fire(&kit.alert(id).await).await.deliveries[0];
    assert!(!kit.store.readdress_user(id, "B@example.org".into(), at(11)).await.unwrap());
    assert!(!kit.store.readdress_user(UserId(Uuid::now_v7()), "c@example.org".into(), at(11)).await.unwrap());
    assert_eq!(kit.store.user(id).await.unwrap().unwrap().email, "a@example.org");
    assert!(kit.store.readdress_user(id, "Ada@example.org".into(), at(12)).await.unwrap());
    let (user, _) = kit.store.credentials("ada@example.org").await.unwrap().unwrap();
    assert_eq!((user.id, user.email.as_str(), user.verified), (id, "Ada@example.org", true));
    assert_eq!(kit.store.credentials("a@example.org").await.unwrap(), None);
    let claims = kit.claim(13).await;
    assert_eq!((claims[0].id, claims[0].email.as_str()), (held, "Ada@example.org"));
}

async fn a_verification_is_sent_to_an_unverified_address(kit: Kit) {
    let user = kit.user_who("a@example.org", false).await;
    let mut due = kit.store.deliveries_due();
    let delivery = DeliveryId(Uuid::now_v7());
    assert!(kit.store.queue_verification(user, delivery, "s3cret".into(), at(1)).await.unwrap());
    assert!(due.has_changed().unwrap());
    due.mark_unchanged();
    let claims = kit.claim(1).await;
    assert_eq!(claims.len(), 1);
    assert_eq!((claims[0].id, claims[0].email.as_str()), (delivery, "a@example.org"));
    assert_eq!(claims[0].content, Content::VerifyAddress { token: "s3cret".into() });
    let nobody = UserId(Uuid::now_v7());
    let other = DeliveryId(Uuid::now_v7());
    assert!(!kit.store.queue_verification(nobody, other, "x".into(), at(1)).await.unwrap());
}

async fn a_deleted_account_leaves_nothing_personal_and_frees_its_address(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let alert = kit.alert(user).await;
    let fire = kit.fire(&alert).await;
    let head = kit.store.head().await.unwrap();
    assert!(kit.store.delete_user(user, at(30)).await.unwrap());
    assert!(!kit.store.delete_user(user, at(31)).await.unwrap());

    assert_eq!(kit.store.user(user).await.unwrap(), None);
    assert_eq!(kit.store.credentials("a@example.org").await.unwrap(), None);
    assert_eq!(kit.store.count_users().await.unwrap(), 0);
    assert_eq!(kit.claim(40).await.len(), 0, "what was owed is never sent");
    assert_eq!(kit.store.fire(user, fire.id).await.unwrap(), None);
    assert_eq!(kit.store.queue_depths(at(40)).await.unwrap(), Vec::<(Lane, DeliveryStatus, u64)>::new());
    let left = kit.store.alert(user, alert.id).await.unwrap().unwrap();
    assert_eq!((left.status.name(), left.spec.name()), ("deleted", ""));
    assert_eq!(left.spec.price().unwrap().condition, alert.spec.price().unwrap().condition);
    let changes = kit.changes(head, 1).await;
    assert_eq!(changes.last().map(|change| change.alert.as_ref().unwrap().status.name()), Some("deleted"));
    let page = Page { number: 1, size: 10 };
    let history = kit.store.alert_history(user, alert.id, page).await.unwrap().unwrap();
    assert!(history.items.iter().all(|entry| entry.spec.name().is_empty()));
    let all = Stretch { after: None, limit: 10 };
    assert_eq!(kit.store.list_fires(user, &Default::default(), all).await.unwrap().items, []);

    kit.user("a@example.org").await;
}

async fn secrets_stay_out_of_debug_output(kit: Kit) {
    let user = kit.user("a@example.org").await;
    kit.store.queue_verification(user, DeliveryId(Uuid::now_v7()), "s3cret".into(), at(1)).await.unwrap();
    let claims = format!("{:?}", kit.claim(1).await);
    assert!(claims.contains("VerifyAddress") && !claims.contains("s3cret"), "{claims}");
    let new = format!("{:?}", person("a@example.org"));
    assert!(!new.contains("argon2id") && !new.contains("example.org"), "{new}");
    let change = UserChange { password_hash: Some("h4sh".into()), ..UserChange::default() };
    assert!(!format!("{change:?}").contains("h4sh"));
}

async fn roles_are_given_and_taken_and_accounts_are_listed(kit: Kit) {
    use bellwether_store::page::Page;
    use bellwether_store::user::Role;
    let ada = NewUser { username: Some("Countess".into()), ..person("Ada@Example.org") };
    let ada = kit.store.create_user(ada, at(0)).await.unwrap().unwrap().id;
    let bob = NewUser { role: Role::Administrator, ..person("bob@example.org") };
    let bob = kit.store.create_user(bob, at(1)).await.unwrap().unwrap().id;
    kit.alert(ada).await;
    let role = async |user| kit.store.user(user).await.unwrap().unwrap().role;
    assert_eq!((role(ada).await, role(bob).await), (Role::User, Role::Administrator));
    let promoted = kit.store.set_role("ADA@example.org", Role::Administrator, at(2)).await.unwrap();
    assert_eq!(promoted.map(|user| (user.id, user.role)), Some((ada, Role::Administrator)));
    assert_eq!(kit.store.set_role("nobody", Role::Administrator, at(2)).await.unwrap(), None);
    kit.store.set_role("countess", Role::User, at(3)).await.unwrap().unwrap();
    assert_eq!((role(ada).await, role(bob).await), (Role::User, Role::Administrator));

    let list = async |q: Option<&str>, number, size| {
        let listed = kit.store.list_users(q.map(str::to_owned), Page { number, size }).await.unwrap();
        let accounts = listed.items.iter().map(|account| (account.user.id, account.alerts));
        (accounts.collect::<Vec<_>>(), listed.total)
    };
    assert_eq!(list(None, 1, 10).await, (vec![(bob, 0), (ada, 1)], 2));
    assert_eq!(list(None, 2, 1).await, (vec![(ada, 1)], 2));
    assert_eq!(list(Some("COUNT"), 1, 10).await, (vec![(ada, 1)], 1));
    assert_eq!(list(Some("bob@"), 1, 10).await, (vec![(bob, 0)], 1));
    kit.store.delete_user(bob, at(9)).await.unwrap();
    assert_eq!(list(None, 1, 10).await, (vec![(ada, 1)], 1));
}
