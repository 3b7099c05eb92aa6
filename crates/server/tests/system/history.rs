//! Price history: the past comes from the venue, the present from every trade, and a restart is not seen.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bellwether_simulators::binance::Market;
use serde_json::{Value, json};

use crate::client::{Client, until};
use crate::kill::applied;
use crate::process::Process;
use crate::stores::TestStore;
use crate::world::{World, now_us};

pub(crate) const MINUTE_US: i64 = 60_000_000;
pub(crate) const DAY_US: i64 = 24 * 60 * MINUTE_US;

const BITCOIN: &str = "binance:BTCUSDT";

/// A candle as both sides tell it: when it begins, in microseconds, and its four prices.
pub(crate) type Told = (i64, [String; 4]);

#[tokio::test(flavor = "multi_thread")]
async fn the_past_is_the_venues_and_live_trades_go_on_from_it_over_a_restart() {
    for store in TestStore::all().await {
        println!("on {}", store.name());
        case(store).await;
    }
}

async fn case(store: TestStore) {
    // The venue's clock goes ahead of ours when it is told to, so that no minute has to be waited for.
    let ahead_us = Arc::new(AtomicI64::new(0));
    let shift = Arc::clone(&ahead_us);
    let world =
        World::with_clock(Market::Lively, Arc::new(move || now_us() + shift.load(Ordering::Relaxed))).await;
    let process = Process::start(&world, &store, None).await;
    let mut user = Client::sign_up(process.base(), "reader@example.org").await;
    let begun = now_us();
    let quiet =
        json!({"instrument": "binance:BTCUSDT", "condition": {"type": "below", "price": "0.00000001"}});
    user.alert(quiet).await;
    world.watched("BTCUSDT").await;

    for (interval, length_us, back_us) in
        [("1d", DAY_US, 360 * DAY_US), ("1h", 60 * MINUTE_US, 360 * DAY_US), ("1m", MINUTE_US, 29 * DAY_US)]
    {
        let to = begun - begun % length_us;
        let from = to - back_us;
        let expected = klines(&world, interval, from, to).await;
        assert!(expected.len() > 300, "{} of {interval}", expected.len());
        // Holes are filled from their beginning on, so the newest is the last to come.
        let newest = expected.last().unwrap();
        until(interval, async || {
            let told = candles(&user, BITCOIN, interval, newest.0, to).await;
            if told.last() == Some(newest) { Ok(()) } else { Err(format!("{told:?} instead of {newest:?}")) }
        })
        .await;
        assert!(candles(&user, BITCOIN, interval, from, to).await == expected, "{interval}");
    }

    // Into the next minute, which is watched from its beginning on; the restart falls into it.
    let trade = async |user: &Client, price: &str| {
        let trade = world.trade("BTCUSDT", price);
        applied(user, "BTCUSDT", trade.id).await;
    };
    trade(&user, "50000").await;
    let minute = now_us() / MINUTE_US + 1;
    let go_to = |us: i64| ahead_us.store(us - now_us(), Ordering::Relaxed);
    go_to((minute + 1) * MINUTE_US + 1_000);
    trade(&user, "50001").await;
    trade(&user, "50009.99").await;
    process.stop().await;
    world.trade("BTCUSDT", "49990.01");
    let process = Process::start(&world, &store, None).await;
    user.log_in_at(process.base()).await;
    world.watched("BTCUSDT").await;
    trade(&user, "50002").await;
    go_to((minute + 3) * MINUTE_US + 1_000);
    trade(&user, "50003").await;
    go_to((minute + 4) * MINUTE_US + 1_000);
    trade(&user, "50004").await;

    let (from, to) = ((minute + 1) * MINUTE_US, (minute + 5) * MINUTE_US);
    let expected = klines(&world, "1m", from, to).await;
    let prices = |prices: [&str; 4]| prices.map(str::to_owned);
    let whole = prices(["50001", "50009.99", "49990.01", "50002"]);
    assert_eq!(expected[0], (from, whole), "the venue has the trade that nobody watched");
    assert_eq!(expected.len(), 3, "and no trade in one of the minutes");
    until("the live minutes", async || {
        let told = candles(&user, BITCOIN, "1m", from, to).await;
        if told == expected { Ok(()) } else { Err(format!("{told:?} instead of {expected:?}")) }
    })
    .await;
    let page = user.get(&candles_path(BITCOIN, "1m", from, to)).await;
    let flags = |item: &Value| (item["partial"].as_bool(), item["running"].as_bool());
    let flags: Vec<_> = page["items"].as_array().unwrap().iter().map(flags).collect();
    let over = (Some(false), Some(false));
    assert_eq!(flags, [over, over, (Some(false), Some(true))], "wholly watched, over the restart too");
    process.stop().await;
}

fn candles_path(instrument: &str, interval: &str, from: i64, to: i64) -> String {
    let instant = |us: i64| jiff::Timestamp::from_microsecond(us).unwrap();
    let (from, to) = (instant(from), instant(to));
    format!("/api/instruments/{instrument}/candles?interval={interval}&from={from}&to={to}")
}

/// The candles of a stretch, as the service tells them of an instrument as it stands in a path.
pub(crate) async fn candles(
    user: &Client,
    instrument: &str,
    interval: &str,
    from: i64,
    to: i64,
) -> Vec<Told> {
    let mut told = Vec::new();
    let mut next = Some(candles_path(instrument, interval, from, to));
    while let Some(path) = next {
        let page = user.get(&path).await;
        for item in page["items"].as_array().unwrap() {
            let time: jiff::Timestamp = item["time"].as_str().unwrap().parse().unwrap();
            let price = |name: &str| item[name].as_str().unwrap().to_owned();
            told.push((time.as_microsecond(), ["open", "high", "low", "close"].map(price)));
        }
        next = page["next"].as_str().map(str::to_owned);
    }
    told
}

/// The candles of a stretch in which there were trades, as the venue tells them.
async fn klines(world: &World, interval: &str, from: i64, to: i64) -> Vec<Told> {
    let http = reqwest::Client::new();
    let (mut told, mut next) = (Vec::new(), from);
    while next < to {
        let url = format!(
            "{}/api/v3/klines?symbol=BTCUSDT&interval={interval}&startTime={}&endTime={}&limit=1000",
            world.rest_url(),
            next / 1_000,
            to / 1_000 - 1
        );
        let rows: Vec<Value> = http.get(url).send().await.unwrap().json().await.unwrap();
        let Some(last) = rows.last() else { break };
        next = last[6].as_i64().unwrap() * 1_000 + 1_000;
        for row in rows.iter().filter(|row| row[8].as_u64().unwrap() > 0) {
            // The venue writes all decimals, the service the shortest text.
            let price = |at: usize| {
                let text = row[at].as_str().unwrap();
                text.trim_end_matches('0').trim_end_matches('.').to_owned()
            };
            told.push((row[0].as_i64().unwrap() * 1_000, [1, 2, 3, 4].map(price)));
        }
    }
    told
}
