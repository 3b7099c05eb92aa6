//! A database that was filled by an earlier version keeps what it holds.

use std::path::Path;

use bellwether_model::{AlertId, DeliveryId, FireId, Timestamp, UserId};
use bellwether_store::delivery::{ClaimWish, Lane};
use bellwether_store::share::Share;
use bellwether_store::testing::PostgresServer;
use bellwether_store::{Store, StoreOptions};
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use uuid::Uuid;

use crate::contract::kit::{MINUTE, at};

/// The last version before product alerts.
const BEFORE: i64 = 9;
const USER: UserId = UserId(Uuid::from_u128(1));
const ALERT: AlertId = AlertId(Uuid::from_u128(2));
const FIRE: FireId = FireId(Uuid::from_u128(3));
const DELIVERY: DeliveryId = DeliveryId(Uuid::from_u128(4));

/// The versions up to [`BEFORE`], read from their files.
async fn earlier(folder: &str) -> Migrator {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
    let all = Migrator::new(folder).await.unwrap();
    let known = all.iter().filter(|version| version.version <= BEFORE).cloned().collect::<Vec<_>>();
    assert_eq!(known.len(), 9);
    Migrator::with_migrations(known)
}

/// What a database of that version held: a user, their alert, its fire, and its delivery that is still owed.
fn filling(id: impl Fn(Uuid) -> String, no: &str, yes: &str) -> String {
    let (user, alert, fire, delivery) = (id(USER.0), id(ALERT.0), id(FIRE.0), id(DELIVERY.0));
    let now = at(5).micros();
    let spec = r#"{"instrument":"binance:BTCUSDT","condition":{"type":"crossing","price":"33000"},
        "repeat":{"mode":"once"},"channels":["email"]}"#;
    let evidence = r#"{"instrument":"binance:BTCUSDT","time":"2026-11-21T10:00:05Z","price":"33000.5",
        "threshold":"33000","resolution":"tick"}"#;
    format!(
        "INSERT INTO users (id, email, email_key, password_hash, verified, time_zone, alerts, created_at,
            updated_at) VALUES ({user}, 'a@example.org', 'a@example.org', '', {yes}, 'UTC', 1, {now}, {now});
        INSERT INTO alerts (id, user_id, status, instrument, spec, search_text, version, revision, arming, state,
            fires, created_at, updated_at, armed_at)
        VALUES ({alert}, {user}, 'active', 'binance:BTCUSDT', '{spec}', '', 1, 1, 1, '{{}}', 1, {now}, {now},
            {now});
        INSERT INTO fires (id, alert_id, user_id, number, instrument, time, evidence, spec, evaluated_at,
            committed_at, late, ends)
        VALUES ({fire}, {alert}, {user}, 1, 'binance:BTCUSDT', {now}, '{evidence}', '{spec}', {now}, {now}, {no},
            {no});
        INSERT INTO deliveries (id, user_id, alert_id, fire_id, channel, lane, status, ready_at, created_at)
        VALUES ({delivery}, {user}, {alert}, {fire}, 'email', 'urgent', 'pending', {now}, {now});"
    )
}

/// The store migrates, and everything is there.
async fn holds_all(store: &Store) {
    let applied = store.migrate().await.unwrap().applied;
    assert_eq!(applied.first(), Some(&10), "{applied:?}");
    assert_eq!(store.alert(USER, ALERT).await.unwrap().unwrap().fires, 1);
    let watched = store.watched(None, 10).await.unwrap();
    assert_eq!(watched.iter().map(|watched| watched.id).collect::<Vec<_>>(), [ALERT]);
    // It was made by a program that knew no partitions, and is found in its own.
    let own = Share::every(8).find(|share| share.holds(&watched[0].spec)).unwrap();
    assert_eq!(store.watched_in(own, None, 10).await.unwrap(), watched);
    assert_eq!(store.fire(USER, FIRE).await.unwrap().unwrap().number, 1);
    let now: Timestamp = at(10);
    let claimed = store.claim(ClaimWish::new(Lane::Urgent, 10, Uuid::new_v4(), MINUTE), now).await.unwrap();
    assert_eq!(claimed.claims.iter().map(|claim| claim.id).collect::<Vec<_>>(), [DELIVERY]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_goes_on_with_what_version_9_held() {
    let folder = tempfile::TempDir::new().unwrap();
    let url = format!("sqlite:{}", folder.path().join("bellwether.db").display());
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(folder.path().join("bellwether.db"))
        .create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    earlier("sqlite").await.run_direct(None, &mut connection, false).await.unwrap();
    let filling = filling(|id| format!("X'{}'", id.simple()), "0", "1");
    connection.execute(AssertSqlSafe(filling)).await.unwrap();
    connection.close().await.unwrap();
    holds_all(&Store::open(&url, StoreOptions::default()).await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_goes_on_with_what_version_9_held() {
    let Some(server) = PostgresServer::shared() else { return };
    let url = server.fresh_database().await;
    let mut connection = PgConnection::connect(&url).await.unwrap();
    earlier("postgres").await.run_direct(None, &mut connection, false).await.unwrap();
    let filling = filling(|id| format!("'{id}'"), "FALSE", "TRUE");
    connection.execute(AssertSqlSafe(filling)).await.unwrap();
    connection.close().await.unwrap();
    holds_all(&Store::open(&url, StoreOptions::default()).await.unwrap()).await;
}
