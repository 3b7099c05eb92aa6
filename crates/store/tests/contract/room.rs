//! A store that keeps nothing says why, and is believed again only once a write that needs room went well.

use bellwether_store::testing::PostgresServer;
use bellwether_store::{Standing, Store, StoreError, StoreOptions};
use sqlx::{Connection as _, PgConnection, SqliteConnection};

use super::kit::{Kit, at};

contract!(room_is_proved_and_nothing_of_it_remains);

async fn room_is_proved_and_nothing_of_it_remains(kit: Kit) {
    let standing = kit.store.standing();
    for second in 0..3 {
        kit.store.prove_room(at(second)).await.unwrap();
    }
    assert_eq!(*standing.borrow(), Standing::Keeps);
    assert!(!standing.has_changed().unwrap(), "nothing was said: it was so before");
    if kit.lasts {
        assert_eq!(rows(&kit.url).await, 0);
    }
}

async fn rows(url: &str) -> i64 {
    const COUNT: &str = "SELECT COUNT(*) FROM room";
    if url.starts_with("sqlite:") {
        sqlx::query_scalar(COUNT).fetch_one(&mut SqliteConnection::connect(url).await.unwrap()).await.unwrap()
    } else {
        sqlx::query_scalar(COUNT).fetch_one(&mut PgConnection::connect(url).await.unwrap()).await.unwrap()
    }
}

/// As a replica does that was promoted away, or a server whose administrator has stopped writes.
#[tokio::test]
async fn a_database_that_becomes_read_only_says_so_and_recovers_by_itself() {
    let Some(server) = PostgresServer::shared() else { return };
    let url = server.fresh_database().await;
    let name = url.split_once("localhost/").and_then(|(_, rest)| rest.split_once('?')).unwrap().0.to_owned();
    let store = Store::open(&url, StoreOptions::default()).await.unwrap();
    store.migrate().await.unwrap();
    let anew = async |setting: &str| {
        server
            .run(format!(
                "ALTER DATABASE {name} {setting} default_transaction_read_only{}",
                if setting == "SET" { " = on" } else { "" }
            ))
            .await;
        server
            .run(format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"))
            .await;
    };
    anew("SET").await;
    // Connections that were cut come first.
    for _ in 0..100 {
        if matches!(store.prove_room(at(0)).await, Err(StoreError::ReadOnly { .. })) {
            break;
        }
    }
    assert_eq!(*store.standing().borrow(), Standing::ReadOnly);
    store.ping().await.unwrap();
    // What changes nothing proves nothing.
    assert!(matches!(store.sweep(at(0)).await, Err(StoreError::ReadOnly { .. })));
    anew("RESET").await;
    for _ in 0..100 {
        if store.prove_room(at(1)).await.is_ok() {
            break;
        }
    }
    assert_eq!(*store.standing().borrow(), Standing::Keeps);
    store.close().await;
}
