//! From a wish to a mail: the cases that every price alert must get right.

use reqwest::Method;
use serde_json::json;

use crate::client::{Client, until};
use crate::kill::{applied, deliveries, every_fire_has_its_mail};
use crate::process::Process;
use crate::stores::TestStore;
use crate::world::World;

/// A service on a fresh store, with one user.
pub(crate) struct Stage {
    pub(crate) store: TestStore,
    pub(crate) world: World,
    pub(crate) process: Process,
    pub(crate) user: Client,
}

impl Stage {
    pub(crate) async fn set(store: TestStore) -> Self {
        Self::set_with(store, &[("BELLWETHER_PACE__EMAIL", "0/1s"), ("BELLWETHER_PACE__ALERT", "0/1s")]).await
    }

    /// The same, with other settings of the service.
    pub(crate) async fn set_with(store: TestStore, settings: &[(&str, &str)]) -> Self {
        let world = World::start().await;
        let process = Process::start_with(&world, &store, None, settings).await;
        let user = Client::sign_up(process.base(), "reader@example.org").await;
        Self { store, world, process, user }
    }

    /// Has a symbol watched and its price in force.
    pub(crate) async fn price(&self, symbol: &str, price: &str) {
        let quiet = json!({"instrument": format!("binance:{symbol}"), "name": "keeps it watched",
                           "condition": {"type": "below", "price": "0.00000001"}});
        self.user.alert(quiet).await;
        self.world.watched(symbol).await;
        self.trade(symbol, price).await;
    }

    /// Trades, and waits until that is applied.
    pub(crate) async fn trade(&self, symbol: &str, price: &str) {
        let trade = self.world.trade(symbol, price);
        applied(&self.user, symbol, trade.id).await;
    }

    async fn crossing(&self, symbol: &str, price: &str) -> String {
        let alert = json!({"name": format!("{symbol} reaches {price}"), "instrument": format!("binance:{symbol}"),
                           "condition": {"type": "crossing", "price": price}});
        self.user.alert(alert).await
    }

    async fn status(&self, id: &str) -> String {
        self.user.get(&format!("/api/alerts/{id}")).await["status"].as_str().unwrap().to_owned()
    }

    async fn fires(&self) -> usize {
        self.user.all("/api/fires").await.len()
    }

    /// Waits until an alert has the status.
    async fn comes_to(&self, id: &str, status: &str) {
        until(status, async || {
            let now = self.status(id).await;
            if now == status { Ok(()) } else { Err(now) }
        })
        .await;
    }
}

