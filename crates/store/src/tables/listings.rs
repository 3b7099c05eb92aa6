//! Listings, and what they cost from when on.

mod cells;
mod event;
mod read;
mod save;

use bellwether_model::product::{ListingId, Site};
use bellwether_model::{SearchId, Timestamp, UserId};

pub(crate) use self::cells::{
    availability, currency, price, qualified, read_availability, read_listing, read_money,
};
pub(crate) use self::save::{Saved, save};
use crate::error::StoreError;
use crate::listing::{FoundListing, Listing, ListingApplied, ListingNews, ListingOrder, ListingPrice};
use crate::page::{Listed, Page};
use crate::store::Store;

impl Store {
    /// Applies what a marketplace tells of one listing at the time that it says. Whatever the order in which
    /// such events come, the listing ends up the same: as the newest one says, and of two of one time always
    /// the same one counts. A deletion keeps what was known of the listing, and an older event may still fill
    /// in what was not.
    ///
    /// What searches know of the listing is not touched: each of `searches` is to be judged, and then brought
    /// on by [`Store::commit_observation`].
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn apply_listing_event(
        &self,
        news: ListingNews,
        time: Timestamp,
        now: Timestamp,
    ) -> Result<ListingApplied, StoreError> {
        self.write(move |db| Box::pin(event::apply(db, news, time, now))).await
    }

    /// A listing; of several sites' the one that was observed last, where no site is named.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn listing(&self, id: &ListingId, site: Option<Site>) -> Result<Option<Listing>, StoreError> {
        let id = id.clone();
        self.read(move |db| Box::pin(read::one(db, id, site))).await
    }

    /// Where the picture of a listing is, that a search has found which the user has an alert on; of several sites'
    /// listings the one that was observed last, where no site is named.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn listing_picture(
        &self,
        user: UserId,
        id: &ListingId,
        site: Option<Site>,
    ) -> Result<Option<String>, StoreError> {
        let id = id.clone();
        self.read(move |db| Box::pin(read::picture(db, user, id, site))).await
    }

    /// What a listing cost in `[from, to)`, the oldest first, beginning with the price in force at `from`; one
    /// entry for each change.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn listing_prices(
        &self,
        id: &ListingId,
        site: Site,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<ListingPrice>, StoreError> {
        let id = id.clone();
        self.read_past(move |db| Box::pin(read::prices(db, id, site, from, to))).await
    }

    /// A page of the listings that a search finds now.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn search_listings(
        &self,
        search: SearchId,
        order: ListingOrder,
        page: Page,
    ) -> Result<Listed<FoundListing>, StoreError> {
        self.read(move |db| Box::pin(read::page(db, search, order, page))).await
    }
}
