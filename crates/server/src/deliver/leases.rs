//! Leases are short, so that what a dead worker held is soon free again, and renewed while sending
//! takes its time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bellwether_model::{DeliveryId, Span, Timestamp};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Sending;

/// How long a claim holds without being renewed.
pub(super) const LEASE: Duration = Duration::from_secs(10);
/// How often it is renewed: twice may fail before it is lost.
const RENEW_EVERY: Duration = Duration::from_secs(3);

const _: () = assert!(3 * RENEW_EVERY.as_secs() < LEASE.as_secs());

/// The claims of one worker that are neither recorded nor given up.
#[derive(Clone, Default)]
pub(super) struct Leases {
    // Held for one look or one change at a time, never across anything that waits.
    held: Arc<Mutex<HashMap<DeliveryId, Uuid>>>,
}

impl Leases {
    pub(super) fn hold(&self, delivery: DeliveryId, token: Uuid) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).insert(delivery, token);
    }

    pub(super) fn release(&self, delivery: DeliveryId) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(&delivery);
    }

    fn all(&self) -> Vec<(DeliveryId, Uuid)> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.iter().map(|(delivery, token)| (*delivery, *token)).collect()
    }

    /// Gives back whatever is still held: nothing, but where a part of the worker panicked.
    pub(super) async fn give_back(&self, sending: &Sending) {
        let held = self.all();
        if held.is_empty() {
            return;
        }
        held.iter().for_each(|(delivery, _)| self.release(*delivery));
        tracing::error!(
            count = held.len(),
            "a deliverer stops and gives back what it could not bring to an end"
        );
        if let Err(error) = sending.store.give_back(held, sending.clock.now()).await {
            tracing::warn!(%error, "what was claimed could not be given back; its lease runs out");
        }
    }

    /// Renews whatever is held, until cancelled.
    pub(super) async fn keep(self, sending: Sending, cancel: CancellationToken) {
        loop {
            tokio::select! {
                () = cancel.cancelled() => return,
                () = tokio::time::sleep(RENEW_EVERY) => {}
            }
            let held = self.all();
            if held.is_empty() {
                continue;
            }
            let until = lease_end(sending.clock.now());
            if let Err(error) = sending.store.renew(held, until).await {
                tracing::warn!(%error, "claims could not be renewed; it is tried again");
            }
        }
    }
}

fn lease_end(now: Timestamp) -> Timestamp {
    Span::from_seconds(LEASE.as_secs()).map_or(now, |lease| now.saturating_add(lease))
}
