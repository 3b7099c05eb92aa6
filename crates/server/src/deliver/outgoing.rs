//! What a worker has claimed, on its way out: it waits for a place, is looked at once more, and is sent.

use std::collections::HashMap;
use std::time::Duration;

use bellwether_store::delivery::{Claim, Deferred, LastLook};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Sending;
use super::attempt::{attempt, cancelled};
use super::flights::Flight;
use super::leases::Leases;
use super::parcel::Parcel;
use super::places::Places;
use super::recorder::Report;
use super::sorting::give_back;

/// How long is waited for more places to be free where more than one message waits: a look at many costs hardly more
/// than a look at one.
const GATHER: Duration = Duration::from_millis(5);
/// For so large a part of the places.
const GATHERED: usize = 4;

/// A message that is claimed, and under way until it is dropped.
pub(super) struct Claimed {
    pub(super) parcel: Parcel,
    pub(super) flight: Flight,
}

/// Sends what one worker claims.
pub(super) struct Outgoing {
    pub(super) sending: Sending,
    pub(super) leases: Leases,
    pub(super) reports: mpsc::Sender<Report>,
    pub(super) places: Places,
}

impl Outgoing {
    /// Sends what comes through the queue until it ends or this is cancelled. Then it gives back what has no place yet
    /// or still comes, and ends what it began. Whoever fills the queue is cancelled with it, should it panic.
    pub(super) async fn run(self, mut queue: mpsc::Receiver<Claimed>, cancel: CancellationToken) {
        let _guard = cancel.clone().drop_guard();
        let mut sends = JoinSet::new();
        let mut waiting = Vec::new();
        loop {
            let places = tokio::select! {
                biased;
                () = cancel.cancelled() => break,
                places = self.next(&mut queue, &mut waiting) => places,
            };
            let Some(places) = places else { break };
            let later = waiting.split_off(places.len().min(waiting.len()));
            let now = std::mem::replace(&mut waiting, later);
            self.send(now, places, &mut sends).await;
            while sends.try_join_next().is_some() {}
        }
        while let Some(claimed) = queue.recv().await {
            waiting.push(claimed);
        }
        self.return_unsent(waiting).await;
        while sends.join_next().await.is_some() {}
    }

    /// Waits until there are messages and places for some of them; `None` once there will be no more messages.
    async fn next(
        &self,
        queue: &mut mpsc::Receiver<Claimed>,
        waiting: &mut Vec<Claimed>,
    ) -> Option<Vec<OwnedSemaphorePermit>> {
        if waiting.is_empty() {
            waiting.push(queue.recv().await?);
        }
        let mut places = vec![self.places.free.clone().acquire_owned().await.ok()?];
        while let Ok(claimed) = queue.try_recv() {
            waiting.push(claimed);
        }
        let wanted = waiting.len().min(self.places.at_once / GATHERED).saturating_sub(1);
        let more = self.places.free.clone().acquire_many_owned(u32::try_from(wanted).unwrap_or(u32::MAX));
        // They are taken below, together with all others.
        let _ = tokio::time::timeout(GATHER, more).await.map(drop);
        while places.len() < waiting.len()
            && let Ok(place) = self.places.free.clone().try_acquire_owned()
        {
            places.push(place);
        }
        Some(places)
    }

    async fn send(&self, claimed: Vec<Claimed>, places: Vec<OwnedSemaphorePermit>, sends: &mut JoinSet<()>) {
        let claimed = self.not_refused(claimed).await;
        let claimed = self.still_wanted(claimed).await;
        for (Claimed { parcel, flight }, place) in claimed.into_iter().zip(places) {
            let (sending, reports) = (self.sending.clone(), self.reports.clone());
            sends.spawn(async move {
                for report in attempt(&sending, parcel).await {
                    // It fails only where the recorder panicked; then the worker stops, and gives the claim back.
                    let _ = reports.send(report).await;
                }
                drop((place, flight));
            });
        }
    }

    /// Gives back what is for receivers that have asked for a wait since it was claimed.
    async fn not_refused(&self, claimed: Vec<Claimed>) -> Vec<Claimed> {
        let now = self.sending.clock.now();
        let mut others = Vec::with_capacity(claimed.len());
        for one in claimed {
            let until = one.parcel.claims.first().and_then(|first| self.sending.pacing.asked_for(first, now));
            match until {
                None => others.push(one),
                Some(until) => {
                    give_back(&self.sending, &self.leases, one.parcel.claims, until, Deferred::Pace).await;
                }
            }
        }
        others
    }

    /// Takes out what was deleted since it was claimed, and what is this worker's no longer.
    async fn still_wanted(&self, mut claimed: Vec<Claimed>) -> Vec<Claimed> {
        let held: Vec<_> = held(&claimed).collect();
        let looks = self.sending.store.still_wanted(&held, self.sending.clock.now()).await;
        // Where that cannot be asked, the claim was the last look, for as long as its lease certainly holds.
        let (is_known, now) = (looks.is_ok(), self.sending.clock.now());
        let looks: HashMap<_, _> = held.iter().map(|(id, _)| *id).zip(looks.unwrap_or_default()).collect();
        let is_wanted = |claim: &Claim| match looks.get(&claim.id) {
            Some(look) => *look == LastLook::Wanted,
            None => !is_known && self.leases.is_certain(claim, now),
        };
        for one in &mut claimed {
            let unwanted = one.parcel.claims.extract_if(.., |claim| !is_wanted(claim));
            for claim in unwanted.collect::<Vec<_>>() {
                if looks.get(&claim.id) == Some(&LastLook::Deleted) {
                    let _ = self.reports.send(cancelled(&self.sending, &claim)).await;
                } else {
                    // Whoever claims it next sends it; a word of ours about it could only be wrong.
                    self.leases.release(claim.id);
                    metrics::counter!("bellwether_claims_lost_total").increment(1);
                }
            }
        }
        claimed.retain(|one| !one.parcel.claims.is_empty());
        claimed
    }

    /// Gives back what was claimed and will not be sent here, for whoever looks next.
    async fn return_unsent(&self, waiting: Vec<Claimed>) {
        let held: Vec<_> = held(&waiting).collect();
        if held.is_empty() {
            return;
        }
        held.iter().for_each(|(id, _)| self.leases.release(*id));
        if let Err(error) = self.sending.store.give_back(held, self.sending.clock.now()).await {
            tracing::warn!(%error, "what was claimed could not be given back; its lease runs out");
        }
    }
}

fn held(claimed: &[Claimed]) -> impl Iterator<Item = (bellwether_model::DeliveryId, uuid::Uuid)> {
    claimed.iter().flat_map(|one| &one.parcel.claims).map(|claim| (claim.id, claim.token))
}
