//! What the venue does not put up with.

use std::time::Duration;

use bellwether_simulators::binance::{Config, Limits};
use futures_util::SinkExt;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::client::{NOW_US, PATIENCE, Socket, start};

fn with(limits: Limits) -> Config {
    Config { limits, ..Config::scripted(|| NOW_US) }
}

#[tokio::test]
async fn the_sixth_message_within_a_second_ends_the_connection() {
    let venue = start(with(Limits::default())).await;
    let mut socket = Socket::open(&venue, "/ws").await;
    for id in 0..6 {
        socket.send(format!(r#"{{"method":"LIST_SUBSCRIPTIONS","id":{id}}}"#)).await;
    }
    assert_eq!(socket.end().await.unwrap().code, 1_008.into());
}

#[tokio::test]
async fn a_client_that_pongs_lives_and_one_that_does_not_is_dropped() {
    let quick = Duration::from_millis(40);
    let venue = start(with(Limits {
        ping_every: quick,
        pong_within: quick * 5,
        inbound_per_second: 1_000,
        ..Limits::default()
    }))
    .await;
    // Reading answers pings. Not reading leaves them unanswered.
    let mut polite = Socket::open(&venue, "/ws").await;
    let reading = tokio::spawn(async move { polite.end().await });
    let mut mute = Socket::open(&venue, "/ws").await;
    let control = venue.control();
    let counters = control.wait_for(PATIENCE, |counters| counters.connections_open == 1).await.unwrap();
    assert!(counters.pongs > 0);
    mute.end().await;
    assert!(!reading.is_finished());
}

#[tokio::test]
async fn a_pong_of_its_own_is_no_sign_of_life() {
    let quick = Duration::from_millis(40);
    let venue = start(with(Limits { ping_every: quick, pong_within: quick * 5, ..Limits::default() })).await;
    let mut socket = Socket::open(&venue, "/ws").await;
    socket.raw().send(Message::Pong("made up".into())).await.unwrap();
    venue.control().wait_for(PATIENCE, |counters| counters.connections_open == 0).await.unwrap();
    assert_eq!(venue.control().counters().pongs, 0);
}

#[tokio::test]
async fn too_many_streams_end_the_connection() {
    let venue = start(with(Limits { streams: 3, ..Limits::default() })).await;
    let mut socket = Socket::open(&venue, "/ws/a/b/c").await;
    socket.send(r#"{"method":"SUBSCRIBE","params":["c","d"],"id":1}"#).await;
    assert_eq!(socket.end().await.unwrap().code, 1_008.into());
    let mut greedy = Socket::open(&venue, "/stream?streams=a/b/c/d").await;
    assert_eq!(greedy.end().await.unwrap().code, 1_008.into());
}

#[tokio::test]
async fn no_connection_outlives_its_day() {
    let venue = start(with(Limits { lifetime: Duration::from_millis(50), ..Limits::default() })).await;
    let mut socket = Socket::open(&venue, "/ws").await;
    assert_eq!(socket.end().await.unwrap().code, 1_001.into());
}

#[tokio::test]
async fn too_many_attempts_to_connect_are_refused() {
    let venue = start(with(Limits { connects: 2, ..Limits::default() })).await;
    let mut sockets = Vec::new();
    for _ in 0..2 {
        sockets.push(Socket::open(&venue, "/ws").await);
    }
    let third = connect_async(format!("{}/ws", venue.ws_url())).await;
    assert!(matches!(third, Err(Error::Http(response)) if response.status().as_u16() == 429));
}

#[tokio::test]
async fn a_reader_that_reads_nothing_is_cut_off() {
    let venue = start(with(Limits { pong_within: Duration::from_millis(300), ..Limits::default() })).await;
    let mut stuck = Socket::open(&venue, "/ws/btcusdt@aggTrade/btcusdt@trade/btcusdt@bookTicker").await;
    let control = venue.control();
    // More than the buffers between here and there hold.
    while control.counters().connections_open > 0 {
        for _ in 0..1_000 {
            control.push("BTCUSDT", "1").unwrap();
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(stuck.end().await, None);
}
