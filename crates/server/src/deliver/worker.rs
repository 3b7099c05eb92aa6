//! The worker of one lane.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bellwether_model::Timestamp;
use bellwether_store::delivery::{Claim, ClaimWish, Destination, Lane, LastLook};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Sending;
use super::attempt::{attempt, cancelled};
use super::leases::{LEASE, Leases};
use super::parcel::Parcel;
use super::recorder::Recorder;
use super::sorting::sort;
use crate::crash::{self, Point};

/// How often due deliveries are looked for where no wake-up came.
const POLL_EVERY: Duration = Duration::from_millis(500);
/// How long is waited for more places to be free before a claim that will fill them all: a claim of many costs hardly
/// more than a claim of one.
const GATHER: Duration = Duration::from_millis(5);
/// How long a failed look waits before the next.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// One user's messages have this part of what is sent at once, however many wait, so that a receiver that
/// does not answer holds up few others.
const SHARE: usize = 4;

/// Messages of a lane that is not urgent on their way at once: so few that a flood of them takes half of the usual
/// connections to a mail server at most.
const UNHURRIED: usize = 4;

/// Claims and sends the deliveries of one lane.
pub(super) struct Worker {
    sending: Sending,
    lane: Lane,
    id: Uuid,
    /// Messages to one user that are on their way at once, before others have their turn.
    share: usize,
    /// One permit for each delivery being sent. Claims take as many as are free, so nothing is claimed
    /// that must then wait while its lease runs.
    permits: Arc<Semaphore>,
    /// Half of them.
    half: u32,
    leases: Leases,
}

impl Worker {
    pub(super) fn new(sending: Sending, lane: Lane) -> Self {
        // Each lane has permits of its own.
        let at_once = match lane {
            Lane::Urgent => sending.at_once,
            Lane::Digest | Lane::Insights => sending.at_once.min(UNHURRIED),
        };
        let permits = Arc::new(Semaphore::new(at_once));
        Self {
            sending,
            lane,
            id: Uuid::new_v4(),
            share: (at_once / SHARE).max(1),
            permits,
            half: u32::try_from(at_once / 2).unwrap_or(u32::MAX),
            leases: Leases::default(),
        }
    }

