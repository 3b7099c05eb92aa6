//! Leases are short, so that what a dead worker held is soon free again, and renewed while sending
//! takes its time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bellwether_model::{DeliveryId, Span, Timestamp};
use bellwether_store::delivery::Claim;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Sending;

/// How long a claim holds without being renewed.
pub(super) const LEASE: Duration = Duration::from_secs(10);
/// How often it is renewed: twice may fail before it is lost.
const RENEW_EVERY: Duration = Duration::from_secs(3);

const _: () = assert!(3 * RENEW_EVERY.as_secs() < LEASE.as_secs());

/// When something was claimed.
pub(super) fn claimed_at(claim: &Claim) -> Timestamp {
    let lease_us = i64::try_from(LEASE.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(claim.lease_until.micros().saturating_sub(lease_us))
}

/// The claims of one worker that are neither recorded nor given up.
#[derive(Clone, Default)]
pub(super) struct Leases {
    // Held for one look or one change at a time, never across anything that waits.
    held: Arc<Mutex<HashMap<DeliveryId, Held>>>,
}

struct Held {
    token: Uuid,
    /// When the lease ends, as far as the store has confirmed it.
    until: Timestamp,
}

impl Leases {
    pub(super) fn hold(&self, claim: &Claim) {
        self.held().insert(claim.id, Held { token: claim.token, until: claim.lease_until });
    }

    pub(super) fn release(&self, delivery: DeliveryId) {
        self.held().remove(&delivery);
    }

    /// Whether a claim is certainly this worker's still, without a word from the store.
    pub(super) fn is_certain(&self, claim: &Claim, now: Timestamp) -> bool {
        self.held().get(&claim.id).is_some_and(|held| held.token == claim.token && now < held.until)
    }

    fn all(&self) -> Vec<(DeliveryId, Uuid)> {
        self.held().iter().map(|(delivery, held)| (*delivery, held.token)).collect()
    }

    /// Takes note that the store has renewed these. Of one whose lease was over by now it is not known whose it was when
    /// the store did.
    fn confirm(&self, renewed: &[(DeliveryId, Uuid)], until: Timestamp, now: Timestamp) {
        let mut all = self.held();
        for (delivery, token) in renewed {
            if let Some(held) = all.get_mut(delivery)
                && held.token == *token
                && now < held.until
            {
                held.until = until;
            }
        }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<DeliveryId, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
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
                biased;
                () = cancel.cancelled() => return,
                () = tokio::time::sleep(RENEW_EVERY) => {}
            }
            let held = self.all();
            if held.is_empty() {
                continue;
            }
            let until = lease_end(sending.clock.now());
            match sending.store.renew(held.clone(), until).await {
                Ok(()) => self.confirm(&held, until, sending.clock.now()),
                Err(error) => tracing::warn!(%error, "claims could not be renewed; it is tried again"),
            }
        }
    }
}

fn lease_end(now: Timestamp) -> Timestamp {
    Span::from_seconds(LEASE.as_secs()).map_or(now, |lease| now.saturating_add(lease))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::samples::{at, claim};

    #[test]
    fn a_lease_is_certain_until_it_ends_and_longer_once_it_was_renewed_in_time() {
        let (leases, claim) = (Leases::default(), claim(1));
        assert!(!leases.is_certain(&claim, at(0)), "it is not held");
        leases.hold(&claim);
        assert_eq!(claim.lease_until, at(60));
        assert!(leases.is_certain(&claim, at(59)) && !leases.is_certain(&claim, at(60)));
        let other = Claim { token: Uuid::new_v4(), ..claim.clone() };
        assert!(!leases.is_certain(&other, at(0)), "that is another claim of the same delivery");
        leases.confirm(&leases.all(), at(80), at(59));
        assert!(leases.is_certain(&claim, at(79)));
        leases.confirm(&leases.all(), at(200), at(80));
        assert!(!leases.is_certain(&claim, at(81)), "it may have been another's by then");
        leases.release(claim.id);
        assert!(!leases.is_certain(&claim, at(0)));
    }
}
