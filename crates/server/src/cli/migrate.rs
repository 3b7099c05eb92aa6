//! `bellwether migrate`: the schema of the database, brought up to date.

use anyhow::Context as _;
use bellwether_store::{Store, StoreOptions};

use super::print_line;
use crate::config::Config;

/// Migrates and says what was done.
pub(super) async fn run(config: Config) -> anyhow::Result<()> {
    let store = Store::open(config.store.url.reveal(), StoreOptions::default());
    let store = store.await.with_context(|| format!("{} cannot be opened", config.store.named()))?;
    let migrated = store.migrate().await;
    let migrated = migrated
        .with_context(|| format!("the schema of {} cannot be brought up to date", config.store.named()));
    store.close().await;
    let applied = migrated?.applied;
    let versions: Vec<String> = applied.iter().map(ToString::to_string).collect();
    match versions.as_slice() {
        [] => print_line("The schema was up to date."),
        versions => print_line(&format!("Applied {}.", versions.join(", "))),
    }
    Ok(())
}
