//! Silences: told once while the venue is listened to, and never for want of a connection.

use std::time::Duration;

use bellwether_model::{Price, Timestamp};
use serde_json::{Value, json};

use crate::client::{Client, until};
use crate::kill::{applied, every_fire_has_its_mail};
use crate::process::Process;
use crate::spine::{Stage, on_both};
use crate::world::{Trade, now_us};

const SILENCE_S: i64 = 10;
/// Longer than a restart takes.
const LONGER_S: i64 = 20;
const SYMBOL: &str = "BTCUSDT";

fn silent(instrument: &str, seconds: i64) -> Value {
    json!({"instrument": instrument, "condition": {"type": "silent", "for": format!("{seconds}s")},
           "repeat": {"mode": "every"}})
}

/// Waits until so many seconds after an instant.
async fn after(time_us: i64, seconds: i64) {
    let left_us = u64::try_from(time_us + seconds * 1_000_000 - now_us()).unwrap_or_default();
    tokio::time::sleep(Duration::from_micros(left_us)).await;
}

/// Waits for so many fires, oldest first, of which none may be too many.
pub(crate) async fn fires(user: &Client, count: usize) -> Vec<Value> {
    until("the fires", async || {
        let mut fires = user.all("/api/fires").await;
        fires.reverse();
        assert!(fires.len() <= count, "{} fires instead of {count}", fires.len());
        if fires.len() == count { Ok(fires) } else { Err(format!("{} of {count}", fires.len())) }
    })
    .await
}

/// The fire tells of the silence after a trade, at the instant at which it was long enough.
fn tells_of(fire: &Value, last: &Trade, seconds: i64) {
    let evidence = &fire["evidence"];
    let time = |name: &str| evidence[name].as_str().unwrap().parse::<Timestamp>().unwrap().micros();
    assert_eq!((time("silent_since"), &evidence["id"]), (last.time_us, &json!(last.id)), "{fire}");
    assert_eq!(time("time"), last.time_us + seconds * 1_000_000, "{fire}");
    let price: Price = evidence["price"].as_str().unwrap().parse().unwrap();
    assert_eq!((price, &evidence["previous_price"]), (last.price.parse().unwrap(), &Value::Null));
}

/// A trade that is applied.
async fn trade(stage: &Stage, symbol: &str) -> Trade {
    let trade = stage.world.trade(symbol, "100");
    applied(&stage.user, symbol, trade.id).await;
    trade
}

#[tokio::test(flavor = "multi_thread")]
async fn a_symbol_that_falls_silent_is_told_of_once_also_over_restarts() {
    on_both(async |mut stage| {
        stage.price(SYMBOL, "100").await;
        stage.price("ETHUSDT", "100").await;
        stage.user.alert(silent(&format!("binance:{SYMBOL}"), SILENCE_S)).await;
        stage.user.alert(silent("binance:ETHUSDT", LONGER_S)).await;
        let last = trade(&stage, SYMBOL).await;
        // The other one goes on.
        for seconds in [3, 6] {
            after(last.time_us, seconds).await;
            trade(&stage, "ETHUSDT").await;
        }
        // A restart in the middle of the silence.
        stage.process.stop().await;
        stage.process = Process::start(&stage.world, &stage.store, None).await;
        stage.user.log_in_at(stage.process.base()).await;
        trade(&stage, "ETHUSDT").await;
        after(last.time_us, SILENCE_S).await;
        let other = trade(&stage, "ETHUSDT").await;
        let told = fires(&stage.user, 1).await;
        tells_of(&told[0], &last, SILENCE_S);
        assert_eq!((&told[0]["fire"], &told[0]["late"]), (&json!(1), &json!(false)));
        every_fire_has_its_mail(stage.store.name(), &stage.world, &stage.user, &told).await;

        // Another one while the silence goes on, which now is one of both.
        stage.process.stop().await;
        stage.process = Process::start(&stage.world, &stage.store, None).await;
        stage.user.log_in_at(stage.process.base()).await;
        let told = fires(&stage.user, 2).await;
        tells_of(&told[1], &other, LONGER_S);
        let next = trade(&stage, SYMBOL).await;
        let told = fires(&stage.user, 3).await;
        tells_of(&told[2], &next, SILENCE_S);
        assert_eq!(told[2]["fire"], 2);
        every_fire_has_its_mail(stage.store.name(), &stage.world, &stage.user, &told).await;
        stage.process.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_connection_no_silence_is_claimed() {
    on_both(async |stage| {
        stage.price(SYMBOL, "100").await;
        stage.user.alert(silent(&format!("binance:{SYMBOL}"), SILENCE_S)).await;
        let last = trade(&stage, SYMBOL).await;
        stage.world.cut_and_refuse(true).await;
        after(last.time_us, 6).await;
        let missed = stage.world.trade(SYMBOL, "101");
        after(missed.time_us, 8).await;
        assert_eq!(stage.user.all("/api/fires").await.len(), 0, "nobody knows what happened");
        stage.world.cut_and_refuse(false).await;
        applied(&stage.user, SYMBOL, missed.id).await;
        let told = fires(&stage.user, 1).await;
        tells_of(&told[0], &missed, SILENCE_S);
        every_fire_has_its_mail(stage.store.name(), &stage.world, &stage.user, &told).await;
        stage.process.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pushed_feed_that_falls_silent_is_told_of() {
    on_both(async |stage| {
        let line = |id: u64| json!({"instrument": "push:metals/GOLD", "price": "100", "id": id}).to_string();
        assert!(stage.user.push(line(1)).await.unwrap().0.is_success());
        stage.user.alert(silent("push:metals/GOLD", SILENCE_S)).await;
        assert!(stage.user.push(line(2)).await.unwrap().0.is_success());
        let told = fires(&stage.user, 1).await;
        assert_eq!(told[0]["evidence"]["id"], 2, "{told:?}");
        every_fire_has_its_mail(stage.store.name(), &stage.world, &stage.user, &told).await;
        stage.process.stop().await;
    })
    .await;
}
