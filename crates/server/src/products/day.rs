//! A day of digests, by a clock of its own: three who claim jobs share one store, and one in fifty of what they
//! claim they never finish. Each digest is told at each instant of its schedule and at no other, to nobody twice,
//! within the marketplace's calls.
//!
//! `BELLWETHER_DIGESTS=5000 cargo test -p bellwether-server --lib a_day_of_digests` tries more of them. With
//! `BELLWETHER_SEARCHES=500` they share so many searches and come every ten minutes; `BELLWETHER_CALLS` is what the
//! marketplace answers in a day, and `BELLWETHER_DAY_MINUTES` how much of the day is tried. What it costs is printed
//! (`-- --nocapture`).

mod costs;
mod size;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bellwether_feeds::World;
use bellwether_feeds::ebay::{ClientSecret, Ebay, EbayConfig};
use bellwether_feeds::world::{self, Promise};
use bellwether_model::product::{ProductSpec, Report};
use bellwether_model::{AlertId, Timestamp, UserId};
use bellwether_simulators::ebay::{self, EbaySimulator, ItemInput};
use bellwether_store::alert::{Creation, NewAlert};
use bellwether_store::delivery::{ClaimWish, Content, Lane};
use bellwether_store::job::JobKind;
use bellwether_store::page::Stretch;
use bellwether_store::testing::samples;
use bellwether_store::{Store, StoreOptions};
use uuid::Uuid;

use self::costs::Costs;
use self::size::{OFTEN, Size};
use super::poll::Poller;
use super::quota::Quota;
use super::reports::Reporter;
use super::rhythm::Planner;
use super::scheduler::Worker as _;
use super::{Products, Rhythms, Watched};

/// 2027-01-15T08:00:00Z, when the marketplace's day begins.
const START_US: i64 = 1_800_000_000_000_000;
const MINUTE_US: i64 = 60_000_000;
const DAY_US: i64 = 1_440 * MINUTE_US;
/// How long a claim lasts.
const LEASE: Duration = Duration::from_secs(300);
/// Processes that claim.
const PROCESSES: usize = 3;
/// Of so many claims one is never finished: its process died.
const LOST: u64 = 50;
/// Jobs that a process claims, and does at once.
const AT_ONCE: u32 = 16;

/// A clock that stands still until told.
#[derive(Debug, Default)]
struct Hand(AtomicI64);

impl world::Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }

    fn uptime(&self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.load(Ordering::SeqCst) - START_US).unwrap_or(0))
    }

    fn sleep(&self, _: Duration) -> Promise<'static, ()> {
        Box::pin(std::future::pending())
    }
}

/// A marketplace, a store, and what claims its jobs.
struct Day {
    hand: Arc<Hand>,
    market: ebay::Running,
    products: Products,
    calls: u64,
    /// Claims so far.
    claims: AtomicU64,
    /// What was claimed and not finished.
    lost: Mutex<BTreeSet<(Uuid, Timestamp)>>,
    costs: Mutex<Costs>,
    _folder: tempfile::TempDir,
}

