//! Instruments that an administrator switches off and on: also while nothing runs that watches them, and without
//! disturbing others.

use std::time::Duration;

use bellwether_model::Timestamp;
use bellwether_store::user::Role;
use bellwether_store::{Store, StoreOptions};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Client, until};
use crate::kill::applied;
use crate::process::Process;
use crate::stores::TestStore;
use crate::world::{World, now_us};

const PATIENCE: Duration = Duration::from_secs(30);

/// The store as an operator sees it, beside the running service.
pub(crate) async fn operator(store: &TestStore) -> Store {
    Store::open(store.url(), StoreOptions::default()).await.unwrap()
}

/// Makes a user an administrator.
pub(crate) async fn promote(store: &TestStore, user: &Client) {
    let operator = operator(store).await;
    let now = Timestamp::from_micros(now_us());
    operator.set_role(&user.email, Role::Administrator, now).await.unwrap().unwrap();
    operator.close().await;
}

/// Switches an instrument.
pub(crate) async fn switch(user: &Client, instrument: &str, enabled: bool) {
    let wish = json!({"instrument": instrument, "enabled": enabled});
    let switched = user.ok(Method::PATCH, "/api/admin/instruments", Some(wish)).await;
    assert_eq!(switched["enabled"], enabled);
}

pub(crate) fn quiet(instrument: &str) -> Value {
    json!({"instrument": instrument, "condition": {"type": "above", "price": "1000000"}})
}

/// Waits until the venue is asked for a symbol's trades, or no more.
pub(crate) async fn streamed(world: &World, symbol: &str, is_streamed: bool) {
    let stream = format!("{}@aggTrade", symbol.to_lowercase());
    let control = world.binance.control();
    control.wait_for(PATIENCE, |counters| counters.has_stream(&stream) == is_streamed).await.unwrap();
}

/// Waits until an alert's explanation has this state of its instrument; its sentence.
pub(crate) async fn explained(user: &Client, alert: &str, state: &str) -> String {
    until(state, async || {
        let explained = user.get(&format!("/api/alerts/{alert}/explain")).await;
        let sentence = explained["sentence"].as_str().unwrap_or_default().to_owned();
        if explained["watching"]["state"] == state { Ok(sentence) } else { Err(explained.to_string()) }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_switched_off_is_not_watched_also_where_that_was_said_while_nothing_ran() {
    for store in TestStore::all().await {
        println!("on {}", store.name());
        case(store).await;
    }
}

async fn case(store: TestStore) {
    let world = World::start().await;
    let process = Process::start(&world, &store, None).await;
    let mut user = Client::sign_up(process.base(), "operator@example.org").await;
    promote(&store, &user).await;
    let crossing = json!({"type": "crossing", "price": "150"});
    let bitcoin = user.alert(json!({"instrument": "binance:BTCUSDT", "condition": crossing})).await;
    let ether = user.alert(quiet("binance:ETHUSDT")).await;
    for symbol in ["BTCUSDT", "ETHUSDT"] {
        streamed(&world, symbol, true).await;
        let trade = world.trade(symbol, "100");
        applied(&user, symbol, trade.id).await;
    }
    let connections = world.binance.control().counters().connections_made;

    switch(&user, "binance:btcusdt", false).await;
    streamed(&world, "BTCUSDT", false).await;
    let said = explained(&user, &bitcoin, "disabled").await;
    assert!(said.contains("binance:BTCUSDT is switched off by an administrator"), "{said}");
    let (status, refused) = user.call(Method::POST, "/api/alerts", Some(quiet("binance:BTCUSDT"))).await;
    assert!(
        status.is_client_error() && refused.to_string().contains("instrument_disabled"),
        "{status} {refused}"
    );
    // Nothing of it counts, and the other goes on over the same connection.
    world.trade("BTCUSDT", "200");
    let trade = world.trade("ETHUSDT", "101");
    applied(&user, "ETHUSDT", trade.id).await;
    assert_eq!(explained(&user, &ether, "watched").await.matches("switched off").count(), 0);
    assert_eq!(world.binance.control().counters().connections_made, connections);

    // On again: what it did meanwhile is not looked at, and that its price is beyond the level now is news.
    switch(&user, "binance:BTCUSDT", true).await;
    streamed(&world, "BTCUSDT", true).await;
    explained(&user, &bitcoin, "watched").await;
    let trade = world.trade("BTCUSDT", "201");
    applied(&user, "BTCUSDT", trade.id).await;
    let fires = until("the fire", async || {
        let fires = user.all("/api/fires").await;
        if fires.is_empty() { Err("no fire".to_owned()) } else { Ok(fires) }
    })
    .await;
    assert_eq!((fires.len(), &fires[0]["evidence"]["price"]), (1, &json!("201")));
    let again = user.alert(quiet("binance:BTCUSDT")).await;

    // Switched off while nothing runs, and on while nothing runs.
    process.stop().await;
    let operator = operator(&store).await;
    let ether_id = "binance:ETHUSDT".parse().unwrap();
    let now = Timestamp::from_micros(now_us());
    operator.enable_instrument(&ether_id, false, now).await.unwrap().unwrap();
    let process = Process::start(&world, &store, None).await;
    user.log_in_at(process.base()).await;
    streamed(&world, "BTCUSDT", true).await;
    explained(&user, &again, "watched").await;
    explained(&user, &ether, "disabled").await;
    streamed(&world, "ETHUSDT", false).await;
    process.stop().await;
    operator.enable_instrument(&ether_id, true, now).await.unwrap().unwrap();
    let missed = world.trade("ETHUSDT", "102");
    let process = Process::start(&world, &store, None).await;
    user.log_in_at(process.base()).await;
    streamed(&world, "ETHUSDT", true).await;
    applied(&user, "ETHUSDT", missed.id).await;
    operator.close().await;
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coin_that_stands_in_no_list_is_added_and_watched() {
    let world = World::start().await;
    world.coingecko.price("a-new-coin-usd", "1.5");
    let store = TestStore::sqlite();
    let process = Process::start(&world, &store, None).await;
    let user = Client::sign_up(process.base(), "operator@example.org").await;
    // Its list has arrived, and names the others.
    user.alert(quiet("coingecko:ethereum-eur")).await;
    let wish = json!({"instrument": "coingecko:a-new-coin-eth"});
    let (status, _) = user.call(Method::POST, "/api/admin/instruments", Some(wish.clone())).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    promote(&store, &user).await;
    let wish = json!({"instrument": "coingecko:Some-Other-Coin-GBP"});
    let (status, added) = user.call(Method::POST, "/api/admin/instruments", Some(wish.clone())).await;
    assert_eq!((status, &added["id"]), (StatusCode::CREATED, &json!("coingecko:some-other-coin-gbp")));
    let (status, _) = user.call(Method::POST, "/api/admin/instruments", Some(wish)).await;
    assert_eq!(status, StatusCode::OK, "it was known");
    world.coingecko.price("some-other-coin-gbp", "2.5");
    let alert = user.alert(quiet("coingecko:some-other-coin-gbp")).await;
    explained(&user, &alert, "watched").await;
    process.stop().await;
}
