//! Deliveries: the outbox.

mod again;
mod claim;
mod defer;
pub(crate) mod fallback;
mod lanes;
mod list;
mod record;
mod renew;
mod returned;
mod turns;

use bellwether_model::{AlertId, DeliveryId, Timestamp, UserId};
use uuid::Uuid;

use crate::delivery::{
    Attempt, AttemptOutcome, Claim, ClaimWish, Claimed, Deferred, Delivery, DeliveryFilter, DeliveryStatus,
    Destination, Lane, LaneState, LastLook, NewAttempt, Notice,
};
use crate::error::StoreError;
use crate::page::{Stretch, Stretched};
use crate::sql::sql;
use crate::store::Store;

pub(crate) use list::newest;

impl Store {
    /// Claims deliveries that are due, or whose claim's lease is over, until the lease has passed. No two
    /// claims hold one delivery at once, and none holds one whose alert or channel was deleted.
    ///
    /// Every destination that something waits for has its turn, however much waits for the others, and
    /// what a claim costs does not grow with what waits.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn claim(&self, wish: ClaimWish, now: Timestamp) -> Result<Claimed, StoreError> {
        let hold = self.options().hold_unverified;
        self.write(move |db| Box::pin(claim::claim(db, wish, hold, now))).await
    }

    /// Claims, besides what was claimed by this wish, what else waits for one destination and tells of a
    /// fire, so that one message can tell of all of it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn claim_rest(
        &self,
        wish: ClaimWish,
        destination: Destination,
        now: Timestamp,
    ) -> Result<Vec<Claim>, StoreError> {
        let hold = self.options().hold_unverified;
        self.write(move |db| Box::pin(claim::claim_rest(db, wish, destination, hold, now))).await
    }

    /// Gives claims back unsent, to wait until an instant for this reason: those that are still the caller's.
    /// It is as if they had not been claimed.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn defer(
        &self,
        claims: Vec<(DeliveryId, Uuid)>,
        until: Timestamp,
        why: Deferred,
    ) -> Result<(), StoreError> {
        self.write(move |db| Box::pin(defer::defer(db, claims, until, Some(why)))).await
    }

    /// Gives claims back unsent, to be claimed by anybody at once: those that are still the caller's. It is as if
    /// they had not been claimed.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn give_back(&self, claims: Vec<(DeliveryId, Uuid)>, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |db| Box::pin(defer::defer(db, claims, now, None))).await?;
        self.wake().deliveries();
        Ok(())
    }

    /// Queues `notice`, which tells a user that an alert of theirs fires too often, unless they were told
    /// since `since`; it is held until their address is verified, as anything else. Whether this call queued it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn tell_throttled(
        &self,
        user: UserId,
        alert: AlertId,
        notice: (DeliveryId, Notice),
        since: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let hold = self.options().hold_unverified;
        let queued = self
            .write(move |db| Box::pin(defer::tell_throttled(db, user, alert, notice, since, hold, now)))
            .await?;
        if queued {
            self.wake().deliveries();
        }
        Ok(queued)
    }

    /// Holds on to claims, each named by its delivery and token, until an instant: those that are still the
    /// caller's. So a lease can be short, and what a dead worker held is soon free again.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn renew(&self, claims: Vec<(DeliveryId, Uuid)>, until: Timestamp) -> Result<(), StoreError> {
        self.write(move |db| Box::pin(renew::renew(db, claims, until))).await
    }

    /// Records attempts. The deliveries whose claim was no longer the caller's: for these nothing was
    /// recorded. An attempt that is already there under its id counts as recorded.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn record(
        &self,
        attempts: Vec<NewAttempt>,
        now: Timestamp,
    ) -> Result<Vec<DeliveryId>, StoreError> {
        // What is dead over a channel that is gone may be due over another one.
        let goes_on = |attempt: &NewAttempt| {
            matches!(attempt.outcome, AttemptOutcome::Retry { .. } | AttemptOutcome::Dead)
        };
        let goes_on = attempts.iter().any(goes_on);
        let hold = self.options().hold_unverified;
        let lost = self.write(move |db| Box::pin(record::record(db, attempts, hold, now))).await?;
        if goes_on {
            self.wake().deliveries();
        }
        Ok(lost)
    }

    /// Whether each of these claims, named by delivery and token, is still to be sent: looked at once more just before
    /// sending, so that nothing goes out for an alert or to a channel that was deleted after the claim, and a worker
    /// that was stopped for longer than its lease gives up what may be another's by now.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn still_wanted(
        &self,
        claims: &[(DeliveryId, Uuid)],
        now: Timestamp,
    ) -> Result<Vec<LastLook>, StoreError> {
        let claims = claims.to_vec();
        self.read(move |db| Box::pin(claim::still_wanted(db, claims, now))).await
    }

    /// One delivery of a user with its attempts, oldest first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn delivery(
        &self,
        user: UserId,
        id: DeliveryId,
    ) -> Result<Option<(Delivery, Vec<Attempt>)>, StoreError> {
        self.read(move |db| Box::pin(list::load(db, user, id))).await
    }

    /// A stretch of a user's deliveries, newest first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn list_deliveries(
        &self,
        user: UserId,
        filter: &DeliveryFilter,
        stretch: Stretch<DeliveryId>,
    ) -> Result<Stretched<Delivery>, StoreError> {
        let filter = filter.clone();
        self.read(move |db| Box::pin(list::list(db, user, filter, stretch))).await
    }

    /// Makes a dead or waiting delivery due now: `false` where it stands otherwise, `None` where the user
    /// has no such delivery.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn retry_delivery(
        &self,
        user: UserId,
        id: DeliveryId,
        now: Timestamp,
    ) -> Result<Option<bool>, StoreError> {
        let retried = self.write(move |db| Box::pin(again::retry(db, user, id, now))).await?;
        if retried == Some(true) {
            self.wake().deliveries();
        }
        Ok(retried)
    }

    /// Makes due those dead letters of a user that were owed since an instant, at most `limit`, the oldest
    /// first. How many, and whether there are more.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn retry_failed(
        &self,
        user: UserId,
        since: Timestamp,
        limit: u32,
        now: Timestamp,
    ) -> Result<(u64, bool), StoreError> {
        let retried =
            self.write(move |db| Box::pin(again::retry_failed(db, user, since, limit, now))).await?;
        if retried.0 > 0 {
            self.wake().deliveries();
        }
        Ok(retried)
    }

    /// How many deliveries stand where, for those that are not yet at their end, and dead letters. One
    /// whose claim's lease is over counts as waiting.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn queue_depths(&self, now: Timestamp) -> Result<Vec<(Lane, DeliveryStatus, u64)>, StoreError> {
        self.read(move |db| Box::pin(list::depths(db, now))).await
    }

    /// How the queue of each lane stands.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn lane_states(&self, now: Timestamp) -> Result<Vec<LaneState>, StoreError> {
        self.read(move |db| Box::pin(lanes::states(db, now))).await
    }

    /// When the next delivery of a lane is due, or its lease over.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn next_due(&self, lane: Lane) -> Result<Option<Timestamp>, StoreError> {
        let next = sql("SELECT MIN(t.at) FROM (
            SELECT MIN(due_at) AS at FROM deliveries WHERE lane = $1 AND due_at IS NOT NULL
            UNION ALL SELECT MIN(ready_at) FROM deliveries WHERE lane = $1 AND ready_at IS NOT NULL) t");
        let next = next.bind(lane.name());
        self.read(move |db| Box::pin(async move { next.one(db, |row| row.maybe_time()).await })).await
    }
}
