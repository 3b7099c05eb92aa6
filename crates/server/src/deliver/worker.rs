//! The worker of one lane.

use std::sync::Arc;
use std::time::Duration;

use bellwether_store::delivery::{Claim, Lane};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Sending;
use super::attempt::{attempt, cancelled};
use super::leases::{LEASE, Leases};
use super::recorder::Recorder;
use crate::crash::{self, Point};

/// How often due deliveries are looked for where no wake-up came.
const POLL_EVERY: Duration = Duration::from_millis(500);
/// How long a failed look waits before the next.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Claims and sends the deliveries of one lane.
pub(super) struct Worker {
    sending: Sending,
    lane: Lane,
    id: Uuid,
    /// One permit for each delivery being sent. Claims take as many as are free, so nothing is claimed
    /// that must then wait while its lease runs.
    permits: Arc<Semaphore>,
    leases: Leases,
}

impl Worker {
    pub(super) fn new(sending: Sending, lane: Lane) -> Self {
        let permits = Arc::new(Semaphore::new(sending.at_once));
        Self { sending, lane, id: Uuid::new_v4(), permits, leases: Leases::default() }
    }

    /// Works until cancelled; then ends what it began, and records it.
    pub(super) async fn run(self, cancel: CancellationToken) {
        let recorder = Recorder::start(self.sending.clone(), self.leases.clone());
        // Renewed until the last attempt is recorded, which is after the cancellation.
        let recorded = CancellationToken::new();
        let keeper = tokio::spawn(self.leases.clone().keep(self.sending.clone(), recorded.clone()));
        let mut due = self.sending.store.deliveries_due();
        let mut sends = JoinSet::new();
        while !cancel.is_cancelled() {
            let Some(permits) = self.free_permits(&cancel).await else { break };
            // The wake-up is registered before the look, so nothing that comes due in between is slept through.
            due.borrow_and_update();
            match self.claim(permits).await {
                Ok(claims) if claims.is_empty() => {
                    tokio::select! {
                        () = cancel.cancelled() => {}
                        _ = due.changed() => {}
                        () = tokio::time::sleep(POLL_EVERY) => {}
                    }
                }
                Ok(claims) => {
                    crash::point(Point::Claimed);
                    self.send_all(claims, &recorder, &mut sends).await;
                }
                Err(error) => {
                    tracing::error!(%error, lane = ?self.lane, "deliveries could not be claimed; it is tried again");
                    tokio::time::sleep(RETRY_AFTER).await;
                }
            }
            while sends.try_join_next().is_some() {}
        }
        while sends.join_next().await.is_some() {}
        recorder.finish().await;
        recorded.cancel();
        // An error means that the keeper panicked, which was reported where it happened.
        let _ = keeper.await;
    }

    /// Waits for at least one free permit and takes all that are free.
    async fn free_permits(&self, cancel: &CancellationToken) -> Option<Vec<OwnedSemaphorePermit>> {
        let first = tokio::select! {
            () = cancel.cancelled() => return None,
            permit = Arc::clone(&self.permits).acquire_owned() => permit.ok()?,
        };
        let mut permits = vec![first];
        while let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
            permits.push(permit);
        }
        Some(permits)
    }

    async fn claim(
        &self,
        permits: Vec<OwnedSemaphorePermit>,
    ) -> Result<Vec<(Claim, OwnedSemaphorePermit)>, bellwether_store::StoreError> {
        let limit = u32::try_from(permits.len()).unwrap_or(u32::MAX);
        let now = self.sending.clock.now();
        let claims = self.sending.store.claim(self.lane, limit, self.id, LEASE, now).await?;
        claims.iter().for_each(|claim| self.leases.hold(claim.id, claim.token));
        Ok(claims.into_iter().zip(permits).collect())
    }

    async fn send_all(
        &self,
        claims: Vec<(Claim, OwnedSemaphorePermit)>,
        recorder: &Recorder,
        sends: &mut JoinSet<()>,
    ) {
        let ids: Vec<_> = claims.iter().map(|(claim, _)| claim.id).collect();
        let wanted = self.sending.store.still_wanted(&ids, self.sending.clock.now()).await;
        // Where that cannot be asked, the claim itself was the last look: it returns nothing deleted.
        let wanted = wanted.unwrap_or_else(|_| vec![true; ids.len()]);
        for ((claim, permit), wanted) in claims.into_iter().zip(wanted) {
            let (sending, reports) = (self.sending.clone(), recorder.reports());
            sends.spawn(async move {
                let report =
                    if wanted { attempt(&sending, claim).await } else { cancelled(&sending, &claim) };
                // It fails only where the recorder has ended, which it does after the last send.
                let _ = reports.send(report).await;
                drop(permit);
            });
        }
    }
}
