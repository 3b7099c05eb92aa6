//! What the ledger says of attempts whose answer was lost, and what a mail server's word that there is no such
//! mailbox means for an account's own address.

use bellwether_model::{Channel, Timestamp, UserId};
use bellwether_notify::WebhookSecret;
use bellwether_simulators::inbox::{self, Stage};
use bellwether_store::delivery::{Attempt, DeliveryFilter, DeliveryStatus};
use bellwether_store::page::Stretch;

use super::trial::Trial;
use crate::channels::Address;

/// The attempts at the one fire of somebody, and what became of it.
async fn attempts(trial: &Trial, user: UserId) -> (DeliveryStatus, Vec<Attempt>) {
    let newest = Stretch { after: None, limit: 10 };
    let all = trial.store.list_deliveries(user, &DeliveryFilter::default(), newest).await.unwrap().items;
    let fire = all.iter().find(|one| one.fire.is_some()).unwrap();
    let (delivery, attempts) = trial.store.delivery(user, fire.id).await.unwrap().unwrap();
    (delivery.status, attempts)
}

fn fault(stage: Stage, action: inbox::Action, recipient: &str) -> inbox::Fault {
    inbox::Fault { stage, action, recipient: Some(recipient.to_owned()), times: Some(1) }
}

fn later(trial: &Trial, seconds: i64) {
    trial.hand.set(Timestamp::from_micros(trial.now().micros() + seconds * 1_000_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_lost_stands_in_the_ledger_as_that() {
    let trial = Trial::start().await;
    let (lost, busy) = (trial.user("lost").await, trial.user("busy").await);
    let faults = trial.inbox.faults();
    faults.add(fault(Stage::Accept, inbox::Action::AcceptThenDrop, "lost@")).unwrap();
    let reply = inbox::Action::Reply { code: 451, text: "busy".to_owned() };
    faults.add(fault(Stage::Accept, reply, "busy@")).unwrap();
    let alert = |user| (user, Channel::Email, "one".to_owned());
    trial.fire(&[alert(lost), alert(busy)]).await;
    assert_eq!(trial.quiet().await, 2, "both wait");
    later(&trial, 60);
    assert_eq!(trial.quiet().await, 0);

    for (user, first_is_ambiguous) in [(lost, true), (busy, false)] {
        let (status, attempts) = attempts(&trial, user).await;
        let told: Vec<_> =
            attempts.iter().map(|attempt| (attempt.outcome.name(), attempt.ambiguous)).collect();
        assert_eq!(status, DeliveryStatus::Delivered);
        assert_eq!(told, [("retry", first_is_ambiguous), ("delivered", false)], "{attempts:?}");
    }
    // It had come, and came again: under the same id.
    let mails = trial.inbox.mailbox().mails_for("lost@");
    let ids: Vec<_> = mails.iter().map(|mail| mail.letter().message_id.clone()).collect();
    assert!(ids.len() == 2 && ids[0] == ids[1] && !ids[0].is_empty(), "{ids:?}");
    trial.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_that_is_not_there_gets_nothing_more_and_its_owner_is_told_otherwise() {
    let trial = Trial::start().await;
    let (gone, other) = (trial.user("gone").await, trial.user("other").await);
    let url = format!("{}/hooks/1", trial.receivers.url());
    let secret = WebhookSecret::draw(&mut rand::rng()).reveal();
    trial.channel(gone, &Address::Webhook { url, secret, former: Vec::new() }).await;
    let faults = trial.inbox.faults();
    let reply = |text: &str| inbox::Action::Reply { code: 550, text: text.to_owned() };
    faults.add(fault(Stage::Recipient, reply("5.1.1 no such user here"), "gone@")).unwrap();
    faults.add(fault(Stage::Recipient, reply("5.7.1 not from you"), "other@")).unwrap();
    let alert = |user| (user, Channel::Email, "one".to_owned());
    trial.fire(&[alert(gone), alert(other)]).await;
    assert_eq!(trial.quiet().await, 0);

    for user in [gone, other] {
        let (status, attempts) = attempts(&trial, user).await;
        assert_eq!((status, attempts.len()), (DeliveryStatus::Dead, 1), "{attempts:?}");
    }
    let account = trial.store.user(gone).await.unwrap().unwrap();
    let problem = account.email_problem.unwrap_or_default();
    assert!(!account.verified && problem.contains("no such user here"), "{problem}");
    let account = trial.store.user(other).await.unwrap().unwrap();
    assert!(account.verified && account.email_problem.is_none(), "a refusal of another kind");
    let posts = trial.receivers.postbox().posts();
    let told = posts.iter().filter(|post| post.taken && post.body.contains("address.suppressed")).count();
    assert_eq!(told, 1, "{posts:?}");
    trial.stop().await;
}
