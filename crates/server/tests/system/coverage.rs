//! When an instrument was truly watched: a gap that was filled is none, and one that could not be is told.

use bellwether_model::Timestamp;
use bellwether_simulators::uphold::Fault;
use bellwether_store::user::Role;
use bellwether_store::{Store, StoreOptions};
use serde_json::{Value, json};

use crate::client::{Client, until};
use crate::kill::applied_at;
use crate::process::Process;
use crate::stores::TestStore;
use crate::world::{World, now_us};

#[tokio::test(flavor = "multi_thread")]
async fn a_filled_gap_is_none_and_an_outage_that_nobody_repeats_is_told_on_sqlite() {
    over_an_outage(TestStore::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filled_gap_is_none_and_an_outage_that_nobody_repeats_is_told_on_postgres() {
    if let Some(store) = TestStore::postgres().await {
        over_an_outage(store).await;
    }
}

async fn over_an_outage(store: TestStore) {
    let world = World::start().await;
    world.uphold.quote("XAU-USD", "100", "100");
    let process = Process::start(&world, &store, None).await;
    let mut user = Client::sign_up(process.base(), "reader@example.org").await;
    let crossing = |instrument: &str| json!({"instrument": instrument, "condition": {"type": "crossing", "price": "200"}});
    let streamed = user.alert(crossing("binance:BTCUSDT")).await;
    // Armed while the pair is watched already: what lies before the first answer is blind too.
    let far = json!({"instrument": "uphold:XAU-USD", "condition": {"type": "above", "price": "1000000"}});
    let far = user.alert(far).await;
    until_watched(&user, &far, "watched").await;
    let polled = user.alert(crossing("uphold:XAU-USD")).await;
    world.watched("BTCUSDT").await;
    let first = world.trade("BTCUSDT", "100");
    applied_at(&user, "binance%3ABTCUSDT", first.id).await;
    until_watched(&user, &polled, "watched").await;

    world.cut_and_refuse(true).await;
    world.uphold.control().inject(Fault::DelayRest { ms: 60_000 });
    let missed = world.trade("BTCUSDT", "110");
    until_watched(&user, &streamed, "dark").await;
    until_watched(&user, &polled, "dark").await;
    world.cut_and_refuse(false).await;
    world.uphold.control().inject(Fault::Heal);
    applied_at(&user, "binance%3ABTCUSDT", missed.id).await;
    until_watched(&user, &streamed, "watched").await;
    until_watched(&user, &polled, "watched").await;

    let context = store.name();
    // Known with the next checkpoint.
    until("the filled gap is none", async || {
        let explained = user.get(&format!("/api/alerts/{streamed}/explain")).await;
        if explained["blind"] == json!([]) { Ok(()) } else { Err(format!("{context}: {explained}")) }
    })
    .await;
    let told = until("the blind stretch is stored", async || {
        let explained = user.get(&format!("/api/alerts/{polled}/explain")).await;
        if explained["blind"].as_array().is_some_and(|blind| blind.len() == 1) {
            Ok(explained)
        } else {
            Err(explained.to_string())
        }
    })
    .await;
    let seconds = told["blind"][0]["seconds"].as_i64().unwrap();
    assert!(seconds >= 10, "{context}: {told}");
    let sentence = format!("It was blind for {seconds} s at ");
    assert!(told["sentence"].as_str().unwrap().contains(&sentence), "{context}: {told}");

    let operator = Store::open(store.url(), StoreOptions::default()).await.unwrap();
    let now = Timestamp::from_micros(now_us());
    operator.set_role(&user.email, Role::Administrator, now).await.unwrap().unwrap();
    operator.close().await;
    let feeds = user.get("/api/admin/feeds").await;
    let uphold = feeds["items"].as_array().unwrap().iter().find(|feed| feed["venue"] == "uphold").unwrap();
    assert_eq!(
        (&uphold["state"], &uphold["instruments"]),
        (&json!("reached"), &json!({"watched": 1})),
        "{feeds}"
    );
    let streams = feeds["items"].as_array().unwrap().iter().find(|feed| feed["venue"] == "binance").unwrap();
    assert_eq!((&streams["connections"], &streams["state"]), (&json!(1), &json!("reached")), "{feeds}");

    // Within the five seconds in which a feed says how it fares.
    let streams = until("the feed says how it fares", async || {
        let feeds = user.get("/api/admin/feeds").await;
        let binance =
            feeds["items"].as_array().unwrap().iter().find(|feed| feed["venue"] == "binance").cloned();
        binance.filter(|feed| feed["gaps"]["filled"].as_u64() >= Some(1)).ok_or(feeds.to_string())
    })
    .await;
    assert_eq!((&streams["gaps"]["open"], &streams["gaps"]["lost"]), (&json!(0), &json!(0)), "{streams}");
    assert!(streams["budget"]["left"].as_u64().unwrap() > 0, "{context}: {streams}");

    // A fire says it too, and so does the next process.
    world.uphold.quote("XAU-USD", "250", "250");
    let fires = until("the fire", async || {
        let fires = user.all("/api/fires").await;
        if fires.len() == 1 { Ok(fires) } else { Err(fires.len().to_string()) }
    })
    .await;
    let fire = user.get(&format!("/api/fires/{}", fires[0]["id"].as_str().unwrap())).await;
    assert_eq!(fire["blind"], told["blind"], "{context}");
    process.stop().await;
    let process = Process::start(&world, &store, None).await;
    user.log_in_at(process.base()).await;
    let from = told["blind"][0]["from"].as_str().unwrap();
    let to = told["blind"][0]["to"].as_str().unwrap();
    let path = format!("/api/instruments/uphold%3AXAU-USD/coverage?from={from}&to={to}");
    let coverage = user.get(&path).await;
    assert_eq!((&coverage["blind"], &coverage["instrument"]), (&told["blind"], &json!("uphold:XAU-USD")));
    process.stop().await;
}

async fn until_watched(user: &Client, alert: &str, state: &str) -> Value {
    until(&format!("it is {state}"), async || {
        let explained = user.get(&format!("/api/alerts/{alert}/explain")).await;
        if explained["watching"]["state"] == state { Ok(explained) } else { Err(explained.to_string()) }
    })
    .await
}
