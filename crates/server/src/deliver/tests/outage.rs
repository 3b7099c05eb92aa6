//! An hour in which the mail server is down, half of the other receivers answer 500, one hangs and one leads
//! elsewhere: whoever can be reached is told in time, whoever comes back is told then, and the rest are dead
//! letters that say why. The clock is the test's own.

use bellwether_model::{Channel, Timestamp, UserId};
use bellwether_notify::WebhookSecret;
use bellwether_simulators::inbox;
use bellwether_simulators::receivers::{Action, Fault, Service};
use bellwether_store::delivery::{Delivery, DeliveryFilter, DeliveryStatus, Lane};
use bellwether_store::page::Stretch;

use super::trial::{BOT, START_US, Trial};
use crate::channels::Address;

const HOUR_US: i64 = 3_600_000_000;
/// People who read at each place.
const EACH: usize = 3;

fn fault(service: Service, action: Action) -> Fault {
    Fault { service: Some(service), action, times: None }
}

async fn delivery(trial: &Trial, user: UserId) -> Delivery {
    let newest = Stretch { after: None, limit: 10 };
    let all = trial.store.list_deliveries(user, &DeliveryFilter::default(), newest).await.unwrap().items;
    let fires: Vec<Delivery> = all.into_iter().filter(|one| one.fire.is_some()).collect();
    let [one] = &fires[..] else { panic!("{fires:?}") };
    one.clone()
}

/// Goes on to where something is due, at least five minutes, until the time is over or nothing waits.
async fn pass(trial: &Trial, until: Timestamp) {
    while trial.quiet().await > 0 && trial.now() < until {
        let next = trial.store.next_due(Lane::Urgent).await.unwrap().unwrap_or(until);
        let later = Timestamp::from_micros(trial.now().micros() + HOUR_US / 12);
        trial.hand.set(next.max(later).min(until));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_hours_outage_all_who_can_be_reached_were_told() {
    let trial = Trial::start().await;
    let base = trial.receivers.url();
    let place = |kind: &str, number: usize| -> Option<Address> {
        Some(match kind {
            "mail" => return None,
            "slack" => Address::Slack { url: format!("{base}/services/T0/B{number}/key-of-the-hook") },
            "webhook" => Address::Webhook {
                url: format!("{base}/hooks/{number}"),
                secret: WebhookSecret::draw(&mut rand::rng()).reveal(),
                former: Vec::new(),
            },
            "discord" => Address::Discord { url: format!("{base}/api/webhooks/{number}/key-of-the-webhook") },
            "ntfy" => Address::Ntfy { url: format!("{base}/"), topic: format!("t-{number}"), token: None },
            _ => Address::Telegram { token: BOT.to_owned(), chat_id: format!("{number}7"), topic_id: None },
        })
    };
    let mut people: Vec<(&str, UserId)> = Vec::new();
    let mut alerts: Vec<(UserId, Channel, String)> = Vec::new();
    for kind in ["mail", "slack", "webhook", "discord", "ntfy", "telegram"] {
        for number in 0..EACH {
            let user = trial.user(&format!("{kind}-{number}")).await;
            let channel = match place(kind, number) {
                Some(address) => trial.channel(user, &address).await,
                None => Channel::Email,
            };
            people.push((kind, user));
            alerts.push((user, channel, format!("{kind} {number}")));
        }
    }
    let down = inbox::Action::Reply { code: 451, text: "down".to_owned() };
    let down = inbox::Fault { stage: inbox::Stage::Mail, action: down, recipient: None, times: None };
    trial.inbox.faults().add(down).unwrap();
    let broken = || Action::Status { code: 500, retry_after: None, body: "broken".to_owned() };
    for service in [Service::Webhook, Service::Discord] {
        trial.receivers.add_fault(fault(service, broken())).unwrap();
    }
    trial.receivers.add_fault(fault(Service::Ntfy, Action::Hang)).unwrap();
    let elsewhere = Action::Redirect { to: "http://10.0.0.1/".to_owned() };
    trial.receivers.add_fault(fault(Service::Telegram, elsewhere)).unwrap();

    trial.fire(&alerts).await;
    trial.quiet().await;
    for (kind, user) in &people {
        let expected = match *kind {
            "slack" => DeliveryStatus::Delivered,
            "telegram" => DeliveryStatus::Dead,
            _ => DeliveryStatus::Pending,
        };
        assert_eq!(delivery(&trial, *user).await.status, expected, "{kind}: nobody waits for the others");
    }
    let after_an_hour = Timestamp::from_micros(START_US + HOUR_US);
    pass(&trial, after_an_hour).await;
    assert_eq!(trial.inbox.mailbox().total(), 0);
    trial.inbox.faults().clear();
    trial.receivers.clear_faults();
    for service in [Service::Webhook, Service::Discord] {
        trial.receivers.add_fault(fault(service, broken())).unwrap();
    }
    pass(&trial, Timestamp::from_micros(START_US + 400 * HOUR_US)).await;

    for (kind, user) in &people {
        let one = delivery(&trial, *user).await;
        let why = one.last_error.as_deref().unwrap_or_default();
        match *kind {
            "slack" => assert_eq!(one.delivered_at, Some(Timestamp::from_micros(START_US))),
            "mail" | "ntfy" => assert_eq!((one.status, why), (DeliveryStatus::Delivered, ""), "{kind}"),
            "telegram" => assert!(one.status == DeliveryStatus::Dead && why.contains("redirect"), "{why}"),
            _ => assert!(
                one.status == DeliveryStatus::Expired && one.attempts == 13 && why.contains("500"),
                "{kind}: {one:?}"
            ),
        }
    }
    let mails = trial.inbox.mailbox();
    for number in 0..EACH {
        assert_eq!(mails.mails_for(&format!("mail-{number}@example.org")).len(), 1);
    }
    let taken =
        |service| trial.receivers.postbox().posts_to(service).iter().filter(|post| post.taken).count();
    assert_eq!((taken(Service::Slack), taken(Service::Ntfy)), (EACH, EACH), "each once");
    assert_eq!((taken(Service::Webhook), taken(Service::Discord), taken(Service::Telegram)), (0, 0, 0));
    trial.stop().await;
}
