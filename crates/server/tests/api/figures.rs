//! What prices did lately: figures of one instrument, and which moved most.

use bellwether_model::{Candle, Instrument, Interval, Position, Timestamp};
use bellwether_store::candle::{NewCandle, RunningCandles};
use bellwether_store::evaluation::{Commit, MarketPosition};
use serde_json::{Value, json};

use crate::rig::Rig;

/// A candle so many intervals before the one that runs.
fn candle(rig: &Rig, interval: Interval, ago: i64, [open, high, low, close]: [&str; 4]) -> Candle {
    let price = |text: &str| text.parse().unwrap();
    Candle {
        open_time: Timestamp::from_micros(interval.open_of(rig.now()).micros() - ago * interval.micros()),
        open: price(open),
        high: price(high),
        low: price(low),
        close: price(close),
        partial: false,
    }
}

/// Keeps candles of an instrument, and where it stands.
async fn keep(rig: &Rig, instrument: &str, interval: Interval, candles: Vec<Candle>, last: &str) {
    let instrument: Instrument = instrument.parse().unwrap();
    let running = RunningCandles::default();
    let position = MarketPosition {
        instrument: instrument.clone(),
        position: Position(1),
        numbered: true,
        price: last.parse().unwrap(),
        time: rig.now(),
        memory: vec![],
        running,
        in_force: true,
    };
    let new =
        candles.into_iter().map(|candle| NewCandle { instrument: instrument.clone(), interval, candle });
    let commit = Commit { candles: new.collect(), positions: vec![position], ..Commit::default() };
    rig.store.commit(commit, rig.now()).await.unwrap();
}

#[tokio::test]
async fn a_price_is_told_in_figures() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let path = "/api/instruments/binance:btcusdt/figures";
    let nothing = rig.get(&ada, path).await.expect(200).body;
    assert_eq!(
        (&nothing["count"], &nothing["mean"], &nothing["change_percent"]),
        (&json!(0), &Value::Null, &Value::Null)
    );
    let of = |ago, prices| candle(&rig, Interval::Minute, ago, prices);
    let minutes = vec![
        of(2_000, ["1", "1", "1", "1"]),
        of(3, ["100", "110", "99", "101"]),
        of(2, ["101", "101", "90.5", "95"]),
        of(1, ["95", "98", "95", "97.5"]),
    ];
    keep(&rig, "binance:BTCUSDT", Interval::Minute, minutes, "97.5").await;
    assert_eq!(
        rig.get(&ada, path).await.expect(200).body,
        json!({"instrument": "binance:BTCUSDT", "look_back": "1d", "interval": "1m", "count": 3, "partial": 0,
            "from": "2027-01-15T07:57:00Z", "first": "100", "last": "97.5", "minimum": "90.5", "maximum": "110",
            "mean": "97.833333", "median": "97.5", "change_percent": "-2.5"})
    );
    let weeks = rig.get(&ada, &format!("{path}?look_back=7d")).await.expect(200).body;
    assert_eq!((&weeks["interval"], &weeks["count"]), (&json!("1h"), &json!(0)));
    let year = rig.get(&ada, &format!("{path}?look_back=365d")).await.expect(200).body;
    assert_eq!(year["interval"], "1d");
    for wrong in ["1m", "367d", "soon"] {
        rig.get(&ada, &format!("{path}?look_back={wrong}")).await.refused(400, "invalid_input");
    }
    rig.get(&ada, "/api/instruments/binance:NOSUCH/figures").await.refused(404, "not_found");
}

#[tokio::test]
async fn the_largest_movers_come_first_and_nobody_sees_another_s_feed() {
    let rig = Rig::new().await;
    let (ada, bob) = (rig.person("ada@example.org").await, rig.person("bob@example.org").await);
    rig.push(&ada, "push:adas-feed/X", "1").await;
    let minute = |ago, open| vec![candle(&rig, Interval::Minute, ago, [open; 4])];
    keep(&rig, "binance:BTCUSDT", Interval::Minute, minute(1_400, "100"), "98").await;
    keep(&rig, "binance:ETHUSDT", Interval::Minute, minute(30, "100"), "103").await;
    // Older than a day: what it did since is not known.
    keep(&rig, "binance:ETHBTC", Interval::Minute, minute(1_500, "1"), "9").await;
    keep(&rig, "push:adas-feed/X", Interval::Minute, minute(5, "1"), "2").await;

    let movers = async |person, query: &str| {
        let path = format!("/api/instruments/movers?{query}");
        let body = rig.get(person, &path).await.expect(200).body;
        let items = body["items"].as_array().unwrap().clone();
        let told = |item: &Value| {
            format!("{} {}", item["instrument"].as_str().unwrap(), item["change_percent"].as_str().unwrap())
        };
        items.iter().map(told).collect::<Vec<_>>()
    };
    assert_eq!(movers(&bob, "").await, ["binance:ETHUSDT 3", "binance:BTCUSDT -2"]);
    assert_eq!(movers(&ada, "").await, ["push:adas-feed/X 100", "binance:ETHUSDT 3", "binance:BTCUSDT -2"]);
    assert_eq!(movers(&ada, "direction=down").await, ["binance:BTCUSDT -2"]);
    assert_eq!(movers(&ada, "venue=binance&direction=up").await, ["binance:ETHUSDT 3"]);
    assert_eq!(movers(&ada, "limit=1").await, ["push:adas-feed/X 100"]);
    assert_eq!(movers(&ada, "look_back=1h").await, ["push:adas-feed/X 100", "binance:ETHUSDT 3"]);
    // It is computed anew after a while, and not before.
    keep(&rig, "binance:BTCUSDT", Interval::Minute, Vec::new(), "90").await;
    assert_eq!(movers(&bob, "direction=down").await, ["binance:BTCUSDT -2"]);
    rig.clock.advance("10s");
    assert_eq!(movers(&bob, "direction=down").await, ["binance:BTCUSDT -10"]);
    for wrong in ["look_back=2h", "direction=sideways", "limit=101", "venue=nowhere"] {
        rig.get(&ada, &format!("/api/instruments/movers?{wrong}")).await.refused(400, "invalid_input");
    }
}
