//! Links that replace a forgotten password: each works once, until it expires, and ends every login.

use bellwether_model::{DeliveryId, SessionId, UserId};
use bellwether_store::delivery::{Content, Notice};
use bellwether_store::session::{NewSession, TokenHash};
use bellwether_store::user::{PasswordLinkHash, UserChange};
use uuid::Uuid;

use crate::contract::kit::{Kit, at};

contract!(
    a_link_replaces_the_password_and_ends_every_login,
    a_link_is_of_no_use_once_it_was_used_or_has_expired,
    of_two_who_come_with_one_link_one_is_let_in,
    nobody_without_an_account_gets_a_mail,
    a_deleted_account_has_no_links,
);

fn link(number: u8) -> PasswordLinkHash {
    PasswordLinkHash([number; 32])
}

/// Queues a mail with a link that expires at 100. Whether there is such an account.
async fn ask(kit: &Kit, email: &str, number: u8) -> bool {
    let delivery = DeliveryId(Uuid::now_v7());
    kit.store.queue_password_link(email, delivery, link(number), at(100), at(10)).await.unwrap()
}

async fn login(kit: &Kit, user: UserId) -> SessionId {
    let id = SessionId(Uuid::now_v7());
    let token = TokenHash(Uuid::now_v7().into_bytes().repeat(2).try_into().unwrap());
    kit.store.open_session(NewSession { id, user, token, expires_at: at(900) }, at(0)).await.unwrap();
    id
}

async fn password(kit: &Kit, email: &str) -> String {
    kit.store.credentials(email).await.unwrap().unwrap().1
}

async fn a_link_replaces_the_password_and_ends_every_login(kit: Kit) {
    // Whether the address was verified does not matter: the mail shows it.
    let ada = kit.user_who("ada@example.org", false).await;
    let bob = kit.user("bob@example.org").await;
    let (logins, other) = ([login(&kit, ada).await, login(&kit, ada).await], login(&kit, bob).await);
    assert!(ask(&kit, "Ada@Example.org", 1).await);
    let claims = kit.claim(20).await;
    assert_eq!(claims.iter().map(|claim| claim.user).collect::<Vec<_>>(), [ada]);
    assert_eq!(claims[0].content, Content::Notice(Notice::PasswordLink));

    assert_eq!(kit.store.password_link(link(1), at(20)).await.unwrap(), Some(ada));
    assert_eq!(kit.store.replace_password(link(1), "new".into(), at(20)).await.unwrap(), Some(ada));
    assert_eq!(password(&kit, "ada@example.org").await, "new");
    assert_ne!(password(&kit, "bob@example.org").await, "new");
    for login in logins {
        assert!(!kit.store.session_active(login).await.unwrap());
    }
    assert!(kit.store.session_active(other).await.unwrap());
}

async fn a_link_is_of_no_use_once_it_was_used_or_has_expired(kit: Kit) {
    let ada = kit.user("ada@example.org").await;
    for number in 1..=3 {
        ask(&kit, "ada@example.org", number).await;
    }
    let replace = |number, now| kit.store.replace_password(link(number), format!("new {number}"), at(now));
    assert_eq!(replace(1, 100).await.unwrap(), None, "expired");
    assert_eq!(replace(9, 20).await.unwrap(), None, "unknown");
    assert_eq!(replace(2, 99).await.unwrap(), Some(ada));
    for number in 1..=3 {
        assert_eq!(replace(number, 99).await.unwrap(), None, "one used, none is left");
        assert_eq!(kit.store.password_link(link(number), at(99)).await.unwrap(), None);
    }
    assert_eq!(password(&kit, "ada@example.org").await, "new 2");
    ask(&kit, "ada@example.org", 4).await;
    let change = UserChange { password_hash: Some("by hand".into()), ..UserChange::default() };
    kit.store.change_user(ada, change, at(30)).await.unwrap().unwrap();
    assert_eq!(replace(4, 99).await.unwrap(), None, "the password was changed by whoever knew it");
    ask(&kit, "ada@example.org", 5).await;
    assert_eq!(kit.store.sweep(at(99)).await.unwrap(), 0);
    assert_eq!(kit.store.sweep(at(100)).await.unwrap(), 1);
}

async fn of_two_who_come_with_one_link_one_is_let_in(kit: Kit) {
    kit.user("ada@example.org").await;
    let other = kit.second().await;
    for number in 1..=10 {
        ask(&kit, "ada@example.org", number).await;
        let one = kit.store.replace_password(link(number), "one".into(), at(20));
        let two = other.replace_password(link(number), "two".into(), at(20));
        let (one, two) = tokio::join!(one, two);
        let (one, two) = (one.unwrap().is_some(), two.unwrap().is_some());
        assert!(one != two, "{one} {two}");
        assert_eq!(password(&kit, "ada@example.org").await, if one { "one" } else { "two" });
    }
}

async fn nobody_without_an_account_gets_a_mail(kit: Kit) {
    assert!(!ask(&kit, "nobody@example.org", 1).await);
    assert_eq!(kit.claim(20).await.len(), 0);
    assert_eq!(kit.store.password_link(link(1), at(20)).await.unwrap(), None);
}

async fn a_deleted_account_has_no_links(kit: Kit) {
    let ada = kit.user("ada@example.org").await;
    ask(&kit, "ada@example.org", 1).await;
    assert!(kit.store.delete_user(ada, at(20)).await.unwrap());
    assert_eq!(kit.store.replace_password(link(1), "new".into(), at(30)).await.unwrap(), None);
    assert_eq!(kit.claim(40).await.len(), 0);
}
