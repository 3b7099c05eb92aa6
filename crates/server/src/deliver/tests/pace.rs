//! More than a receiver may get, from several deliverers at once: it comes together, none of it is dropped, and no
//! more messages come than the paces of all deliverers allow.

use std::collections::BTreeSet;

use bellwether_model::{Channel, Timestamp, UserId};
use bellwether_notify::WebhookSecret;
use bellwether_store::channel::Medium;
use bellwether_store::delivery::{ClaimWish, DeliveryFilter, DeliveryStatus, Lane};
use bellwether_store::page::Stretch;
use uuid::Uuid;

use super::super::leases::{LEASE, Leases};
use super::super::sorting::sort;
use super::trial::{BOT, START_US, Trial, unhurried};
use crate::channels::Address;
use crate::config::{Pace, Paces};

/// Fires for each receiver, all at once; no more than a mail lists by name.
const FIRES: u32 = 45;
/// Deliverers, each as a process of its own would have them; each keeps its own account of the paces.
const DELIVERERS: u32 = 3;
/// What each receiver may get from one of them: messages, and within how many seconds.
const BURST: u32 = 2;
const WITHIN_S: u32 = 20;

fn paced() -> Paces {
    let pace = || format!("{BURST}/{WITHIN_S}s").parse::<Pace>().unwrap();
    Paces {
        email: pace(),
        webhook: pace(),
        telegram: pace(),
        slack: pace(),
        discord: pace(),
        ntfy: pace(),
        ..unhurried()
    }
}

fn places(base: &str) -> Vec<(&'static str, Option<Address>)> {
    let secret = WebhookSecret::draw(&mut rand::rng()).reveal();
    vec![
        ("mail", None),
        ("webhook", Some(Address::Webhook { url: format!("{base}/hooks/1"), secret, former: Vec::new() })),
        (
            "telegram",
            Some(Address::Telegram { token: BOT.to_owned(), chat_id: "17".to_owned(), topic_id: None }),
        ),
        ("slack", Some(Address::Slack { url: format!("{base}/services/T0/B1/key-of-the-hook") })),
        ("discord", Some(Address::Discord { url: format!("{base}/api/webhooks/1/key-of-the-webhook") })),
        ("ntfy", Some(Address::Ntfy { url: format!("{base}/"), topic: "topic-1".to_owned(), token: None })),
    ]
}

/// The messages that told somebody of all their fires, by the ledger.
async fn messages(trial: &Trial, user: UserId) -> BTreeSet<String> {
    let all = Stretch { after: None, limit: 100 };
    let told = trial.store.list_deliveries(user, &DeliveryFilter::default(), all).await.unwrap().items;
    let fires: Vec<_> = told.iter().filter(|one| one.fire.is_some()).collect();
    assert_eq!(fires.len(), usize::try_from(FIRES).unwrap());
    assert!(fires.iter().all(|one| one.status == DeliveryStatus::Delivered), "{fires:?}");
    fires.iter().map(|one| one.combined_in.unwrap_or(one.id).to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_pace_fires_come_together_and_none_is_dropped() {
    let mut trial = Trial::over(None).await;
    let mut people: Vec<(&str, UserId)> = Vec::new();
    let mut alerts: Vec<(UserId, Channel, String)> = Vec::new();
    for (kind, address) in places(&trial.receivers.url()) {
        let user = trial.user(kind).await;
        let channel = match &address {
            Some(address) => trial.channel(user, address).await,
            None => Channel::Email,
        };
        people.push((kind, user));
        alerts.extend((0..FIRES).map(|number| (user, channel, format!("{kind} {number}."))));
    }
    trial.fire(&alerts).await;
    for _ in 0..DELIVERERS {
        trial.deliver(paced());
    }
    let mut passed_s = 0;
    while trial.quiet().await > 0 {
        passed_s += 1;
        assert!(passed_s < i64::from(FIRES * WITHIN_S), "it is never over");
        trial.hand.set(Timestamp::from_micros(START_US + passed_s * 1_000_000));
    }

    let most =
        i64::from(DELIVERERS) * (i64::from(BURST) + passed_s * i64::from(BURST) / i64::from(WITHIN_S) + 1);
    let posts = trial.receivers.postbox().posts();
    for (kind, user) in people {
        let messages = messages(&trial, user).await;
        let count = i64::try_from(messages.len()).unwrap();
        assert!(count <= most && count < i64::from(FIRES), "{kind}: {count} messages in {passed_s} s");
        let said: Vec<String> = match kind {
            "mail" => {
                let mails = trial.inbox.mailbox().mails_for("mail@");
                mails.iter().map(|mail| mail.letter().text.clone().unwrap_or_default()).collect()
            }
            _ => posts
                .iter()
                .filter(|post| post.taken && post.body.contains(&format!("{kind} ")))
                .map(|post| post.body.clone())
                .collect(),
        };
        assert_eq!(said.len(), messages.len(), "{kind}: as many came as the ledger says");
        if ["mail", "webhook"].contains(&kind) {
            // These have room for all of them by name.
            for number in 0..FIRES {
                let name = format!("{kind} {number}.");
                let times: usize = said.iter().map(|text| text.matches(&name).count()).sum();
                assert_eq!(times, 1, "{name}");
            }
        }
    }
    trial.stop().await;
}

#[tokio::test]
async fn what_is_claimed_again_while_it_is_gathered_is_told_once() {
    let trial = Trial::over(None).await;
    let user = trial.user("patient").await;
    let names = ["one", "two", "three", "four"];
    trial.fire(&names.map(|name| (user, Channel::Email, name.to_owned()))).await;
    let wish = ClaimWish::new(Lane::Urgent, BURST, Uuid::new_v4(), LEASE);
    let claims = trial.store.claim(wish.clone(), trial.now()).await.unwrap().claims;
    assert_eq!(claims.len(), 2);
    let leases = Leases::default();
    claims.iter().for_each(|claim| leases.hold(claim));
    // Meanwhile the store was so slow that they ran out, and whoever looks after posts brought them back.
    trial.hand.set(claims[0].lease_until);
    let posts =
        ClaimWish { medium: Some(Medium::Post), ..ClaimWish::new(Lane::Urgent, 1, Uuid::new_v4(), LEASE) };
    assert_eq!(trial.store.claim(posts, trial.now()).await.unwrap().claims.len(), 0);
    let parcels = sort(&trial.sending(paced()), &leases, &wish, claims).await;
    let mut told: Vec<_> = parcels.iter().flat_map(|parcel| &parcel.claims).map(|claim| claim.id).collect();
    told.sort();
    let count = told.len();
    told.dedup();
    assert_eq!((count, told.len()), (names.len(), names.len()));
    let claims = || parcels.iter().flat_map(|parcel| &parcel.claims);
    assert!(claims().all(|claim| leases.is_certain(claim, trial.now())), "each under its newest claim");
    trial.stop().await;
}