    /// Works until cancelled; then ends what it began, and records it.
    pub(super) async fn run(self, cancel: CancellationToken) {
        let recorder = Recorder::start(self.sending.clone(), self.leases.clone());
        // Renewed until the last attempt is recorded, which is after the cancellation.
        let recorded = CancellationToken::new();
        let keeper = tokio::spawn(self.leases.clone().keep(self.sending.clone(), recorded.clone()));
        let mut due = self.sending.store.deliveries_due();
        let mut freed = self.sending.pacing.freed();
        let mut sends = JoinSet::new();
        let (mut last, mut has_more) = (None, false);
        while !cancel.is_cancelled() {
            let Some(permits) = self.free_permits(has_more, &cancel).await else { break };
            // The wake-ups are registered before the look, so nothing that comes due in between is slept through.
            due.borrow_and_update();
            freed.borrow_and_update();
            let now = self.sending.clock.now();
            let wish = self.wish(permits.len(), last, now);
            match self.sending.store.claim(wish.clone(), now).await {
                Ok(claimed) if claimed.claims.is_empty() => {
                    (last, has_more) = (claimed.last, false);
                    drop(permits);
                    tokio::select! {
                        () = cancel.cancelled() => {}
                        _ = due.changed() => {}
                        _ = freed.changed() => {}
                        () = tokio::time::sleep(self.patience(now)) => {}
                    }
                }
                Ok(claimed) => {
                    crash::point(Point::Claimed);
                    (last, has_more) = (claimed.last, claimed.claims.len() >= permits.len());
                    self.send_all(&wish, claimed.claims, permits, &recorder, &mut sends).await;
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

    fn wish(&self, permits: usize, after: Option<Destination>, now: Timestamp) -> ClaimWish {
        let limit = u32::try_from(permits).unwrap_or(u32::MAX);
        let pass_over = self.sending.pacing.pass_over(self.share, now);
        // Who has fewer than a share on the way may get a share more by this, so less than half of all places.
        let each_user = u32::try_from(self.share).unwrap_or(u32::MAX);
        ClaimWish { after, pass_over, each_user, ..ClaimWish::new(self.lane, limit, self.id, LEASE) }
    }

    /// How long to wait where nothing can be sent and no wake-up comes.
    fn patience(&self, now: Timestamp) -> Duration {
        let next = self.sending.pacing.next_turn().map(|at| at.micros_since(now).max(1_000));
        let next = next.and_then(|wait_us| u64::try_from(wait_us).ok()).map(Duration::from_micros);
        next.map_or(POLL_EVERY, |wait| wait.min(POLL_EVERY))
    }

    /// Waits for at least one free permit, for some more where they will all be used, and takes all that are free.
    async fn free_permits(
        &self,
        gather: bool,
        cancel: &CancellationToken,
    ) -> Option<Vec<OwnedSemaphorePermit>> {
        let first = tokio::select! {
            () = cancel.cancelled() => return None,
            permit = Arc::clone(&self.permits).acquire_owned() => permit.ok()?,
        };
        if gather {
            let half = Arc::clone(&self.permits).acquire_many_owned(self.half);
            // They are taken below, together with all others.
            let _ = tokio::time::timeout(GATHER, half).await.map(drop);
        }
        let mut permits = vec![first];
        while let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
            permits.push(permit);
        }
        Some(permits)
    }

    async fn send_all(
        &self,
        wish: &ClaimWish,
        claims: Vec<Claim>,
        permits: Vec<OwnedSemaphorePermit>,
        recorder: &Recorder,
        sends: &mut JoinSet<()>,
    ) {
        claims.iter().for_each(|claim| self.leases.hold(claim.id, claim.token));
        let parcels = sort(&self.sending, &self.leases, wish, claims).await;
        let parcels = self.still_wanted(parcels, recorder).await;
        // No more messages than there were claims, of which there were no more than permits.
        for (parcel, permit) in parcels.into_iter().zip(permits) {
            let Some(first) = parcel.claims.first() else { continue };
            let flight = self.sending.pacing.begin(first, self.sending.clock.now());
            let (sending, reports) = (self.sending.clone(), recorder.reports());
            sends.spawn(async move {
                for report in attempt(&sending, parcel).await {
                    // It fails only where the recorder has ended, which it does after the last send.
                    let _ = reports.send(report).await;
                }
                drop((permit, flight));
            });
        }
    }

    /// Takes out what was deleted since it was claimed, and what is this worker's no longer.
    async fn still_wanted(&self, mut parcels: Vec<Parcel>, recorder: &Recorder) -> Vec<Parcel> {
        let claims = parcels.iter().flat_map(|parcel| &parcel.claims);
        let claims: Vec<_> = claims.map(|claim| (claim.id, claim.token)).collect();
        let looks = self.sending.store.still_wanted(&claims, self.sending.clock.now()).await;
        // Where that cannot be asked, the claim itself was the last look: it returns nothing deleted.
        let Ok(looks) = looks else { return parcels };
        let looks: HashMap<_, _> = claims.iter().map(|(id, _)| *id).zip(looks).collect();
        let is_wanted = |claim: &Claim| looks.get(&claim.id) == Some(&LastLook::Wanted);
        for parcel in &mut parcels {
            let unwanted = parcel.claims.extract_if(.., |claim| !is_wanted(claim));
            for claim in unwanted.collect::<Vec<_>>() {
                if looks.get(&claim.id) == Some(&LastLook::Deleted) {
                    let _ = recorder.reports().send(cancelled(&self.sending, &claim)).await;
                } else {
                    // Whoever claims it next sends it; a word of ours about it could only be wrong.
                    self.leases.release(claim.id);
                    metrics::counter!("bellwether_claims_lost_total").increment(1);
                }
            }
        }
        parcels.retain(|parcel| !parcel.claims.is_empty());
        parcels
    }
}
