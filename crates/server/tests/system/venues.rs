//! Venues side by side: each is watched, and each fares by itself.

use std::time::Duration;

use bellwether_simulators::coinbase::Fault;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::client::{Client, until};
use crate::kill::{applied_at, every_fire_has_its_mail};
use crate::process::Process;
use crate::stores::TestStore;
use crate::world::World;

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn a_price_of_coinbase_becomes_a_mail() {
    let world = World::start().await;
    let market = world.coinbase.control();
    // The venue's own spelling is found whatever people write.
    let instrument =
        Instrument { asked: "coinbase:btc-usd", kept: "coinbase:BTC-USD", path: "coinbase%3ABTC-USD" };
    let stream = "matches:BTC-USD";
    let trade = |price: &str| market.push("BTC-USD", price).unwrap().id;
    becomes_a_mail(&world, &instrument, trade, async || {
        market.wait_for(PATIENCE, |counters| counters.has_stream(stream)).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_of_kraken_becomes_a_mail() {
    let world = World::start().await;
    let market = world.kraken.control();
    let instrument =
        Instrument { asked: "kraken:BTC/USD", kept: "kraken:BTC/USD", path: "kraken%3ABTC%2FUSD" };
    let trade = |price: &str| market.push("BTC/USD", price).unwrap().id;
    becomes_a_mail(&world, &instrument, trade, async || {
        market.wait_for(PATIENCE, |counters| counters.has_stream("trade:BTC/USD")).await.unwrap();
    })
    .await;
}

/// An instrument as people write it, as it is kept, and as a segment of a path.
struct Instrument {
    asked: &'static str,
    kept: &'static str,
    path: &'static str,
}

async fn becomes_a_mail(
    world: &World,
    instrument: &Instrument,
    trade: impl Fn(&str) -> u64,
    watched: impl AsyncFn(),
) {
    let store = TestStore::sqlite();
    let process = Process::start(world, &store, None).await;
    let user = Client::sign_up(process.base(), "reader@example.org").await;
    let alert = json!({"name": "Bitcoin in dollars", "instrument": instrument.asked,
                       "condition": {"type": "crossing", "price": "33000"}});
    let id = user.alert(alert).await;
    assert_eq!(user.get(&format!("/api/alerts/{id}")).await["instrument"], instrument.kept);
    watched().await;
    for price in ["32999.99", "33000.01"] {
        let id = trade(price);
        applied_at(&user, instrument.path, id).await;
    }
    let fires = until("the fire", async || {
        let fires = user.all("/api/fires").await;
        if fires.is_empty() { Err("none".to_owned()) } else { Ok(fires) }
    })
    .await;
    assert_eq!(fires[0]["evidence"]["price"], "33000.01");
    assert_eq!(fires[0]["evidence"]["previous_price"], "32999.99");
    every_fire_has_its_mail(instrument.kept, world, &user, &fires).await;
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_venue_that_is_out_of_reach_is_named_and_holds_up_no_other() {
    let store = TestStore::sqlite();
    let world = World::start().await;
    let process = Process::start(&world, &store, None).await;
    let user = Client::sign_up(process.base(), "reader@example.org").await;
    let quiet =
        |instrument: &str| json!({"instrument": instrument, "condition": {"type": "below", "price": "0.01"}});
    user.alert(quiet("binance:BTCUSDT")).await;
    user.alert(quiet("coinbase:BTC-USD")).await;
    world.watched("BTCUSDT").await;
    let control = world.coinbase.control();
    control.wait_for(PATIENCE, |counters| counters.has_stream("matches:BTC-USD")).await.unwrap();

    let says = async |part: &str, ready: bool| {
        until(part, async || {
            let (status, answer) = user.call(Method::GET, "/readyz", None).await;
            let said = answer["parts"][part].as_str() == Some("ready");
            if said == ready { Ok((status, answer)) } else { Err(answer.to_string()) }
        })
        .await
    };
    says("feed coinbase", true).await;
    control.inject(Fault::RefuseConnects { on: true });
    control.inject(Fault::Cut);
    let (status, answer) = says("feed coinbase", false).await;
    assert_eq!(
        (status, &answer["parts"]["feed binance"]),
        (StatusCode::SERVICE_UNAVAILABLE, &json!("ready"))
    );
    let trade = world.trade("BTCUSDT", "100");
    applied_at(&user, "binance%3ABTCUSDT", trade.id).await;
    control.push("BTC-USD", "100").unwrap();
    control.inject(Fault::Heal);
    applied_at(&user, "coinbase%3ABTC-USD", 1).await;
    assert_eq!(says("feed coinbase", true).await.0, StatusCode::OK);
    process.stop().await;
}
