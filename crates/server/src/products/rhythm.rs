//! How often each search is asked: as often as its alerts want, as far as the calls of the day go.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bellwether_engine::products::{Demand, Planned, plan};
use bellwether_model::product::Schedule;
use bellwether_model::{SearchId, Span, Timestamp};
use bellwether_store::StoreError;
use bellwether_store::search::{PollPlan, SearchRecord};
use tokio_util::sync::CancellationToken;

use super::quota::{Left, Quota};
use super::wishes::Wishes;
use super::{PAGE_SIZE, Products};

/// How often a search is asked before there was a first plan, in seconds.
pub const DEFAULT_INTERVAL_S: u64 = 300;
/// How often all is planned anew.
const PLAN_EVERY: Duration = Duration::from_secs(30);
/// How long is waited for further changes of alerts before it is planned anew for them.
const SETTLE: Duration = Duration::from_secs(1);
/// Rows that are read at a time.
const PORTION: u32 = 5_000;

/// How often a search is asked, and how often it is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rhythm {
    /// The shortest time between two polls that an alert wants.
    pub wanted: Span,
    /// The time that there is between two.
    pub interval: Span,
    /// Whether there are calls for it at all until the quota begins anew.
    pub has_calls: bool,
}

impl From<Planned> for Rhythm {
    fn from(planned: Planned) -> Self {
        Self { wanted: planned.wanted, interval: planned.interval, has_calls: planned.times > 0 }
    }
}

/// How often each search is asked, as it was planned last. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Rhythms {
    // Held for one look or one change at a time, never across anything that waits.
    plan: Arc<RwLock<Plan>>,
}

#[derive(Debug, Default)]
struct Plan {
    searches: HashMap<SearchId, Rhythm>,
    demands: Vec<(SearchId, Demand)>,
    left: Option<(u64, Span)>,
    search_every: Span,
}

impl Rhythms {
    /// How often a search is asked.
    #[must_use]
    pub fn of(&self, search: SearchId) -> Option<Rhythm> {
        self.plan.read().unwrap_or_else(PoisonError::into_inner).searches.get(&search).copied()
    }

    fn set(&self, plan: Plan) {
        *self.plan.write().unwrap_or_else(PoisonError::into_inner) = plan;
    }

    /// How often a search will be asked with one more alert that wants it as often as this schedule is told;
    /// nothing before there was a first plan.
    #[must_use]
    pub fn with(&self, search: SearchId, schedule: Option<&Schedule>) -> Option<Rhythm> {
        let plan_now = self.plan.read().unwrap_or_else(PoisonError::into_inner);
        let (calls, lasts) = plan_now.left?;
        let wanted = wanted(schedule, plan_now.search_every);
        let mut demands: Vec<Demand> = plan_now.demands.iter().map(|(_, demand)| *demand).collect();
        let place = match plan_now.demands.iter().position(|(known, _)| *known == search) {
            Some(place) => {
                demands[place].wanted = demands[place].wanted.min(wanted);
                demands[place].alerts += 1;
                place
            }
            None => {
                demands.push(Demand { wanted, alerts: 1, changes_per_day: 0, calls: 1 });
                demands.len() - 1
            }
        };
        plan(&demands, calls, lasts).get(place).copied().map(Rhythm::from)
    }
}

/// How often an alert wants its search to be asked; one without a schedule as often as `search_every`.
fn wanted(schedule: Option<&Schedule>, search_every: Span) -> Span {
    match schedule {
        // What is told once a day is told from prices that are watched more often than that.
        Some(schedule) => schedule.shortest().min(hour()),
        None => search_every,
    }
}

fn hour() -> Span {
    Span::from_seconds(3_600).unwrap_or(Span::MINUTE)
}

/// How long before the grid of its alerts a search is asked, so that what they tell is fresh.
pub(super) fn lead(interval: Span) -> Span {
    const LEAD_S: u64 = 15;
    Span::from_seconds(LEAD_S.min(interval.seconds() / 4)).unwrap_or_default()
}

/// Plans for all searches, again and again. Several processes plan the same.
pub(super) struct Planner {
    products: Products,
    quota: Quota,
    /// What the alerts want, as far as it was read.
    wishes: Wishes,
}

impl Planner {
    pub(super) fn new(products: Products, quota: Quota) -> Self {
        Self { products, quota, wishes: Wishes::default() }
    }

