//! Whether people log in, and where they do not, whose machine it is.

use bellwether_store::{Store, StoreOptions};

use super::finding::Finding;
use crate::config::Config;
use crate::single_user::{self, Owner};

const WHAT: &str = "single-user mode";
const SAID: &str = "is on: whoever is on this machine needs no login, and nobody else gets in";

/// What was found; nothing where people log in.
pub(super) async fn look(config: &Config) -> Option<Finding> {
    if !config.accounts.single_user {
        return None;
    }
    // To open it would make it.
    let is_new = config.store.sqlite_file().is_some_and(|file| !file.exists()) || config.store.is_in_memory();
    let owner = if is_new { Some(Owner::None) } else { owner(config).await };
    Some(match owner {
        Some(Owner::Unclear { advice }) => Finding::bad(WHAT, "is on, and its owner is not clear", advice),
        Some(Owner::None) => {
            Finding::good(WHAT, format!("{SAID}; the first start makes the owner's account"))
        }
        // A store that does not answer, or whose schema is older, is told of by itself.
        Some(Owner::Known(_) | Owner::Nameless(_)) | None => Finding::good(WHAT, SAID),
    })
}

async fn owner(config: &Config) -> Option<Owner> {
    let store = Store::open(config.store.url.reveal(), StoreOptions::default()).await.ok()?;
    let owner = single_user::look(config, &store).await.ok();
    store.close().await;
    owner
}
