//! Whether the store answers, and its schema fits this program.

use std::error::Error;

use bellwether_store::{SchemaStatus, Store, StoreKind, StoreOptions};

use super::finding::Finding;
use super::follower;
use crate::config::Config;

const WHAT: &str = "store";

/// What was found of the database, and of the server that follows it where one is named.
pub(super) async fn look(config: &Config) -> Vec<Finding> {
    if let Some(file) = config.store.sqlite_file().filter(|file| !file.exists()) {
        // To open it would make it.
        return vec![Finding::good(WHAT, format!("{} is made by the first start", file.display()))];
    }
    if config.store.is_in_memory() {
        return vec![Finding::odd(
            WHAT,
            "is in memory, and gone with the process",
            "Set store.url to keep it.",
        )];
    }
    let store = match Store::open(config.store.url.reveal(), StoreOptions::default()).await {
        Ok(store) => store,
        Err(error) => return vec![unreachable(&error)],
    };
    let found = match store.schema_status().await {
        Ok(status) => {
            let follower = follower::look(config, &store).await;
            std::iter::once(schema(store.kind(), &status)).chain(follower).collect()
        }
        Err(error) => vec![unreachable(&error)],
    };
    store.close().await;
    found
}

fn schema(kind: StoreKind, status: &SchemaStatus) -> Finding {
    let name = match kind {
        StoreKind::Sqlite => "SQLite",
        StoreKind::Postgres => "PostgreSQL",
    };
    if !status.unknown.is_empty() {
        let said = format!("{name} answers, and was brought up to date by a newer program");
        return Finding::bad(WHAT, said, "Run that program, or restore a backup from before.");
    }
    match status.pending.len() {
        0 => Finding::good(WHAT, format!("{name} answers, and its schema is up to date")),
        count => Finding::odd(
            WHAT,
            format!("{name} answers, and its schema lacks {count} of this program's versions"),
            "Back it up, then run bellwether migrate; bellwether serve does so when it starts.",
        ),
    }
}

fn unreachable(error: &dyn Error) -> Finding {
    let advice =
        "Look whether the database runs, and whether store.url leads to it as a user who may use it.";
    Finding::bad(WHAT, format!("cannot be used: {}", chain(error)), advice)
}

/// An error with what it came from.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::finding::State;
    use super::*;

    #[test]
    fn a_schema_that_is_older_is_worth_a_look_and_a_newer_one_is_in_the_way() {
        let status = |pending: &[i64], unknown: &[i64]| SchemaStatus {
            applied: vec![1],
            pending: pending.to_vec(),
            unknown: unknown.to_vec(),
        };
        let state = |status| schema(StoreKind::Postgres, &status).state;
        assert_eq!(state(status(&[], &[])), State::Good);
        assert_eq!(state(status(&[2], &[])), State::Odd);
        assert_eq!(state(status(&[2], &[9])), State::Bad);
    }
}