impl Day {
    async fn start(calls: u64) -> Self {
        let hand = Arc::new(Hand(AtomicI64::new(START_US)));
        let told = Arc::clone(&hand);
        let config = ebay::Config::scripted(move || told.0.load(Ordering::SeqCst));
        let config = ebay::Config { calls_per_day: u32::try_from(calls).unwrap(), ..config };
        let credentials = config.credentials.clone();
        let market = EbaySimulator::start(config).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("day.db").display());
        let options = StoreOptions { hold_unverified: false, ..StoreOptions::default() };
        let store = Store::open(&url, options).await.unwrap();
        store.migrate().await.unwrap();
        let secret = ClientSecret::new(credentials.secret.clone());
        let ebay = EbayConfig { base_url: market.url(), ..EbayConfig::new(&credentials.id, secret) };
        let products = Products {
            store,
            clock: hand.clone(),
            market: Arc::new(Ebay::new(ebay, &World::network("bellwether-test", 1).unwrap())),
            generations: crate::http::Generations::default(),
            rhythms: Rhythms::default(),
            watched: Watched::default(),
            daily_calls: calls,
            search_every: "5m".parse().unwrap(),
            items_max: 200,
        };
        Self {
            hand,
            market,
            products,
            calls,
            claims: AtomicU64::new(1),
            lost: Mutex::default(),
            costs: Mutex::default(),
            _folder: folder,
        }
    }

    fn now(&self) -> Timestamp {
        self.products.clock.now()
    }

    fn quota(&self) -> Quota {
        Quota::new(self.products.store.clone(), self.calls)
    }

    async fn user(&self, number: usize) -> UserId {
        let new = samples::person(&format!("reader{number}@example.org"));
        self.products.store.create_user(new, self.now()).await.unwrap().unwrap().id
    }

    /// So many digests, armed a few seconds apart. Nobody has two on one search.
    async fn digests(&self, size: Size) -> BTreeMap<AlertId, Planned> {
        let (mut planned, mut users, count) = (BTreeMap::new(), Vec::new(), size.digests);
        for number in 0..count.div_ceil(size.searches) {
            users.push(self.user(number).await);
        }
        // All within a minute: nobody is there yet to tell what comes due meanwhile.
        let apart = (MINUTE_US / i64::try_from(count.div_ceil(500)).unwrap()).min(7_000_000);
        for first in (0..count).step_by(500) {
            let at = self.now();
            let new: Vec<NewAlert> = (first..count.min(first + 500))
                .map(|number| {
                    let every = size.every[number % size.every.len()];
                    let (user, search) = (users[number / size.searches], number % size.searches);
                    let spec: ProductSpec = serde_json::from_value(serde_json::json!({
                        "kind": "digest", "name": format!("no. {number}"), "top": 20,
                        "search": {"query": format!("thing {search}"), "marketplace": "EBAY_US"},
                        "schedule": {"every": format!("{every}m")},
                        "repeat": {"mode": "every"}, "channels": ["email"],
                    }))
                    .unwrap();
                    let next_at = Some(Timestamp::from_micros(at.micros() + every * MINUTE_US));
                    let new = NewAlert { next_at, ..samples::alert(user, spec) };
                    planned.insert(new.id, Planned { user, armed_at: at, every });
                    new
                })
                .collect();
            let created = self.products.store.create_alerts(new, 1_000_000, at).await.unwrap();
            assert!(created.iter().all(|creation| matches!(creation, Creation::Created(_))));
            self.hand.0.fetch_add(apart, Ordering::SeqCst);
        }
        planned
    }

    /// One process claims what is due until nothing is, and does it.
    async fn work(&self, kind: JobKind) {
        let (poller, reporter) = (
            Poller { products: self.products.clone(), quota: self.quota() },
            Reporter { products: self.products.clone() },
        );
        loop {
            let token = Uuid::now_v7();
            let began = Instant::now();
            let jobs = self.products.store.claim_jobs(kind, AT_ONCE, token, LEASE, self.now()).await.unwrap();
            self.costs.lock().unwrap().claim(self.now(), began.elapsed());
            if jobs.is_empty() {
                return;
            }
            let (poller, reporter) = (&poller, &reporter);
            let work = jobs.into_iter().map(async |job| {
                // What is lost twice comes so late that its next instant has passed, and is told for both.
                let is_lost = self.claims.fetch_add(1, Ordering::SeqCst).is_multiple_of(LOST);
                if is_lost && self.lost.lock().unwrap().insert((job.held.subject, job.slot)) {
                    return;
                }
                match kind {
                    JobKind::Poll => poller.work(job).await,
                    _ => reporter.work(job).await,
                }
            });
            futures_util::future::join_all(work).await;
        }
    }

    /// Lets time go on until the end, a minute at a time, and the processes do what is due.
    async fn pass(&self, until: i64) {
        let mut planner = Planner::new(self.products.clone(), self.quota());
        planner.plan().await.unwrap();
        let mut planned_at = self.now().micros();
        while self.now().micros() < until {
            for kind in [JobKind::Poll, JobKind::Digest] {
                let next = self.products.store.next_job_at(kind).await.unwrap();
                if next.is_some_and(|next| next <= self.now()) {
                    let began = Instant::now();
                    let processes: [_; PROCESSES] = std::array::from_fn(|_| self.work(kind));
                    futures_util::future::join_all(processes).await;
                    self.costs.lock().unwrap().work(kind, began.elapsed());
                }
            }
            self.hand.0.fetch_add(MINUTE_US, Ordering::SeqCst);
            if self.now().micros() - planned_at >= 60 * MINUTE_US {
                let began = Instant::now();
                planner.plan().await.unwrap();
                self.costs.lock().unwrap().plans.push(began.elapsed());
                planned_at = self.now().micros();
            }
        }
    }

    /// The instants for which an alert was told, each as often as it was, and how old its data was then.
    async fn told(&self, user: UserId, alert: AlertId) -> Vec<(i64, i64)> {
        let (mut slots, mut after) = (Vec::new(), None);
        loop {
            let stretch = Stretch { after, limit: 200 };
            let reports = self.products.store.reports(user, alert, stretch).await.unwrap();
            for report in &reports.items {
                let Report::Digest(digest) = &report.content else { panic!("{:?}", report.content) };
                let as_of = digest.as_of.expect("every digest says as of when it is");
                slots.push((report.slot_at.micros(), report.slot_at.micros_since(as_of)));
            }
            after = reports.items.last().map(|report| report.id);
            if !reports.more {
                slots.sort_unstable();
                return slots;
            }
        }
    }
}

/// What a digest was armed for.
struct Planned {
    user: UserId,
    armed_at: Timestamp,
    every: i64,
}

