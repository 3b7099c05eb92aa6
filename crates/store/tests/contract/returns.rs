//! Mails that come back, and addresses that get nothing more because of it.

use bellwether_model::{Channel, DeliveryId, UserId};
use bellwether_store::channel::ChannelStatus;
use bellwether_store::delivery::{
    About, AttemptOutcome, Content, DeliveryStatus, Mailed, Notice, Suppression,
};
use uuid::Uuid;

use crate::contract::channels;
use crate::contract::kit::{Kit, at, crossing};

contract!(
    what_came_back_is_a_dead_letter_that_can_be_sent_again,
    an_address_that_mail_comes_back_from_gets_nothing_until_it_is_verified_again,
    a_former_address_suppresses_nothing,
);

fn suppression(user: UserId, email: &str) -> Suppression {
    let notice = DeliveryId(Uuid::now_v7());
    Suppression { user, email: email.to_owned(), reason: "5.1.1 no such user".to_owned(), notice }
}

async fn what_came_back_is_a_dead_letter_that_can_be_sent_again(kit: Kit) {
    let user = kit.user("a@example.org").await;
    kit.fire(&kit.alert(user).await).await;
    let claims = kit.claim(11).await;
    let id = claims[0].id;
    let mailed = Mailed { user, email: "a@example.org".into(), channel: None };
    assert_eq!(kit.store.mailed(id).await.unwrap(), Some(mailed));
    assert_eq!(kit.store.mailed(DeliveryId(Uuid::now_v7())).await.unwrap(), None);
    let note = async |now| kit.store.note_returned(id, "mail came back".into(), at(now)).await.unwrap();
    assert!(!note(12).await, "it is not delivered yet");
    kit.record(&claims[0], AttemptOutcome::Delivered, 12).await;
    assert!(note(13).await);
    assert!(!note(14).await, "it came back before");
    let (delivery, attempts) = kit.store.delivery(user, id).await.unwrap().unwrap();
    assert_eq!((delivery.status, delivery.delivered_at), (DeliveryStatus::Dead, None));
    assert_eq!(delivery.last_error.as_deref(), Some("mail came back"));
    let outcomes: Vec<_> = attempts.iter().map(|one| (one.number, one.outcome.clone())).collect();
    assert_eq!(outcomes, [(1, AttemptOutcome::Delivered), (2, AttemptOutcome::Dead)]);
    assert_eq!(kit.store.retry_delivery(user, id, at(20)).await.unwrap(), Some(true));
    assert_eq!(kit.claim(21).await.len(), 1);
}

async fn an_address_that_mail_comes_back_from_gets_nothing_until_it_is_verified_again(kit: Kit) {
    let user = kit.user("A@example.org").await;
    let unused = channels::made(&kit, user, ChannelStatus::Active).await;
    let used = channels::made(&kit, user, ChannelStatus::Active).await;
    let over = bellwether_model::AlertSpec {
        channels: vec![Channel::Made(used.id)],
        ..crossing("binance:BTCUSDT", "33000")
    };
    kit.fire(&kit.alert_of(user, over).await).await;
    kit.record(&kit.claim(11).await[0], AttemptOutcome::Delivered, 12).await;
    let alert = kit.alert(user).await;
    let waiting = kit.fire(&alert).await.deliveries[0];

    assert!(kit.store.suppress_address(suppression(user, "a@example.org"), at(20)).await.unwrap());
    assert!(!kit.store.suppress_address(suppression(user, "a@example.org"), at(21)).await.unwrap());
    let later = kit.fire(&alert).await.deliveries[0];
    let person = kit.store.user(user).await.unwrap().unwrap();
    assert_eq!((person.verified, person.email_problem.as_deref()), (false, Some("5.1.1 no such user")));
    let told = kit.claim(30).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].channel, Channel::Made(used.id), "not over {}", unused.id);
    let expected = Notice::AddressSuppressed { reason: "5.1.1 no such user".into() };
    assert_eq!(told[0].content, Content::Notice(expected));
    let (notice, _) = kit.store.delivery(user, told[0].id).await.unwrap().unwrap();
    assert_eq!(notice.about, About::AddressSuppressed);
    for id in [waiting, later] {
        let (held, _) = kit.store.delivery(user, id).await.unwrap().unwrap();
        assert_eq!(held.status, DeliveryStatus::Held);
    }

    assert!(kit.store.verify_user(user, "a@example.org", at(40)).await.unwrap());
    let mut released: Vec<_> = kit.claim(41).await.iter().map(|claim| claim.id).collect();
    released.sort();
    assert_eq!(released, [waiting, later]);
    assert_eq!(kit.store.user(user).await.unwrap().unwrap().email_problem, None);
}

async fn a_former_address_suppresses_nothing(kit: Kit) {
    let user = kit.user("a@example.org").await;
    assert!(!kit.store.suppress_address(suppression(user, "former@example.org"), at(20)).await.unwrap());
    assert!(kit.store.user(user).await.unwrap().unwrap().verified);
    let stranger = kit.user_who("b@example.org", false).await;
    assert!(!kit.store.suppress_address(suppression(stranger, "b@example.org"), at(20)).await.unwrap());
    assert_eq!(kit.claim(30).await.len(), 0);
}
