//! Channels that users make.

mod change;
pub(crate) mod disable;
mod read;
mod reseal;

use bellwether_model::{ChannelId, DeliveryId, Timestamp, UserId};

use crate::alert::Idempotency;
use crate::channel::{ChannelChange, ChannelChanged, ChannelCreation, NewChannel, Sealed, UserChannel};
use crate::error::StoreError;
use crate::page::{Listed, Page};
use crate::store::Store;

impl Store {
    /// Creates a channel, unless its user has as many as `limit_per_user` already. Under a key that was used within
    /// the last 24 hours none is made: the same request gets the channel that it made then.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn create_channel(
        &self,
        new: NewChannel,
        limit_per_user: u64,
        now: Timestamp,
    ) -> Result<ChannelCreation, StoreError> {
        self.write(move |db| Box::pin(change::create(db, new, limit_per_user, now))).await
    }

    /// What a request for a channel under this key did before, if it was within a day.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn channel_made_before(
        &self,
        user: UserId,
        asked: &Idempotency,
        now: Timestamp,
    ) -> Result<Option<ChannelCreation>, StoreError> {
        let asked = asked.clone();
        self.read(move |db| Box::pin(async move { change::repeated(db, user, &asked, now).await })).await
    }

    /// One channel of a user; a deleted one is not found.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn channel(&self, user: UserId, id: ChannelId) -> Result<Option<UserChannel>, StoreError> {
        self.read(move |db| Box::pin(read::load(db, user, id))).await
    }

    /// A page of a user's channels, newest first, without deleted ones.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn list_channels(&self, user: UserId, page: Page) -> Result<Listed<UserChannel>, StoreError> {
        self.read(move |db| Box::pin(read::list(db, user, page))).await
    }

    /// Those of these channels that are the user's and not deleted.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn own_channels(
        &self,
        user: UserId,
        ids: Vec<ChannelId>,
    ) -> Result<Vec<ChannelId>, StoreError> {
        self.read(move |db| Box::pin(read::own(db, user, ids, false))).await
    }

    /// Which of these are a user's that are deleted.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn deleted_channels(
        &self,
        user: UserId,
        ids: Vec<ChannelId>,
    ) -> Result<Vec<ChannelId>, StoreError> {
        self.read(move |db| Box::pin(read::own(db, user, ids, true))).await
    }

    /// Where channels lead, sealed, in the order of their ids, after one of them.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn sealed_channels(
        &self,
        after: Option<ChannelId>,
        limit: u32,
    ) -> Result<Vec<(ChannelId, Sealed)>, StoreError> {
        self.read(move |db| Box::pin(reseal::sealed(db, after, limit))).await
    }

    /// Seals anew where a channel leads, which does not change; whether it still led there.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn reseal_channel(&self, id: ChannelId, from: Sealed, to: Sealed) -> Result<bool, StoreError> {
        self.write(move |db| Box::pin(reseal::reseal(db, id, from, to))).await
    }

    /// Makes a user's change of a channel, if it is still at the version that it was made from, and
    /// releases or holds what waits for it in the same transaction.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn change_channel(
        &self,
        user: UserId,
        id: ChannelId,
        change: ChannelChange,
        now: Timestamp,
    ) -> Result<ChannelChanged, StoreError> {
        let hold = self.options().hold_unverified;
        let changed = self.write(move |db| Box::pin(change::change(db, user, id, change, hold, now))).await?;
        if matches!(changed, ChannelChanged::Done(_)) {
            self.wake().deliveries();
        }
        Ok(changed)
    }

    /// Deletes a channel, forgets where it led, and cancels what was to go over it and is not sent, in one
    /// transaction: `true` where this call deleted it, `false` where it was deleted before, `None` where
    /// the user has no such channel. Alerts keep its id; their fires owe nothing to it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn delete_channel(
        &self,
        user: UserId,
        id: ChannelId,
        now: Timestamp,
    ) -> Result<Option<bool>, StoreError> {
        self.write(move |db| Box::pin(change::delete(db, user, id, now))).await
    }

    /// Switches a channel off because its receiver said so, if it still leads to `target`: what waits for
    /// it becomes dead letters with this reason, and `notice` is queued for its owner's own address.
    /// Whether this call did so.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn disable_channel(
        &self,
        id: ChannelId,
        target: Sealed,
        reason: String,
        notice: DeliveryId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let hold = self.options().hold_unverified;
        let wish = disable::Wish { id, target, reason, notice, hold, now };
        let disabled = self.write(move |db| Box::pin(disable::disable(db, wish))).await?;
        if disabled {
            self.wake().deliveries();
        }
        Ok(disabled)
    }

    /// Queues a test message over a channel; it goes out whatever the channel's status. Whether the user
    /// has such a channel.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn queue_channel_test(
        &self,
        user: UserId,
        id: ChannelId,
        delivery: DeliveryId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let queued = self.write(move |db| Box::pin(change::queue_test(db, user, id, delivery, now))).await?;
        if queued {
            self.wake().deliveries();
        }
        Ok(queued)
    }

    /// Queues the message that asks a channel's receiver whether alerts may come, with the token of its
    /// link; it goes out although the channel is not verified. Whether the user has such a channel.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn queue_channel_check(
        &self,
        user: UserId,
        id: ChannelId,
        delivery: DeliveryId,
        token: String,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let queued =
            self.write(move |db| Box::pin(change::queue_check(db, user, id, delivery, token, now))).await?;
        if queued {
            self.wake().deliveries();
        }
        Ok(queued)
    }
}
