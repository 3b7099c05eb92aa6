//! Logins.

use bellwether_model::{SessionId, Span, UserId};
use bellwether_store::alert::{Idempotency, NewAlert};
use bellwether_store::session::{NewSession, Rotation, TokenHash};
use uuid::Uuid;

use crate::contract::kit::{Kit, at, crossing, new_alert};

contract!(
    a_token_is_exchanged_for_the_next_one,
    a_token_that_is_shown_twice_revokes_the_login,
    a_token_may_be_shown_again_within_the_leeway_of_its_first_exchange,
    an_expired_or_unknown_token_is_invalid,
    logins_are_revoked_one_by_one_and_all_at_once,
    nobody_logs_in_to_an_account_that_has_ended,
    of_two_exchanges_at_once_one_wins,
    sweeping_forgets_what_has_no_use_any_more,
);

fn token(number: u8) -> TokenHash {
    TokenHash([number; 32])
}

async fn login(kit: &Kit, user: UserId, number: u8) -> SessionId {
    let id = SessionId(Uuid::now_v7());
    let new = NewSession { id, user, token: token(number), expires_at: at(100) };
    assert!(kit.store.open_session(new, at(0)).await.unwrap());
    id
}

async fn rotate(kit: &Kit, shown: u8, next: u8, now: i64) -> Rotation {
    rotate_with(kit, shown, next, "0s", now).await
}

async fn rotate_with(kit: &Kit, shown: u8, next: u8, leeway: &str, now: i64) -> Rotation {
    let leeway: Span = leeway.parse().unwrap();
    kit.store.rotate_token(token(shown), token(next), at(now + 100), leeway, at(now)).await.unwrap()
}

async fn a_token_is_exchanged_for_the_next_one(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let session = login(&kit, user, 1).await;
    assert_eq!(rotate(&kit, 1, 2, 10).await, Rotation::Rotated { user, session });
    assert_eq!(rotate(&kit, 2, 3, 20).await, Rotation::Rotated { user, session });
    assert!(kit.store.session_active(session).await.unwrap());
}

async fn a_token_that_is_shown_twice_revokes_the_login(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let session = login(&kit, user, 1).await;
    let other = login(&kit, user, 9).await;
    rotate(&kit, 1, 2, 10).await;
    assert_eq!(rotate(&kit, 1, 3, 11).await, Rotation::Reused { user, session });
    assert!(!kit.store.session_active(session).await.unwrap());
    assert_eq!(rotate(&kit, 2, 4, 12).await, Rotation::Invalid, "the newest token is revoked with it");
    assert!(kit.store.session_active(other).await.unwrap(), "another login goes on");
}

async fn a_token_may_be_shown_again_within_the_leeway_of_its_first_exchange(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let session = login(&kit, user, 1).await;
    let rotated = Rotation::Rotated { user, session };
    assert_eq!(rotate_with(&kit, 1, 2, "30s", 10).await, rotated);
    assert_eq!(rotate_with(&kit, 1, 3, "30s", 39).await, rotated);
    assert_eq!(rotate_with(&kit, 2, 4, "30s", 39).await, rotated, "what either answer brought is good");
    assert_eq!(rotate_with(&kit, 3, 5, "30s", 39).await, rotated);
    assert_eq!(rotate_with(&kit, 1, 6, "30s", 40).await, Rotation::Reused { user, session });
    assert!(!kit.store.session_active(session).await.unwrap());
}

async fn an_expired_or_unknown_token_is_invalid(kit: Kit) {
    let user = kit.user("a@example.org").await;
    login(&kit, user, 1).await;
    assert_eq!(rotate(&kit, 1, 2, 100).await, Rotation::Invalid);
    assert_eq!(rotate(&kit, 7, 8, 10).await, Rotation::Invalid);
    assert!(!kit.store.session_active(SessionId(Uuid::now_v7())).await.unwrap());
}

async fn logins_are_revoked_one_by_one_and_all_at_once(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let (first, second) = (login(&kit, user, 1).await, login(&kit, user, 2).await);
    assert_eq!(kit.store.revoke_session_of(token(1), at(1)).await.unwrap(), Some(first));
    assert_eq!(kit.store.revoke_session_of(token(1), at(2)).await.unwrap(), None);
    assert!(!kit.store.session_active(first).await.unwrap());
    assert!(kit.store.session_active(second).await.unwrap());
    assert_eq!(kit.store.revoke_sessions(user, at(3)).await.unwrap(), 1);
    assert!(!kit.store.session_active(second).await.unwrap());
    assert_eq!(rotate(&kit, 2, 3, 4).await, Rotation::Invalid);
}

async fn nobody_logs_in_to_an_account_that_has_ended(kit: Kit) {
    let user = kit.user("a@example.org").await;
    kit.store.delete_user(user, at(1)).await.unwrap();
    for user in [user, UserId(Uuid::now_v7())] {
        let id = SessionId(Uuid::now_v7());
        let new = NewSession { id, user, token: token(1), expires_at: at(100) };
        assert!(!kit.store.open_session(new, at(2)).await.unwrap());
        assert!(!kit.store.session_active(id).await.unwrap());
    }
    assert_eq!(rotate(&kit, 1, 2, 3).await, Rotation::Invalid);
}

async fn of_two_exchanges_at_once_one_wins(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let other = kit.second().await;
    for round in 0..20_u8 {
        login(&kit, user, 100 + round).await;
        let (one, two) = tokio::join!(
            rotate(&kit, 100 + round, 150 + round, 10),
            other.rotate_token(token(100 + round), token(200 + round), at(110), Span::ZERO, at(10)),
        );
        let both = [one, two.unwrap()];
        let won = both.iter().filter(|rotation| matches!(rotation, Rotation::Rotated { .. })).count();
        let reused = both.iter().filter(|rotation| matches!(rotation, Rotation::Reused { .. })).count();
        assert_eq!((won, reused), (1, 1), "{both:?}");
    }
}

async fn sweeping_forgets_what_has_no_use_any_more(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let keyed = NewAlert {
        idempotency: Some(Idempotency { key: "k".into(), body_hash: [1; 32] }),
        ..new_alert(user, crossing("binance:BTCUSDT", "1"))
    };
    kit.store.create_alert(keyed, 10, at(0)).await.unwrap();
    let (old, kept) = (login(&kit, user, 1).await, login(&kit, user, 2).await);
    rotate(&kit, 2, 3, 90).await;
    assert_eq!(kit.store.sweep(at(99)).await.unwrap(), 0);
    assert_eq!(kit.store.sweep(at(100)).await.unwrap(), 3, "two tokens and the login of one of them");
    assert!(!kit.store.session_active(old).await.unwrap());
    assert!(kit.store.session_active(kept).await.unwrap());
    assert_eq!(rotate(&kit, 3, 4, 101).await, Rotation::Rotated { user, session: kept });
    assert_eq!(kit.store.sweep(at(86_400)).await.unwrap(), 4, "the key of the request, and the last login");
}
