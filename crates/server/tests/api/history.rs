//! Price history, and advice from it.

use bellwether_model::{Candle, Instrument, Interval, Position, Price, Timestamp};
use bellwether_store::candle::{NewCandle, RunningCandles};
use bellwether_store::evaluation::{Commit, MarketPosition};
use serde_json::{Value, json};

use crate::rig::{Person, Rig};

fn bitcoin() -> Instrument {
    "binance:BTCUSDT".parse().unwrap()
}

/// The candle so many intervals before the one that runs.
fn candle(rig: &Rig, interval: Interval, ago: i64, [open, low, high, close]: [&str; 4]) -> Candle {
    let price = |text: &str| text.parse::<Price>().unwrap();
    let now = interval.open_of(rig.now()).micros();
    Candle {
        open_time: Timestamp::from_micros(now - ago * interval.micros()),
        open: price(open),
        high: price(high),
        low: price(low),
        close: price(close),
        partial: false,
    }
}

async fn save(rig: &Rig, interval: Interval, candles: Vec<Candle>) {
    let new = candles.into_iter().map(|candle| NewCandle { instrument: bitcoin(), interval, candle });
    let commit = Commit { candles: new.collect(), ..Commit::default() };
    rig.store.commit(commit, rig.now()).await.unwrap();
}

async fn run(rig: &Rig, running: RunningCandles) {
    let position = MarketPosition {
        instrument: bitcoin(),
        position: Position(1),
        numbered: true,
        price: "1".parse().unwrap(),
        time: rig.now(),
        memory: vec![],
        running,
        in_force: true,
    };
    let commit = Commit { positions: vec![position], ..Commit::default() };
    rig.store.commit(commit, rig.now()).await.unwrap();
}

async fn times(rig: &Rig, ada: &Person, path: &str) -> (Vec<String>, Value) {
    let page = rig.get(ada, path).await.expect(200).body;
    let time = |item: &Value| item["time"].as_str().unwrap().to_owned();
    (page["items"].as_array().unwrap().iter().map(time).collect(), page["next"].clone())
}

#[tokio::test]
async fn candles_come_exactly_with_the_running_one_last() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let path = "/api/instruments/binance%3Abtcusdt/candles";
    let none = rig.get(&ada, path).await.expect(200).body;
    assert_eq!(none, json!({"instrument": "binance:BTCUSDT", "interval": "1h", "items": [], "next": null}));

    let of = |ago, prices| candle(&rig, Interval::Hour, ago, prices);
    let exact = of(1, ["37.537537537537537538", "1", "40000", "2"]);
    save(&rig, Interval::Hour, vec![exact]).await;
    let hour = Candle { partial: true, ..of(0, ["2", "2", "3", "3"]) };
    run(&rig, RunningCandles { hour: Some(hour), ..RunningCandles::default() }).await;
    let page = rig.get(&ada, path).await.expect(200).body;
    assert_eq!(
        page["items"],
        json!([
            {"time": "2027-01-15T07:00:00Z", "open": "37.537537537537537538", "high": "40000", "low": "1",
             "close": "2", "partial": false, "running": false},
            {"time": "2027-01-15T08:00:00Z", "open": "2", "high": "3", "low": "2", "close": "3",
             "partial": true, "running": true},
        ])
    );
    // The venue's own was there before ours was over: it counts.
    save(&rig, Interval::Hour, vec![of(0, ["2", "1", "5", "4"])]).await;
    let page = rig.get(&ada, path).await.expect(200).body;
    assert_eq!((&page["items"][1]["high"], page["items"].as_array().unwrap().len()), (&json!("5"), 2));
    let (minutes, _) = times(&rig, &ada, &format!("{path}?interval=1m")).await;
    assert_eq!(minutes, [""; 0]);
}

#[tokio::test]
async fn a_long_stretch_comes_in_pages() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let all = (1..=2_300).map(|ago| candle(&rig, Interval::Minute, ago, ["1"; 4])).collect();
    save(&rig, Interval::Minute, all).await;
    let mut next = Some(
        "/api/instruments/binance:BTCUSDT/candles?interval=1m&from=2027-01-01T00:00:00Z&to=2027-01-15T07:59:00Z"
            .to_owned(),
    );
    let (mut sizes, mut seen) = (Vec::new(), Vec::new());
    while let Some(path) = next {
        let (times, more) = times(&rig, &ada, &path).await;
        sizes.push(times.len());
        seen.extend(times);
        next = more.as_str().map(str::to_owned);
    }
    assert_eq!(sizes, [1_000, 1_000, 299]);
    assert!(seen.is_sorted() && seen.last().unwrap() == "2027-01-15T07:58:00Z", "{:?}", seen.last());
    let (newest, next) = times(&rig, &ada, "/api/instruments/binance:BTCUSDT/candles?interval=1m").await;
    assert_eq!((newest.len(), newest.last().unwrap().as_str()), (999, "2027-01-15T07:59:00Z"));
    assert_eq!(next, Value::Null);
}

#[tokio::test]
async fn what_is_asked_wrongly_is_refused() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    rig.get(&ada, "/api/instruments/binance:NOPE/candles").await.refused(404, "not_found");
    for query in ["interval=5m", "from=yesterday", "to=1", "colour=red"] {
        let path = format!("/api/instruments/binance:BTCUSDT/candles?{query}");
        rig.get(&ada, &path).await.refused(400, "invalid_input");
    }
    let answer = rig.get(&ada, "/api/alerts/advice?price=-1").await.refused(400, "invalid_input");
    assert_eq!(answer.faults(), ["instrument required", "price unknown_value"]);
    let path = "/api/alerts/advice?instrument=binance:NOPE&price=1";
    rig.get(&ada, path).await.refused(404, "not_found");
}

#[tokio::test]
async fn advice_says_how_often_a_price_was_reached() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let ask = async |price: &str| {
        let path = format!("/api/alerts/advice?instrument=binance:BTCUSDT&price={price}");
        rig.get(&ada, &path).await.expect(200).body
    };
    assert_eq!(ask("33000").await["sentence"], "Nothing is known of its past yet.");

    // Hours of today and yesterday; of 100 and 40 days ago, and of yesterday too, only the days.
    let hour = |ago, prices| candle(&rig, Interval::Hour, ago, prices);
    let day = |ago, prices| candle(&rig, Interval::Day, ago, prices);
    let reached = ["32000", "31000", "33500", "32500"];
    save(&rig, Interval::Hour, vec![hour(1, ["32000"; 4]), hour(20, ["32900", "32800", "33100", "32700"])])
        .await;
    save(&rig, Interval::Day, vec![day(1, ["1"; 4]), day(40, reached), day(100, reached)]).await;
    run(&rig, RunningCandles { hour: Some(hour(0, ["32000"; 4])), ..RunningCandles::default() }).await;
    let advice = ask("33000").await;
    let period = |days, covered, reached, crossings| {
        json!({"days": days, "days_covered": covered, "days_reached": reached, "crossings": crossings,
               "last_reached": "2027-01-14T12:00:00Z"})
    };
    assert_eq!(advice["periods"], json!([period(30, 2, 1, 2), period(90, 3, 2, 4), period(365, 4, 3, 6)]));
    assert_eq!(
        advice["sentence"],
        "33,000 was reached on 1 of the last 30 days, on 2 of 90 and on 3 of 365, the last time at \
         2027-01-14T12:00:00Z. Of the 365 days 4 are known."
    );
    assert_eq!(
        ask("50000").await["sentence"],
        "50,000 was not reached in the last 365 days. Of the 365 days 4 are known."
    );
}
