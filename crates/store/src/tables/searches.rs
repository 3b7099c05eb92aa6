//! Searches, and what they have found.

mod days;
mod find;
mod read;
mod state;
mod views;

use std::collections::HashMap;

use bellwether_model::product::{Held, ListingId, Search, Traced};
use bellwether_model::{AlertId, Price, SearchId, Timestamp, UserId};

pub(crate) use self::find::search_for;
use crate::error::StoreError;
use crate::search::{DayPrices, PollPlan, SearchRecord, SearchState};
use crate::sql::Rows;
use crate::store::Store;

impl Store {
    /// The search that is equal to this one, made where there is none. Of several who make it at once one does.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn find_search(&self, search: &Search, now: Timestamp) -> Result<SearchId, StoreError> {
        let search = search.clone();
        self.write(move |db| Box::pin(async move { search_for(db, &search, now).await })).await
    }

    /// What an observation of a search is judged by: its active search alerts, and what it knows of these
    /// listings and of all that it finds now. `None` where there is no such search.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn search_state(
        &self,
        search: SearchId,
        ids: &[ListingId],
    ) -> Result<Option<SearchState>, StoreError> {
        let ids = ids.to_vec();
        self.read(move |db| Box::pin(state::load(db, search, ids))).await
    }

    /// What falls are measured from: for each of these pairs the price that the alert was last told of, or else
    /// the first one that it saw, in the currency of the search: the one in force at its baseline, or the first
    /// one since; of a listing that the search found later, the one in force then. None for an alert without a
    /// baseline.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn references(
        &self,
        search: SearchId,
        pairs: Vec<(AlertId, ListingId)>,
    ) -> Result<HashMap<(AlertId, ListingId), Price>, StoreError> {
        self.read(move |db| Box::pin(state::references(db, search, pairs))).await
    }

    /// What a digest looks at: every listing that the search finds now, with its price at `since`; and when the
    /// marketplace was last asked.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn digest_view(
        &self,
        search: SearchId,
        since: Option<Timestamp>,
    ) -> Result<(Vec<Held>, Option<Timestamp>), StoreError> {
        self.read(move |db| Box::pin(views::held(db, search, since))).await
    }

    /// What insights look at: every listing that the search finds now, with its prices from the one in force at
    /// `from` on; and when the marketplace was last asked.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn traced(
        &self,
        search: SearchId,
        from: Timestamp,
    ) -> Result<(Vec<Traced>, Option<Timestamp>), StoreError> {
        self.read(move |db| Box::pin(views::traced(db, search, from))).await
    }

    /// Computes the prices of a day, which begins at `day`, from what was observed, and keeps them in the place
    /// of what was computed before. To do it again changes nothing. `now` bounds a day that is not over.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn roll_up_search(
        &self,
        search: SearchId,
        day: Timestamp,
        now: Timestamp,
    ) -> Result<Option<DayPrices>, StoreError> {
        self.write(move |db| Box::pin(days::roll_up(db, search, day, now))).await
    }

    /// The last `days` days of a search that have prices, the oldest first. As they are now: a message that was sent
    /// cannot be taken back.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn daily_lows(&self, search: SearchId, days: u32) -> Result<Vec<DayPrices>, StoreError> {
        self.read(move |db| Box::pin(days::last(db, search, days))).await
    }

    /// The searches of a user's alerts that are not deleted, the newest first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn list_searches(&self, user: UserId) -> Result<Vec<SearchRecord>, StoreError> {
        self.read(move |db| Box::pin(read::of_user(db, user))).await
    }

    /// A search that the user has an alert on which is not deleted.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn search(&self, user: UserId, id: SearchId) -> Result<Option<SearchRecord>, StoreError> {
        self.read(move |db| Box::pin(read::one_of_user(db, user, id))).await
    }

    /// A search, whoever watches it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn search_by_id(&self, id: SearchId) -> Result<Option<SearchRecord>, StoreError> {
        self.read(move |db| Box::pin(read::one(db, id))).await
    }

    /// Searches that an active alert watches, in the order of their ids, after one of them.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn watched_searches(
        &self,
        after: Option<SearchId>,
        limit: u32,
    ) -> Result<Vec<SearchRecord>, StoreError> {
        self.read(move |db| Box::pin(read::watched(db, after, limit))).await
    }

    /// Keeps how often searches are to be polled.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn plan_polls(&self, mut plans: Vec<PollPlan>) -> Result<(), StoreError> {
        plans.sort_unstable_by_key(|plan| plan.search);
        self.write(move |db| {
            Box::pin(async move {
                Rows::of(["id", "wanted_s", "planned_s"], plans, |plan| {
                    [plan.search.into(), plan.wanted_s.into(), plan.planned_s.into()]
                })
                .run(
                    db,
                    "UPDATE searches SET wanted_s = rows.wanted_s, planned_s = rows.planned_s
                    FROM rows WHERE searches.id = rows.id",
                )
                .await
                .map(drop)
            })
        })
        .await
    }
}
