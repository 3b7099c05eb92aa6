//! What a marketplace tells of listings by itself, beside what polls find.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

use bellwether_engine::products::SearchIndex;
use bellwether_model::product::{Availability, Offer};
use bellwether_model::{SearchId, Timestamp};
use bellwether_store::StoreError;
use bellwether_store::listing::ListingNews;
use bellwether_store::search::{ObservationOutcome, SearchRecord};

use super::Products;
use super::bringing::{ATTEMPTS, bring_in};
use super::observing::{Found, ended};

/// The watched searches, by the words of titles. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Watched {
    // Held for one look or one change at a time, never across anything that waits.
    index: Arc<RwLock<SearchIndex<SearchId>>>,
}

impl Watched {
    /// Watches exactly these from now on.
    pub(super) fn set(&self, searches: &[SearchRecord]) {
        let mut index = SearchIndex::default();
        for record in searches {
            index.insert(record.id, &record.search);
        }
        *self.index.write().unwrap_or_else(PoisonError::into_inner) = index;
    }

    fn matching(&self, offer: &Offer) -> Vec<SearchId> {
        self.index.read().unwrap_or_else(PoisonError::into_inner).matching(offer)
    }
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It was taken in; so many searches were judged by it.
    Taken {
        /// How many.
        searches: usize,
    },
    /// Something newer is known already.
    Stale,
    /// Nobody watches a search that it belongs to, and it was never seen here.
    Unwatched,
}

impl Products {
    /// Takes in what a marketplace tells of one listing, as of the time that it says: the listing, every search
    /// that knows it, and every watched search that it belongs to. Doing it again changes nothing, and the order
    /// of such events does not matter.
    ///
    /// # Errors
    /// Where the store does not answer. What was done until then stays done, and is not done again.
    pub async fn event(&self, news: ListingNews, time: Timestamp) -> Result<Applied, StoreError> {
        let is_gone = matches!(news, ListingNews::Deleted { .. });
        if !self.concerns(&news).await? {
            return Ok(Applied::Unwatched);
        }
        let applied = self.store.apply_listing_event(news, time, self.clock.now()).await?;
        // One that is known already is told to its searches once more: a process may have died before it had.
        if !applied.applied && applied.after.event_at != Some(time) {
            return Ok(Applied::Stale);
        }
        let offer = match is_gone {
            true => ended(applied.after.offer),
            false => applied.after.offer,
        };
        let mut searches: BTreeSet<SearchId> = applied.searches.into_iter().collect();
        if offer.availability != Availability::Ended {
            searches.extend(self.watched.matching(&offer));
        }
        // What says nothing of all the others.
        let found = Found { offers: vec![offer], complete: false, time };
        for search in &searches {
            self.tell(*search, &found).await?;
        }
        Ok(if applied.applied { Applied::Taken { searches: searches.len() } } else { Applied::Stale })
    }

    /// Whether anything is to be kept of an event. A deletion always is: an older event may come after it.
    async fn concerns(&self, news: &ListingNews) -> Result<bool, StoreError> {
        let ListingNews::Put(offer) = news else { return Ok(true) };
        let (site, id) = news.names();
        Ok(!self.watched.matching(offer).is_empty() || self.store.listing(id, Some(site)).await?.is_some())
    }

    async fn tell(&self, search: SearchId, found: &Found) -> Result<(), StoreError> {
        let ids: Vec<_> = found.offers.iter().map(|offer| offer.card.id.clone()).collect();
        for _ in 0..ATTEMPTS {
            let Some(state) = self.store.search_state(search, &ids).await? else { return Ok(()) };
            match bring_in(self, search, found, &state, Vec::new(), None).await? {
                ObservationOutcome::Committed { .. } | ObservationOutcome::LeaseLost => return Ok(()),
                ObservationOutcome::Conflict => {}
            }
        }
        // The next poll finds it.
        tracing::warn!(%search, "an event could not be brought in: the search keeps changing");
        Ok(())
    }
}
