//! Says when the store no longer keeps what is written to it, and finds out when it does again.

use std::time::Duration;

use bellwether_store::{Standing, Store};
use metrics::gauge;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::http::Readiness;

/// What the service says of its readiness names this part.
const PART: &str = "store";
/// How often a store that keeps nothing is tried.
const TRY_EVERY: Duration = Duration::from_secs(1);

/// Tells how the store stands, until cancelled.
pub(super) async fn tell(store: Store, clock: Clock, readiness: Readiness, cancel: CancellationToken) {
    let mut standings = store.standing();
    let mut told = Standing::Keeps;
    gauge!("bellwether_store_writable").set(1.0);
    loop {
        let standing = *standings.borrow_and_update();
        if standing != told {
            told = standing;
            say(standing, &readiness);
        }
        let waiting = async {
            if standing == Standing::Keeps {
                // The store is there for as long as this is.
                let _ = standings.changed().await;
            } else {
                clock.sleep(TRY_EVERY).await;
                // What it comes to is heard of like any write's end.
                let _ = store.prove_room(clock.now()).await;
            }
        };
        if cancel.run_until_cancelled(waiting).await.is_none() {
            return;
        }
    }
}

fn say(standing: Standing, readiness: &Readiness) {
    gauge!("bellwether_store_writable").set(if standing == Standing::Keeps { 1.0 } else { 0.0 });
    let why = match standing {
        Standing::Keeps => {
            readiness.ready(PART);
            tracing::info!("the store keeps what is written to it again");
            return;
        }
        Standing::Full => "has no room left",
        Standing::ReadOnly => "is read-only",
        Standing::Unreachable => "cannot be written to",
    };
    readiness.not_ready(PART, why);
    tracing::error!(store = why, "nothing can be kept: what was accepted waits, and nothing new is");
}
