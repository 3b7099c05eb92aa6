//! What must not stop the service, and what must: a standard error that takes nothing, and a fault of the program.

use std::fs::OpenOptions;
use std::process::Stdio;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::client::{Client, until};
use crate::kill::applied;
use crate::process::Process;
use crate::spine::Stage;
use crate::stores::TestStore;
use crate::world::World;

/// What every line written to it meets: a full disk, and a reader that went away.
fn deaf() -> [(&'static str, Stdio); 2] {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    [("a full disk", full.into()), ("a broken pipe", writer.into())]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standard_error_that_takes_nothing_stops_nothing() {
    for (what, stderr) in deaf() {
        println!("standard error is {what}");
        let (world, store) = (World::start().await, TestStore::sqlite());
        // As much as can be said, by every part.
        let settings = [("BELLWETHER_LOG__LEVEL", "debug")];
        let process = Process::start_unheard(&world, &store, &settings, stderr).await;
        let user = Client::sign_up(process.base(), "unheard@example.org").await;
        let alert =
            json!({"instrument": "binance:BTCUSDT", "condition": {"type": "crossing", "price": "33000"}});
        user.alert(alert).await;
        world.watched("BTCUSDT").await;
        for price in ["32000", "33000"] {
            let trade = world.trade("BTCUSDT", price);
            applied(&user, "BTCUSDT", trade.id).await;
        }
        until("the fire", async || {
            let fires = user.all("/api/fires").await.len();
            if fires == 1 { Ok(()) } else { Err(format!("{fires} fires")) }
        })
        .await;
        let (status, ready) = user.call(Method::GET, "/readyz", None).await;
        assert_eq!(status, StatusCode::OK, "{ready}");
        process.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_panics_ends_the_process_and_the_next_one_has_lost_nothing() {
    let settings = [
        ("BELLWETHER_CRASH", "applied:2:panic"),
        ("BELLWETHER_PACE__EMAIL", "0/1s"),
        ("BELLWETHER_PACE__ALERT", "0/1s"),
    ];
    let mut stage = Stage::set_with(TestStore::sqlite(), &settings).await;
    stage.price("BTCUSDT", "32000").await;
    let alert = json!({"instrument": "binance:BTCUSDT", "condition": {"type": "crossing", "price": "33000"}});
    stage.user.alert(alert).await;
    stage.world.trade("BTCUSDT", "33000");
    assert!(stage.process.died_within(Duration::from_secs(60)).await, "it goes on without its evaluator");
    let (status, said) = stage.process.end().await;
    assert_eq!(status.code(), Some(1), "a supervisor is to start it again:\n{said}");
    assert!(said.contains("a fault of the program has ended the part 'evaluator'"), "{said}");

    let Stage { store, world, mut user, .. } = stage;
    let process = Process::start(&world, &store, None).await;
    user.log_in_at(process.base()).await;
    until("the fire", async || {
        let fires = user.all("/api/fires").await.len();
        if fires == 1 { Ok(()) } else { Err(format!("{fires} fires")) }
    })
    .await;
    process.stop().await;
}
