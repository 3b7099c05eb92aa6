//! Opening, migrating, closing, opening again.

use bellwether_store::{OpenError, Store, StoreError, StoreKind, StoreOptions};

use crate::contract::kit::{Kit, at, next_fire};

contract!(
    migrating_again_changes_nothing,
    what_was_stored_is_there_when_the_store_is_opened_again,
    a_closed_store_says_so,
    clones_are_one_store,
);

async fn migrating_again_changes_nothing(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let before = kit.store.schema_status().await.unwrap();
    assert!(!before.applied.is_empty());
    assert_eq!((before.pending.as_slice(), before.unknown.as_slice()), (&[][..], &[][..]));
    assert_eq!(kit.store.migrate().await.unwrap().applied, Vec::<i64>::new());
    assert_eq!(kit.store.schema_status().await.unwrap(), before);
    assert!(kit.store.user(user).await.unwrap().is_some());
    kit.store.ping().await.unwrap();
}

async fn what_was_stored_is_there_when_the_store_is_opened_again(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let alert = kit.alert(user).await;
    let fire = next_fire(&kit.watched(alert.id).await.unwrap(), true);
    kit.commit(vec![fire.clone()]).await;
    let before = kit.read(&alert).await;
    if kit.lasts {
        kit.store.close().await;
    }
    let store = kit.second().await;
    assert_eq!(store.schema_status().await.unwrap().pending, Vec::<i64>::new());
    assert_eq!(store.alert(user, alert.id).await.unwrap(), Some(before));
    assert!(store.fire(user, fire.id).await.unwrap().is_some());
    assert!(store.delivery(user, fire.deliveries[0]).await.unwrap().is_some());
}

async fn a_closed_store_says_so(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let alert = kit.alert(user).await;
    let clone = kit.store.clone();
    kit.store.close().await;
    kit.store.close().await;
    assert!(matches!(clone.user(user).await, Err(StoreError::Closed)));
    assert!(matches!(clone.delete_alert(user, alert.id, at(1)).await, Err(StoreError::Closed)));
    let new = crate::contract::kit::new_alert(user, alert.spec);
    assert!(matches!(clone.create_alert(new, 10, at(1)).await, Err(StoreError::Closed)));
}

async fn clones_are_one_store(kit: Kit) {
    let mut changed = kit.store.clone().alerts_changed();
    changed.mark_unchanged();
    let user = kit.user("a@example.org").await;
    let alert = kit.alert(user).await;
    assert!(changed.has_changed().unwrap());
    assert!(kit.store.clone().alert(user, alert.id).await.unwrap().is_some());
    assert_eq!(kit.store.kind() == StoreKind::Postgres, kit.url.starts_with("postgres"));
}

#[tokio::test]
async fn an_address_of_no_known_kind_is_refused_without_repeating_it() {
    for url in ["mysql://user:s3cret@host/db", "sqlite:", "", "postgres//user:s3cret@host"] {
        let error = Store::open(url, StoreOptions::default()).await.unwrap_err();
        assert!(matches!(error, OpenError::Address), "{url}: {error:?}");
        assert!(!format!("{error} {error:?}").contains("s3cret"));
    }
    let unreadable = Store::open("postgres://user:s3cret@host:port/db", StoreOptions::default()).await;
    assert!(!format!("{:?}", unreadable.unwrap_err()).contains("s3cret"));
}

#[cfg(unix)]
#[tokio::test]
async fn the_database_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let kit = Kit::sqlite().await;
    kit.user("a@example.org").await;
    let folder = kit.folder().join("data");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 2, "the database and its journal: {files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{file:?}");
    }
}

#[tokio::test]
async fn a_file_is_held_alone_by_one_at_a_time() {
    let kit = Kit::sqlite().await;
    let alone = || StoreOptions { alone: true, ..StoreOptions::default() };
    let first = Store::open(&kit.url, alone()).await.unwrap();
    let mut ways = vec![kit.url.clone()];
    #[cfg(unix)]
    {
        let link = kit.folder().join("link.db");
        std::os::unix::fs::symlink(kit.url.strip_prefix("sqlite:").unwrap(), &link).unwrap();
        ways.push(format!("sqlite:{}", link.display()));
    }
    for url in &ways {
        let refused = Store::open(url, alone()).await.unwrap_err();
        let OpenError::InUse { by, file } = &refused else { panic!("{refused:?}") };
        assert_eq!(*by, Some(std::process::id()));
        assert!(refused.to_string().contains(&file.display().to_string()), "{refused}");
    }
    // Whoever does not ask to be alone is not kept from it.
    kit.user("a@example.org").await;

    first.close().await;
    let second = Store::open(&kit.url, alone()).await.unwrap();
    drop(first);
    assert!(
        matches!(Store::open(&kit.url, alone()).await, Err(OpenError::InUse { .. })),
        "what was let go is gone"
    );
    second.close().await;
    Store::open(&kit.url, alone()).await.unwrap().close().await;
    Store::open("sqlite::memory:", alone()).await.unwrap().close().await;
}

#[tokio::test]
async fn a_newer_schema_is_not_touched() {
    let kit = Kit::sqlite().await;
    kit.store.close().await;
    let mut connection = raw(&kit).await;
    let newer = "UPDATE _sqlx_migrations SET version = 999
        WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)";
    sqlx::query(newer).execute(&mut connection).await.unwrap();
    let store = kit.second().await;
    assert!(matches!(store.migrate().await, Err(StoreError::Schema { .. })));
    let status = store.schema_status().await.unwrap();
    assert_eq!((status.unknown, status.pending.is_empty()), (vec![999], false));
}

#[tokio::test]
async fn a_file_that_is_no_database_is_told_as_such() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("notes.txt");
    std::fs::write(&path, "not a database, and long enough to be taken for one".repeat(100)).unwrap();
    let opened = Store::open(&format!("sqlite:{}", path.display()), StoreOptions::default()).await;
    assert!(matches!(opened, Err(OpenError::Store(StoreError::Corrupt { .. }))), "{opened:?}");
}

#[tokio::test]
async fn a_file_that_another_process_holds_is_busy() {
    let kit = Kit::sqlite().await;
    let user = kit.user("a@example.org").await;
    let mut connection = raw(&kit).await;
    // Another writer holds the file for longer than the store's patience allows.
    sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await.unwrap();
    let hasty = StoreOptions { patience: std::time::Duration::from_millis(50), ..StoreOptions::default() };
    let hasty = Store::open(&kit.url, hasty).await.unwrap();
    assert!(matches!(hasty.delete_user(user, at(1)).await, Err(StoreError::Busy { .. })));
    sqlx::query("ROLLBACK").execute(&mut connection).await.unwrap();
    assert!(hasty.delete_user(user, at(2)).await.unwrap(), "and goes on once the file is free");
}

async fn raw(kit: &Kit) -> sqlx::SqliteConnection {
    use sqlx::Connection;
    let path = kit.url.strip_prefix("sqlite:").unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    sqlx::SqliteConnection::connect_with(&options).await.unwrap()
}
