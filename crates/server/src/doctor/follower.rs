//! How the server stands that follows the database.

use bellwether_store::Store;
use bellwether_store::replica::ReplicaState;

use super::finding::Finding;
use super::store::chain;
use crate::config::Config;

const WHAT: &str = "store.read_url";

/// Nothing where none is configured.
pub(super) async fn look(config: &Config, store: &Store) -> Option<Finding> {
    let url = config.store.read_url.reveal();
    if url.is_empty() {
        return None;
    }
    if let Err(error) = store.read_from(url) {
        return Some(Finding::bad(WHAT, chain(&error), "Correct the address, or leave it empty."));
    }
    store.replica_seen().await.map(found)
}

/// Whatever it is, the service runs: the database itself answers then.
fn found(state: ReplicaState) -> Finding {
    let advice =
        "Until then store.url answers everything; look after the follower, or leave store.read_url empty.";
    match state {
        ReplicaState::Behind(lag) if state.is_used() => {
            Finding::good(WHAT, format!("follows the database, {:.1} s behind", lag.as_secs_f64()))
        }
        ReplicaState::Behind(lag) => {
            let said = format!("is {} s behind the database, too far to be asked", lag.as_secs());
            Finding::odd(WHAT, said, advice)
        }
        ReplicaState::Foreign => Finding::odd(
            WHAT,
            "is another database, and is not asked",
            "Have it lead to a server that follows that of store.url by streaming replication.",
        ),
        ReplicaState::Away | ReplicaState::Unknown => {
            Finding::odd(WHAT, "does not answer, or follows nobody", advice)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_follower_is_never_in_the_way_and_what_is_wrong_with_it_is_said() {
        let said = |state| found(state).lines()[0].clone();
        let behind = |seconds| ReplicaState::Behind(Duration::from_secs(seconds));
        assert_eq!(said(behind(1)), "ok    store.read_url: follows the database, 1.0 s behind");
        assert_eq!(
            said(behind(60)),
            "look  store.read_url: is 60 s behind the database, too far to be asked"
        );
        assert!(said(ReplicaState::Foreign).starts_with("look  store.read_url: is another database"));
        assert!(said(ReplicaState::Away).starts_with("look  store.read_url: does not answer"));
    }
}
