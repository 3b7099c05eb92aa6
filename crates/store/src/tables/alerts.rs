//! Alerts as their users see them.

mod change;
mod create;
mod creations;
mod history;
mod list;
mod products;
mod read;

use bellwether_model::{AlertId, Timestamp, UserId};

use crate::alert::{
    Alert, AlertChange, AlertFilter, Changed, CreatedTogether, Creation, HistoryEntry, NewAlert,
};
use crate::error::StoreError;
use crate::page::{Listed, Page};
use crate::store::Store;

pub(crate) use create::KEY_LIFE_US;
use create::Wish;
pub(crate) use creations::Creations;
pub(crate) use history::{Entry, log};
pub(crate) use read::load_many;

impl Store {
    /// Creates an alert, durably once this returns. Calls of many callers share one transaction. A user
    /// has at most `limit_per_user` alerts that are not deleted.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn create_alert(
        &self,
        new: NewAlert,
        limit_per_user: u64,
        now: Timestamp,
    ) -> Result<Creation, StoreError> {
        let creation = self.creations().create(new, limit_per_user, now).await?;
        if matches!(creation, Creation::Created(_)) {
            self.wake().alerts();
        }
        Ok(creation)
    }

    /// Creates many alerts in one transaction, as far as each user's limit allows. What became of each, in
    /// their order.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn create_alerts(
        &self,
        new: Vec<NewAlert>,
        limit_per_user: u64,
        now: Timestamp,
    ) -> Result<Vec<Creation>, StoreError> {
        let wishes = new.into_iter().map(|new| Wish { new, limit_per_user, now }).collect();
        let created = self.write(move |db| Box::pin(create::create(db, wishes))).await?;
        self.wake().alerts();
        Ok(created)
    }

    /// Creates many alerts in one transaction: all of them, or none where one of them may not be. An alert whose
    /// time is over already is created as one that has expired.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn create_alerts_together(
        &self,
        new: Vec<NewAlert>,
        limit_per_user: u64,
        now: Timestamp,
    ) -> Result<CreatedTogether, StoreError> {
        let wishes = new.into_iter().map(|new| Wish { new, limit_per_user, now }).collect();
        let created = self.write(move |db| Box::pin(create::create_together(db, wishes))).await?;
        if created == CreatedTogether::Created {
            self.wake().alerts();
        }
        Ok(created)
    }

    /// One alert of a user, deleted ones too.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn alert(&self, user: UserId, id: AlertId) -> Result<Option<Alert>, StoreError> {
        self.read(move |db| Box::pin(read::load(db, user, id))).await
    }

    /// A page of a user's alerts, newest first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn list_alerts(
        &self,
        user: UserId,
        filter: &AlertFilter,
        page: Page,
    ) -> Result<Listed<Alert>, StoreError> {
        let filter = filter.clone();
        self.read(move |db| Box::pin(list::list(db, user, filter, page))).await
    }

    /// Makes a user's change of an alert, if the alert is still at the version that it was made from.
    /// A deleted alert is not found.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn change_alert(
        &self,
        user: UserId,
        id: AlertId,
        change: AlertChange,
        now: Timestamp,
    ) -> Result<Changed, StoreError> {
        let changed = self.write(move |db| Box::pin(change::change(db, user, id, change, now))).await?;
        if matches!(changed, Changed::Done(_)) {
            self.wake().alerts();
        }
        Ok(changed)
    }

    /// Deletes an alert and cancels what it owes and has not sent, in one transaction: `true` where this
    /// call deleted it, `false` where it was deleted before, `None` where the user has no such alert.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn delete_alert(
        &self,
        user: UserId,
        id: AlertId,
        now: Timestamp,
    ) -> Result<Option<bool>, StoreError> {
        let deleted = self.write(move |db| Box::pin(change::delete(db, user, id, now))).await?;
        if deleted == Some(true) {
            self.wake().alerts();
        }
        Ok(deleted)
    }

    /// Who changed what of an alert and when, newest first; `None` where the user has no such alert.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn alert_history(
        &self,
        user: UserId,
        id: AlertId,
        page: Page,
    ) -> Result<Option<Listed<HistoryEntry>>, StoreError> {
        self.read(move |db| Box::pin(history::list(db, user, id, page))).await
    }
}
