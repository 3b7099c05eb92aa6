//! A fresh store for each test, and what tests put into it.

use bellwether_model::{AlertId, AlertSpec, AttemptId, DeliveryId, Spec, Timestamp, UserId};
use bellwether_store::alert::{Action, Alert, AlertChange, Changed, Creation};
use bellwether_store::delivery::{AttemptOutcome, Claim, ClaimWish, Lane, NewAttempt};
use bellwether_store::evaluation::{Change, Commit, Committed, Cursor, NewFire, Watched};
use bellwether_store::testing::PostgresServer;
use bellwether_store::testing::samples::fire;
pub(crate) use bellwether_store::testing::samples::{alert as new_alert, person};
use bellwether_store::user::NewUser;
use bellwether_store::{Store, StoreOptions};
use std::time::Duration;
use tempfile::TempDir;
use uuid::Uuid;

/// Runs each of these tests on every store.
macro_rules! contract {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name($crate::contract::kit::Kit::sqlite().await).await;
            })*
        }
        mod memory {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name($crate::contract::kit::Kit::memory().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                if let Some(kit) = $crate::contract::kit::Kit::postgres().await {
                    super::$name(kit).await;
                }
            })*
        }
    };
}

/// A store with its schema, and nothing in it.
pub(crate) struct Kit {
    pub(crate) store: Store,
    pub(crate) url: String,
    /// Whether what is stored outlives the store.
    pub(crate) lasts: bool,
    folder: TempDir,
}

/// An instant `seconds` into the tests' day.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(1_795_255_200_000_000 + seconds * 1_000_000)
}

pub(crate) const MINUTE: Duration = Duration::from_secs(60);

