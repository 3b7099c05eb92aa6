//! Recorded trades, played again.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use bellwether_simulators::binance::{BinanceSimulator, Config, Replay, Speed, Stamps, StartError};
use serde_json::json;

use crate::client::{Hand, NOW_US, Socket, ok, start};

/// Six trades of one pair, a second apart, with ids of their own.
fn recording(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("bellwether-{}-{name}-aggTrades.csv", std::process::id()));
    let line = |nth: i64| {
        let (id, time) = (500 + nth, 1_759_881_600_000_000 + nth * 1_000_000);
        format!("{id},{}.5,0.25,{},{},{time},False,True\n", 100 + nth, 2 * id, 2 * id + 1)
    };
    std::fs::write(&path, (0..6).map(line).collect::<String>()).unwrap();
    path
}

fn of(name: &str, speed: Speed, stamps: Stamps, skip: Duration) -> Replay {
    let symbol = Some("BTCUSDC".to_owned());
    Replay { symbol, speed, stamps, skip, ..Replay::new(recording(name)) }
}

#[tokio::test]
async fn trades_come_with_their_ids_and_prices_and_what_is_skipped_is_history() {
    let replay = of("ids", Speed::Unthrottled, Stamps::Recorded, Duration::from_secs(2));
    let config = Config { paused: true, ..Config::replay(replay, || NOW_US) };
    let venue = start(config).await;
    let mut socket = Socket::open(&venue, "/ws/btcusdc@aggTrade").await;
    assert_eq!(venue.control().replay_remaining(), 4);
    let history = ok(&venue, "/api/v3/aggTrades?symbol=BTCUSDC").await;
    assert_eq!(history.as_array().unwrap().len(), 2);
    venue.control().resume();
    for nth in 2..6 {
        let event = socket.json().await;
        assert_eq!(event["a"], 500 + nth);
        assert_eq!(event["p"], format!("{}.50000000", 100 + nth));
        assert_eq!((&event["f"], &event["l"]), (&json!(1_000 + 2 * nth), &json!(1_001 + 2 * nth)));
        assert_eq!(event["T"], 1_759_881_600_000_i64 + nth * 1_000);
    }
    let minute =
        ok(&venue, "/api/v3/klines?symbol=BTCUSDC&interval=1m&startTime=1759881600000&limit=1").await;
    assert_eq!((&minute[0][1], &minute[0][4]), (&json!("100.50000000"), &json!("105.50000000")));
    assert_eq!(minute[0][8], 12);
}

#[tokio::test]
async fn the_pace_is_the_recordings_times_the_speed() {
    let hand = Hand::new();
    let replay = of("pace", Speed::Times(2.0), Stamps::ShiftedToNow, Duration::from_secs(2));
    let venue = start(Config { paused: true, ..Config::replay(replay, hand.clock()) }).await;
    let mut socket = Socket::open(&venue, "/ws/btcusdc@aggTrade").await;
    let history = ok(&venue, "/api/v3/aggTrades?symbol=BTCUSDC&fromId=500&limit=2").await;
    assert_eq!(history[1]["T"], NOW_US / 1_000 - 1_000);
    venue.control().resume();
    let mut next = async || {
        let event = socket.json().await;
        (event["a"].as_u64().unwrap(), event["T"].as_i64().unwrap() - NOW_US / 1_000)
    };
    assert_eq!(next().await, (502, 0));
    // A second of the clock is two of the recording.
    hand.advance(Duration::from_secs(1));
    assert_eq!(next().await, (503, 500));
    assert_eq!(next().await, (504, 1_000));
    assert_eq!(venue.control().replay_remaining(), 1);
}

#[tokio::test]
async fn a_pushed_trade_moves_the_recorded_ids_on() {
    let replay = of("pushed", Speed::Unthrottled, Stamps::ShiftedToNow, Duration::from_secs(2));
    let venue = start(Config { paused: true, ..Config::replay(replay, || NOW_US) }).await;
    let mut socket = Socket::open(&venue, "/ws/btcusdc@aggTrade").await;
    assert_eq!(venue.control().push("BTCUSDC", "33").unwrap().id, 502);
    venue.control().resume();
    for id in 502..507 {
        assert_eq!(socket.json().await["a"], id);
    }
}

#[tokio::test]
async fn every_recorded_trade_arrives_however_slow_the_reader() {
    let Some(data) = std::env::var_os("BELLWETHER_DATA").map(PathBuf::from) else {
        // Past the test runner, which keeps what passing tests print to itself.
        std::io::stdout()
            .write_all(b"skipped: replay of recorded trades: BELLWETHER_DATA is not set\n")
            .unwrap();
        return;
    };
    let file = data.join("binance/trades/BTCUSDC-aggTrades-2025-10-08.csv.zst");
    let replay = Replay { speed: Speed::Unthrottled, ..Replay::new(file) };
    let venue = start(Config { paused: true, ..Config::replay(replay, || NOW_US) }).await;
    let mut socket = Socket::open(&venue, "/ws/btcusdc@aggTrade").await;
    venue.control().resume();
    let first = 185_437_564_u64;
    for id in first..first + 256_978 {
        assert_eq!(socket.json().await["a"].as_u64(), Some(id));
    }
    assert_eq!(venue.control().replay_remaining(), 0);
}

#[tokio::test]
async fn a_recording_that_is_not_there_is_an_error() {
    let config = Config::replay(Replay::new("nowhere/BTCUSDC-aggTrades.csv"), || NOW_US);
    assert!(matches!(BinanceSimulator::start(config).await, Err(StartError::Recording(_))));
}