pub(crate) async fn on_both(case: impl AsyncFn(Stage)) {
    for store in TestStore::all().await {
        println!("on {}", store.name());
        case(Stage::set(store).await).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_is_reached_from_above_from_below_and_over_a_gap() {
    on_both(async |stage| {
        stage.price("BTCUSDT", "35000").await;
        let falls = stage.crossing("BTCUSDT", "33000").await;
        assert_eq!(stage.status(&falls).await, "active", "nothing fires at creation");
        stage.trade("BTCUSDT", "33000.01").await;
        assert_eq!(stage.status(&falls).await, "active");
        stage.trade("BTCUSDT", "32999").await;
        stage.comes_to(&falls, "triggered").await;

        let rises = stage.crossing("BTCUSDT", "33000").await;
        stage.trade("BTCUSDT", "33000").await;
        stage.comes_to(&rises, "triggered").await;

        stage.trade("BTCUSDT", "34000").await;
        let jumped = stage.crossing("BTCUSDT", "33000").await;
        stage.trade("BTCUSDT", "32000").await;
        stage.comes_to(&jumped, "triggered").await;
        stage.trade("BTCUSDT", "33000").await;

        let fires = stage.user.all("/api/fires").await;
        assert_eq!(fires.len(), 3);
        assert_eq!(fires[0]["evidence"]["previous_price"], "34000");
        assert_eq!(fires[0]["evidence"]["threshold"], "33000");
        every_fire_has_its_mail(stage.store.name(), &stage.world, &stage.user, &fires).await;
        stage.process.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_symbols_trade_never_fires_anothers_alert() {
    let stage = Stage::set(TestStore::sqlite()).await;
    stage.price("BTCUSDT", "100").await;
    stage.price("ETHUSDT", "100").await;
    let alert = stage.crossing("BTCUSDT", "110").await;
    stage.trade("ETHUSDT", "120").await;
    stage.trade("BTCUSDT", "109").await;
    assert_eq!((stage.status(&alert).await.as_str(), stage.fires().await), ("active", 0));
    stage.trade("BTCUSDT", "111").await;
    stage.comes_to(&alert, "triggered").await;
    stage.process.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_for_an_alert_that_was_deleted_while_its_mail_waited() {
    on_both(async |stage| {
        stage.price("BTCUSDT", "100").await;
        stage.world.mail_is_refused(true);
        let alert = stage.crossing("BTCUSDT", "110").await;
        stage.trade("BTCUSDT", "120").await;
        until("a first attempt has failed", async || {
            let deliveries = deliveries(&stage.user).await;
            let tried = deliveries.iter().any(|delivery| delivery["attempt_count"].as_u64() > Some(0));
            if tried { Ok(()) } else { Err(format!("{deliveries:?}")) }
        })
        .await;
        for _ in 0..2 {
            stage.user.ok(Method::DELETE, &format!("/api/alerts/{alert}"), None).await;
        }
        // An attempt that was under way is over at once: its mail is refused.
        until("it is cancelled", async || {
            let deliveries = deliveries(&stage.user).await;
            let cancelled = deliveries.iter().all(|delivery| delivery["status"] == "cancelled");
            if cancelled { Ok(()) } else { Err(format!("{deliveries:?}")) }
        })
        .await;
        stage.world.mail_is_refused(false);
        // Another alert's mail comes through, and only that.
        let other = stage.crossing("BTCUSDT", "130").await;
        stage.trade("BTCUSDT", "131").await;
        stage.comes_to(&other, "triggered").await;
        until("the other mail", async || {
            if stage.world.mails_to("reader@example.org") == 0 { Err("none".to_owned()) } else { Ok(()) }
        })
        .await;
        assert_eq!(stage.world.mails_to("reader@example.org"), 1);
        assert_eq!(stage.status(&alert).await, "deleted");
        stage.process.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn prices_are_exact_to_the_last_digit() {
    let stage = Stage::set(TestStore::sqlite()).await;
    stage.price("BTCUSDT", "0.00001233").await;
    let alert = stage.crossing("BTCUSDT", "0.000012339999999999").await;
    stage.trade("BTCUSDT", "0.00001234").await;
    stage.comes_to(&alert, "triggered").await;
    let fires = stage.user.all("/api/fires").await;
    assert_eq!(fires[0]["evidence"]["threshold"], "0.000012339999999999");
    let precise = json!({"instrument": "binance:BTCUSDT",
                         "condition": {"type": "above", "price": "37.537537537537537538"}});
    let id = stage.user.alert(precise).await;
    let kept = stage.user.get(&format!("/api/alerts/{id}")).await;
    assert_eq!(kept["condition"]["price"], "37.537537537537537538");
    stage.process.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_users_at_one_price_are_all_told() {
    on_both(async |stage| {
        stage.price("BTCUSDT", "100").await;
        let mut users = Vec::new();
        for number in 0..200 {
            let user = Client::sign_up(stage.process.base(), &format!("user-{number}@example.org")).await;
            let id = user
                .alert(json!({"instrument": "binance:BTCUSDT", "condition": {"type": "crossing", "price": "110"}}))
                .await;
            users.push((user, id));
        }
        stage.trade("BTCUSDT", "111").await;
        for (user, id) in &users {
            until("triggered and told", async || {
                let alert = user.get(&format!("/api/alerts/{id}")).await;
                let told = alert["status"] == "triggered" && !alert["last_sent_at"].is_null();
                if told { Ok(()) } else { Err(alert.to_string()) }
            })
            .await;
            assert_eq!(stage.world.mails_to(&user.email), 1, "{} gets one mail", user.email);
        }
        // One trade's fires share a transaction, or a few where the service was busy.
        let mut instants = Vec::new();
        for (user, _) in &users {
            let fires = user.all("/api/fires").await;
            assert_eq!(fires.len(), 1);
            instants.push(fires[0]["committed_at"].as_str().unwrap().to_owned());
        }
        instants.sort();
        instants.dedup();
        assert!(instants.len() <= 5, "{} commits", instants.len());
        stage.process.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crossing_while_the_feed_is_cut_is_found_when_it_is_back() {
    let stage = Stage::set(TestStore::sqlite()).await;
    stage.price("BTCUSDT", "100").await;
    let alert = stage.crossing("BTCUSDT", "110").await;
    stage.world.cut_and_refuse(true).await;
    stage.world.trade("BTCUSDT", "111");
    stage.world.trade("BTCUSDT", "99");
    stage.world.cut_and_refuse(false).await;
    stage.comes_to(&alert, "triggered").await;
    let fires = stage.user.all("/api/fires").await;
    assert_eq!(
        (fires[0]["evidence"]["price"].as_str(), fires[0]["late"].as_bool()),
        (Some("111"), Some(true))
    );
    stage.process.stop().await;
}
