//! PostgreSQL dies in the middle of a storm, again and again, while messages are claimed, sent and recorded: none is
//! lost, and what comes twice has the same id.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bellwether_model::{Channel, Timestamp, UserId};
use bellwether_notify::WebhookSecret;
use bellwether_simulators::inbox::{self, Stage};
use bellwether_store::testing::PostgresServer;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::trial::{START_US, Trial, unhurried};
use crate::channels::Address;

/// People, every other one of whom reads mails, the others webhooks.
const PEOPLE: u32 = 300;
/// How often the database dies in a storm.
const DEATHS: u32 = 3;
/// Deliverers, each as a process of its own would have them.
const DELIVERERS: usize = 2;
/// How long the mail server thinks over each mail.
const THINKING_MS: u64 = 300;
/// The trial's clock runs so much faster than the machine's: claims of who is dead are free sooner. A living
/// worker renews its claims every 3 s, which must be less than a lease by this clock, too.
const HASTE: i64 = 2;

async fn nothing_is_lost(seed: u64) {
    let Some(mut server) = PostgresServer::own() else { return };
    let mut random = StdRng::seed_from_u64(seed);
    let mut trial = Trial::over(Some(server.fresh_database().await)).await;
    let slow = inbox::Action::Delay { ms: THINKING_MS };
    trial
        .inbox
        .faults()
        .add(inbox::Fault { stage: Stage::Accept, action: slow, recipient: None, times: None })
        .unwrap();
    let mut alerts: Vec<(UserId, Channel, String)> = Vec::new();
    for number in 0..PEOPLE {
        let user = trial.user(&format!("reader-{number}")).await;
        let url = format!("{}/hooks/{number}", trial.receivers.url());
        let secret = WebhookSecret::draw(&mut rand::rng()).reveal();
        let channel = match number % 2 {
            0 => Channel::Email,
            _ => trial.channel(user, &Address::Webhook { url, secret, former: Vec::new() }).await,
        };
        alerts.push((user, channel, format!("alert of {number}.")));
    }
    trial.fire(&alerts).await;
    for _ in 0..DELIVERERS {
        trial.deliver(unhurried());
    }
    let (hand, began) = (Arc::clone(&trial.hand), Instant::now());
    let clock = tokio::spawn(async move {
        loop {
            let passed = i64::try_from(began.elapsed().as_micros()).unwrap();
            hand.set(Timestamp::from_micros(START_US + HASTE * passed));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    let arrived = |trial: &Trial| {
        trial.inbox.mailbox().total() + u64::try_from(trial.receivers.postbox().posts().len()).unwrap()
    };
    let mut met = 0;
    for death in 0..DEATHS {
        // Each in a later part of the storm; the first as soon as something has come through.
        let least = u64::from(PEOPLE * death / (DEATHS + 1));
        while arrived(&trial) <= least {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(random.random_range(0..THINKING_MS))).await;
        met += u32::from(arrived(&trial) < u64::from(PEOPLE));
        let down = Duration::from_millis(random.random_range(0..1_500));
        server = tokio::task::spawn_blocking(move || {
            server.kill();
            std::thread::sleep(down);
            server.start_again();
            server
        })
        .await
        .unwrap();
    }
    assert!(met > 0, "seed {seed}: the storm was over before the database died");
    assert_eq!(trial.quiet().await, 0, "seed {seed}");
    clock.abort();

    // The ids under which each person was told, and how often.
    let mut told: BTreeMap<u32, (BTreeSet<String>, u32)> = BTreeMap::new();
    let mut tell = |number: u32, id: String| {
        let (ids, times) = told.entry(number).or_default();
        ids.insert(id);
        *times += 1;
    };
    for mail in trial.inbox.mailbox().mails() {
        let number =
            mail.envelope_to[0].trim_start_matches("reader-").split('@').next().unwrap().parse().unwrap();
        tell(number, mail.letter().message_id.clone());
    }
    for post in trial.receivers.postbox().posts() {
        let number = post.path.trim_start_matches("/hooks/").parse().unwrap();
        tell(number, post.header("webhook-id").unwrap_or_default().to_owned());
    }
    assert_eq!(told.len(), usize::try_from(PEOPLE).unwrap(), "seed {seed}: somebody was told nothing");
    assert!(told.values().all(|(ids, _)| ids.len() == 1), "seed {seed}: {told:?}");
    let twice = told.values().filter(|(_, times)| *times > 1).count();
    println!("seed {seed}: {twice} of {PEOPLE} came more than once, after {DEATHS} deaths");
    trial.stop().await;
}

/// Storms. `BELLWETHER_STORMS` sets another number.
fn storms() -> u64 {
    std::env::var("BELLWETHER_STORMS").map_or(1, |count| count.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_while_postgresql_dies_again_and_again() {
    for seed in 0..storms() {
        nothing_is_lost(seed).await;
    }
}