impl Planned {
    /// Its instants until the end of the day.
    fn instants(&self, until: i64) -> Vec<i64> {
        let every = self.every * MINUTE_US;
        (1..).map(|times| self.armed_at.micros() + times * every).take_while(|at| *at <= until).collect()
    }
}

/// Lives through a day; how old the oldest data was that a digest told, in microseconds.
async fn a_day_of(size: Size) -> i64 {
    let day = Day::start(size.calls).await;
    for number in 0..20 {
        let item = ItemInput::new(&format!("thing {number} in a box"), "12.50");
        day.market.control().list(&item).unwrap();
    }
    let planned = day.digests(size).await;
    // What a process that died held is done once its lease is over: minutes after the last instants.
    let end = START_US + (size.minutes - 15) * MINUTE_US;
    day.pass(end + 14 * MINUTE_US).await;

    let (mut reports, mut oldest_us) = (0, 0);
    for (alert, planned) in &planned {
        let told = day.told(planned.user, *alert).await;
        let expected = planned.instants(end);
        let until_end: Vec<i64> = told.iter().map(|(at, _)| *at).filter(|at| *at <= end).collect();
        oldest_us = told.iter().map(|(_, age)| *age).fold(oldest_us, i64::max);
        assert_eq!(until_end, expected, "{alert}: every {} minutes", planned.every);
        reports += told.len();
    }
    // Each report owes one message.
    let mut messages = BTreeSet::new();
    loop {
        let wish = ClaimWish::new(Lane::Digest, 5_000, Uuid::new_v4(), LEASE);
        let claims = day.products.store.claim(wish, day.now()).await.unwrap().claims;
        if claims.is_empty() {
            break;
        }
        for claim in claims {
            let Content::Report(report) = claim.content else { panic!("{:?}", claim.content) };
            assert!(messages.insert(report.id), "{} is told twice", report.id);
        }
    }
    assert_eq!(messages.len(), reports);
    let counters = day.market.control().counters();
    day.costs.lock().unwrap().print(size, reports, oldest_us, counters.searches);
    assert!(counters.searches <= size.calls && counters.over_quota == 0, "{counters:?} of {size:?}");
    assert!(counters.searches >= u64::try_from(size.searches).unwrap(), "each search is asked: {counters:?}");
    assert!(day.claims.load(Ordering::SeqCst) > LOST, "some were lost");
    oldest_us
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_of_digests_tells_each_at_each_of_its_instants_and_nobody_twice() {
    a_day_of(Size::asked_for(Size::apart(120, 600))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn digests_that_share_searches_are_told_with_a_call_for_all_of_them() {
    let calls = 8 * 12 * 3 / 2;
    let size = Size { digests: 64, searches: 8, every: &OFTEN, calls, minutes: 120 };
    let oldest_us = a_day_of(size).await;
    assert!(oldest_us > 0, "something is asked before it is told");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_calls_are_few_digests_come_in_time_and_say_how_old_their_data_is() {
    // One call for each search is all that there is, but each digest comes a dozen times.
    let size = Size { digests: 40, searches: 10, every: &OFTEN, calls: 10, minutes: 150 };
    let oldest_us = a_day_of(size).await;
    assert!(oldest_us >= 100 * MINUTE_US, "it is as old as the only answer: {oldest_us}");
}

#[tokio::test]
async fn a_digest_that_waits_for_the_first_poll_stands_under_an_instant_of_its_grid() {
    let day = Day::start(100).await;
    let (alert, planned) = day.digests(Size::apart(1, 100)).await.pop_first().unwrap();
    let first = planned.instants(START_US + DAY_US)[0];
    let reporter = Reporter { products: day.products.clone() };
    let due = async || {
        let store = &day.products.store;
        store.claim_jobs(JobKind::Digest, 16, Uuid::now_v7(), LEASE, day.now()).await.unwrap()
    };
    // Nothing was polled: it is put off by a minute, again and again, and stays what it is.
    for minute in [0, 1, 2] {
        day.hand.0.store(first + minute * MINUTE_US, Ordering::SeqCst);
        let jobs = due().await;
        assert_eq!(jobs.iter().map(|job| job.slot.micros()).collect::<Vec<_>>(), [first], "minute {minute}");
        reporter.work(jobs[0]).await;
        assert!(due().await.is_empty(), "not at once");
    }
    assert!(day.told(planned.user, alert).await.is_empty());
    day.claims.store(1, Ordering::SeqCst);
    day.work(JobKind::Poll).await;
    day.hand.0.fetch_add(MINUTE_US, Ordering::SeqCst);
    day.work(JobKind::Digest).await;
    assert_eq!(day.told(planned.user, alert).await.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [first]);
    let next = day.products.store.next_job_at(JobKind::Digest).await.unwrap();
    assert_eq!(next.map(Timestamp::micros), Some(first + planned.every * MINUTE_US));
}