    pub(super) async fn run(mut self, cancel: CancellationToken) {
        let Products { store, clock, .. } = self.products.clone();
        let mut changed = store.alerts_changed();
        loop {
            if let Err(error) = self.plan().await {
                tracing::error!(%error, "how often searches are asked could not be planned; it is tried again");
            }
            tokio::select! {
                () = cancel.cancelled() => return,
                () = clock.sleep(PLAN_EVERY) => {}
                _ = changed.changed() => clock.sleep(SETTLE).await,
            }
        }
    }

    pub(super) async fn plan(&mut self) -> Result<(), StoreError> {
        let search_every = self.products.search_every;
        self.wishes.catch_up(&self.products.store, |schedule| wanted(schedule, search_every)).await?;
        let Products { store, clock, rhythms, items_max, watched, .. } = &self.products;
        let now = clock.now();
        let searches = self.searches().await?;
        watched.set(&searches);
        let calls = items_max.div_ceil(PAGE_SIZE).max(1);
        let demands: Vec<(SearchId, Demand)> = searches
            .iter()
            .filter_map(|record| {
                let wanted = self.wishes.of(record.id)?;
                let demand = Demand {
                    wanted: wanted.interval,
                    alerts: wanted.alerts,
                    changes_per_day: changes_per_day(record, now),
                    calls,
                };
                Some((record.id, demand))
            })
            .collect();
        let left: Left = self.quota.left(now).await?;
        let bare: Vec<Demand> = demands.iter().map(|(_, demand)| *demand).collect();
        let planned = plan(&bare, left.calls, left.lasts(now));
        let planned: HashMap<SearchId, Rhythm> =
            demands.iter().zip(planned).map(|((search, _), planned)| (*search, planned.into())).collect();
        self.keep(&searches, &planned, now).await?;
        rhythms.set(Plan {
            searches: planned,
            demands,
            left: Some((left.calls, left.lasts(now))),
            search_every,
        });
        store.put_polls(self.overdue(&searches, now)).await
    }

    /// Stores what changed.
    async fn keep(
        &self,
        searches: &[SearchRecord],
        planned: &HashMap<SearchId, Rhythm>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let store = &self.products.store;
        let (mut plans, mut sooner) = (Vec::new(), Vec::new());
        for record in searches {
            let Some(rhythm) = planned.get(&record.id) else { continue };
            let (wanted_s, planned_s) = (Some(rhythm.wanted.seconds()), Some(rhythm.interval.seconds()));
            if (record.wanted_s, record.planned_s) != (wanted_s, planned_s) {
                plans.push(PollPlan { search: record.id, wanted_s, planned_s });
            }
            // One that was to be asked later may be asked sooner now. The first poll comes before the first plan,
            // and so knew none.
            let is_sooner = record.planned_s > planned_s || record.polls <= 1;
            if let Some(polled_at) = record.polled_at.filter(|_| is_sooner) {
                let next_at = polled_at.saturating_add(rhythm.interval).saturating_sub(lead(rhythm.interval));
                sooner.push((record.id, next_at.max(now)));
            }
        }
        if !plans.is_empty() {
            store.plan_polls(plans).await?;
        }
        store.put_polls(sooner).await
    }

    /// Searches that were to be polled long ago: whatever became of their jobs, they have one from now on.
    fn overdue(&self, searches: &[SearchRecord], now: Timestamp) -> Vec<(SearchId, Timestamp)> {
        let late = searches.iter().filter(|record| {
            let interval = record.planned_s.or(record.wanted_s).unwrap_or(DEFAULT_INTERVAL_S);
            let since = record.polled_at.unwrap_or(record.created_at);
            let late_s = interval.saturating_add((interval / 2).max(10));
            let overdue_us = i64::try_from(late_s.saturating_mul(1_000_000)).unwrap_or(i64::MAX);
            record.failures == 0 && now.micros_since(since) > overdue_us
        });
        late.map(|record| (record.id, now)).collect()
    }

    async fn searches(&self) -> Result<Vec<SearchRecord>, StoreError> {
        let mut all: Vec<SearchRecord> = Vec::new();
        loop {
            let after = all.last().map(|record| record.id);
            let portion = self.products.store.watched_searches(after, PORTION).await?;
            if portion.is_empty() {
                return Ok(all);
            }
            all.extend(portion);
        }
    }
}

/// About how often the results of a search change, from how many of its polls brought something new.
fn changes_per_day(record: &SearchRecord, now: Timestamp) -> u32 {
    const DAY_US: i128 = 86_400_000_000;
    let age_us = i128::from(now.micros_since(record.created_at).max(1));
    let per_day = i128::from(record.changed_polls) * DAY_US / age_us.max(DAY_US / 24);
    u32::try_from(per_day).unwrap_or(u32::MAX)
}