impl Kit {
    pub(crate) async fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite:{}", folder.path().join("data/bellwether.db").display());
        Self::open(url, true, folder).await
    }

    pub(crate) async fn memory() -> Self {
        Self::open("sqlite::memory:".to_owned(), false, TempDir::new().unwrap()).await
    }

    pub(crate) async fn postgres() -> Option<Self> {
        let url = PostgresServer::shared()?.fresh_database().await;
        Some(Self::open(url, true, TempDir::new().unwrap()).await)
    }

    async fn open(url: String, lasts: bool, folder: TempDir) -> Self {
        let store = Store::open(&url, StoreOptions::default()).await.unwrap();
        store.migrate().await.unwrap();
        Self { store, url, lasts, folder }
    }

    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Another store over the same database, as another process would open it; in memory there is none.
    pub(crate) async fn second(&self) -> Store {
        if self.lasts {
            Store::open(&self.url, StoreOptions::default()).await.unwrap()
        } else {
            self.store.clone()
        }
    }

    /// A user with a verified address.
    pub(crate) async fn user(&self, email: &str) -> UserId {
        self.user_who(email, true).await
    }

    pub(crate) async fn user_who(&self, email: &str, verified: bool) -> UserId {
        let new = NewUser { verified, ..person(email) };
        self.store.create_user(new, at(0)).await.unwrap().unwrap().id
    }

    /// An alert on BTC that fires again and again.
    pub(crate) async fn alert(&self, user: UserId) -> Alert {
        self.alert_of(user, crossing("binance:BTCUSDT", "33000")).await
    }

    pub(crate) async fn alert_of(&self, user: UserId, spec: AlertSpec) -> Alert {
        match self.store.create_alert(new_alert(user, spec), 1_000, at(0)).await.unwrap() {
            Creation::Created(alert) => *alert,
            other => panic!("not created: {other:?}"),
        }
    }

    pub(crate) async fn read(&self, alert: &Alert) -> Alert {
        self.store.alert(alert.user, alert.id).await.unwrap().unwrap()
    }

    /// The alert as the evaluator sees it now.
    pub(crate) async fn watched(&self, id: AlertId) -> Option<Watched> {
        let all = self.store.watched(None, 10_000).await.unwrap();
        all.into_iter().find(|watched| watched.id == id)
    }

    pub(crate) async fn commit(&self, fires: Vec<NewFire>) -> Committed {
        let commit = Commit { fires, ..Commit::default() };
        self.store.commit(commit, at(10)).await.unwrap()
    }

    /// The changes after a place, once there are so many. Other tests write to the same server, and a
    /// change is told only when every transaction is over that began before it.
    pub(crate) async fn changes(&self, after: Cursor, count: usize) -> Vec<Change> {
        loop {
            let changes = self.store.changes(after, 1_000).await.unwrap();
            if changes.len() >= count {
                return changes;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Fires an alert once; the fire.
    /// Has everything expire whose time is over; whose lists changed.
    pub(crate) async fn expire(&self, seconds: i64) -> Vec<UserId> {
        let over = self.store.over(at(seconds), None, 100).await.unwrap();
        let over = over.into_iter().map(|one| one.id).collect();
        self.store.expire(over, at(seconds)).await.unwrap()
    }

    pub(crate) async fn fire(&self, alert: &Alert) -> NewFire {
        let watched = self.watched(alert.id).await.unwrap();
        let fire = next_fire(&watched, false);
        let committed = self.commit(vec![fire.clone()]).await;
        assert_eq!(committed.dropped, []);
        fire
    }

    pub(crate) async fn claim(&self, now: i64) -> Vec<Claim> {
        self.store
            .claim(ClaimWish::new(Lane::Urgent, 100, Uuid::new_v4(), MINUTE), at(now))
            .await
            .unwrap()
            .claims
    }

    pub(crate) async fn record(&self, claim: &Claim, outcome: AttemptOutcome, now: i64) -> Vec<DeliveryId> {
        self.store.record(vec![attempt(claim, outcome)], at(now)).await.unwrap()
    }

    /// Changes an alert as its user would.
    pub(crate) async fn change(
        &self,
        alert: &Alert,
        action: Action,
        edit: impl FnOnce(&mut AlertChange),
    ) -> Alert {
        let mut change = AlertChange {
            action,
            spec: alert.spec.clone(),
            status: alert.status,
            snoozed_until: alert.snoozed_until,
            rearm: None,
            next_at: None,
            from_version: alert.version,
        };
        edit(&mut change);
        match self.store.change_alert(alert.user, alert.id, change, at(20)).await.unwrap() {
            Changed::Done(alert) => *alert,
            other => panic!("not changed: {other:?}"),
        }
    }
}

pub(crate) fn spec(json: &str) -> AlertSpec {
    serde_json::from_str(json).unwrap()
}

pub(crate) fn crossing(instrument: &str, price: &str) -> AlertSpec {
    spec(&format!(
        r#"{{"name":"A {instrument}","instrument":"{instrument}",
            "condition":{{"type":"crossing","price":"{price}"}},"repeat":{{"mode":"every"}}}}"#
    ))
}

/// The spec of a price alert, to be changed.
pub(crate) fn price(spec: &mut Spec) -> &mut AlertSpec {
    match spec {
        Spec::Price(spec) => spec,
        Spec::Product(_) => panic!("a product alert: {spec:?}"),
    }
}

/// The next fire of an alert, as the evaluator would commit it.
pub(crate) fn next_fire(watched: &Watched, ends: bool) -> NewFire {
    NewFire { trades: Some((20, 22)), evaluated_at: at(6), ends, ..fire(watched, at(5)) }
}

pub(crate) fn attempt(claim: &Claim, outcome: AttemptOutcome) -> NewAttempt {
    NewAttempt {
        id: AttemptId(Uuid::now_v7()),
        delivery: claim.id,
        channel: claim.channel,
        token: claim.token,
        started_at: at(11),
        took_us: 12_345,
        outcome,
        ambiguous: false,
        detail: "250 queued".to_owned(),
        combined_in: None,
    }
}
