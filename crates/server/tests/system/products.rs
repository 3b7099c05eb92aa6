//! Products, from a listing at the marketplace to the mail of those who watch its search.

use bellwether_simulators::ebay::{Action, Fault, ItemInput, Place};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Client, until};
use crate::process::{EVENTS_SECRET, Process};
use crate::stores::TestStore;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_to_listings_is_told_once_to_each_who_asked_on_sqlite() {
    told_once(TestStore::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_to_listings_is_told_once_to_each_who_asked_on_postgres() {
    if let Some(store) = TestStore::postgres().await {
        told_once(store).await;
    }
}

fn leica(title: &str, price: &str) -> ItemInput {
    ItemInput::new(title, price)
}

/// Waits until the search of an alert was asked so many times more.
async fn polled(user: &Client, times: u64) {
    let polls = async || user.get("/api/searches").await["items"][0]["polls"].as_u64().unwrap_or(0);
    let before = polls().await;
    until("the search is asked", async || {
        let now = polls().await;
        if now >= before + times { Ok(()) } else { Err(format!("{now} polls, {before} before")) }
    })
    .await;
}

async fn fires(user: &Client, count: usize) -> Vec<Value> {
    until("the fires", async || {
        let mut fires = user.all("/api/fires").await;
        fires.reverse();
        if fires.len() >= count { Ok(fires) } else { Err(format!("{} of {count}", fires.len())) }
    })
    .await
}

fn search_alert(query: &str) -> Value {
    json!({"kind": "search", "name": "Leicas", "search": {"query": query},
           "conditions": [{"type": "price_drop", "percent": "2"}, {"type": "listed"}],
           "exclude": ["broken"]})
}

async fn told_once(store: TestStore) {
    let context = store.name();
    let world = World::start().await;
    let market = world.ebay.control();
    let black = market.list(&leica("Leica M6 black", "100.00")).unwrap();
    let broken = market.list(&leica("Leica M6, broken shutter", "50.00")).unwrap();
    let process = Process::start(&world, &store, None).await;
    let mut user = Client::sign_up(process.base(), "reader@example.org").await;
    let other = Client::sign_up(process.base(), "other@example.org").await;

    let alert = user.alert(search_alert("leica m6")).await;
    let (status, refused) = user.call(Method::POST, "/api/alerts", Some(search_alert("  LEICA   m6"))).await;
    assert_eq!(status, StatusCode::CONFLICT, "{context}: {refused}");
    assert!(refused["detail"].as_str().unwrap().contains(&alert), "{context}: {refused}");
    // Somebody else's equal search is the same one.
    other.alert(search_alert("Leica M6")).await;
    let digest = json!({"kind": "digest", "search": {"query": "leica m6"}, "schedule": {"every": "1m"}});
    let digest = other.alert(digest).await;
    let searches = [user.get("/api/searches").await, other.get("/api/searches").await];
    assert_eq!(searches[0]["items"][0]["id"], searches[1]["items"][0]["id"], "{context}");
    polled(&user, 2).await;
    assert_eq!(user.all("/api/fires").await.len(), 0, "{context}: the first answer tells nothing");

    // Just short of it, and there.
    market.set_price(&black, "98.01").unwrap();
    market.set_price(&broken, "25.00").unwrap();
    polled(&user, 2).await;
    assert_eq!(user.all("/api/fires").await.len(), 0, "{context}: 98.01 is less than 2 % below 100");
    market.set_price(&black, "98.00").unwrap();
    let fired = fires(&user, 1).await;
    let evidence = &fired[0]["evidence"];
    assert_eq!(evidence["event"], "price_drop", "{context}: {evidence}");
    assert_eq!((&evidence["reference"], &evidence["percent"]), (&json!("100"), &json!("2")));
    assert_eq!(evidence["price"], json!({"value": "98", "currency": "USD"}));
    assert_eq!(evidence["listing"]["id"], json!(black));
    let report = fired[0]["report_id"].as_str().unwrap();
    let told = user.get(&format!("/api/deliveries?report={report}")).await;
    let (delivery, more) = (&told["items"][0], &told["items"][1]);
    assert_eq!((&delivery["about"], &delivery["alert_id"]), (&json!("listings"), &json!(alert)), "{context}");
    assert_eq!((&delivery["report_id"], more), (&json!(report), &Value::Null), "{context}");
    let report = user.get(&format!("/api/reports/{report}")).await;
    assert_eq!(report["content"]["events"][0]["event"], "price_drop", "{context}: {report}");

    // New ones, while the service is down: nothing of it is lost, and nothing told twice.
    drop(process);
    let silver = market.list(&leica("Leica M6 silver", "120.00")).unwrap();
    market.list(&leica("another broken Leica M6", "10.00")).unwrap();
    let process = Process::start(&world, &store, None).await;
    user.log_in_at(process.base()).await;
    let fired = fires(&user, 2).await;
    let evidence = &fired[1]["evidence"];
    assert_eq!((&evidence["event"], &evidence["listing"]["id"]), (&json!("listed"), &json!(silver)));
    polled(&user, 2).await;
    assert_eq!(user.all("/api/fires").await.len(), 2, "{context}");
    until("the mails", async || match world.mails_to("reader@example.org") {
        2 => Ok(()),
        count => Err(count.to_string()),
    })
    .await;

    // What is on offer, and what one cost from when on.
    let search = user.get("/api/searches").await["items"][0]["id"].as_str().unwrap().to_owned();
    let listings = user.get(&format!("/api/searches/{search}/listings")).await;
    let prices: Vec<&str> = listings["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["price"]["value"].as_str().unwrap())
        .collect();
    assert_eq!(prices, ["10", "25", "98", "120"], "{context}: {listings}");
    let history = user.get(&format!("/api/listings/{}/prices", black.replace('|', "%7C"))).await;
    let prices: Vec<&Value> =
        history["items"].as_array().unwrap().iter().map(|item| &item["price"]["value"]).collect();
    assert_eq!(prices, ["100", "98.01", "98"], "{context}: {history}");

    // The marketplace fails for a while, and is not run at meanwhile.
    let action = Action::Status { code: 500, retry_after: None };
    market.inject(Fault { at: Some(Place::Search), query: None, action, times: None }).unwrap();
    market.set_price(&silver, "60.00").unwrap();
    until("the failure is told", async || {
        let search = user.get(&format!("/api/searches/{search}")).await;
        if search["error"].is_string() { Ok(()) } else { Err(search.to_string()) }
    })
    .await;
    market.heal();
    assert_eq!(fires(&user, 3).await[2]["evidence"]["listing"]["id"], json!(silver), "{context}");

    // What is told at once need not wait for a poll; again, or too late, it changes nothing.
    let listing = json!({"id": "v1|77|0", "marketplace": "EBAY_US", "title": "LEICA M6, told of at once",
                         "price": {"value": "97.50", "currency": "USD"}});
    let event = |kind: &str, seconds: i64| {
        let time = jiff::Timestamp::from_second(jiff::Timestamp::now().as_second() - seconds).unwrap();
        json!({"type": kind, "time": time.to_string(), "listing": listing})
    };
    let created = event("created", 6);
    let other_secret = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assert_eq!(user.tell(other_secret, &created).await.0, StatusCode::UNAUTHORIZED, "{context}");
    let (status, taken) = user.tell(EVENTS_SECRET, &created).await;
    assert_eq!((status, &taken["applied"]), (StatusCode::OK, &json!(1)), "{context}: {taken}");
    let fired = fires(&user, 4).await;
    assert_eq!(fired[3]["evidence"]["listing"]["id"], "v1|77|0", "{context}");
    let (_, again) = user.tell(EVENTS_SECRET, &created).await;
    assert_eq!(again["stale"], 1, "{context}: {again}");
    let (_, gone) = user.tell(EVENTS_SECRET, &event("deleted", 2)).await;
    assert_eq!(gone["applied"], 1, "{context}: {gone}");
    // What comes too late may fill in what was not known. It brings nothing back.
    user.tell(EVENTS_SECRET, &event("updated", 4)).await;
    let listing = user.get("/api/listings/v1%7C77%7C0").await;
    assert_eq!(listing["availability"], "ended", "{context}: {listing}");
    let (_, wrong) = user.tell(EVENTS_SECRET, &json!({"type": "created"})).await;
    assert_eq!(wrong["lines"][0]["line"], 1, "{context}: {wrong}");
    polled(&user, 1).await;
    assert_eq!(user.all("/api/fires").await.len(), 4, "{context}");

    // The digest of the other comes with the minute, and says what there is.
    let mut other = other;
    other.log_in_at(process.base()).await;
    let report = until("the digest", async || {
        let reports = other.get(&format!("/api/alerts/{digest}/reports")).await;
        let report = reports["items"].as_array().and_then(|items| items.last().cloned());
        report.ok_or_else(|| reports.to_string())
    })
    .await;
    assert_eq!(report["content"]["kind"], "digest", "{context}: {report}");
    let items = report["content"]["items"].as_array().unwrap();
    assert!(items.len() >= 2, "{context}: {report}");
    // Those of the search alert of the other came, too.
    until("the mails of the other", async || match world.mails_to("other@example.org") {
        count if count >= 5 => Ok(()),
        count => Err(count.to_string()),
    })
    .await;
    process.stop().await;
}
