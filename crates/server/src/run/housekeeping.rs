//! What happens because time passes.

use std::time::Duration;

use bellwether_store::Store;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::http::Generations;

/// How often alerts are looked for whose time is over. No tick fires them meanwhile: the evaluator goes
/// by the ticks' own times.
const EXPIRE_EVERY: Duration = Duration::from_secs(1);
/// Alerts that one transaction expires at most.
const EXPIRE_MAX: u32 = 1_000;

/// Turns alerts whose time is over to `expired`, until cancelled.
pub(super) async fn expire_alerts(store: Store, clock: Clock, lists: Generations, cancel: CancellationToken) {
    loop {
        let more = match store.expire(clock.now(), EXPIRE_MAX).await {
            Ok(users) => {
                users.iter().for_each(|user| lists.bump(*user));
                users.len() >= EXPIRE_MAX as usize
            }
            Err(error) => {
                tracing::error!(%error, "expired alerts could not be marked; it is tried again");
                false
            }
        };
        if more && !cancel.is_cancelled() {
            continue;
        }
        tokio::select! {
            () = cancel.cancelled() => return,
            () = clock.sleep(EXPIRE_EVERY) => {}
        }
    }
}
