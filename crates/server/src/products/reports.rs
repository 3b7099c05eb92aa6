//! Digests and insights: one report of one alert for one instant of its schedule.
//!
//! An instant that passed while nobody was there is told once, however many there were; the next one is the
//! schedule's. A report, its deliveries and the job's next instant are one transaction, so none is made twice.

use bellwether_engine::products::{digest, insights};
use bellwether_model::product::{PricePoint, ProductWatch, Report};
use bellwether_model::{DeliveryId, ReportId, Span, Status, Timestamp};
use bellwether_store::StoreError;
use bellwether_store::alert::ProductAlert;
use bellwether_store::job::Job;
use bellwether_store::report::{ReportCommit, ReportOutcome};
use uuid::Uuid;

use super::Products;
use super::scheduler::Worker;

/// How far back the cheapest prices by day go that insights look at.
const DAYS: u32 = 366;
/// How long a report is put off while its search was never answered.
const NOT_YET: Span = Span::MINUTE;

pub(super) struct Reporter {
    pub(super) products: Products,
}

impl Worker for Reporter {
    async fn work(&self, job: Job) {
        if let Err(error) = self.report(job).await {
            // The lease runs out, and it is tried again.
            tracing::error!(%error, alert = %job.held.alert(), "a report could not be made; it is tried again");
        }
    }
}

impl Reporter {
    async fn report(&self, job: Job) -> Result<(), StoreError> {
        let Products { store, clock, generations, .. } = &self.products;
        let now = clock.now();
        let Some(alert) = store.product_alert(job.held.alert()).await? else {
            return store.forget_job(job.held).await.map(drop);
        };
        let Some(next_at) = next(&alert, &job, now) else {
            return store.forget_job(job.held).await.map(drop);
        };
        if alert.status != Status::Active {
            return store.forget_job(job.held).await.map(drop);
        }
        let expired = alert.spec.expires_at.is_some_and(|at| job.slot >= at);
        if expired || alert.snoozed_until.is_some_and(|until| job.slot < until) {
            return store.release_job(job.held, next_at).await.map(drop);
        }
        let Some(content) = self.content(&alert, &job).await? else {
            // Nothing is known yet: most likely the first poll is on its way. The claim is kept until it is looked
            // at again, since a job that is given back would be done for that moment and not for its instant.
            return store.renew_jobs(vec![job.held], now.saturating_add(NOT_YET)).await;
        };
        let commit = ReportCommit {
            held: job.held,
            slot: job.slot,
            next_at,
            revision: alert.revision,
            id: ReportId(Uuid::now_v7()),
            content,
            deliveries: alert.spec.channels.iter().map(|_| DeliveryId(Uuid::now_v7())).collect(),
        };
        match store.commit_report(commit, clock.now()).await? {
            ReportOutcome::Committed(user) => generations.bump(user),
            // It was changed meanwhile: what is due is decided anew.
            ReportOutcome::Dropped => drop(store.release_job(job.held, job.slot).await?),
            ReportOutcome::Repeated | ReportOutcome::LeaseLost => {}
        }
        Ok(())
    }

    /// What is told; nothing while the marketplace was never asked.
    async fn content(&self, alert: &ProductAlert, job: &Job) -> Result<Option<Report>, StoreError> {
        let store = &self.products.store;
        match &alert.spec.watch {
            ProductWatch::Digest(watch) => {
                let (offers, as_of) = store.digest_view(alert.search, job.last_at).await?;
                let report = digest(watch, job.slot, as_of, offers, job.last_at);
                Ok(as_of.map(|_| Report::Digest(report)))
            }
            ProductWatch::Insights(watch) => {
                let from = job.slot.saturating_sub(watch.look_back);
                let (listings, as_of) = store.traced(alert.search, from).await?;
                let lows = store.daily_lows(alert.search, DAYS).await?;
                let lows: Vec<PricePoint> =
                    lows.iter().map(|day| PricePoint { time: day.day, price: day.low }).collect();
                let report = insights(watch, job.slot, as_of, listings, &lows);
                Ok(as_of.map(|_| Report::Insights(Box::new(report))))
            }
            ProductWatch::Search(_) => Ok(None),
        }
    }
}

/// The next instant of the alert's schedule after this one and after now.
fn next(alert: &ProductAlert, job: &Job, now: Timestamp) -> Option<Timestamp> {
    alert.spec.watch.schedule()?.next_after(job.anchor, job.slot.max(now))
}
