//! The prices of searches by day, for insights and for whoever asks.
//!
//! A day is computed anew from what was observed, so doing it twice changes nothing, and one that was not
//! finished is finished by the next job.

use bellwether_model::{Span, Timestamp};
use bellwether_store::StoreError;
use bellwether_store::job::Job;

use super::Products;
use super::scheduler::Worker;

/// How often the running day is computed anew.
const EVERY_S: u64 = 900;
const DAY_US: i64 = 86_400_000_000;
/// Days that one job computes at most; a search that nobody watched for longer has nothing there.
const DAYS_MAX: i64 = 40;

pub(super) struct Roller {
    pub(super) products: Products,
}

impl Worker for Roller {
    async fn work(&self, job: Job) {
        if let Err(error) = self.roll_up(job).await {
            tracing::warn!(%error, search = %job.held.search(), "prices by day are computed later");
        }
    }
}

impl Roller {
    async fn roll_up(&self, job: Job) -> Result<(), StoreError> {
        let Products { store, clock, .. } = &self.products;
        let (search, now) = (job.held.search(), clock.now());
        let today = now.micros().div_euclid(DAY_US);
        // From the day on that the last job left unfinished.
        let from = job.last_at.unwrap_or(job.anchor).micros().div_euclid(DAY_US).max(today - DAYS_MAX);
        for day in from..=today {
            store.roll_up_search(search, Timestamp::from_micros(day * DAY_US), now).await?;
        }
        let every = Span::from_seconds(EVERY_S).unwrap_or(Span::MINUTE);
        store.finish_job(job.held, now.saturating_add(every), now).await.map(drop)
    }
}
