//! Hints between processes: what one has committed, the others look at sooner than they would by themselves.

use std::time::Duration;

use bellwether_bus::{Bus, Hint};
use bellwether_model::UserId;
use bellwether_store::{Store, Woken};
use bytes::Bytes;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::http::Generations;

/// Alerts have changed.
const ALERTS: &str = "alerts";
/// Deliveries are due.
const DELIVERIES: &str = "deliveries";
/// Engines want something else from the markets.
const WANTS: &str = "wants";
/// Something of these users' has changed: their ids, 16 bytes each.
const USERS: &str = "users";

/// Between two hints of one kind: what comes about meanwhile is told with the next.
const PAUSE: Duration = Duration::from_millis(2);
/// Users that one hint tells of at most.
const USERS_MAX: usize = 4_096;
/// How long whoever cannot listen waits before trying again.
const RETRY: Duration = Duration::from_millis(500);

/// Tells other processes what came about here, and hears what came about there, until cancelled.
pub(crate) async fn bridge(bus: Bus, store: Store, lists: Generations, cancel: CancellationToken) {
    let users = lists.tell_others();
    let bridging = async {
        tokio::join!(
            tell(&bus, &store, Woken::Alerts, ALERTS),
            tell(&bus, &store, Woken::Deliveries, DELIVERIES),
            tell(&bus, &store, Woken::Wants, WANTS),
            tell_users(&bus, users),
            hear(&bus, &store, &lists),
        )
    };
    let _ = cancel.run_until_cancelled(bridging).await;
}

async fn tell(bus: &Bus, store: &Store, woken: Woken, kind: &str) {
    let mut own = store.own_wakes(woken);
    while own.changed().await.is_ok() {
        bus.hint(kind, Bytes::new()).await;
        tokio::time::sleep(PAUSE).await;
    }
}

async fn tell_users(bus: &Bus, mut users: mpsc::UnboundedReceiver<UserId>) {
    let mut changed = Vec::new();
    while users.recv_many(&mut changed, USERS_MAX).await > 0 {
        changed.sort_unstable();
        changed.dedup();
        let ids: Vec<u8> = changed.drain(..).flat_map(|user| user.0.into_bytes()).collect();
        bus.hint(USERS, ids.into()).await;
        tokio::time::sleep(PAUSE).await;
    }
}

async fn hear(bus: &Bus, store: &Store, lists: &Generations) {
    loop {
        match bus.hints().await {
            Ok(mut hints) => {
                while let Some(hint) = hints.next().await {
                    take_in(&hint, store, lists);
                }
            }
            Err(error) => tracing::warn!(%error, "hints cannot be heard; it is tried again"),
        }
        tokio::time::sleep(RETRY).await;
    }
}

fn take_in(hint: &Hint, store: &Store, lists: &Generations) {
    match hint.kind.as_str() {
        ALERTS => store.wake_from_elsewhere(Woken::Alerts),
        DELIVERIES => store.wake_from_elsewhere(Woken::Deliveries),
        WANTS => store.wake_from_elsewhere(Woken::Wants),
        USERS => {
            for id in hint.bytes.chunks_exact(16).filter_map(|id| Uuid::from_slice(id).ok()) {
                lists.bump_from_elsewhere(UserId(id));
            }
        }
        // Of a newer program: it is a hint.
        _ => {}
    }
}
