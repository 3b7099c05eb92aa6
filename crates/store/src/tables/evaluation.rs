//! What the evaluator reads and writes.

mod arming;
mod commit;
mod expire;
mod load;
mod positions;
mod watch;

use bellwether_model::{AlertId, Instrument, Timestamp, UserId};

pub(crate) use self::arming::{Armed, passed};
pub(crate) use self::commit::{owed, unverified_among};

use crate::error::StoreError;
use crate::evaluation::{Change, Commit, Committed, Cursor, MarketPosition, Over, Watched};
use crate::share::{Mark, Share};
use crate::store::Store;

impl Store {
    /// Active alerts in the order of their ids, after one of them: for loading.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn watched(&self, after: Option<AlertId>, limit: u32) -> Result<Vec<Watched>, StoreError> {
        self.read(move |db| Box::pin(load::active(db, after, limit))).await
    }

    /// Active alerts of a share, after a mark: for loading.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn watched_in(
        &self,
        share: Share,
        after: Option<Mark>,
        limit: u32,
    ) -> Result<Vec<Watched>, StoreError> {
        if let (Share::Partition { .. }, None) = (share, after) {
            self.write(|db| Box::pin(load::give_shards(db))).await?;
        }
        self.read(move |db| Box::pin(load::active_in(db, share, after, limit))).await
    }

    /// One alert as it is now, whatever its status; `None` where there is none.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn watched_alert(&self, id: AlertId) -> Result<Option<Watched>, StoreError> {
        self.read(move |db| Box::pin(watch::one(db, id))).await
    }

    /// Those of some alerts that are a user's, as they are now, in the order of their ids.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn watched_alerts(&self, user: UserId, ids: Vec<AlertId>) -> Result<Vec<Watched>, StoreError> {
        self.read(move |db| Box::pin(watch::some(db, user, ids))).await
    }

    /// The end of the change log. Read it before loading, then follow from there: what changes during
    /// the load is seen at least once.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn head(&self) -> Result<Cursor, StoreError> {
        self.read(|db| Box::pin(watch::head(db))).await
    }

    /// The entries of the change log after a place, in order, none ever missed.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn changes(&self, after: Cursor, limit: u32) -> Result<Vec<Change>, StoreError> {
        self.read(move |db| Box::pin(watch::changes(db, after, limit))).await
    }

    /// The positions of the last checkpoint.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn positions(&self) -> Result<Vec<MarketPosition>, StoreError> {
        self.positions_of(Share::All).await
    }

    /// The positions of a share's last checkpoint. Where alerts on several instruments are evaluated, an
    /// instrument that was not yet seen there stands where its own partition is.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn positions_of(&self, share: Share) -> Result<Vec<MarketPosition>, StoreError> {
        self.read(move |db| Box::pin(positions::load(db, share))).await
    }

    /// Commits fires with the state of their alerts and the deliveries that they owe, and checkpoints,
    /// in one transaction. A fire is dropped where its alert is not active, is at another revision, or
    /// where its number is not the next one of the alert's life; the rest commits. A fire that is
    /// already there under its id counts as committed, so a commit may be repeated. Everything but the
    /// fires is left out where an alert was armed behind these positions, or changed, that was not
    /// [heard](Commit::heard) of.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn commit(&self, commit: Commit, now: Timestamp) -> Result<Committed, StoreError> {
        let hold = self.options().hold_unverified;
        let ends = commit.fires.iter().any(|fire| fire.ends);
        let owes = commit.fires.iter().any(|fire| !fire.deliveries.is_empty());
        let committed = self.write(move |db| Box::pin(commit::commit(db, commit, hold, now))).await?;
        if ends {
            self.wake().alerts();
        }
        if owes {
            self.wake().deliveries();
        }
        Ok(committed)
    }

    /// At most `limit` active and paused alerts whose time is over, in the order of their expiry, after a given one.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn over(
        &self,
        now: Timestamp,
        after: Option<(Timestamp, AlertId)>,
        limit: u32,
    ) -> Result<Vec<Over>, StoreError> {
        self.read(move |db| Box::pin(expire::over(db, now, after, limit))).await
    }

    /// Turns those of these alerts to `expired` that are active or paused and whose time is over, each with a notice
    /// over its channels, in the same transaction; the users whose lists changed, each once.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn expire(&self, alerts: Vec<AlertId>, now: Timestamp) -> Result<Vec<UserId>, StoreError> {
        let hold = self.options().hold_unverified;
        let users = self.write(move |db| Box::pin(expire::expire(db, alerts.clone(), hold, now))).await?;
        if !users.is_empty() {
            self.wake().alerts();
            self.wake().deliveries();
        }
        Ok(users)
    }

    /// Every instrument that an active alert looks at, none twice.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn wanted_instruments(&self) -> Result<Vec<Instrument>, StoreError> {
        self.read(|db| Box::pin(watch::instruments(db))).await
    }
}
