//! A message that panics whoever sends it, and a part of a deliverer that dies: everything else goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bellwether_model::{Channel, Timestamp, UserId};
use bellwether_store::delivery::{AttemptOutcome, Claim, DeliveryFilter, DeliveryStatus};
use bellwether_store::page::Stretch;

use super::trial::{Trial, unhurried};

/// Panics for one reader's messages, as a bug in rendering would.
pub(in super::super) fn taste(claim: &Claim) {
    assert!(!claim.email.starts_with("poison@"), "this message cannot be rendered");
}

/// What became of the one fire of somebody: what each attempt met with, and whether another one follows.
async fn told(trial: &Trial, user: UserId) -> (DeliveryStatus, Vec<(String, bool)>) {
    let newest = Stretch { after: None, limit: 10 };
    let all = trial.store.list_deliveries(user, &DeliveryFilter::default(), newest).await.unwrap().items;
    let fire = all.iter().find(|one| one.fire.is_some()).unwrap();
    let (delivery, attempts) = trial.store.delivery(user, fire.id).await.unwrap().unwrap();
    let again = |outcome: &AttemptOutcome| matches!(outcome, AttemptOutcome::Retry { .. });
    (delivery.status, attempts.into_iter().map(|one| (one.detail, again(&one.outcome))).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_panics_is_tried_again_and_the_others_go_on() {
    let trial = Trial::start().await;
    let (poison, sound) = (trial.user("poison").await, trial.user("sound").await);
    let alert = |user| (user, Channel::Email, "one".to_owned());
    trial.fire(&[alert(poison), alert(sound)]).await;
    assert_eq!(trial.quiet().await, 1, "it waits for its next attempt");
    let tried = ("internal error".to_owned(), true);
    assert_eq!(told(&trial, poison).await, (DeliveryStatus::Pending, vec![tried.clone()]));
    assert_eq!(told(&trial, sound).await.0, DeliveryStatus::Delivered);
    // Its place is free again, and it goes by its schedule.
    trial.hand.set(Timestamp::from_micros(trial.now().micros() + 60_000_000));
    assert_eq!(trial.quiet().await, 1);
    assert_eq!(told(&trial, poison).await, (DeliveryStatus::Pending, vec![tried.clone(), tried]));
    assert_eq!(trial.inbox.mailbox().total(), 1);
    trial.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deliverer_of_which_a_part_died_gives_back_what_it_holds_and_begins_anew() {
    let mut trial = Trial::over(None).await;
    let mut sending = trial.sending(unhurried());
    // The first delivery that is recorded takes the recorder with it.
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    sending.on_delivered =
        Arc::new(move |_| assert!(counted.fetch_add(1, Ordering::SeqCst) > 0, "the recorder dies"));
    trial.deliver_with(&sending);
    let mut alerts = Vec::new();
    for number in 0..40 {
        alerts.push((trial.user(&format!("reader-{number}")).await, Channel::Email, "one".to_owned()));
    }
    trial.fire(&alerts).await;
    assert_eq!(trial.quiet().await, 0, "nothing stays with whoever died; the clock stands still");
    for (user, ..) in &alerts {
        assert_eq!(told(&trial, *user).await.0, DeliveryStatus::Delivered);
    }
    assert!(calls.load(Ordering::SeqCst) > 1);
    trial.stop().await;
}
