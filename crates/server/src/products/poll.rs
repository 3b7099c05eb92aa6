//! Polls: a marketplace is asked once for all who watch a search.

use std::collections::HashSet;

use bellwether_feeds::{MarketError, Marketplace as _};
use bellwether_model::product::{ListingId, Offer, Search};
use bellwether_model::{SearchId, Span, Timestamp};
use bellwether_store::StoreError;
use bellwether_store::job::Job;
use bellwether_store::search::{ObservationOutcome, PollDone, SearchRecord, SearchState};

use super::Products;
use super::bringing::{ATTEMPTS, bring_in};
use super::observing::{self, Found};
use super::quota::Quota;
use super::rhythm::{DEFAULT_INTERVAL_S, lead};
use super::scheduler::Worker;

/// Listings that one poll asks for by themselves, to learn what became of them.
const FATES_MAX: usize = 10;
/// How long after a failure a search is asked again, at first and at most.
const RETRY_FIRST_S: u64 = 15;
const RETRY_MOST_S: u64 = 900;

pub(super) struct Poller {
    pub(super) products: Products,
    pub(super) quota: Quota,
}

/// Why a poll brought nothing.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Market(#[from] MarketError),
    #[error("the calls of the day are used up")]
    NoCalls,
    #[error("the store: {0}")]
    Store(#[from] StoreError),
}

impl Worker for Poller {
    async fn work(&self, job: Job) {
        let Products { store, clock, .. } = &self.products;
        let search = job.held.search();
        let record = match store.search_by_id(search).await {
            Ok(Some(record)) => record,
            Ok(None) => return self.forget(job).await,
            Err(error) => {
                return tracing::error!(%error, %search, "a search cannot be read; it is polled later");
            }
        };
        if let Err(failure) = self.poll(&job, &record).await {
            self.failed(&job, &record, failure, clock.now()).await;
        }
    }
}

impl Poller {
    async fn poll(&self, job: &Job, record: &SearchRecord) -> Result<(), Failure> {
        let Products { store, clock, .. } = &self.products;
        if !store.is_watched(record.id).await? {
            self.forget(*job).await;
            return Ok(());
        }
        let time = clock.now();
        let found = self.find(&record.search, time).await?;
        let next_at = next_at(job, record, clock.now());
        let done = PollDone { held: job.held, next_at };
        self.observe(record.id, found, done).await
    }

    /// Asks for the cheapest.
    async fn find(&self, search: &Search, time: Timestamp) -> Result<Found, Failure> {
        self.take_call().await?;
        let most = usize::try_from(self.products.items_max).unwrap_or(usize::MAX);
        let page = self.products.market.search(search, most).await;
        let page = self.answered(page).await?;
        // How many calls it takes is known once it was answered.
        self.quota.used(u64::from(page.calls.saturating_sub(1)), time).await?;
        let mut seen: HashSet<ListingId> = HashSet::new();
        let offers = page.offers.into_iter().filter(|offer| seen.insert(offer.card.id.clone())).collect();
        Ok(Found { offers, complete: page.is_whole, time })
    }

    /// Judges what was found, and brings it in; anew where something changed meanwhile.
    async fn observe(&self, search: SearchId, mut found: Found, done: PollDone) -> Result<(), Failure> {
        let Products { store, clock, .. } = &self.products;
        let mut fates_asked = false;
        for _ in 0..ATTEMPTS {
            let ids: Vec<ListingId> = found.offers.iter().map(|offer| offer.card.id.clone()).collect();
            let Some(state) = store.search_state(search, &ids).await? else { return Ok(()) };
            if !fates_asked && observing::wants_fate(&state) {
                fates_asked = true;
                let fates = self.fates(&state, found.missing(&state)).await?;
                found.offers.extend(fates);
            }
            let gone = found.missing(&state);
            match bring_in(&self.products, search, &found, &state, gone, Some(done)).await? {
                ObservationOutcome::Committed { .. } => {
                    metrics::counter!("bellwether_polls_total", "outcome" => "answered").increment(1);
                    return Ok(());
                }
                ObservationOutcome::Conflict => {}
                ObservationOutcome::LeaseLost => return Ok(()),
            }
        }
        tracing::warn!(%search, "what a poll found could not be brought in; it is polled again");
        Ok(store.release_job(done.held, clock.now().saturating_add(Span::MINUTE)).await.map(drop)?)
    }

