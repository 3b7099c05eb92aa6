//! A venue that can only be polled: nobody repeats what it said, so nothing of it may be lost.

use bellwether_server::crash::Point;
use serde_json::{Value, json};

use crate::client::{Client, until};
use crate::kill::every_fire_has_its_mail;
use crate::process::Process;
use crate::stores::TestStore;
use crate::world::World;

const PAIR: &str = "XAU-USD";
const PATH: &str = "uphold%3AXAU-USD";

fn quote(world: &World, price: &str) {
    world.uphold.quote(PAIR, price, price);
}

/// Waits until the pair's price is this one.
async fn applied(user: &Client, price: &str) {
    applied_to(user, PATH, price).await;
}

async fn applied_to(user: &Client, path: &str, price: &str) {
    until("the price is applied", async || {
        let market = &user.get(&format!("/api/instruments/{path}")).await["market"];
        if market["price"] == price { Ok(()) } else { Err(market.to_string()) }
    })
    .await;
}

/// Waits for so many fires, oldest first, and makes sure that there are no more.
async fn fires(user: &Client, count: usize) -> Vec<Value> {
    until("the fires", async || {
        let mut fires = user.all("/api/fires").await;
        fires.reverse();
        if fires.len() == count { Ok(fires) } else { Err(format!("{} of {count}", fires.len())) }
    })
    .await
}

fn alert(condition: &Value, every: bool) -> Value {
    let mode = if every { "every" } else { "once" };
    json!({"instrument": "uphold:xau-usd", "condition": condition, "repeat": {"mode": mode}})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_comes_from_the_wire_to_the_mail_with_its_last_digit() {
    for store in TestStore::all().await {
        let world = World::start().await;
        world.uphold.quote(PAIR, "37.5", "37.5");
        let process = Process::start(&world, &store, None).await;
        let mut user = Client::sign_up(process.base(), "reader@example.org").await;
        for side in ["", "@bid", "@ask"] {
            let mut alert = alert(&json!({"type": "crossing", "price": "37.537537537537537538"}), false);
            alert["instrument"] = json!(format!("uphold:XAU-USD{side}"));
            user.alert(alert).await;
        }
        for side in ["", "%40bid", "%40ask"] {
            applied_to(&user, &format!("{PATH}{side}"), "37.5").await;
        }
        world.uphold.quote(PAIR, "37.537537537537537538", "37.537537537537537539");
        let told = fires(&user, 3).await;
        let mut prices: Vec<_> =
            told.iter().map(|fire| fire["evidence"]["price"].as_str().unwrap()).collect();
        prices.sort_unstable();
        let expected = ["37.537537537537537538", "37.5375375375375375385", "37.537537537537537539"];
        assert_eq!(prices, expected, "{}", store.name());
        every_fire_has_its_mail(store.name(), &world, &user, &told).await;

        // Stored, checkpointed, and read back by the next process.
        process.stop().await;
        let process = Process::start(&world, &store, None).await;
        user.log_in_at(process.base()).await;
        assert_eq!(fires(&user, 3).await, told);
        applied(&user, "37.5375375375375375385").await;
        process.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reference_survives_a_kill_exactly() {
    for store in TestStore::all().await {
        let world = World::start().await;
        quote(&world, "10000");
        let process = Process::start(&world, &store, None).await;
        let mut user = Client::sign_up(process.base(), "reader@example.org").await;
        let change = json!({"type": "change", "percent": "0.01", "direction": "either"});
        user.alert(alert(&change, true)).await;
        applied(&user, "10000").await;
        quote(&world, "10000.5");
        applied(&user, "10000.5").await;
        // Killed at once: what no checkpoint has stored stands in the log.
        drop(process);
        quote(&world, "10000.99");
        let process = Process::start(&world, &store, None).await;
        user.log_in_at(process.base()).await;
        applied(&user, "10000.99").await;
        assert_eq!(user.all("/api/fires").await, Vec::<Value>::new(), "{}: short of 0.01 %", store.name());
        quote(&world, "10001");
        let told = fires(&user, 1).await;
        let evidence = &told[0]["evidence"];
        assert_eq!((&evidence["price"], &evidence["reference"]), (&json!("10001"), &json!("10000")));
        process.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_polled_and_not_evaluated_is_evaluated_by_the_next_process() {
    for store in TestStore::all().await {
        let context = store.name();
        let world = World::start().await;
        quote(&world, "100");
        let process = Process::start(&world, &store, None).await;
        let mut user = Client::sign_up(process.base(), "reader@example.org").await;
        user.alert(alert(&json!({"type": "crossing", "price": "200"}), true)).await;
        applied(&user, "100").await;
        process.stop().await;

        // The first price that this process keeps kills it before it is evaluated, and nobody ever sees that
        // price again.
        quote(&world, "250");
        Process::run_to_death(&world, &store, (Point::Logged, 1)).await;
        quote(&world, "90");
        let process = Process::start(&world, &store, None).await;
        user.log_in_at(process.base()).await;
        let told = fires(&user, 2).await;
        let prices: Vec<_> = told.iter().map(|fire| fire["evidence"]["price"].as_str().unwrap()).collect();
        assert_eq!(prices, ["250", "90"], "{context}");
        assert_eq!((&told[0]["late"], &told[1]["late"]), (&json!(true), &json!(false)), "{context}");
        every_fire_has_its_mail(context, &world, &user, &told).await;
        process.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_of_coingecko_becomes_a_mail() {
    let world = World::start().await;
    world.coingecko.price("bitcoin-usd", "32999.99");
    let store = TestStore::sqlite();
    let process = Process::start(&world, &store, None).await;
    let user = Client::sign_up(process.base(), "reader@example.org").await;
    // The venue's own spelling is found whatever people write.
    let crossing = json!({"type": "crossing", "price": "33000"});
    let id = user.alert(json!({"instrument": "coingecko:Bitcoin-USD", "condition": crossing})).await;
    assert_eq!(user.get(&format!("/api/alerts/{id}")).await["instrument"], "coingecko:bitcoin-usd");
    applied_to(&user, "coingecko%3Abitcoin-usd", "32999.99").await;
    world.coingecko.price("bitcoin-usd", "33000.01");
    let told = fires(&user, 1).await;
    assert_eq!(told[0]["evidence"]["price"], "33000.01");
    every_fire_has_its_mail(store.name(), &world, &user, &told).await;
    process.stop().await;
}
