//! The past of an instrument that is watched for the first time, from venues that tell less of it than Binance does:
//! Coinbase in short pages, Kraken only what is newest.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Client, http, until};
use crate::history::{DAY_US, MINUTE_US, Told, candles};
use crate::process::Process;
use crate::stores::TestStore;
use crate::world::{World, now_us};

const HOUR_US: i64 = 60 * MINUTE_US;
const PATIENCE: Duration = Duration::from_secs(30);

/// Candles of one length: their name, their length, and the stretch that is compared, in microseconds.
type Asked = (&'static str, i64, i64, i64);

#[tokio::test(flavor = "multi_thread")]
async fn the_past_of_coinbase_comes_page_by_page() {
    for store in TestStore::all().await {
        let world = World::with_pasts().await;
        let process = Process::start(&world, &store, None).await;
        let user = watching(&process, "coinbase:BTC-USD").await;
        let control = world.coinbase.control();
        control.wait_for(PATIENCE, |counters| counters.has_stream("matches:BTC-USD")).await.unwrap();
        let begun = now_us();
        // A hole is filled from its beginning on. The whole past of minutes takes more requests than a test should
        // wait for, so of minutes and hours the first few pages are compared.
        let stretches = [
            stretch("1d", DAY_US, begun - 360 * DAY_US, 359),
            stretch("1h", HOUR_US, begun - 360 * DAY_US, 1_000),
            stretch("1m", MINUTE_US, begun - 29 * DAY_US, 1_000),
        ];
        for asked in stretches {
            let expected = coinbase(&world, asked).await;
            assert!(expected.len() > 340, "{} of {}", expected.len(), asked.0);
            comes(&user, "coinbase%3ABTC-USD", asked, &expected).await;
        }
        process.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_krakens_past_there_is_what_it_still_tells_and_nothing_is_made_up() {
    for store in TestStore::all().await {
        let world = World::with_pasts().await;
        let begun = now_us();
        let stretches = [
            stretch("1d", DAY_US, begun - 360 * DAY_US, 359),
            stretch("1h", HOUR_US, begun - 700 * HOUR_US, 699),
            stretch("1m", MINUTE_US, begun - 700 * MINUTE_US, 699),
        ];
        // Asked before the service asks, since the venue allows one request a second.
        let mut expected = Vec::new();
        for asked in stretches {
            expected.push((asked, kraken(&world, asked).await));
        }
        let process = Process::start(&world, &store, None).await;
        let user = watching(&process, "kraken:BTC/USD").await;
        let control = world.kraken.control();
        control.wait_for(PATIENCE, |counters| counters.has_stream("trade:BTC/USD")).await.unwrap();
        for (asked, expected) in expected {
            assert!(expected.len() > 340, "{} of {}", expected.len(), asked.0);
            comes(&user, "kraken%3ABTC%2FUSD", asked, &expected).await;
        }
        for (interval, from, to) in [("1h", 300 * DAY_US, 40 * DAY_US), ("1m", 20 * DAY_US, DAY_US)] {
            let told = candles(&user, "kraken%3ABTC%2FUSD", interval, begun - from, begun - to).await;
            assert_eq!(told, [], "{interval}: before the newest 720 the venue tells nothing");
        }
        process.stop().await;
    }
}

/// Somebody who watches an instrument that nobody watched before.
async fn watching(process: &Process, instrument: &str) -> Client {
    let user = Client::sign_up(process.base(), "reader@example.org").await;
    user.alert(json!({"instrument": instrument, "condition": {"type": "below", "price": "0.00000001"}}))
        .await;
    user
}

/// So many candles from the first that begins at an instant or after it.
fn stretch(interval: &'static str, length_us: i64, from: i64, count: i64) -> Asked {
    let from = (from + length_us - 1).div_euclid(length_us) * length_us;
    (interval, length_us, from, from + count * length_us)
}

/// Waits until the service has the last candle of a stretch, and compares all.
async fn comes(user: &Client, path: &str, (interval, _, from, to): Asked, expected: &[Told]) {
    let last = expected.last().unwrap();
    until(interval, async || {
        let told = candles(user, path, interval, last.0, to).await;
        if told.last() == Some(last) { Ok(()) } else { Err(format!("{told:?} instead of {last:?}")) }
    })
    .await;
    assert!(candles(user, path, interval, from, to).await == expected, "{path} {interval}");
}

async fn get(url: &str) -> Value {
    http().get(url).send().await.unwrap().json().await.unwrap()
}

/// A decimal without the zeros at its end, as the service writes it.
fn shortest(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.split_once('.') {
        Some(_) => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        None => text,
    }
}

/// What Coinbase tells, page by page: rows of time, low, high, open and close, the newest first.
async fn coinbase(world: &World, (_, length_us, from, to): Asked) -> Vec<Told> {
    let mut told = Vec::new();
    let instant = |us: i64| jiff::Timestamp::from_microsecond(us).unwrap();
    let mut next = from;
    while next < to {
        let last = (next + 299 * length_us).min(to) - length_us;
        let url = format!(
            "{}/products/BTC-USD/candles?granularity={}&start={}&end={}",
            world.coinbase.rest_url(),
            length_us / 1_000_000,
            instant(next),
            instant(last)
        );
        let rows = get(&url).await;
        let candle =
            |row: &Value| (row[0].as_i64().unwrap() * 1_000_000, [3, 2, 1, 4].map(|at| shortest(&row[at])));
        told.extend(rows.as_array().unwrap().iter().rev().map(candle));
        next = last + length_us;
    }
    told
}

/// What Kraken tells of the newest 720: rows of time, open, high, low and close.
async fn kraken(world: &World, (_, length_us, from, to): Asked) -> Vec<Told> {
    let minutes = length_us / MINUTE_US;
    let url = format!("{}/0/public/OHLC?pair=XBTUSD&interval={minutes}", world.kraken.rest_url());
    let answer = until("the venue allows a request", async || {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let answer = get(&url).await;
        if answer["result"].is_object() { Ok(answer) } else { Err(answer.to_string()) }
    })
    .await;
    let pairs = answer["result"].as_object().unwrap();
    let rows = pairs.values().find_map(Value::as_array).unwrap();
    let traded = rows.iter().filter(|row| row[7].as_u64().unwrap() > 0);
    traded
        .map(|row| (row[0].as_i64().unwrap() * 1_000_000, [1, 2, 3, 4].map(|at| shortest(&row[at]))))
        .filter(|(time, _)| (from..to).contains(time))
        .collect()
}
