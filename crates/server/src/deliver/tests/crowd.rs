//! A round price is reached, and everybody's alert fires at it: each message at the right person, and once.

use std::collections::BTreeMap;

use bellwether_model::{Channel, UserId};
use bellwether_notify::WebhookSecret;
use serde_json::Value;

use super::trial::{BOT, Trial};
use crate::channels::Address;

/// People, by where they read.
const KINDS: u32 = 6;

/// Where the person of a number gets messages; over their own address, where that is none.
fn address(number: u32, base: &str) -> Option<Address> {
    let url = |path: &str| format!("{base}/{path}");
    Some(match number % KINDS {
        0 => return None,
        1 => Address::Webhook {
            url: url(&format!("hooks/{number}")),
            secret: WebhookSecret::draw(&mut rand::rng()).reveal(),
            former: Vec::new(),
        },
        2 => Address::Telegram {
            token: BOT.to_owned(),
            chat_id: (1_000_000 + number).to_string(),
            topic_id: None,
        },
        3 => Address::Slack { url: url(&format!("services/T0/B{number}/key-of-the-hook")) },
        4 => Address::Discord { url: url(&format!("api/webhooks/{number}/key-of-the-webhook")) },
        _ => Address::Ntfy { url: url(""), topic: format!("topic-{number}"), token: None },
    })
}

/// Who was told, by the place at which a post came.
fn reader(path: &str, body: &str) -> u32 {
    let body: Value = serde_json::from_str(body).unwrap();
    let parts: Vec<&str> = path.trim_start_matches('/').split(['/', '?']).collect();
    match parts[..] {
        ["hooks", number] | ["api", "webhooks", number, ..] => number.parse().unwrap(),
        ["services", _, team, ..] => team[1..].parse().unwrap(),
        [bot, "sendMessage"] if bot.starts_with("bot") => {
            let chat = &body["chat_id"];
            let chat = chat.as_str().map_or_else(|| chat.to_string(), str::to_owned);
            chat.parse::<u32>().unwrap() - 1_000_000
        }
        [""] => body["topic"].as_str().unwrap()["topic-".len()..].parse().unwrap(),
        _ => panic!("{path}"),
    }
}

async fn everybody_is_told_once(people: u32) {
    let trial = Trial::start().await;
    let mut alerts: Vec<(UserId, Channel, String)> = Vec::new();
    for number in 0..people {
        let user = trial.user(&format!("reader-{number}")).await;
        let channel = match address(number, &trial.receivers.url()) {
            Some(address) => trial.channel(user, &address).await,
            None => Channel::Email,
        };
        alerts.push((user, channel, format!("alert of {number}.")));
    }
    trial.fire(&alerts).await;
    assert_eq!(trial.quiet().await, 0);

    // How often each was told of their own alert.
    let mut told: BTreeMap<u32, u32> = BTreeMap::new();
    for post in trial.receivers.postbox().posts() {
        let number = reader(&post.path, &post.body);
        assert!(post.taken && post.body.contains(&format!("alert of {number}.")), "{post:?}");
        *told.entry(number).or_default() += 1;
    }
    for mail in trial.inbox.mailbox().mails() {
        let letter = mail.letter();
        let [to] = &mail.envelope_to[..] else { panic!("{:?}", mail.envelope_to) };
        let number: u32 = to.trim_start_matches("reader-").split('@').next().unwrap().parse().unwrap();
        assert!(letter.text.as_deref().unwrap().contains(&format!("alert of {number}.")), "{to}");
        *told.entry(number).or_default() += 1;
    }
    assert_eq!(told.len(), usize::try_from(people).unwrap());
    assert!(told.values().all(|times| *times == 1), "{told:?}");
    trial.stop().await;
}

/// People. `BELLWETHER_CROWD` sets another number; 10,000 take minutes without optimization.
fn people() -> u32 {
    std::env::var("BELLWETHER_CROWD").map_or(120, |count| count.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn everybodys_alert_at_one_price_reaches_its_owner_once() {
    everybody_is_told_once(people()).await;
}
