//! `bellwether backup FILE`: a copy of the database, made while the service runs.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use bellwether_store::{Store, StoreOptions};
use clap::Args;

use super::{print_line, print_note};
use crate::config::Config;

/// What is said on the command line.
#[derive(Debug, Args)]
pub(super) struct BackupArgs {
    /// The file to make
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Makes the copy.
pub(super) async fn run(config: Config, args: BackupArgs) -> anyhow::Result<()> {
    let BackupArgs { file } = args;
    if config.store.sqlite_file().is_none() {
        bail!(
            "only an SQLite database is copied so; for PostgreSQL use pg_dump, or base backups with its log"
        );
    }
    super::expect_database(&config)?;
    if file.exists() {
        bail!("{} is there already; name a new file", file.display());
    }
    let store = Store::open(config.store.url.reveal(), StoreOptions::default());
    let store = store.await.with_context(|| format!("{} cannot be opened", config.store.named()))?;
    let copied = store.copy_to(&file).await;
    store.close().await;
    copied.with_context(|| format!("the database could not be copied to {}", file.display()))?;
    let bytes = std::fs::metadata(&file).map(|made| made.len()).unwrap_or_default();
    print_line(&format!("{} holds the database, {bytes} bytes.", file.display()));
    print_note(
        "The keys are not in it. Keep copies of them too, and in another place: see docs/operating.md.",
    );
    Ok(())
}
