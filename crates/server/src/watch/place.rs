//! Which database a `watch` has. Several may run at once, and each has one of its own; the same command finds its own
//! again, with what its prices are compared with.
//!
//! The lock that a service holds on its database says which are in use. Who is refused takes the next best, so no order
//! of starting and no two that start at once can give two of them one database.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bellwether_store::OpenError;

use super::{Wish, alerts};
use crate::config::{Config, Secret};

/// The database of the first; the others are `watch-2.db`, `watch-3.db` ...
pub(super) const FIRST: &str = "bellwether-data/watch.db";
/// So many are kept for commands that are not running; then the one that was used longest ago is used anew.
const KEPT: usize = 8;
/// Databases that are looked for: more do not run at once.
const NUMBER_MAX: usize = 100;

/// The configurations to try, the best first. Where the database was named by somebody, that is the only one.
pub(super) async fn candidates(config: &Config, wishes: &[Wish]) -> Vec<Config> {
    if config.store.url.reveal() != format!("sqlite:{FIRST}") {
        return vec![config.clone()];
    }
    let there: Vec<usize> = (1..=NUMBER_MAX).filter(|number| path(*number).exists()).collect();
    let mut known = Vec::new();
    for &number in &there {
        let found = alerts::found(&with(config, number), wishes).await.unwrap_or_default();
        known.push((number, found));
    }
    let mut own: Vec<_> = known.iter().filter(|(_, found)| found.wished > 0).collect();
    own.sort_by_key(|(number, found)| (Reverse(found.wished), found.others, *number));
    let mut foreign: Vec<usize> =
        known.iter().filter(|(_, found)| found.wished == 0).map(|(number, _)| *number).collect();
    foreign.sort_by_key(|number| (used_at(&path(*number)), *number));
    let fresh = (1..=NUMBER_MAX).filter(|number| !there.contains(number));
    // One that watches more besides would lose that.
    let own = |shared: bool| {
        own.iter().filter(move |(_, found)| (found.others > 0) == shared).map(|(number, _)| *number)
    };
    let order: Vec<usize> = if there.len() < KEPT {
        own(false).chain(fresh).collect()
    } else {
        own(false).chain(own(true)).chain(foreign).chain(fresh).collect()
    };
    order.into_iter().map(|number| with(config, number)).collect()
}

/// Whether another `watch` has that database.
pub(super) fn is_in_use(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| matches!(cause.downcast_ref(), Some(OpenError::InUse { .. })))
}

fn path(number: usize) -> PathBuf {
    match number {
        1 => PathBuf::from(FIRST),
        _ => Path::new(FIRST).with_file_name(format!("watch-{number}.db")),
    }
}

fn with(config: &Config, number: usize) -> Config {
    let mut config = config.clone();
    config.store.url = Secret::new(format!("sqlite:{}", path(number).display()));
    config
}

/// When a database was written to last: the newest changes are in the journal beside it.
fn used_at(path: &Path) -> Option<SystemTime> {
    let mut journal = path.as_os_str().to_owned();
    journal.push("-wal");
    let at = |path: &Path| std::fs::metadata(path).and_then(|file| file.modified()).ok();
    at(path).max(at(journal.as_ref()))
}
