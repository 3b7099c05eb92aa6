//! Pushed ticks: they fire, and what was answered with a 2xx fires whatever happens to the process.

use bellwether_server::crash::Point;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::client::{Client, until};
use crate::kill::every_fire_has_its_mail;
use crate::process::Process;
use crate::stores::TestStore;
use crate::world::World;

/// Kills for each store, one at each point: seeds from 0 on.
const SEEDS: u64 = 3;
const TICKS: u64 = 40;

fn tick(symbol: &str, price: &str, id: u64) -> String {
    json!({"instrument": format!("push:metals/{symbol}"), "price": price, "id": id}).to_string() + "\n"
}

fn crossing(symbol: &str) -> Value {
    json!({"instrument": format!("push:metals/{symbol}"), "condition": {"type": "crossing", "price": "100"},
           "repeat": {"mode": "every"}})
}

/// Waits for so many fires, oldest first, and sees to it that there are no more.
async fn fires(context: &str, user: &Client, count: usize) -> Vec<Value> {
    until(&format!("{context}: the fires"), async || {
        let mut fires = user.all("/api/fires").await;
        fires.reverse();
        assert!(fires.len() <= count, "{context}: {} fires instead of {count}", fires.len());
        if fires.len() == count { Ok(fires) } else { Err(format!("{} of {count}", fires.len())) }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pushed_tick_becomes_a_mail_and_a_repeated_one_none() {
    for store in TestStore::all().await {
        let world = World::start().await;
        let process = Process::start(&world, &store, None).await;
        let user = Client::sign_up(process.base(), "reader@example.org").await;
        let kept = async |lines: String| {
            let (status, said) = user.push(lines).await.unwrap();
            assert_eq!(status, StatusCode::OK, "{said}");
            ["kept", "stale", "refused"].map(|name| said[name].as_u64().unwrap())
        };
        assert_eq!(kept(tick("GOLD", "99.999999999999999999", 1)).await, [1, 0, 0]);
        user.alert(crossing("GOLD")).await;
        let lines = tick("GOLD", "100.000000000000000001", 2) + "garbage\n" + &tick("GOLD", "5", 1);
        assert_eq!(kept(lines.clone()).await, [1, 1, 1]);
        assert_eq!(kept(lines).await, [0, 2, 1], "the same once more");
        let told = fires(store.name(), &user, 1).await;
        let evidence = &told[0]["evidence"];
        assert_eq!(evidence["price"], "100.000000000000000001");
        assert_eq!(
            (&evidence["previous_price"], &evidence["id"]),
            (&json!("99.999999999999999999"), &json!(2))
        );
        every_fire_has_its_mail(store.name(), &world, &user, &told).await;
        process.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_tick_that_was_answered_fires_once_however_often_the_process_dies() {
    for seed in 0..SEEDS {
        for store in TestStore::all().await {
            let deaths = push_through_a_death(&store, seed).await;
            println!("seed {seed} on {}: {deaths} deaths", store.name());
        }
    }
}

async fn push_through_a_death(store: &TestStore, seed: u64) -> u32 {
    let context = format!("seed {seed} on {}", store.name());
    let mut rng = StdRng::seed_from_u64(seed);
    let world = World::start().await;
    let mut process = Process::start(&world, store, None).await;
    let mut user = Client::sign_up(process.base(), &format!("push-{seed}@example.org")).await;
    // The first tick makes the instrument known, and is the price in force when the alert is armed.
    assert!(user.push(tick("GOLD", "99", 1)).await.unwrap().0.is_success());
    user.alert(crossing("GOLD")).await;
    process.stop().await;

    let point = [Point::Logged, Point::Applied, Point::Committed][usize::try_from(seed % 3).unwrap()];
    process = Process::start(&world, store, Some((point, rng.random_range(1..20)))).await;
    user.log_in_at(process.base()).await;
    let mut deaths = 0;
    let mut id = 2;
    while id <= TICKS {
        // One to three ticks at a time, each on the other side of the one before; sent again where nobody
        // answered, as a source does that does not know what became of them.
        let last = (id + rng.random_range(0..3)).min(TICKS);
        let lines: String =
            (id..=last).map(|id| tick("GOLD", if id % 2 == 0 { "101" } else { "99" }, id)).collect();
        let is_answered = loop {
            match user.push(lines.clone()).await {
                Some((status, said)) if status.is_success() => break said["refused"] == 0,
                Some((status, said)) => panic!("{context}: {status} {said}"),
                None => {
                    assert!(process.died_within_a_moment().await, "{context}: it lives and does not answer");
                    deaths += 1;
                    process = Process::start(&world, store, None).await;
                    user.log_in_at(process.base()).await;
                }
            }
        };
        assert!(is_answered, "{context}");
        id = last + 1;
    }
    if process.died_within_a_moment().await {
        deaths += 1;
        process = Process::start(&world, store, None).await;
        user.log_in_at(process.base()).await;
    }
    let told = fires(&context, &user, usize::try_from(TICKS - 1).unwrap()).await;
    let ids: Vec<u64> = told.iter().map(|fire| fire["evidence"]["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, (2..=TICKS).collect::<Vec<_>>(), "{context}: each tick fires once, in its order");
    every_fire_has_its_mail(&context, &world, &user, &told).await;
    process.stop().await;
    deaths
}
