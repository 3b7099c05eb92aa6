//! Candles in place of trades that the venue does not serve.

use std::io::Write as _;
use std::time::Duration;

use bellwether_simulators::binance::Fault;
use serde_json::json;

use crate::client::until;
use crate::kill::every_fire_has_its_mail;
use crate::spine::Stage;
use crate::stores::TestStore;
use crate::world::now_us;

const MINUTE_US: i64 = 60_000_000;

/// Sleeps until this far into a minute.
async fn until_second(second: i64) {
    let left_us = (second * 1_000_000 - now_us().rem_euclid(MINUTE_US)).rem_euclid(MINUTE_US);
    tokio::time::sleep(Duration::from_micros(left_us.cast_unsigned())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crossing_in_trades_that_cannot_be_had_is_found_in_candles() {
    if std::env::var("CI").as_deref() != Ok("true") {
        let told =
            std::io::stdout().write_all(b"skipped: a minute's candle: it takes two minutes to wait for\n");
        return told.expect("the output stands");
    }
    let stage = Stage::set(TestStore::sqlite()).await;
    stage.price("BTCUSDT", "100").await;
    let alert = json!({"name": "110", "instrument": "binance:BTCUSDT", "repeat": {"mode": "every"},
                       "condition": {"type": "crossing", "price": "110"}});
    stage.user.alert(alert).await;
    // Of this minute everything is heard.
    until_second(1).await;
    stage.trade("BTCUSDT", "101").await;
    let venue = stage.world.binance.control();
    venue.inject(Fault::RefuseTrades { on: true });
    venue.inject(Fault::Swallow { trades: 2 });
    stage.world.trade("BTCUSDT", "111");
    stage.world.trade("BTCUSDT", "99");
    let last = stage.world.trade("BTCUSDT", "102");
    let fires = until("the fires", async || {
        let fires = stage.user.all("/api/fires").await;
        if fires.len() == 2 { Ok(fires) } else { Err(format!("{} fires", fires.len())) }
    })
    .await;
    for (fire, [price, previous]) in fires.iter().rev().zip([["111", "99"], ["102", "111"]]) {
        assert_eq!(
            (&fire["evidence"]["price"], &fire["evidence"]["previous_price"]),
            (&json!(price), &json!(previous))
        );
    }
    let found = &fires[1];
    assert_eq!((&found["evidence"]["resolution"], &found["late"]), (&json!("1m"), &json!(true)));
    assert_eq!(found["evidence"]["id"], json!(null), "no trade is named that was not seen");
    assert_eq!(
        (&fires[0]["evidence"]["resolution"], &fires[0]["evidence"]["id"]),
        (&json!("tick"), &json!(last.id))
    );
    every_fire_has_its_mail(stage.store.name(), &stage.world, &stage.user, &fires).await;
    stage.process.stop().await;
}
