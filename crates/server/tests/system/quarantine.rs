//! A price that is too far off is held back, and everybody can see it and what became of it.

use serde_json::{Value, json};

use crate::client::{Client, until};
use crate::kill::applied;
use crate::process::Process;
use crate::stores::TestStore;
use crate::switches::{promote, quiet};
use crate::world::{Trade, World};

const PATH: &str = "/api/instruments/binance%3ABTCUSDT/quarantine";

/// A price as the service writes it; the venue writes all decimals.
fn plain(price: &str) -> &str {
    price.trim_end_matches('0').trim_end_matches('.')
}

/// Waits until what became of the newest prices that were held back is this, the newest first.
async fn told(user: &Client, expected: &[(&Trade, &str, &str)]) -> Vec<Value> {
    let expected: Vec<_> = expected
        .iter()
        .map(|(trade, in_force, outcome)| {
            json!({"id": trade.id, "price": plain(&trade.price), "in_force": in_force, "outcome": outcome})
        })
        .collect();
    until("what is quarantined", async || {
        let items = user.all(PATH).await;
        let shown = |item: &Value| {
            json!({"id": item["id"], "price": item["price"], "in_force": item["in_force"],
                   "outcome": item["outcome"]})
        };
        let found: Vec<_> = items.iter().map(shown).collect();
        if found == expected { Ok(items) } else { Err(format!("{found:?}")) }
    })
    .await
}

/// A glitch is seen while it waits and after it was contradicted, and fires nothing; a jump that is confirmed counts.
/// `far` are two prices that are too far from a hundred, and near each other.
pub(crate) async fn a_glitch_and_a_jump(world: &World, user: &Client, far: [&str; 2]) {
    let jump = json!({"instrument": "binance:BTCUSDT", "condition": {"type": "above", "price": "340"}});
    user.alert(jump).await;
    world.watched("BTCUSDT").await;
    let first = world.trade("BTCUSDT", "100");
    applied(user, "BTCUSDT", first.id).await;
    let glitch = world.trade("BTCUSDT", far[0]);
    let waits = told(user, &[(&glitch, "100", "waiting")]).await;
    assert_eq!(waits[0]["instrument"], "binance:BTCUSDT");
    assert_eq!(waits[0]["settled_at"], Value::Null);
    let normal = world.trade("BTCUSDT", "101");
    applied(user, "BTCUSDT", normal.id).await;
    let glitched = (&glitch, "100", "contradicted");
    let settled = told(user, &[glitched]).await;
    assert_eq!(settled[0]["came_at"], waits[0]["came_at"]);
    assert!(settled[0]["settled_at"].is_string(), "{settled:?}");
    assert_eq!(user.all("/api/fires").await, Vec::<Value>::new(), "nobody is told of a glitch");

    let jump = world.trade("BTCUSDT", far[0]);
    let next = world.trade("BTCUSDT", far[1]);
    applied(user, "BTCUSDT", next.id).await;
    told(user, &[(&jump, "101", "confirmed"), glitched]).await;
    let fires = until("the fire", async || {
        let fires = user.all("/api/fires").await;
        if fires.is_empty() { Err("none".to_owned()) } else { Ok(fires) }
    })
    .await;
    assert_eq!(fires[0]["evidence"]["id"], jump.id, "it counts in its own place");
    let only = user.get(&format!("{PATH}?outcome=contradicted,unanswered")).await;
    assert_eq!((&only["total"], &only["items"][0]["id"]), (&json!(1), &json!(glitch.id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_too_far_off_is_kept_and_settled_over_a_restart() {
    for store in TestStore::all().await {
        let world = World::start().await;
        // At the factor of a hundred none of these prices would wait.
        let settings = [("BELLWETHER_FEEDS__GLITCH_FACTOR", "3")];
        let process = Process::start_with(&world, &store, None, &settings).await;
        let mut user = Client::sign_up(process.base(), "reader@example.org").await;
        // Somebody watches still when the other alert is over.
        user.alert(quiet("binance:BTCUSDT")).await;
        a_glitch_and_a_jump(&world, &user, ["350", "351"]).await;
        let fall = world.trade("BTCUSDT", "50.5");
        until("it waits", async || {
            let newest = user.get(PATH).await["items"][0].clone();
            if newest["id"] == fall.id { Ok(()) } else { Err(newest.to_string()) }
        })
        .await;
        process.stop().await;

        // What waited is fetched once more, waits again, and is the same one.
        let process = Process::start_with(&world, &store, None, &settings).await;
        user.log_in_at(process.base()).await;
        world.watched("BTCUSDT").await;
        until("it waits again", async || {
            let newest = user.get(PATH).await["items"][0].clone();
            if newest["outcome"] == "waiting" { Ok(()) } else { Err(newest.to_string()) }
        })
        .await;
        let next = world.trade("BTCUSDT", "50");
        applied(&user, "BTCUSDT", next.id).await;
        until("it is confirmed", async || {
            let page = user.get(PATH).await;
            let newest = &page["items"][0];
            let is_so = newest["outcome"] == "confirmed" && newest["id"] == fall.id && page["total"] == 3;
            if is_so { Ok(()) } else { Err(page.to_string()) }
        })
        .await;
        promote(&store, &user).await;
        let feeds = user.get("/api/admin/feeds").await;
        let binance = feeds["items"].as_array().unwrap().iter().find(|feed| feed["venue"] == "binance");
        let counts = json!({"waiting": 0, "confirmed": 2, "contradicted": 1, "unanswered": 0});
        assert_eq!(binance.unwrap()["quarantine"], counts, "{}", store.name());
        process.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_guard_off_every_price_is_believed() {
    let (world, store) = (World::start().await, TestStore::sqlite());
    let settings = [("BELLWETHER_FEEDS__GLITCH_FACTOR", "0")];
    let process = Process::start_with(&world, &store, None, &settings).await;
    let user = Client::sign_up(process.base(), "reader@example.org").await;
    // Somebody watches still when the other alert is over.
    user.alert(quiet("binance:BTCUSDT")).await;
    user.alert(json!({"instrument": "binance:BTCUSDT", "condition": {"type": "above", "price": "340"}}))
        .await;
    world.watched("BTCUSDT").await;
    for price in ["100", "100000", "0.01"] {
        let trade = world.trade("BTCUSDT", price);
        applied(&user, "BTCUSDT", trade.id).await;
    }
    assert_eq!(user.get(PATH).await["total"], 0);
    until("the fire", async || {
        let fires = user.all("/api/fires").await;
        if fires.len() == 1 { Ok(()) } else { Err(format!("{}", fires.len())) }
    })
    .await;
    process.stop().await;
}
