//! What product alerts told: made, delivered, and read again.

mod commit;
mod owed;
mod owner;
mod read;

use bellwether_model::{AlertId, ReportId, Timestamp, UserId};

pub(crate) use self::owed::{Owed, save};
pub(crate) use self::owner::{Owner, lock_alerts, save_alerts, unverified};
pub(crate) use self::read::{COLUMNS, read_report};
use crate::error::StoreError;
use crate::page::{Stretch, Stretched};
use crate::report::{ReportCommit, ReportOutcome, ReportRecord};
use crate::store::Store;

impl Store {
    /// Brings in a digest or insights with the deliveries that it owes, and has its job go on to the next
    /// instant: all of it, or nothing. For one instant of one alert there is one report, however often it is
    /// brought in.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn commit_report(
        &self,
        report: ReportCommit,
        now: Timestamp,
    ) -> Result<ReportOutcome, StoreError> {
        let hold = self.options().hold_unverified;
        let outcome = self.write(move |db| Box::pin(commit::commit(db, report, hold, now))).await?;
        if matches!(outcome, ReportOutcome::Committed(_)) {
            self.wake().deliveries();
        }
        Ok(outcome)
    }

    /// A stretch of what a user's alert told, the newest first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn reports(
        &self,
        user: UserId,
        alert: AlertId,
        stretch: Stretch<ReportId>,
    ) -> Result<Stretched<ReportRecord>, StoreError> {
        self.read(move |db| Box::pin(read::of_alert(db, user, alert, stretch))).await
    }

    /// One report of a user.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn report(&self, user: UserId, id: ReportId) -> Result<Option<ReportRecord>, StoreError> {
        self.read(move |db| Box::pin(read::one(db, user, id))).await
    }

    /// For which instant an alert's last digest or insights were made, and when.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn last_report(&self, alert: AlertId) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
        self.read(move |db| Box::pin(read::last(db, alert))).await
    }
}