    /// What became of listings that are found no more, as far as the marketplace tells.
    async fn fates(&self, state: &SearchState, missing: Vec<ListingId>) -> Result<Vec<Offer>, Failure> {
        let mut fates = Vec::new();
        for id in missing.into_iter().take(FATES_MAX) {
            if self.take_call().await.is_err() {
                // The polls of others come first.
                break;
            }
            let site = state.search.site;
            let item = self.products.market.item(site, &id).await;
            match self.answered(item).await {
                Ok(Some(offer)) => fates.push(offer),
                Ok(None) => {
                    let listing = self.products.store.listing(&id, Some(site)).await?;
                    fates.extend(listing.map(|listing| observing::ended(listing.offer)));
                }
                Err(failure) => {
                    tracing::debug!(%failure, "what became of a listing is not told now");
                    break;
                }
            }
        }
        Ok(fates)
    }

    async fn take_call(&self) -> Result<(), Failure> {
        match self.quota.take(1, self.products.clock.now()).await? {
            true => Ok(()),
            false => Err(Failure::NoCalls),
        }
    }

    async fn answered<T>(&self, answer: Result<T, MarketError>) -> Result<T, Failure> {
        if let Err(MarketError::QuotaExhausted { .. }) = &answer {
            self.quota.exhausted(self.products.clock.now()).await?;
        }
        Ok(answer?)
    }

    async fn failed(&self, job: &Job, record: &SearchRecord, failure: Failure, now: Timestamp) {
        metrics::counter!("bellwether_polls_total", "outcome" => "failed").increment(1);
        let again = match &failure {
            Failure::NoCalls | Failure::Market(MarketError::QuotaExhausted { .. }) => {
                match self.quota.left(now).await {
                    Ok(left) => left.resets_at,
                    Err(_) => now.saturating_add(seconds(RETRY_MOST_S)),
                }
            }
            Failure::Market(_) | Failure::Store(_) => {
                let doublings = u32::try_from(record.failures).unwrap_or(u32::MAX).min(10);
                now.saturating_add(seconds((RETRY_FIRST_S << doublings).min(RETRY_MOST_S)))
            }
        };
        if record.failures == 0 {
            tracing::warn!(%failure, search = %record.id, "a search was not answered; it is asked again");
        }
        if let Err(error) = self.products.store.poll_failed(job.held, &failure.to_string(), again).await {
            tracing::error!(%error, search = %record.id, "that a poll failed could not be noted");
        }
    }

    async fn forget(&self, job: Job) {
        if let Err(error) = self.products.store.forget_job(job.held).await {
            tracing::error!(%error, search = %job.held.search(), "a poll could not be ended");
        }
    }
}

/// When a search is polled next: on the grid of its polls, which its first one begins a little early.
fn next_at(job: &Job, record: &SearchRecord, now: Timestamp) -> Timestamp {
    let interval = record.planned_s.or(record.wanted_s).unwrap_or(DEFAULT_INTERVAL_S).max(1);
    let lead = if record.polled_at.is_none() { lead(seconds(interval)) } else { Span::ZERO };
    let begin = job.slot.saturating_sub(lead);
    let interval_us = i64::try_from(interval * 1_000_000).unwrap_or(i64::MAX);
    let behind = now.micros_since(begin).max(0) / interval_us;
    Timestamp::from_micros(begin.micros() + (behind + 1) * interval_us)
}

fn seconds(seconds: u64) -> Span {
    Span::from_seconds(seconds).unwrap_or(Span::MINUTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(1_800_000_000_000_000 + seconds * 1_000_000)
    }

    #[test]
    fn polls_come_a_little_before_the_grid_of_what_they_are_for_and_never_pile_up() {
        let search = serde_json::from_str(r#"{"query": "leica m6"}"#).unwrap();
        let record = SearchRecord {
            id: SearchId(uuid::Uuid::nil()),
            search,
            listings: 0,
            wanted_s: Some(600),
            planned_s: None,
            polls: 0,
            changed_polls: 0,
            failures: 0,
            error: None,
            created_at: at(0),
            polled_at: None,
            changed_at: None,
        };
        let held = bellwether_store::job::HeldJob {
            kind: bellwether_store::job::JobKind::Poll,
            subject: record.id.0,
            token: uuid::Uuid::nil(),
        };
        let job = |slot| Job { held, slot, anchor: at(0), last_at: None, lease_until: at(9_999) };
        assert_eq!(next_at(&job(at(0)), &record, at(2)), at(585));
        let later = SearchRecord { polled_at: Some(at(2)), ..record.clone() };
        assert_eq!(next_at(&job(at(585)), &later, at(586)), at(1_185));
        assert_eq!(next_at(&job(at(585)), &later, at(4_000)), at(4_185), "after an outage");
        let stretched = SearchRecord { planned_s: Some(3_600), ..later };
        assert_eq!(next_at(&job(at(585)), &stretched, at(586)), at(4_185));
    }
}
