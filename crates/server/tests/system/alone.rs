//! One service on a database: a second one is refused, other commands are not, and the next one after a kill starts at once.

use crate::client::Client;
use crate::process::Process;
use crate::stores::TestStore;
use crate::world::World;

async fn one_at_a_time(store: TestStore) {
    let (world, name) = (World::start().await, store.name());
    let first = Process::start(&world, &store, None).await;
    let (status, said) = Process::run_to_its_end(&world, &store, &["serve"]).await;
    assert_eq!(status.code(), Some(1), "{name}: {said}");
    assert!(
        said.contains("cannot be opened: another process") && said.contains("Stop that one first"),
        "{said}"
    );

    for beside in [
        &["migrate"][..],
        &["users", "add", "beside@example.org"],
        &["users", "promote", "beside@example.org"],
    ] {
        let (status, said) = Process::run_to_its_end(&world, &store, beside).await;
        assert!(status.success(), "{name}: {beside:?}: {said}");
    }
    let user = Client::sign_up(first.base(), "first@example.org").await;
    user.get("/api/alerts").await;

    // Killed, not stopped.
    drop(first);
    let second = Process::start(&world, &store, None).await;
    Client::sign_up(second.base(), "second@example.org").await;
    second.stop().await;
    let third = Process::start(&world, &store, None).await;
    Client::sign_up(third.base(), "third@example.org").await;
    third.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_service_on_one_database_is_refused() {
    one_at_a_time(TestStore::sqlite()).await;
}
