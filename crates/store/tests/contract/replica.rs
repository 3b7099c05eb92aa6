//! What looks far back is answered by a server that follows, while it is close behind.

use std::time::{Duration, Instant};

use bellwether_model::{Candle, Instrument, Interval, Tick, Timestamp};
use bellwether_store::candle::Hole;
use bellwether_store::replica::{LAG_MAX, ReplicaState};
use bellwether_store::testing::PostgresServer;
use bellwether_store::{OpenError, Store, StoreOptions};
use sqlx::{Connection as _, Executor as _, PgConnection};

/// A test does not wait longer for anything.
const PATIENCE: Duration = Duration::from_secs(60);

async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    let since = Instant::now();
    while !done().await {
        assert!(since.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Stores one more finished candle; the `number`th.
async fn add(store: &Store, instrument: &Instrument, number: i64) {
    let begin = Timestamp::from_micros(number * 60_000_000);
    let end = Timestamp::from_micros((number + 1) * 60_000_000);
    let tick = Tick::numbered("10".parse().unwrap(), begin, number.cast_unsigned());
    let candle = Candle::of(Interval::Minute, &tick);
    let hole = Hole { instrument: instrument.clone(), interval: Interval::Minute, from: begin, to: end };
    store.fill(hole, vec![candle], end).await.unwrap();
}

/// Whether a server says so.
async fn told(connection: &mut PgConnection, question: &'static str) -> bool {
    sqlx::query_scalar(question).fetch_one(connection).await.unwrap()
}

async fn count(store: &Store, instrument: &Instrument) -> usize {
    let end = Timestamp::from_micros(i64::MAX);
    store.candles(instrument, Interval::Minute, Timestamp::from_micros(0), end, 1_000).await.unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_answers_while_it_is_close_and_nobody_misses_it_otherwise() {
    let Some(server) = PostgresServer::own() else { return };
    let url = server.fresh_database().await;
    let store = Store::open(&url, StoreOptions::default()).await.unwrap();
    store.migrate().await.unwrap();
    let gold: Instrument = "binance:PAXGUSDT".parse().unwrap();
    let mut follower = server.follower();
    let mut beside = PgConnection::connect(&follower.address_of(&url)).await.unwrap();
    store.read_from(&follower.address_of(&url)).unwrap();
    assert!(matches!(store.replica_seen().await, Some(ReplicaState::Behind(_))));
    until("a follower is found", async || store.replica().is_some_and(ReplicaState::is_used)).await;

    add(&store, &gold, 1).await;
    until("it has followed", async || {
        told(&mut beside, "SELECT pg_last_xact_replay_timestamp() IS NOT NULL").await
    })
    .await;

    // Held where it is, it still answers for a while, with what it knew.
    beside.execute("SELECT pg_wal_replay_pause()").await.unwrap();
    until("it stands still", async || {
        told(&mut beside, "SELECT pg_get_wal_replay_pause_state() = 'paused'").await
    })
    .await;
    add(&store, &gold, 2).await;
    until("it is the follower that answers", async || count(&store, &gold).await == 1).await;
    // Too far behind, it is left alone.
    let is_far = async || matches!(store.replica(), Some(ReplicaState::Behind(lag)) if lag > LAG_MAX);
    until("it is too far behind", is_far).await;
    assert_eq!(count(&store, &gold).await, 2);
    // And asked again once it has caught up.
    beside.execute("SELECT pg_wal_replay_resume()").await.unwrap();
    until("it catches up", async || store.replica().is_some_and(ReplicaState::is_used)).await;
    assert_eq!(count(&store, &gold).await, 2);

    // It dies, and is back: every answer is whole.
    follower.kill();
    add(&store, &gold, 3).await;
    assert_eq!(count(&store, &gold).await, 3);
    until("it is missed", async || store.replica() == Some(ReplicaState::Away)).await;
    assert_eq!(count(&store, &gold).await, 3);
    follower.start_again();
    until("it is back", async || store.replica().is_some_and(ReplicaState::is_used)).await;
    assert_eq!(count(&store, &gold).await, 3);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_store_is_never_asked_nor_one_that_follows_nobody() {
    let (Some(server), Some(other)) = (PostgresServer::own(), PostgresServer::own()) else { return };
    let url = server.fresh_database().await;
    for (beside, expected) in [
        (other.fresh_database().await, ReplicaState::Foreign),
        (server.fresh_database().await, ReplicaState::Foreign),
        (url.clone(), ReplicaState::Away),
    ] {
        let store = Store::open(&url, StoreOptions::default()).await.unwrap();
        store.migrate().await.unwrap();
        store.read_from(&beside).unwrap();
        until("it is looked at", async || store.replica() != Some(ReplicaState::Unknown)).await;
        assert_eq!(store.replica(), Some(expected));
        assert_eq!(count(&store, &"binance:PAXGUSDT".parse().unwrap()).await, 0);
        store.close().await;
    }
}

#[tokio::test]
async fn sqlite_has_no_follower() {
    let store = Store::open("sqlite::memory:", StoreOptions::default()).await.unwrap();
    assert!(matches!(store.read_from("postgres://localhost/x"), Err(OpenError::Address)));
    assert_eq!(store.replica(), None);
}
